"""While sounds are taken in: how far it is, what comes, and one's place in what is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

import sqlclap
from sqlclap.progress import NullProgress
from sqlclap.running_work import ToldProgress
from tests.page.browser.places import READY, Served, serving
from tests.support.map_tables import draw_map
from tests.support.patience import PATIENCE_S
from tests.support.sounds import tone, write_sound

FIRST, LATER = 40, 12


def make_sounds(folder: Path, first: int, count: int) -> None:
    for number in range(first, first + count):
        write_sound(folder / f"tone-{number:03}.wav", tone(80 + 20 * number, seconds=0.2))


def take_in(library: Path, folder: Path) -> None:
    with sqlclap.open(library) as opened:
        opened.ingest([folder])


@pytest.fixture
def growing(tmp_path: Path) -> Iterator[Served]:
    """A library without a map, of which the first sounds are in."""
    make_sounds(tmp_path / "sounds", 0, FIRST)
    take_in(tmp_path / "new.db", tmp_path / "sounds")
    with serving(tmp_path / "new.db") as found:
        yield found


@pytest.fixture
def watched(browser: Browser, growing: Served) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1200, "height": 700}, reduced_motion="reduce")
    context.set_default_timeout(1000 * PATIENCE_S)
    context.request.get(growing.enter, max_redirects=0)
    page = context.new_page()
    failed: list[str] = []
    page.on("pageerror", lambda error: failed.append(str(error)))
    page.goto(f"{growing.root}/map")
    page.wait_for_selector(READY)
    yield page
    context.close()
    assert failed == []


def look(page: Page) -> None:
    """Come back to the page."""
    page.evaluate("dispatchEvent(new Event('focus'))")


def test_what_comes_is_taken_in_and_ones_place_stays(
    watched: Page, growing: Served, tmp_path: Path
) -> None:
    strip, rows = watched.locator("#work"), watched.locator("#found .rows")
    with ToldProgress(growing.library, NullProgress()) as told:
        told.started("ingest", FIRST + LATER + 1)
        look(watched)
        expect(strip).to_contain_text(f"Taking in sounds: 0 of {FIRST + LATER + 1}")
        expect(strip).to_contain_text("then the index, the map and its clusters")
        watched.click("text=List all")
        rows.locator("li .file").first.wait_for()
        rows.evaluate("rows => rows.scrollTop = 500")
        make_sounds(tmp_path / "sounds", FIRST, LATER)
        (tmp_path / "sounds" / "broken.wav").write_bytes(b"RIFF no sound")
        take_in(growing.library, tmp_path / "sounds")
        told.failed("broken.wav", "no sound")
        told.advanced(FIRST + LATER + 1)
        expect(watched.locator("#results h2")).to_have_text(f"{FIRST + LATER} sounds")
        assert rows.evaluate("rows => rows.scrollTop") == 500
        expect(strip.locator("summary")).to_have_text("1 file could not be taken in")
        strip.locator("summary").click()
        expect(strip).to_contain_text("broken.wav")
        watched.evaluate("window.isSame = true")
        told.started("layout", 10)
        draw_map(growing.library)
        watched.wait_for_function("window.isSame === undefined")  # loaded anew, by itself
        watched.wait_for_selector(READY)
        assert watched.evaluate("document.body.dataset.points") == str(FIRST + LATER)
        expect(strip).to_contain_text("Drawing the map")
        expect(watched.locator("#results h2")).to_have_text(f"{FIRST + LATER} sounds")
        assert rows.evaluate("rows => rows.scrollTop") == 500
        told.finished()
    expect(strip).to_be_hidden()


def test_nothing_is_taken_from_under_ones_hands(watched: Page, growing: Served) -> None:
    with ToldProgress(growing.library, NullProgress()) as told:
        told.started("layout", 10)
        look(watched)
        expect(watched.locator("#work")).to_be_visible()
        watched.fill("#words", "deep")
        draw_map(growing.library)
        expect(watched.locator("#changed")).to_contain_text("There is a map now.")
        assert watched.input_value("#words") == "deep"
    expect(watched.locator("#work")).to_contain_text("was stopped before its end")
    watched.click("#work .close")
    assert watched.locator("#work").is_hidden()
