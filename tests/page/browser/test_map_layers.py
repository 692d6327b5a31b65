"""What lies over the map in a browser: lines of density, and the small map."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

from tests.page.browser.acting import legend_says
from tests.page.browser.places import READY, Served
from tests.page.browser.test_access import barriers

PAINTED = """() => {
  const canvas = document.getElementById('density-lines');
  const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return data.some(one => one > 0);
}"""
LINES = "sqlclap.stage.density.contours.length"


def test_lines_of_density_are_switched_and_stand_in_the_address(map_page: Page) -> None:
    button = map_page.locator("#density")
    button.click()
    map_page.wait_for_function("location.hash.includes('layer=density')")
    legend_says(map_page, "lines: 95, 75, 50, 25 % of the sounds lie within")
    map_page.wait_for_function(PAINTED)
    assert barriers(map_page) == []
    map_page.reload()
    map_page.wait_for_selector(READY)
    assert button.get_attribute("aria-pressed") == "true"
    map_page.wait_for_function(PAINTED)
    map_page.focus("#map")
    map_page.keyboard.press("g")
    map_page.wait_for_selector("#density[aria-pressed=false]")
    assert map_page.locator("#density-lines").is_hidden()
    assert "layer" not in map_page.url
    assert map_page.locator("#legend").text_content() == ""


def test_lines_are_of_what_passes_the_filters(map_page: Page, served: Served) -> None:
    map_page.goto(f"{served.root}/map#layer=density")
    map_page.wait_for_function(f"{LINES} === 4")
    whole = map_page.evaluate("JSON.stringify(sqlclap.stage.density.contours)")
    map_page.evaluate("location.hash = '#layer=density&folder=noises'")
    map_page.wait_for_function(
        "whole => JSON.stringify(sqlclap.stage.density.contours) !== whole", arg=whole
    )


def test_lines_are_in_the_drawing(map_page: Page, tmp_path: Path) -> None:
    map_page.click("#density")
    map_page.click(".map-tools summary:text-is('Save')")
    with map_page.expect_download() as started:
        map_page.click(".map-tools button:has-text('SVG')")
    file = tmp_path / "map.svg"
    started.value.save_as(file)
    drawing = file.read_text("utf-8")
    assert drawing.count('fill-rule="evenodd"') == 4
    assert "of the sounds lie within" in drawing


def test_the_small_map_shows_and_moves_the_view(map_page: Page) -> None:
    small = map_page.locator("#minimap")
    assert small.is_hidden()  # all of it is in view
    for _ in range(3):
        map_page.click("#zoom-in")
    small.wait_for()
    map_page.wait_for_function("sqlclap.stage.aim === null && sqlclap.map.view[2] < 0.3")
    before = map_page.evaluate("sqlclap.map.view")
    frame = map_page.locator("#minimap .frame").bounding_box()
    box = small.bounding_box()
    assert frame is not None
    assert box is not None
    assert 0.1 < frame["height"] / box["height"] < 0.6
    map_page.mouse.move(box["x"] + 20, box["y"] + 20)
    map_page.mouse.down()
    map_page.wait_for_function(
        "([x, y]) => sqlclap.map.view[0] < x && sqlclap.map.view[1] > y", arg=before[:2]
    )
    map_page.mouse.move(box["x"] + box["width"] - 20, box["y"] + box["height"] - 20, steps=4)
    map_page.mouse.up()
    map_page.wait_for_function(
        "([x, y]) => sqlclap.map.view[0] > x && sqlclap.map.view[1] < y", arg=before[:2]
    )
    after = map_page.evaluate("sqlclap.map.view")
    assert abs(after[2] - before[2]) < 1e-3  # moved, not zoomed
    map_page.wait_for_function("location.hash.includes('view=')")


def test_the_small_map_is_no_stop_for_keys(map_page: Page) -> None:
    for _ in range(3):
        map_page.click("#zoom-in")
    map_page.locator("#minimap").wait_for()
    assert map_page.locator("#minimap :is(a, button, input, [tabindex])").count() == 0
    assert map_page.get_attribute("#minimap", "aria-hidden") == "true"
    map_page.click("#minimap")
    assert map_page.evaluate("document.activeElement.id") == "zoom-in"
