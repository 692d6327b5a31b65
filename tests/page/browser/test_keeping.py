"""Keeping sounds on the page, and undoing whatever was done there, by one stack."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route

from tests.page.browser.acting import eventually, open_sample, post, search, select
from tests.page.browser.places import READY, Served

FAVOURITES = "SELECT sample_id FROM favourites ORDER BY 1"
RATINGS = "SELECT sample_id, rating FROM sample_ratings ORDER BY 1"
NOTES = "SELECT sample_id, note FROM sample_notes ORDER BY 1"
COLLECTED = """
    SELECT name, sample_id
    FROM sample_collections LEFT JOIN collection_samples USING (collection_id)
    ORDER BY name, sample_id
"""
ANCHORS = "SELECT sample_id, polarity FROM anchors ORDER BY sample_id"
VOTES = "SELECT sample_id, verdict FROM votes ORDER BY vote_id"
TAGS = "SELECT sample_id FROM tags ORDER BY 1"
CLEARING = (
    "DELETE FROM favourites",
    "DELETE FROM sample_ratings",
    "DELETE FROM sample_notes",
    "DELETE FROM sample_collections",
    "DELETE FROM recent_uses",
)


@pytest.fixture
def kept(map_page: Page, unlabelled: Served) -> Page:
    """The map of a library in which nothing is kept: other tests may have left something."""
    unlabelled.write(*CLEARING)
    map_page.evaluate("sessionStorage.clear()")
    map_page.reload()
    map_page.wait_for_selector(READY)
    return map_page


def undo(page: Page) -> None:
    page.keyboard.press("Control+z")


def test_nothing_moves_when_what_is_kept_of_a_sound_is_there(kept: Page) -> None:
    """A press meant for a button below would hit a star, or nothing."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    kept.route("**/api/kept", hold)
    open_sample(kept, 3)
    link = kept.locator("#card a:text-is('Spectrogram')")
    place = link.bounding_box()
    assert place
    assert not kept.locator("#card .keeping button").count()
    eventually(kept, lambda: bool(held), True)
    kept.unroute("**/api/kept")  # lets them go
    kept.wait_for_selector("#card .keeping button")
    assert link.bounding_box() == place


def test_sounds_are_kept_by_keys_by_clicks_and_by_the_dozen(kept: Page, served: Served) -> None:
    open_sample(kept, 3)
    kept.keyboard.press("h")
    eventually(kept, lambda: served.rows(FAVOURITES), [(3,)])
    kept.wait_for_selector("#card .heart[aria-pressed=true]")
    kept.keyboard.press("4")
    kept.wait_for_selector("#card .star.lit >> nth=3")
    kept.click("#card .star >> nth=1")
    eventually(kept, lambda: served.rows(RATINGS), [(3, 2)])
    kept.wait_for_selector("#card .star[aria-pressed=true][aria-label='2 stars']")
    kept.keyboard.press("2")
    eventually(kept, lambda: served.rows(RATINGS), [])
    kept.fill("#card .keeping textarea", "from the stairwell")
    kept.keyboard.press("Control+Enter")
    eventually(kept, lambda: served.rows(NOTES), [(3, "from the stairwell")])
    # In a row of a list, and of many at once.
    search(kept, "tone")
    kept.click("#found li[data-sample='5'] .heart")
    eventually(kept, lambda: served.rows(FAVOURITES), [(3,), (5,)])
    kept.wait_for_selector("#found li[data-sample='5'] .heart[aria-pressed=true]")
    select(kept, 1, 2, 3)
    kept.keyboard.press("5")
    eventually(kept, lambda: served.rows(RATINGS), [(1, 5), (2, 5), (3, 5)])
    kept.wait_for_selector("#selection li[data-sample='2'] .stars:text-is('5★')")
    kept.click("#undo-toast button")
    eventually(kept, lambda: served.rows(RATINGS), [])
    kept.wait_for_selector("#selection li[data-sample='2'] .stars", state="detached")


def test_a_collection_is_made_opened_and_changed(kept: Page) -> None:
    select(kept, 1, 2)
    kept.click("#tab-kept")
    kept.fill(".new-collection input", "Track 7")
    kept.click(".new-collection button:text-is('Make it of 2 selected')")
    kept.click("#kept .opening:has-text('Track 7'):has-text('2 sounds')")
    kept.wait_for_selector("#results h2:text-is('2 sounds in Track 7')")
    kept.wait_for_function("sqlclap.atlas.scores.size === 2")
    assert "list=in%3ATrack+7" in kept.url
    kept.reload()
    kept.wait_for_selector("#results h2:text-is('2 sounds in Track 7')")
    kept.click("#tab-results")  # an address with a sound shows that first
    kept.click("#found li[data-sample='2'] .name")
    kept.wait_for_selector("#card .keeping:has-text('In Track 7')", state="attached")
    kept.click("#results button:text-is('Take out of it')")
    kept.wait_for_selector("#results h2:text-is('1 sound in Track 7')")
    undo(kept)
    kept.wait_for_selector("#results h2:text-is('2 sounds in Track 7')")


def test_a_collection_is_renamed_and_deleted_and_both_undone(kept: Page, served: Served) -> None:
    post(kept, "api/collections", {"name": "Track 7", "sample_ids": [1, 2]})
    kept.click("#tab-kept")
    kept.click("#kept button[aria-label='Rename Track 7']")
    kept.fill("#kept input[name=new]", "B side")
    kept.keyboard.press("Enter")
    kept.wait_for_selector("#kept .opening:has-text('B side')")
    kept.click("#kept button[aria-label^='Delete B side']")
    kept.wait_for_selector("#kept .opening:has-text('B side')", state="detached")
    assert served.rows(COLLECTED) == []
    undo(kept)
    kept.wait_for_selector("#kept .opening:has-text('B side'):has-text('2 sounds')")
    undo(kept)
    kept.wait_for_selector("#kept .opening:has-text('Track 7')")
    assert served.rows(COLLECTED) == [("Track 7", 1), ("Track 7", 2)]


def test_what_was_played_is_found_again(kept: Page) -> None:
    kept.mouse.click(5, 500)  # browsers play nothing before
    search(kept, "tone")
    kept.click("#found li[data-sample='6'] .play")
    kept.click("#tab-kept")
    kept.click("#kept .opening:has-text('Used of late')")
    kept.wait_for_selector("#results h2:has-text('in Used of late')")
    kept.wait_for_selector("#found li[data-sample='6']")


def test_a_page_that_the_server_knows_no_more_says_what_to_do(kept: Page, served: Served) -> None:
    """As when the server was started again: it signs with another secret then."""
    open_sample(kept, 4)
    before = served.rows(FAVOURITES)
    known: list[Any] = [*kept.context.cookies()]
    others: list[Any] = [{**one, "value": "of-another-server"} for one in known]
    kept.context.add_cookies(others)
    kept.keyboard.press("h")
    kept.wait_for_selector("#said:has-text('open the link that it printed')")
    assert served.rows(FAVOURITES) == before
    kept.context.add_cookies(known)
    kept.reload()


def test_every_write_is_undone_by_the_same_keys(kept: Page, served: Served) -> None:
    open_sample(kept, 4)
    done: list[tuple[Callable[[], Any], str]] = [
        (lambda: kept.keyboard.press("h"), FAVOURITES),
        (lambda: kept.keyboard.press("3"), RATINGS),
        (lambda: note(kept), NOTES),
        (lambda: collect(kept), COLLECTED),
        (lambda: make_label(kept), ANCHORS),
        (lambda: kept.click("#label-work button[value=negative]"), ANCHORS),
        (lambda: say_of_selection(kept, "tag"), TAGS),
        (lambda: say_of_selection(kept, "reject"), VOTES),
    ]
    before: list[tuple[str, Any]] = []
    for number, (work, rows) in enumerate(done, 1):
        before.append((rows, served.rows(rows)))
        work()
        kept.wait_for_function(
            "n => JSON.parse(sessionStorage['sqlclap-changes'] ?? '[]').length === n", arg=number
        )
        assert served.rows(rows) != before[-1][1], rows
    kept.reload()  # the stack outlives it
    kept.wait_for_selector(READY)
    kept.click("#show-history")
    kept.wait_for_selector("#changes li:nth-child(8)")
    kept.click("#history button:text-is('Close')")
    for rows, was in reversed(before):
        undo(kept)
        eventually(kept, lambda rows=rows: served.rows(rows), was)  # type: ignore[misc]
    kept.keyboard.press("Control+Shift+z")
    eventually(kept, lambda: served.rows(FAVOURITES), [(4,)])


def note(page: Page) -> None:
    page.fill("#card .keeping textarea", "dry")
    page.keyboard.press("Control+Enter")


def collect(page: Page) -> None:
    page.click("#tab-kept")
    page.fill(".new-collection input", "Mine")
    page.keyboard.press("Enter")


def make_label(page: Page) -> None:
    page.click("#tab-labels")
    page.fill("#label-list input[name=name]", "round")
    page.keyboard.press("Enter")
    page.wait_for_selector("#label-work .examples li")
    open_sample(page, 5)
    page.click("#tab-labels")


def say_of_selection(page: Page, what: str) -> None:
    page.evaluate("document.activeElement?.blur()")
    if not page.locator("#selection[data-count='1']").count():
        page.keyboard.press("s")
    page.click("#tab-selection")
    page.fill("#selection input[name=label]", "round")
    page.click(f"#selection button[value={what}]")


def test_history_undoes_any_change_but_no_one_elses(
    kept: Page, served: Served, open_context: Callable[..., BrowserContext]
) -> None:
    open_sample(kept, 2)
    kept.keyboard.press("1")
    eventually(kept, lambda: served.rows(RATINGS), [(2, 1)])
    kept.keyboard.press("h")
    eventually(kept, lambda: served.rows(FAVOURITES), [(2,)])
    other = open_context().new_page()
    other.goto(f"{served.root}/map")
    other.wait_for_selector(READY)
    post(other, "api/ratings", {"sample_ids": [2], "rating": 5})
    kept.click("#show-history")
    kept.wait_for_selector("#changes li:has-text('elsewhere')")
    kept.click("#changes button[aria-label^='Undo: Rating added']")
    kept.wait_for_selector("#said.error:has-text('changed in between')")
    assert served.rows(RATINGS) == [(2, 5)]
    kept.click("#changes button[aria-label^='Undo: Favourite added']")
    eventually(kept, lambda: served.rows(FAVOURITES), [])
    kept.wait_for_selector("#changes li.undone button:text-is('Redo')")


def test_who_may_not_write_sees_what_is_kept_and_changes_nothing(
    kept: Page, served: Served, open_context: Callable[..., BrowserContext]
) -> None:
    post(kept, "api/favourites", {"sample_ids": [3]})
    context = open_context()
    context.clear_cookies()
    stranger = context.new_page()
    stranger.goto(f"{served.root}/map#sample=3")
    stranger.wait_for_selector("#card .heart[aria-pressed=true][disabled]")
    stranger.keyboard.press("h")
    stranger.keyboard.press("5")
    assert stranger.locator("#show-history").is_hidden()
    stranger.click("#tab-kept")
    stranger.wait_for_selector("#kept .opening:has-text('Favourites')")
    assert stranger.locator(".new-collection").count() == 0
    assert (served.rows(FAVOURITES), served.rows(RATINGS)) == ([(3,)], [])


def test_the_keys_are_told(kept: Page) -> None:
    kept.keyboard.press("?")
    told = json.dumps(kept.inner_text("#keys"))
    for key in (
        "Favourite, or not",
        "Rate with so many stars",
        "Ctrl+Z",
        "Undo what was done last",
    ):
        assert key in told


def test_a_note_written_in_another_tab_is_not_lost(kept: Page, served: Served) -> None:
    open_sample(kept, 3)
    field = kept.locator("#card textarea[aria-label=Note]")
    field.fill("mine")
    post(kept, "api/notes", {"sample_ids": [3], "note": "theirs"})
    kept.keyboard.press("Control+Enter")
    kept.wait_for_selector("text=changed to “theirs” in between")
    assert served.rows(NOTES) == [(3, "theirs")]
    eventually(kept, field.input_value, "mine")  # what was typed stays, to be written again
    field.focus()
    kept.keyboard.press("Control+Enter")
    eventually(kept, lambda: served.rows(NOTES), [(3, "mine")])


def test_what_is_kept_in_another_tab_is_shown_when_this_one_is_looked_at(kept: Page) -> None:
    open_sample(kept, 3)
    kept.wait_for_selector("#card .heart[aria-pressed=false]")
    post(kept, "api/favourites", {"sample_ids": [3]})
    kept.evaluate("window.dispatchEvent(new Event('focus'))")
    kept.wait_for_selector("#card .heart[aria-pressed=true]")
