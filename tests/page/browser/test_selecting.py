"""Selecting sounds on the map, and what is done with them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

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
        page.click("#selection summary:text-is('Export')")
        page.click(f"#selection .menu-items button:text-is('{kind}')")
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
    head, *lines = exported(map_page, "Table (CSV)")
    assert {"sample_id", "path", "duration_s", "format", "pitch_hz"} <= {*head.split(",")}
    assert any(line.startswith("4,") for line in lines)


def test_a_selection_is_saved_as_a_playlist_and_its_paths_are_copied(
    map_page: Page, served: Served
) -> None:
    select(map_page, 2, 4)
    files = [str(served.file(one)) for one in (2, 4)]
    first, *lines = exported(map_page, "Playlist (M3U8)")
    assert first == "#EXTM3U"
    assert lines[1::2] == files
    map_page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    map_page.focus("#selection summary:text-is('Export')")
    map_page.keyboard.press("Enter")
    map_page.keyboard.press("Tab")
    map_page.keyboard.press("Enter")
    map_page.wait_for_selector("#said:has-text('2 sounds: paths copied')", state="attached")
    assert map_page.evaluate("navigator.clipboard.readText()").splitlines() == files


def test_a_selection_is_saved_as_an_archive(map_page: Page, served: Served) -> None:
    select(map_page, 2, 4)
    with map_page.expect_download() as download:
        map_page.click("#selection summary:text-is('Export')")
        map_page.click("#selection .menu-items button:text-is('Files (zip)')")
    archive = zipfile.ZipFile(download.value.path())
    assert {name: archive.read(name) for name in archive.namelist()} == {
        served.file(one).name: served.file(one).read_bytes() for one in (2, 4)
    }


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
    map_page.wait_for_function("heard.length === 3 && !sqlclap.player.playing")
    assert map_page.evaluate("heard") == [1, 2, 6]


NOTE_DRAGS = """() => addEventListener('dragstart', ({dataTransfer, target}) => {
  window.carried = {sample: Number(target.dataset.sample)};
  for (const kind of ['DownloadURL', 'text/uri-list', 'text/plain'])
    window.carried[kind] = dataTransfer.getData(kind);
})"""


def dragged(page: Page) -> dict[str, Any]:
    """Drag the first result out of its list, and return what is carried."""
    page.evaluate("window.carried = undefined")
    page.locator("#results .list li .score").first.hover()
    page.mouse.down()
    page.mouse.move(300, 300, steps=8)
    page.wait_for_function("window.carried !== undefined")
    page.mouse.up()
    carried: dict[str, Any] = page.evaluate("carried")
    return carried


def test_a_result_dragged_out_is_its_file_and_several_are_an_archive(
    map_page: Page, served: Served
) -> None:
    search(map_page, "tone")
    map_page.evaluate(NOTE_DRAGS)
    carried = dragged(map_page)
    file = served.file(carried["sample"])
    kind, name, address = carried["DownloadURL"].split(":", 2)
    assert (kind, name) == ("application/octet-stream", file.name)
    assert carried["text/uri-list"] == address
    assert carried["text/plain"].endswith(file.name)
    assert map_page.request.get(address).body() == file.read_bytes()
    names = map_page.locator("#results .list .name")
    names.nth(0).click(modifiers=["Control"])
    names.nth(2).click(modifiers=["Control"])
    carried = dragged(map_page)
    kind, name, address = carried["DownloadURL"].split(":", 2)
    assert (kind, name) == ("application/zip", "sounds.zip")
    archive = zipfile.ZipFile(io.BytesIO(map_page.request.get(address).body()))
    assert file.name in archive.namelist()
    addresses = carried["text/uri-list"].splitlines()
    assert len(addresses) == len(archive.namelist()) == 2
    assert map_page.request.get(addresses[0]).body() == file.read_bytes()


def test_what_was_typed_stays_while_sounds_are_added(map_page: Page) -> None:
    select(map_page, 1)
    map_page.fill("#selection input[name=label]", "half a na")
    open_sample(map_page, 2)
    map_page.click("#card button:text-is('Select')")
    map_page.wait_for_selector("#selection[data-count='2']", state="attached")
    assert map_page.input_value("#selection input[name=label]") == "half a na"
