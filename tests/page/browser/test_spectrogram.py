"""The spectrogram page: seen, zoomed, heard, selected, searched by, labelled, undone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.page.browser.places import READY, Served
from tests.page.browser.test_access import barriers

DRAWN = "#picture[data-waiting=no]"
LEFT = 58


@pytest.fixture
def pictured(unlabelled: Served, map_page: Page) -> Page:
    """The spectrogram of the longest sound, of two seconds, reached from its card."""
    sample = unlabelled.sample("noises/long.flac")
    map_page.goto(f"{unlabelled.root}/map#sample={sample}")
    map_page.click("#card a:text-is('Spectrogram')")
    map_page.wait_for_selector(DRAWN)  # the map was ready, too
    map_page.wait_for_selector(READY)
    return map_page


def state(page: Page) -> dict[str, Any]:
    told: dict[str, Any] = page.evaluate("sqlclap.page.state")
    return told


def span_of(page: Page) -> tuple[float, float] | None:
    span = state(page)["span"]
    return span and (span["from"], span["to"])


def place(picture: Locator, share: float) -> tuple[float, float]:
    """Return a point over the picture, so far from its left edge to its right one."""
    box = picture.bounding_box()
    assert box is not None
    return box["x"] + LEFT + share * (box["width"] - LEFT), box["y"] + box["height"] / 2


def drag(page: Page, start: float, end: float) -> None:
    picture = page.locator("#picture")
    page.mouse.move(*place(picture, start))
    page.mouse.down()
    page.mouse.move(*place(picture, end), steps=4)
    page.mouse.up()


def listen(page: Page) -> None:
    """Note in `heard` whether anything plays: a short span is over before a test looks."""
    page.evaluate(
        """() => { window.heard = false;
        sqlclap.page.player.audio.addEventListener('playing', () => (window.heard = true)) }"""
    )


def pixels(page: Page) -> str:
    drawn: str = page.evaluate("document.querySelector('#picture').toDataURL()")
    return drawn


def test_it_is_zoomed_moved_and_made_brighter(pictured: Page) -> None:
    assert state(pictured)["view"] == {"from": 0, "to": 2}
    pictured.mouse.move(*place(pictured.locator("#picture"), 0.25))
    pictured.mouse.wheel(0, -640)
    pictured.wait_for_function("sqlclap.page.state.view.to - sqlclap.page.state.view.from < 0.6")
    view = state(pictured)["view"]
    assert view["from"] < 0.5 < view["to"]
    pictured.keyboard.press("PageDown")
    assert state(pictured)["view"]["from"] == pytest.approx(view["from"] + 0.25)
    pictured.wait_for_selector(DRAWN)
    before = pixels(pictured)
    pictured.fill("[name=brightness]", "0.8")
    pictured.wait_for_function(
        "before => document.querySelector('#picture').toDataURL() !== before", arg=before
    )
    pictured.select_option("[name=scale]", "log")
    pictured.reload()
    pictured.wait_for_selector(READY)
    assert state(pictured)["view"]["from"] == pytest.approx(view["from"] + 0.25, abs=0.001)
    assert pictured.locator("[name=scale]").input_value() == "log"
    assert pictured.locator("[name=brightness]").input_value() == "0.8"
    pictured.click("button[aria-label='Show all of it']")
    assert state(pictured)["view"] == {"from": 0, "to": 2}


def test_a_click_is_heard_from_there(pictured: Page) -> None:
    pictured.mouse.click(*place(pictured.locator("#picture"), 0.5))
    assert state(pictured)["cursor"] >= 0.99
    pictured.wait_for_function("sqlclap.page.state.cursor > 1.05")
    assert state(pictured)["span"] is None


def test_what_plays_ends_where_it_should_while_nothing_is_drawn(pictured: Page) -> None:
    """Behind another tab, say: the cursor is at the end, so the beginning is played next."""
    pictured.evaluate("window.requestAnimationFrame = () => 0")
    pictured.mouse.click(*place(pictured.locator("#picture"), 0.5))
    pictured.wait_for_function("sqlclap.page.state.cursor === 2", polling=50)
    drag(pictured, 0.05, 0.3)
    pictured.keyboard.press("Space")
    pictured.wait_for_function("!sqlclap.page.state.playing", polling=50)
    assert pictured.evaluate("sqlclap.page.player.position") < 1.5


def test_a_span_is_dragged_searched_by_labelled_and_undone(
    pictured: Page, unlabelled: Served
) -> None:
    drag(pictured, 0.25, 0.5)
    start, end = span_of(pictured) or (0, 0)
    assert (start, end) == (pytest.approx(0.5, abs=0.01), pytest.approx(1.0, abs=0.01))
    clip = pictured.get_attribute("a:text-is('Save clip')", "href") or ""
    assert f"start={start:g}" in clip
    assert pictured.request.get(f"{unlabelled.base}{clip}").headers["content-type"] == "audio/wav"
    pictured.click("button:text-is('Search by it')")
    expect(pictured.locator("#similar li")).not_to_have_count(0)
    pictured.fill("#span input[name=label]", "hiss")
    pictured.click("button:text-is('Example')")
    expect(pictured.locator("#events li")).to_have_count(1)
    anchors = "SELECT start_s, end_s, polarity FROM anchors"
    assert unlabelled.rows(anchors) == [(start, end, "positive")]
    pictured.click("button:text-is('Not an example')")
    expect(pictured.locator("#events li")).to_contain_text("not an example")
    expect(pictured.locator("#span button:text-is('Undo')")).to_be_visible()
    pictured.click("#show-history")
    expect(pictured.locator("#changes li")).not_to_have_count(0)
    pictured.keyboard.press("Escape")
    expect(pictured.locator("#history")).to_be_hidden()
    assert span_of(pictured) is not None
    pictured.locator("#picture").press("Control+z")
    expect(pictured.locator("#events li .note")).to_have_text("example")
    assert unlabelled.rows(anchors) == [(start, end, "positive")]
    pictured.locator("#picture").press("Control+z")
    expect(pictured.locator("#events li")).to_have_count(0)
    assert unlabelled.rows("SELECT name FROM labels") == []


def test_keys_do_what_dragging_does(pictured: Page) -> None:
    pictured.focus("#picture")
    for _ in range(5):
        pictured.keyboard.press("ArrowRight")
    assert state(pictured)["cursor"] == pytest.approx(0.2)
    for _ in range(10):
        pictured.keyboard.press("Shift+ArrowRight")
    assert span_of(pictured) == (pytest.approx(0.2), pytest.approx(0.6))
    pictured.keyboard.press("Shift+ArrowLeft")
    assert span_of(pictured) == (pytest.approx(0.2), pytest.approx(0.56))
    pictured.keyboard.press("End")
    pictured.keyboard.press("]")
    assert span_of(pictured) == (pytest.approx(0.2), 2)
    pictured.fill("[aria-label='Start of the span, in seconds']", "1.25")
    pictured.keyboard.press("Tab")
    assert span_of(pictured) == (1.25, 2)
    pictured.focus("#picture")
    listen(pictured)
    pictured.keyboard.press("Space")
    pictured.wait_for_function("heard")
    pictured.keyboard.press("Escape")
    pictured.keyboard.press("Escape")
    assert span_of(pictured) is None


def test_what_words_find_is_marked_and_heard(pictured: Page) -> None:
    pictured.fill("#what [name=q]", "noise")
    pictured.keyboard.press("Enter")
    mark = pictured.locator("#marks .mark.found").first
    expect(mark).to_have_text("noise")
    listen(pictured)
    mark.click()
    assert span_of(pictured) is not None
    pictured.wait_for_function("heard")
    pictured.go_back()
    pictured.wait_for_function("sqlclap.page.state.span === null")


def test_a_sound_that_is_gone_is_told(page: Page, served: Served) -> None:
    file = served.file(served.sample("tones/tone-5.wav"))
    aside = Path(f"{file}.aside")
    file.rename(aside)
    try:
        page.goto(f"{served.root}/spectrogram#sample={served.sample('tones/tone-5.wav')}")
        expect(page.locator("#lacking")).to_contain_text("is gone")
    finally:
        aside.rename(file)
    page.goto(f"{served.root}/spectrogram#sample=999")
    expect(page.locator("#lacking")).to_contain_text("no sample 999")


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_it_has_no_barriers(pictured: Page, scheme: Literal["dark", "light"]) -> None:
    pictured.emulate_media(color_scheme=scheme)
    pictured.fill("#what [name=q]", "noise")
    pictured.keyboard.press("Enter")
    pictured.wait_for_selector("#events li")
    drag(pictured, 0.1, 0.3)
    pictured.click("#keys-title")
    assert barriers(pictured) == []


def test_fingers_move_and_select(
    open_context: Callable[..., BrowserContext], served: Served
) -> None:
    page = open_context(viewport={"width": 390, "height": 780}, has_touch=True).new_page()
    page.goto(f"{served.root}/spectrogram#sample={served.sample('noises/long.flac')}&view=0.5-1")
    page.wait_for_selector(READY)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.select_option("[name=dragging]", "move")
    drag(page, 0.8, 0.2)
    assert state(page)["view"]["from"] == pytest.approx(0.8, abs=0.02)
    page.select_option("[name=dragging]", "select")
    drag(page, 0.2, 0.8)
    assert span_of(page) is not None
