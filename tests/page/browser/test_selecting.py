"""Selecting sounds on the map, and what is done with them."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

from tests.page.browser.acting import (
    eventually,
    lasso,
    legend_says,
    open_sample,
    place_of,
    search,
    select,
)
from tests.page.browser.places import Served


def rectangle(page: Page, sample: int) -> None:
    """Draw a rectangle about a sample's point."""
    x, y = place_of(page, sample)
    page.keyboard.press("r")
    page.mouse.move(x - 15, y - 15)
    page.mouse.down()
    page.mouse.move(x + 15, y + 15, steps=5)
    page.mouse.up()
    page.wait_for_selector("#selection h2")


def exported(page: Page, kind: str) -> list[str]:
    """Save the selection, and return the file's lines."""
    with page.expect_download() as download:
        page.click(f"#selection button:text-is('{kind}')")
    return Path(download.value.path()).read_text().splitlines()


def test_a_lasso_makes_anchors(map_page: Page, unlabelled: Served) -> None:
    lasso(map_page, place_of(map_page, 2), 30)
    map_page.fill("#selection input[name=label]", "round")
    map_page.click("#selection button[value=positive]")
    map_page.wait_for_function("document.querySelector('#said').textContent.includes('of round')")
    anchors = unlabelled.rows("SELECT sample_id, polarity FROM anchors")
    assert (2, "positive") in anchors
    assert len(anchors) < 12
    assert unlabelled.rows("SELECT name FROM labels") == [("round",)]


def test_a_rectangle_selects(map_page: Page) -> None:
    rectangle(map_page, 4)
    lines = exported(map_page, "CSV")
    assert lines[0] == "sample_id,path,duration_s,format"
    assert any(line.startswith("4,") for line in lines)


def test_a_selection_is_saved_as_a_playlist_and_as_paths(map_page: Page, served: Served) -> None:
    select(map_page, 2, 4)
    first, *lines = exported(map_page, "M3U")
    assert first == "#EXTM3U"
    assert lines[1::2] == [f"{served.root}/sample/{one}/audio" for one in (2, 4)]
    sound = map_page.request.get(lines[1])
    assert sound.body() == served.file(2).read_bytes()
    paths = exported(map_page, "Paths")
    assert [Path(path).name for path in paths] == [served.file(one).name for one in (2, 4)]


def test_a_selection_is_tagged_by_hand_and_that_is_undone(
    map_page: Page, unlabelled: Served
) -> None:
    select(map_page, 3, 5)
    map_page.select_option("#colour", "label")
    legend_says(map_page, "no sound is tagged yet")
    map_page.fill("#selection input[name=label]", "warm")
    map_page.click("#selection button[value=tag]")
    map_page.wait_for_selector("#selection .outcome:has-text('2 sounds tagged warm')")
    tags = "SELECT sample_id, confidence FROM tags ORDER BY sample_id"
    assert unlabelled.rows(tags) == [(3, "hand"), (5, "hand")]
    assert unlabelled.rows("SELECT count(*) FROM anchors") == [(0,)]
    map_page.wait_for_selector("#card .tags li:text-is('warm')", state="attached")
    legend_says(map_page, "warm")
    map_page.click("#selection .outcome button:text-is('Undo')")
    eventually(map_page, lambda: unlabelled.rows(tags), [])
    legend_says(map_page, "no sound is tagged yet")
    map_page.wait_for_selector("#card .tags:not(:has(li))", state="attached")


def test_a_selection_plays_through(map_page: Page) -> None:
    select(map_page, 1, 2, 6)
    map_page.evaluate(
        """() => { window.heard = [];
        sqlclap.player.addEventListener('track', () => heard.push(sqlclap.player.track.id)) }"""
    )
    map_page.click("#selection button:text-is('Play through')")
    map_page.wait_for_function("heard.length === 3 && sqlclap.player.audio.ended")
    assert map_page.evaluate("heard") == [1, 2, 6]


def test_a_result_dragged_out_is_its_file(map_page: Page, served: Served) -> None:
    search(map_page, "tone")
    map_page.evaluate(
        """() => addEventListener('dragstart', ({dataTransfer, target}) => {
          window.carried = {sample: Number(target.dataset.sample)};
          for (const kind of ['DownloadURL', 'text/uri-list', 'text/plain'])
            window.carried[kind] = dataTransfer.getData(kind);
        })"""
    )
    row = map_page.locator("#results .list li .score").first
    row.hover()
    map_page.mouse.down()
    map_page.mouse.move(300, 300, steps=8)
    map_page.wait_for_function("window.carried !== undefined")
    map_page.mouse.up()
    carried = map_page.evaluate("carried")
    file = served.file(carried["sample"])
    kind, name, address = carried["DownloadURL"].split(":", 2)
    assert (kind, name) == ("application/octet-stream", file.name)
    assert carried["text/uri-list"] == address
    assert carried["text/plain"].endswith(file.name)
    assert map_page.request.get(address).body() == file.read_bytes()


def test_what_was_typed_stays_while_sounds_are_added(map_page: Page) -> None:
    select(map_page, 1)
    map_page.fill("#selection input[name=label]", "half a na")
    open_sample(map_page, 2)
    map_page.click("#card button:text-is('Select')")
    map_page.wait_for_selector("#selection[data-count='2']", state="attached")
    assert map_page.input_value("#selection input[name=label]") == "half a na"
