"""Labelling where one listens: the tab of labels beside the map."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, Route

from tests.page.browser.acting import eventually, lasso, open_sample, place_of, post
from tests.page.browser.places import READY, Served

VOTES = "SELECT verdict, source FROM votes ORDER BY vote_id"
ANCHORS = "SELECT sample_id, polarity FROM anchors ORDER BY sample_id"


@pytest.fixture
def tone(map_page: Page, unlabelled: Served) -> Page:
    """The map, beside it a label of three examples, with another one to tell it from."""
    post(map_page, "api/anchors", {"label": "tone", "sample_ids": [1, 2, 3], "create": True})
    post(map_page, "api/anchors", {"label": "zap", "sample_ids": [7], "create": True})
    map_page.click("#tab-labels")
    map_page.click("#label-list button:has-text('tone')")
    map_page.wait_for_selector("#label-work .examples li:nth-child(3)")
    map_page.wait_for_selector("#label-work .rows li .name")
    return map_page


def test_from_a_region_to_the_first_question_in_three_clicks(
    map_page: Page, unlabelled: Served
) -> None:
    map_page.wait_for_selector("#tab-labels")
    lasso(map_page, place_of(map_page, 2), 30)
    map_page.click("#tab-labels")
    map_page.wait_for_selector("#label-list .hint:has-text('Select 3 to 5 sounds')")
    map_page.fill("#label-list input[name=name]", "round")
    map_page.click("#label-list button:has-text('selected')")
    map_page.click("#label-work button:text-is('Ask me')")
    map_page.wait_for_selector("#label-work .review .name")
    assert (2, "positive") in unlabelled.rows(ANCHORS)
    assert unlabelled.rows("SELECT count(*) FROM reviews") != [(0,)]


def test_keys_answer_while_the_tab_is_shown(tone: Page, served: Served) -> None:
    tone.click("#label-work button:text-is('Ask me')")
    tone.wait_for_selector(".review .what:has-text('1 of')")
    for key in ("y", "n", "s"):
        tone.keyboard.press(key)
    kept = [("accept", "review"), ("reject", "review"), ("unsure", "review")]
    eventually(tone, lambda: served.rows(VOTES), kept)
    tone.keyboard.press("u")
    tone.wait_for_selector(".review:has-text('yes 1, no 1, skip 0')")
    in_force = "SELECT count(*) FROM votes"
    eventually(tone, lambda: served.rows(in_force), [(2,)])
    # Behind another tab, the question waits.
    tone.click("#tab-results")
    tone.keyboard.press("y")
    assert served.rows(in_force) == [(2,)]
    tone.click("#tab-labels")
    for _ in range(40):  # more than there are; those after the end say nothing
        tone.keyboard.press("y")
    tone.wait_for_selector(".review:has-text('Thank you')")
    tone.wait_for_selector("#label-work .label-head .precision:has-text('%')")
    tone.keyboard.press("Escape")
    tone.wait_for_selector(".review", state="hidden")


def test_examples_are_removed_and_put_back(tone: Page, served: Served) -> None:
    name = tone.locator("#label-work .examples .file").first.inner_text()
    tone.click("#label-work .examples li:first-child button[title^='Remove']")
    tone.wait_for_selector(f"#label-work .outcome:has-text('{name} removed')")
    own = "SELECT sample_id FROM anchors JOIN labels USING (label_id) WHERE name = 'tone'"
    eventually(tone, lambda: len(served.rows(own)), 2)
    tone.click("#label-work .outcome button:text-is('Undo')")
    eventually(tone, lambda: {one for (one,) in served.rows(own)}, {1, 2, 3})
    tone.wait_for_selector("#label-work .examples li:nth-child(3)")


def test_the_sound_in_hand_becomes_an_example_of_what_it_is_not(tone: Page, served: Served) -> None:
    open_sample(tone, 5)
    tone.click("#card button:text-is('Example of…')")
    tone.click("#label-work button[value=negative]")
    tone.wait_for_selector("#label-work .examples summary:text-is('These are not (1)')")
    assert (5, "negative") in served.rows(ANCHORS)
    tone.click("#label-work .outcome button:text-is('Undo')")
    eventually(tone, lambda: (5, "negative") in served.rows(ANCHORS), False)


def test_the_map_lights_what_the_label_finds(tone: Page) -> None:
    tone.wait_for_function("sqlclap.atlas.scores.size >= 3")
    tone.click("#label-work button[aria-label='All labels']")
    tone.wait_for_function("sqlclap.atlas.scores.size === 0")


def ask_for_less(route: Route) -> None:
    """Send a request on for half as much: nine of ten takes more sounds than there are here."""
    route.continue_(post_data=json.dumps((route.request.post_data_json or {}) | {"target": 0.5}))


def threshold_from(page: Page, served: Served) -> str:
    """Return where the threshold of "tone" comes from."""
    labels = page.request.get(f"{served.root}/api/labels").json()["labels"]
    return str(next(one for one in labels if one["name"] == "tone")["threshold_from"])


def test_a_safe_cut_off_is_found_put_in_force_and_undone(tone: Page, served: Served) -> None:
    tone.click("#label-work button:text-is('Find a safe cut-off')")
    tone.wait_for_selector("#said.error:has-text('not enough votes')")
    tone.route("**/api/calibrate", ask_for_less)
    matches = tone.request.get(f"{served.root}/api/matches?label=tone").json()["matches"]
    ids = [one["sample_id"] for one in matches]
    for verdict, some in (("accept", ids[: len(ids) // 2]), ("reject", ids[len(ids) // 2 :])):
        post(tone, "api/votes", {"label": "tone", "sample_ids": some, "verdict": verdict})
    tone.click("#label-work button:text-is('Find a safe cut-off')")
    tone.click("#label-work .outcome button:text-is('Put in force')")
    tone.wait_for_selector("#label-work .precision:has-text('%')")
    eventually(tone, lambda: threshold_from(tone, served), "calibrated")
    tone.click("#label-work button:text-is('Undo the cut-off')")
    eventually(tone, lambda: threshold_from(tone, served) != "calibrated", True)


def test_who_may_only_look_is_told(
    open_context: Callable[..., BrowserContext], tone: Page, served: Served
) -> None:
    context = open_context()
    context.clear_cookies()
    page = context.new_page()
    page.goto(f"{served.root}/map")
    page.wait_for_selector(READY)
    page.click("#tab-labels")
    page.click("#label-list button:has-text('tone')")
    page.wait_for_selector("#label-work .examples li")
    assert page.locator("#label-work button:text-is('Ask me')").count() == 0
    assert page.locator("#label-work .examples button[title^='Remove']").count() == 0
    assert page.locator("#label-work .doing .note").first.inner_text() != ""


def test_a_phone_labels_too(
    open_context: Callable[..., BrowserContext], tone: Page, served: Served
) -> None:
    page = open_context(viewport={"width": 390, "height": 780}, has_touch=True).new_page()
    page.goto(f"{served.root}/map")
    page.wait_for_selector(READY)
    page.click("#tab-labels")
    page.click("#label-list button:has-text('tone')")
    page.click("#label-work button:text-is('Ask me')")
    page.wait_for_selector(".review .name")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
