"""The map in a browser: names by hand, colours that filter, the view of it, pictures of it."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

from tests.page.browser.acting import legend_says
from tests.page.browser.places import READY, Served


def test_a_cluster_is_renamed_undone_and_pinned(map_page: Page, served: Served) -> None:
    row = map_page.locator(".clusters li[data-cluster='1']")
    row.locator(".opening").press("F2")
    row.locator("input").fill("blips & bleeps")
    row.locator("input").press("Enter")
    map_page.wait_for_selector(".names span:visible:text-is('blips & bleeps')")
    assert served.rows("SELECT name FROM cluster_names WHERE cluster = 1") == [("blips & bleeps",)]
    map_page.select_option("#colour", "folder")  # of the same map: a name is none
    legend_says(map_page, "noises")
    map_page.evaluate("sqlclap.watch.look()")
    assert map_page.locator("#changed").is_hidden()
    map_page.keyboard.press("Control+z")
    map_page.wait_for_selector(".names span:visible:text-is('noises')")
    assert row.locator(".cluster-name").text_content() == "noises"

    row.hover()
    row.locator(".pen").click()
    row.locator("input").fill("not kept")
    row.locator("input").press("Escape")
    assert row.locator(".cluster-name").text_content() == "noises"
    row.locator(".pin").click()
    map_page.reload()
    map_page.wait_for_selector(READY)
    assert row.locator(".pin").get_attribute("aria-pressed") == "true"
    assert map_page.locator(".clusters li").first.get_attribute("data-cluster") == "1"
    row.locator(".pin").click()
    assert row.locator(".pin").get_attribute("aria-pressed") == "false"


def test_colours_of_what_is_measured_filter(map_page: Page) -> None:
    map_page.select_option("#colour", "measured:spectral_centroid_hz")
    legend_says(map_page, "Hz and above")
    assert "colour=measured" in map_page.url
    highest = map_page.locator("#legend button").first
    highest.click()
    map_page.wait_for_selector("#legend button[aria-pressed=true]")
    map_page.wait_for_function("sqlclap.map.plot.get('isPointsFiltered')")
    kept = map_page.evaluate("sqlclap.atlas.kept")
    drawn = map_page.evaluate(
        "() => { const {categories} = sqlclap.map.style; const most = Math.max(...categories);"
        "return [...categories.keys()].filter(at => categories[at] === most) }"
    )
    assert kept == drawn
    highest.click()
    map_page.wait_for_function("sqlclap.atlas.kept === null")
    assert highest.get_attribute("aria-pressed") == "false"
    map_page.select_option("#colour", "folder")
    map_page.click("#legend button:has-text('noises')")
    map_page.wait_for_function("sqlclap.atlas.kept?.length === 5")
    assert "folder=noises" in map_page.url


def test_fit_shows_where_most_lie_and_pressed_again_every_sound(map_page: Page) -> None:
    map_page.evaluate("sqlclap.map.bounds = {left: -0.1, right: 0.4, bottom: -0.2, top: 0.1}")
    near = "view => view.every((value, at) => Math.abs(value - sqlclap.map.view[at]) < 1e-3)"
    map_page.click("#fit")
    map_page.wait_for_function(near, arg=map_page.evaluate("sqlclap.map.whole"))
    map_page.wait_for_function("sqlclap.stage.seesAll")
    map_page.click("#fit")
    map_page.wait_for_function(near, arg=map_page.evaluate("sqlclap.map.widest"))
    map_page.keyboard.press("0")
    map_page.wait_for_function(near, arg=map_page.evaluate("sqlclap.map.whole"))


def test_the_map_is_saved_as_picture_and_drawing(map_page: Page, served: Served) -> None:
    map_page.select_option("#colour", "folder")
    legend_says(map_page, "noises")
    saved = {}
    for kind in ("PNG", "SVG"):
        map_page.click(".map-tools summary")
        with map_page.expect_download() as waiting:
            map_page.click(f".map-tools .menu-items button:has-text('{kind}')")
        saved[kind] = Path(waiting.value.path())
        assert waiting.value.suggested_filename == f"map of {served.library.stem}.{kind.lower()}"
    assert saved["PNG"].read_bytes().startswith(b"\x89PNG")
    assert saved["PNG"].stat().st_size > 5_000
    drawing = saved["SVG"].read_text()
    assert ">noises</text>" in drawing
    assert ".wav" not in drawing
    points = map_page.evaluate("sqlclap.map.drawn(1000).groups.flatMap(one => one.places).length")
    assert drawing.count("h0") == points == 12
