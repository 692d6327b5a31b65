"""Answers that come late: what was asked for since stands, what was said stays as it was meant."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, Route

from tests.page.browser.acting import eventually, open_sample, post
from tests.page.browser.places import Served


def held(page: Page, address: str) -> Callable[[], None]:
    """Keep requests to an address back; calling what is returned lets them go, in order."""
    waiting: list[Route] = []
    released: list[bool] = []

    def hold(route: Route) -> None:
        if released:  # one that came while the others went
            route.continue_()
        else:
            waiting.append(route)

    def release() -> None:
        eventually(page, lambda: len(waiting) > 0, True)
        for route in waiting:
            route.continue_()
        released.append(True)
        page.unroute(address)

    page.route(address, hold)
    return release


def answered(page: Page, address: str, release: Callable[[], None]) -> None:
    """Let requests go, and wait until the page has had its time with an answer."""
    with page.expect_response(address) as answer:
        release()
    answer.value.finished()
    page.evaluate("new Promise(drawn => setTimeout(() => requestAnimationFrame(drawn), 100))")


def test_an_older_question_does_not_take_the_newer_ones_place(map_page: Page) -> None:
    release = held(map_page, "**/api/search?q=tone*")
    map_page.fill("#words", "tone")
    map_page.keyboard.press("Enter")
    map_page.fill("#words", "noise")
    map_page.keyboard.press("Enter")
    map_page.wait_for_selector("#results h2:has-text('“noise”')")
    answered(map_page, "**/api/search?q=tone*", release)
    assert "“noise”" in (map_page.text_content("#results h2") or "")


def test_a_shelf_does_not_take_an_answers_place(map_page: Page) -> None:
    release = held(map_page, "**/api/favourites")
    map_page.click("#tab-kept")
    map_page.click("#kept .opening:has-text('Favourites')")
    map_page.fill("#words", "noise")
    map_page.keyboard.press("Enter")
    map_page.wait_for_selector("#results h2:has-text('“noise”')")
    answered(map_page, "**/api/favourites", release)
    assert "“noise”" in (map_page.text_content("#results h2") or "")
    assert map_page.evaluate("sqlclap.atlas.scores.size") > 0


def test_who_has_turned_to_a_tab_stays_there(map_page: Page) -> None:
    release = held(map_page, "**/sample/5")
    map_page.evaluate("location.hash = '#sample=5'")
    map_page.wait_for_function("sqlclap.stage.held === 5")
    map_page.click("#tab-kept")
    answered(map_page, "**/sample/5", release)
    map_page.wait_for_selector("#card[data-sample='5']", state="attached")
    assert map_page.get_attribute("#tab-kept", "aria-selected") == "true"


def test_votes_that_wait_are_of_the_label_that_was_asked_about(
    map_page: Page, unlabelled: Served
) -> None:
    for label, sample in (("tone", 1), ("zap", 7)):
        post(map_page, "api/anchors", {"label": label, "sample_ids": [sample], "create": True})
    map_page.click("#tab-labels")
    map_page.click("#label-list button:has-text('tone')")
    map_page.click("#label-work button:text-is('Ask me')")
    map_page.wait_for_selector(".review .name")
    release = held(map_page, "**/api/votes")
    map_page.keyboard.press("y")
    map_page.keyboard.press("n")
    map_page.click("#label-work button[aria-label='All labels']")
    map_page.click("#label-list button:has-text('zap')")
    map_page.click("#label-work button:text-is('Ask me')")
    map_page.wait_for_selector(".review .what:has-text('zap')")
    release()
    votes = "SELECT name, verdict FROM votes JOIN labels USING (label_id) ORDER BY vote_id"
    eventually(map_page, lambda: unlabelled.rows(votes), [("tone", "accept"), ("tone", "reject")])


def test_a_name_that_is_typed_keeps_the_keyboard(map_page: Page, unlabelled: Served) -> None:
    field = "#label-list input[name=name]"
    map_page.click("#tab-labels")
    map_page.wait_for_selector(field)
    map_page.click("#tab-results")
    release = held(map_page, "**/api/labels")
    map_page.click("#tab-labels")
    map_page.fill(field, "ro")
    answered(map_page, "**/api/labels", release)
    map_page.keyboard.type("und")
    assert map_page.input_value(field) == "round"


def test_undoing_waits_for_what_is_being_written(map_page: Page, served: Served) -> None:
    favourites = "SELECT sample_id FROM favourites"
    served.write("DELETE FROM favourites")
    open_sample(map_page, 4)
    release = held(map_page, "**/api/favourites")
    map_page.keyboard.press("h")
    map_page.keyboard.press("Control+z")
    map_page.wait_for_selector("#said:has-text('still being written')")
    release()
    map_page.wait_for_selector("#said:has-text('Undone: Favourite added')")
    eventually(map_page, lambda: served.rows(favourites), [])
