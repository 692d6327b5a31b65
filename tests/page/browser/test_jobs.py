"""Each job of the page in each of the ways that people work: windows, keys alone, zoom."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Download, Locator, Page

from tests.page.browser.acting import eventually, lasso, listen, place_of, post
from tests.page.browser.places import READY, Served
from tests.page.browser.test_access import barriers

NO_WEBGL = """const original = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
  return kind.includes('webgl') ? null : original.call(this, kind, ...rest);
};"""
STANDS = """e => [
  e === document.activeElement && e.tabIndex >= 0,
  (document.activeElement.id || document.activeElement.textContent).slice(0, 24),
]"""
OF_COLOURS = ("color-contrast", "link-in-text-block")
MOST_STOPS = 150
"""More than there are on a page that the Tab key stops at."""
ANCHORS = "SELECT sample_id, polarity FROM anchors ORDER BY 1"
TAGS = "SELECT count(*) FROM tags"
FAVOURITES = "SELECT count(*) FROM favourites"


@dataclass(frozen=True)
class Way:
    """How somebody works.

    Attributes
    ----------
    options : dict
        Of the browser's context.
    keys : bool
        By keyboard alone.
    script : str
        What the page finds in its place, to begin with.
    """

    options: dict[str, Any] = field(default_factory=dict)
    keys: bool = False
    script: str = ""

    @property
    def draws(self) -> bool:
        """Whether sounds can be circled on the map by a mouse."""
        return not (self.keys or self.script or self.options.get("has_touch"))


def window(width: int, height: int, **more: Any) -> dict[str, Any]:
    return {"viewport": {"width": width, "height": height}, **more}


WAYS = {
    "1440": Way(window(1440, 900)),
    "1024": Way(window(1024, 768)),
    "390": Way(window(390, 780, has_touch=True)),
    "keys alone": Way(window(1280, 800), keys=True),
    "zoomed to 200 %": Way(window(640, 400, device_scale_factor=2)),
    "with motion": Way(window(1280, 800, reduced_motion="no-preference")),
    "without WebGL": Way(window(1280, 800), script=NO_WEBGL),
}


@dataclass
class Hand:
    """Presses what is on a page, by mouse, finger or key, and counts how often."""

    page: Page
    way: Way
    served: Served
    presses: int = 0

    def press(self, selector: str, key: str = "Enter") -> None:
        """Press the first element of a selector: what keys press must be reached by them."""
        self.presses += 1
        if not self.way.keys:
            return self.page.locator(selector).first.click()
        self.walk(selector)
        return self.page.keyboard.press(key)

    def walk(self, selector: str) -> None:
        """Go to the first element of a selector by Tab alone, around the page twice at most."""
        found = self.page.locator(selector).first
        found.wait_for(state="attached")
        stops = []
        for _ in range(2 * MOST_STOPS):
            is_reached, stop = found.evaluate(STANDS)
            if is_reached:
                return
            stops.append(stop)
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab doesn't lead to {selector}, but to {stops}")

    def write(self, selector: str, text: str) -> None:
        """Fill a field in; keys go there first."""
        if self.way.keys:
            self.walk(selector)
        self.page.fill(selector, text)

    def tab(self, name: str) -> None:
        """Show a tab; of a row of tabs, keys reach the one that is shown, and arrows the others."""
        if not self.way.keys:
            return self.press(f"#tab-{name}")
        self.presses += 1
        self.walk("[role=tab][aria-selected=true]")
        for _ in range(5):
            if self.page.locator(f"#tab-{name}[aria-selected=true]").count():
                return None
            self.page.keyboard.press("ArrowRight")
        raise AssertionError(f"no key leads to the tab {name}")

    def check(self, selector: str) -> None:
        """Turn a box over."""
        self.press(selector, "Space")

    def search(self, words: str) -> Locator:
        """Ask for words, and return the rows that are found."""
        self.write("#words", words)
        self.page.keyboard.press("Enter")
        self.page.wait_for_selector(f"#results h2:has-text('“{words}”')")
        rows = self.page.locator("#found li[data-sample]")
        rows.first.wait_for()
        return rows

    def saved(self, selector: str) -> Download:
        """Press what saves a file, and return that."""
        with self.page.expect_download() as download:
            self.press(selector)
        return download.value

    def sees_no_barriers(self) -> None:
        """Look at the page as it is, its colours in light too, and whether it fits its window."""
        self.page.emulate_media(color_scheme="dark")
        assert barriers(self.page) == []
        self.page.emulate_media(color_scheme="light")
        assert ("light", barriers(self.page, *OF_COLOURS)) == ("light", [])
        width = self.page.viewport_size["width"] if self.page.viewport_size else 0
        assert self.page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.fixture(params=WAYS)
def hand(
    request: pytest.FixtureRequest, open_context: Callable[..., BrowserContext], served: Served
) -> Iterator[Hand]:
    """The map; nothing is labelled, nothing kept, and no script may fail."""
    way = WAYS[request.param]
    page = open_context(**way.options).new_page()
    failed: list[str] = []
    page.on("pageerror", lambda error: failed.append(str(error)))
    if way.script:
        page.add_init_script(way.script)
    page.goto(f"{served.root}/map")
    page.wait_for_selector(READY)
    for (name,) in served.rows("SELECT name FROM labels"):
        post(page, "api/labels/remove", {"label": name})
    served.write("DELETE FROM favourites", "DELETE FROM sample_ratings")
    yield Hand(page, way, served)
    assert failed == []


def label(hand: Hand, name: str, sample_ids: list[int]) -> None:
    """Make a label with examples, another one to tell it from, and show it."""
    post(hand.page, "api/anchors", {"label": name, "sample_ids": sample_ids, "create": True})
    post(hand.page, "api/anchors", {"label": "zap", "sample_ids": [7], "create": True})
    hand.tab("labels")
    hand.press(f"#label-list button:has-text('{name}')")
    hand.page.wait_for_selector("#label-work .found-list .rows li .name")


def test_words_are_heard_by_one_press(hand: Hand) -> None:
    listen(hand.page)
    hand.search("deep tone")
    hand.press("#found li .play")
    assert hand.presses == 1
    hand.page.wait_for_function("heard")
    hand.sees_no_barriers()


def test_a_region_is_a_label_that_asks_in_three_presses_and_is_undone_in_one(hand: Hand) -> None:
    page = hand.page
    if hand.way.draws:
        lasso(page, place_of(page, 2), 30)
    else:
        hand.search("deep tone")
        hand.walk("#found .list")
        for key in ("ArrowDown", "Shift+ArrowDown", "Shift+ArrowDown"):
            page.keyboard.press(key)
        page.wait_for_selector("#tab-selection .badge:has-text('3')", state="attached")
    hand.tab("labels")
    hand.write("#label-list input[name=name]", "round")
    hand.press("#label-list .new-label button")
    page.wait_for_selector("#label-work .examples li")
    hand.press("#label-work button:text-is('Ask me')")
    page.wait_for_selector("#label-work .review .name")
    assert hand.presses == 3
    hand.sees_no_barriers()
    page.keyboard.press("y")
    eventually(page, lambda: len(hand.served.rows("SELECT 1 FROM votes")), 1)
    # The vote is in the library before its answer is on the page.
    page.wait_for_selector("#undo-toast:has-text('Answer added')")
    hand.presses = 0
    hand.press("#undo-toast button")
    eventually(page, lambda: hand.served.rows("SELECT 1 FROM votes"), [])
    assert hand.presses == 1
    page.keyboard.press("Control+z")
    eventually(page, lambda: hand.served.rows("SELECT 1 FROM labels WHERE name = 'round'"), [])


def test_an_export_is_two_presses(hand: Hand) -> None:
    hand.search("noise")
    hand.press("#found summary:text-is('Export')")
    assert hand.saved("#found .menu-items button:text-is('Table (CSV)')").suggested_filename == (
        "sounds.csv"
    )
    assert hand.presses == 2
    hand.sees_no_barriers()


def test_a_query_of_chips_is_made_and_unmade(hand: Hand) -> None:
    hand.search("tone")
    if hand.page.locator("#open-terms").is_visible():
        hand.press("#open-terms")
    hand.write("#more-words", "noise")
    hand.press("#more button[value=less]")
    hand.page.wait_for_selector("#chips > li:nth-child(2)")
    hand.page.wait_for_selector("#found li[data-sample]")
    hand.sees_no_barriers()
    hand.press("#chips > li:nth-child(2) .close")
    hand.page.wait_for_selector("#chips > li:nth-child(2)", state="detached")


def test_a_run_is_heard_before_it_is_written_and_taken_back(hand: Hand) -> None:
    page = hand.page
    label(hand, "tone", [1, 2, 3])
    hand.press("#label-work button:text-is('Tag…')")
    page.wait_for_selector(".found-list h3:text-is('What would be tagged')")
    page.evaluate("document.querySelector('.rehearsal p').dataset.former = ''")
    page.select_option(".rehearsal select", "medium")
    page.wait_for_selector(".rehearsal p[data-former]", state="detached")
    page.evaluate("new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    page.wait_for_selector(".found-list .rows li[data-sample]")
    listen(page)
    hand.press(".found-list .rows .play")  # of the new rows: the former ones are drawn anew
    page.wait_for_function("heard")
    assert hand.served.rows(TAGS) == [(0,)]
    hand.sees_no_barriers()
    hand.press(".rehearsal button.primary")
    eventually(page, lambda: hand.served.rows(TAGS) != [(0,)], True)
    hand.press("#undo-toast button")
    eventually(page, lambda: hand.served.rows(TAGS), [(0,)])


def test_a_rival_is_made_of_what_is_something_else(hand: Hand) -> None:
    page = hand.page
    post(page, "api/anchors", {"label": "tone", "sample_ids": [1, 2], "create": True})
    hand.tab("labels")
    hand.press("#label-list button:has-text('tone')")
    page.wait_for_selector(".rivals[open] .proposal li .name")
    hand.sees_no_barriers()
    hand.write(".proposal input[name=rival]", "hiss")
    hand.press(".proposal button:text-is('Something else')")
    page.wait_for_selector("#label-work .outcome:has-text('of hiss')")
    assert {name for (name,) in hand.served.rows("SELECT name FROM labels")} == {"tone", "hiss"}
    hand.press("#undo-toast button")
    eventually(page, lambda: hand.served.rows("SELECT name FROM labels"), [("tone",)])


def test_moments_are_listed_heard_and_given_out(hand: Hand) -> None:
    page = hand.page
    label(hand, "tone", [1, 2, 3])
    hand.check("#label-work .found-list header input")
    page.wait_for_selector(".found-list h3:text-is('Moments that it finds')")
    page.wait_for_selector(".found-list .rows a.at-place")
    hand.sees_no_barriers()
    listen(page)
    hand.press(".found-list .rows .play")
    page.wait_for_function("heard")
    hand.press(".found-list summary:text-is('Export')")
    saved = hand.saved(".found-list .menu-items button:text-is('Raven selections')")
    assert saved.suggested_filename == "moments.selections.txt"
    hand.press(".found-list summary:text-is('Export')")
    saved = hand.saved(".found-list .menu-items button:text-is('Clips (WAV in a zip)')")
    assert saved.suggested_filename == "clips.zip"
    assert saved.path().read_bytes()[:2] == b"PK"
    hand.press(".found-list .rows a.at-place")
    page.wait_for_selector("#picture[data-waiting=no]")
    assert page.evaluate("sqlclap.page.state.span") is not None


def test_a_stretch_of_a_spectrogram_is_an_example_and_is_undone(hand: Hand) -> None:
    page, served = hand.page, hand.served
    page.goto(f"{served.root}/spectrogram#sample={served.sample('noises/long.flac')}&span=0.5-1")
    page.wait_for_selector("#picture[data-waiting=no]")
    hand.sees_no_barriers()
    hand.write("#span input[name=label]", "hiss")
    hand.press("#span button:text-is('Example')")
    eventually(page, lambda: len(served.rows(ANCHORS)), 1)
    hand.press("#undo-toast button")
    eventually(page, lambda: served.rows(ANCHORS), [])


def test_the_player_is_set_and_a_sound_is_kept_and_let_go(hand: Hand) -> None:
    page = hand.page
    hand.search("tone")
    hand.press("#player .menu summary")
    hand.check("#player .menu label:has-text('Loop') input")
    page.wait_for_function("sqlclap.player.settings.now.loop")
    hand.sees_no_barriers()
    page.keyboard.press("Escape")
    if hand.way.keys:
        hand.walk("#found .list")
        for key in ("ArrowDown", "h"):
            page.keyboard.press(key)
    else:
        hand.press("#found li .heart")
    eventually(page, lambda: hand.served.rows(FAVOURITES), [(1,)])
    hand.press("#undo-toast button")
    eventually(page, lambda: hand.served.rows(FAVOURITES), [(0,)])
