"""The map in a browser: seeing, hearing, searching, selecting."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.page.browser.conftest import READY, Served
from tests.support.sounds import tone, write_sound


def place_of(page: Page, sample: int) -> tuple[float, float]:
    """Return where a sample's point is in the window."""
    x, y = page.evaluate(
        "id => { const [x, y] = sqlclap.atlas.place(id); return sqlclap.map.toScreen(x, y) }",
        sample,
    )
    box = page.locator("#canvas").bounding_box()
    assert box is not None
    return box["x"] + x, box["y"] + y


def test_points_are_seen_when_the_page_opens(map_page: Page) -> None:
    assert map_page.evaluate("document.body.dataset.points") == "12"
    seen = map_page.evaluate(
        """() => {
          const canvas = document.querySelector('#canvas');
          const copy = document.createElement('canvas');
          [copy.width, copy.height] = [canvas.width, canvas.height];
          return new Promise(done => requestAnimationFrame(() => {
            sqlclap.map.plot.redraw();
            requestAnimationFrame(() => {
              copy.getContext('2d').drawImage(canvas, 0, 0);
              const {data} = copy.getContext('2d').getImageData(0, 0, copy.width, copy.height);
              const colours = new Set();
              for (let at = 0; at < data.length; at += 4)
                colours.add(data[at] << 16 | data[at + 1] << 8 | data[at + 2]);
              done(colours.size);
            });
          }));
        }"""
    )
    assert seen > 3
    names = map_page.locator(".names span:visible").all_text_contents()
    assert {"tones", "noises"} <= set(names)


def test_hovering_plays_a_sound(map_page: Page) -> None:
    map_page.locator("#playing").click()  # the first gesture
    answers: list[Any] = []
    map_page.on("response", lambda answer: answers.append((answer.url, answer.status)))
    x, y = place_of(map_page, 3)
    map_page.mouse.move(x + 40, y + 40)
    map_page.mouse.move(x, y, steps=4)
    map_page.wait_for_function("sqlclap.player.audio.currentTime > 0")
    heard = [status for url, status in answers if url.endswith("/audio")]
    assert heard
    assert set(heard) == {206}


def test_searching_by_words_lights_the_map_up(map_page: Page, served: Served) -> None:
    map_page.keyboard.press("/")
    map_page.keyboard.type("white noise")
    map_page.keyboard.press("Enter")
    map_page.wait_for_selector("#results .list li")
    first = map_page.locator("#results .list .file").first.text_content()
    assert first is not None
    assert first.startswith(("noise", "long"))
    map_page.wait_for_function("document.querySelector('#legend').textContent.includes('others')")
    assert "q=white+noise" in map_page.url
    map_page.locator("#results .close").click()
    map_page.wait_for_function("!document.querySelector('#legend').textContent.includes('others')")


def test_a_click_opens_the_card_with_neighbours(map_page: Page) -> None:
    map_page.mouse.click(*place_of(map_page, 5))
    map_page.wait_for_selector("#card .neighbours li")
    assert map_page.locator("#card h2").text_content()
    assert "sample=5" in map_page.url
    drawn = map_page.evaluate(
        """() => { const c = document.querySelector('#card canvas');
        const {data} = c.getContext('2d').getImageData(0, 0, c.width, c.height);
        return data.some(value => value > 0) }"""
    )
    assert drawn


def test_a_reload_shows_the_same(map_page: Page) -> None:
    map_page.fill("#words", "deep tone")
    map_page.keyboard.press("Enter")
    map_page.wait_for_selector("#results .list li")
    map_page.locator("#results .list .name").nth(1).click()
    map_page.wait_for_selector("#card .neighbours li")
    map_page.select_option("#colour", "folder")
    map_page.click("#zoom-in")
    map_page.wait_for_function(
        """() => { const view = sqlclap.map.view;
        const kept = (new URLSearchParams(location.hash.slice(1)).get('view') ?? '').split(',');
        return view[2] < 0.7 && view.every((value, at) => Math.abs(value - kept[at]) < 1e-3) }"""
    )
    title, view = map_page.locator("#card h2").text_content(), map_page.evaluate("sqlclap.map.view")
    map_page.reload()
    map_page.wait_for_selector(READY)
    map_page.wait_for_selector("#card .neighbours li")
    assert map_page.locator("#card h2").text_content() == title
    assert map_page.input_value("#colour") == "folder"
    again = map_page.evaluate("sqlclap.map.view")
    assert all(math.isclose(a, b, abs_tol=1e-3) for a, b in zip(view, again, strict=True))


def lasso(page: Page, middle: tuple[float, float], radius: float) -> None:
    page.keyboard.down("Shift")
    page.mouse.move(middle[0] + radius, middle[1])
    page.mouse.down()
    for step in range(1, 33):
        angle = 2 * math.pi * step / 32
        page.mouse.move(middle[0] + radius * math.cos(angle), middle[1] + radius * math.sin(angle))
        page.wait_for_timeout(10)
    page.mouse.up()
    page.keyboard.up("Shift")


def test_a_lasso_makes_anchors(map_page: Page, served: Served) -> None:
    lasso(map_page, place_of(map_page, 2), 30)
    map_page.wait_for_selector("#selection input[name=label]")
    map_page.fill("#selection input[name=label]", "round")
    map_page.click("#selection button[value=positive]")
    map_page.wait_for_function("document.querySelector('#said').textContent.includes('of round')")
    anchors = served.rows("SELECT sample_id, polarity FROM anchors")
    assert (2, "positive") in anchors
    assert len(anchors) < 12
    assert served.rows("SELECT name FROM labels") == [("round",)]


def test_a_rectangle_selects(map_page: Page) -> None:
    x, y = place_of(map_page, 4)
    map_page.keyboard.press("r")
    map_page.mouse.move(x - 15, y - 15)
    map_page.mouse.down()
    map_page.mouse.move(x + 15, y + 15, steps=5)
    map_page.mouse.up()
    map_page.wait_for_selector("#selection h2")
    with map_page.expect_download() as download:
        map_page.click("#selection >> text=CSV")
    lines = Path(download.value.path()).read_text().splitlines()
    assert lines[0] == "sample_id,path,duration_s,format"
    assert any(line.startswith("4,") for line in lines)


def test_a_file_is_searched_with(map_page: Page, tmp_path: Path) -> None:
    sound = write_sound(tmp_path / "low.wav", tone(82))
    map_page.set_input_files("#file", sound)
    map_page.wait_for_selector("#results .list li")
    first = map_page.locator("#results .list .file").first.text_content()
    assert first is not None
    assert first.startswith("tone")


def test_filters_narrow_map_and_search(map_page: Page) -> None:
    map_page.keyboard.press("f")
    map_page.wait_for_selector("#filters option[value=noises]", state="attached")
    map_page.select_option("#filters select[name=folder]", "noises")
    map_page.wait_for_function("document.querySelector('#filtered').textContent === '5 sounds'")
    map_page.fill("#words", "tone")
    map_page.keyboard.press("Enter")
    map_page.wait_for_selector("#results .list li")
    folders = map_page.locator("#results .list .folder").all_text_contents()
    assert all(folder.startswith("noises") for folder in folders)


def test_all_of_it_by_keyboard(map_page: Page) -> None:
    map_page.keyboard.press("?")
    assert map_page.locator("#help").is_visible()
    map_page.keyboard.press("Escape")
    map_page.focus("#map")
    map_page.keyboard.press("ArrowRight")
    map_page.keyboard.press("Enter")
    map_page.wait_for_selector("#card .neighbours li")
    map_page.keyboard.press("n")
    map_page.wait_for_selector("#results .list li")
    map_page.keyboard.press("j")
    map_page.keyboard.press("s")
    map_page.wait_for_selector("#selection h2")
    before = map_page.evaluate("sqlclap.map.view[2]")
    map_page.keyboard.press("+")
    map_page.wait_for_function("before => sqlclap.map.view[2] < before", arg=before)
    map_page.keyboard.press("Escape")
    assert map_page.locator("#selection").is_hidden()


def test_without_webgl_there_are_lists(page: Page, served: Served) -> None:
    page.add_init_script(
        """const original = HTMLCanvasElement.prototype.getContext;
        HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
          return kind.includes('webgl') ? null : original.call(this, kind, ...rest);
        };"""
    )
    page.goto(f"{served.root}/map")
    page.wait_for_selector(READY)
    assert page.locator("#no-map").is_visible()
    page.fill("#words", "noise")
    page.keyboard.press("Enter")
    page.wait_for_selector("#results .list li")
    page.locator("#results .list .name").first.click()
    page.wait_for_selector("#card .neighbours li")


def test_a_file_that_is_gone_is_noted(page: Page, served: Served) -> None:
    page.goto(f"{served.root}/map")
    page.wait_for_selector(READY)
    sample = served.rows("SELECT sample_id FROM samples WHERE path = 'tones/tone-5.wav'")[0][0]
    root = Path(served.rows("SELECT root FROM sources")[0][0])
    moved = (root / "tones" / "tone-5.wav").rename(root / "tones" / "elsewhere")
    try:
        page.evaluate(f"location.hash = '#sample={sample}'")
        page.wait_for_selector("#card .note:not([hidden])")
        assert "gone" in (page.locator("#card .note").text_content() or "")
    finally:
        moved.rename(root / "tones" / "tone-5.wav")


def test_a_file_name_is_never_markup(map_page: Page) -> None:
    dialogs: list[str] = []
    map_page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    map_page.fill("#words", "tone")
    map_page.keyboard.press("Enter")
    map_page.wait_for_selector("#results .list li")
    map_page.locator("#results .list .name", has_text="<img").first.click()
    map_page.wait_for_selector("#card .neighbours li")
    assert "<img src=x" in (map_page.locator("#card h2").text_content() or "")
    assert map_page.locator("img").count() == 0
    assert dialogs == []
