"""The map in a browser: seeing, hearing, searching, links that lead back."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Dialog, Page

from tests.page.browser.acting import (
    legend_says,
    listen,
    open_sample,
    place_of,
    post,
    press,
    search,
    show_results,
    show_sound,
)
from tests.page.browser.places import READY, Served
from tests.support.map_tables import LAYOUT
from tests.support.sounds import tone, write_sound

DRAWN = """() => { const c = document.querySelector('#card canvas');
  const {data} = c.getContext('2d').getImageData(0, 0, c.width, c.height);
  return data.some(value => value > 0) }"""
SAME_NAME = """() => { const [tip, bar] = ['tip', 'playing'].map(id => document.getElementById(id));
  return !tip.hidden && tip.textContent !== '' && tip.textContent === bar.textContent }"""
# The view has come to rest where it was sent, and the address holds it.
ZOOMED = """aim => { const view = sqlclap.map.view;
  const kept = (new URLSearchParams(location.hash.slice(1)).get('view') ?? '').split(',');
  return Math.abs(view[2] - aim) < 1e-3
    && view.every((value, at) => Math.abs(value - kept[at]) < 1e-3) }"""


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
    for name in ("tones", "noises"):
        map_page.wait_for_selector(f".names span:visible:text-is('{name}')")
    assert map_page.evaluate("location.hash") == ""


def test_hovering_plays_a_sound_and_names_it(map_page: Page, served: Served) -> None:
    map_page.locator("#playing").click()  # the first gesture
    answers: list[Any] = []
    map_page.on("response", lambda answer: answers.append((answer.url, answer.status)))
    x, y = place_of(map_page, 3)
    listen(map_page)
    map_page.mouse.move(x + 40, y + 40)
    map_page.mouse.move(x, y, steps=4)
    map_page.wait_for_function("heard")
    heard = [status for url, status in answers if url.endswith("/audio")]
    assert heard
    assert set(heard) == {200}  # so short a sound is fetched whole
    map_page.wait_for_function(SAME_NAME)  # on a busy machine the pointer rests on its way, too
    name = served.file(map_page.evaluate("sqlclap.player.track.id")).name
    assert map_page.locator("#playing").text_content() == name


def test_searching_by_words_lights_the_map_up(map_page: Page) -> None:
    map_page.keyboard.press("/")
    map_page.keyboard.type("white noise")
    map_page.keyboard.press("Enter")
    map_page.wait_for_selector("#results .list li")
    first = map_page.locator("#results .list .file").first.text_content()
    assert first is not None
    assert first.startswith(("noise", "long"))
    legend_says(map_page, "others")
    assert "q=white+noise" in map_page.url
    map_page.locator("#results .close").click()
    map_page.wait_for_function("!document.querySelector('#legend').textContent.includes('others')")


def test_a_click_opens_the_card_with_neighbours(map_page: Page) -> None:
    press(map_page, 5)
    assert map_page.locator("#card h2").text_content()
    assert "sample=5" in map_page.url
    map_page.wait_for_function(DRAWN)


def test_a_reload_shows_the_same(map_page: Page) -> None:
    search(map_page, "deep tone")
    map_page.locator("#results .list .name").nth(1).click()
    show_sound(map_page)
    map_page.select_option("#colour", "folder")
    map_page.wait_for_function("location.hash.includes('colour=folder')")
    aim = 0.6 * map_page.evaluate("sqlclap.map.whole[2]")
    map_page.click("#zoom-in")
    map_page.wait_for_function(ZOOMED, arg=aim)
    title, view = map_page.locator("#card h2").text_content(), map_page.evaluate("sqlclap.map.view")
    map_page.reload()
    map_page.wait_for_selector(READY)
    map_page.wait_for_selector("#card .neighbours li")
    assert map_page.locator("#card h2").text_content() == title
    assert map_page.input_value("#colour") == "folder"
    again = map_page.evaluate("sqlclap.map.view")
    assert all(math.isclose(a, b, abs_tol=1e-3) for a, b in zip(view, again, strict=True))


def test_going_back_undoes_step_by_step(map_page: Page) -> None:
    search(map_page, "white noise")
    legend_says(map_page, "others")
    map_page.locator("#results .list .name").first.click()
    show_sound(map_page)
    map_page.go_back()
    map_page.wait_for_selector("#card", state="hidden")
    show_results(map_page)
    assert map_page.locator("#results .list li").count() > 0
    map_page.go_back()
    map_page.wait_for_selector("#results .clusters")
    map_page.wait_for_function("document.querySelector('#legend').textContent === ''")
    assert map_page.input_value("#words") == ""
    map_page.go_forward()
    map_page.wait_for_selector("#results .list li")


def test_a_link_followed_at_any_moment_is_followed(map_page: Page) -> None:
    """The address is about to take the view up when another one comes."""
    map_page.evaluate(
        "() => { sqlclap.map.move(30, 0, 1, [0, 0]); sqlclap.stage.moved();"
        "location.hash = '#sample=4'; sqlclap.stage.settled() }"
    )
    map_page.wait_for_selector("#card[data-sample='4']")


def test_a_quick_press_does_not_pan(map_page: Page) -> None:
    """The mouse arrives and is pressed within one frame."""
    x, y = place_of(map_page, 5)
    before, after = map_page.evaluate(
        """async ([x, y]) => {
          const before = sqlclap.map.view;
          const at = {clientX: x, clientY: y, bubbles: true, view: window};
          const canvas = document.querySelector('#canvas');
          canvas.dispatchEvent(new MouseEvent('mousemove', {...at, clientX: 20}));
          canvas.dispatchEvent(new MouseEvent('mousemove', at));
          canvas.dispatchEvent(new MouseEvent('mousedown', {...at, buttons: 1}));
          for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
          canvas.dispatchEvent(new MouseEvent('mouseup', at));
          return [before, sqlclap.map.view];
        }""",
        [x, y],
    )
    assert after == before


def test_zooming_keeps_what_is_under_the_cursor(map_page: Page) -> None:
    before = place_of(map_page, 3)
    map_page.mouse.move(*before)
    for _ in range(3):
        map_page.mouse.wheel(0, -120)
    map_page.wait_for_function("sqlclap.map.view[2] < 0.9")
    assert math.dist(before, place_of(map_page, 3)) < 3


def test_words_that_mean_nothing_are_told(map_page: Page) -> None:
    search(map_page, "xyzzy qwfp")
    said = map_page.wait_for_selector("#results .note")
    assert said is not None
    assert said.inner_text() == "Doubtful: no word of this is known to sqlclap-mini."


def test_a_file_is_searched_with(map_page: Page, tmp_path: Path) -> None:
    sound = write_sound(tmp_path / "low.wav", tone(82))
    map_page.set_input_files("#file", sound)
    map_page.wait_for_selector("#results .list li")
    first = map_page.locator("#results .list .file").first.text_content()
    assert first is not None
    assert first.startswith("tone")


def test_a_dropped_file_is_searched_with(map_page: Page, tmp_path: Path) -> None:
    sound = write_sound(tmp_path / "low.wav", tone(82)).read_bytes()
    shaded = map_page.evaluate(
        """text => {
          const carried = new DataTransfer();
          const bytes = Uint8Array.from(atob(text), one => one.charCodeAt(0));
          carried.items.add(new File([bytes], 'low.wav'));
          const options = {dataTransfer: carried, bubbles: true, cancelable: true};
          const area = document.querySelector('#map');
          area.dispatchEvent(new DragEvent('dragover', options));
          const shaded = !document.querySelector('#drop').hidden;
          area.dispatchEvent(new DragEvent('drop', options));
          return shaded;
        }""",
        base64.b64encode(sound).decode(),
    )
    assert shaded
    map_page.wait_for_selector("#results h2:has-text('like low.wav')")
    assert map_page.locator("#drop").is_hidden()
    assert (map_page.locator("#results .list .file").first.text_content() or "").startswith("tone")


def test_every_colouring_says_what_it_shows(map_page: Page, unlabelled: Served) -> None:
    for colour, said in (
        ("label", "no sound is tagged yet"),
        ("folder", "noises"),
        ("length", " s"),
        ("similarity", "search"),
    ):
        map_page.select_option("#colour", colour)
        legend_says(map_page, said)
    search(map_page, "tone")
    legend_says(map_page, "others")
    lit = map_page.evaluate("sqlclap.atlas.scores.size")
    assert lit == map_page.locator("#results .list li").count() == 12


def test_filters_narrow_map_and_search(map_page: Page) -> None:
    map_page.keyboard.press("f")
    map_page.click("#folders [data-choose=noises]")
    map_page.wait_for_function("document.querySelector('#filtered').textContent === '5 sounds'")
    search(map_page, "tone")
    map_page.wait_for_selector("#results .list li")
    folders = map_page.locator("#results .list .folder").all_text_contents()
    assert all(folder.startswith("noises") for folder in folders)


def test_a_label_filters_map_and_search_alike(map_page: Page, unlabelled: Served) -> None:
    post(map_page, "api/anchors", {"label": "warm", "sample_ids": [2], "create": True})
    post(map_page, "api/tags/by-hand", {"label": "warm", "sample_ids": [3, 5]})
    map_page.goto(f"{unlabelled.root}/map#tag=warm")  # as the version before wrote it
    map_page.reload()
    map_page.wait_for_function("document.querySelector('#filtered').textContent === '3 sounds'")
    search(map_page, "tone")
    map_page.wait_for_selector("#results .list li")
    assert map_page.locator("#results .list li").count() == 3


def test_all_of_it_by_keyboard(map_page: Page) -> None:
    for opened in (map_page.locator("#show-help").click, lambda: map_page.keyboard.press("?")):
        opened()
        map_page.wait_for_selector("#help", state="visible")
        map_page.keyboard.press("Escape")
        map_page.wait_for_selector("#help", state="hidden")
    map_page.focus("#map")
    map_page.keyboard.press("ArrowRight")
    map_page.keyboard.press("Enter")
    map_page.wait_for_selector("#card .neighbours li")
    map_page.keyboard.press("n")
    map_page.wait_for_selector("#results .list li")
    map_page.keyboard.press("j")
    map_page.wait_for_selector("#results .list li.now")
    map_page.keyboard.press("s")
    map_page.wait_for_selector("#tab-selection .badge:text-is('1')")
    before = map_page.evaluate("sqlclap.map.view[2]")
    map_page.keyboard.press("+")
    map_page.wait_for_function("before => sqlclap.map.view[2] < before", arg=before)
    map_page.keyboard.press("Escape")
    map_page.wait_for_selector("#tab-selection .badge:text-is('')", state="attached")


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
    search(page, "noise")
    page.locator("#results .list .name").first.click()
    show_sound(page)


def test_a_file_that_is_gone_is_noted(map_page: Page, served: Served) -> None:
    sample = served.sample("tones/tone-5.wav")
    file = served.file(sample)
    moved = file.rename(file.with_name("elsewhere"))
    try:
        open_sample(map_page, sample)
        assert "gone" in (map_page.locator("#card .note:visible").text_content() or "")
    finally:
        moved.rename(file)


def test_a_file_name_is_never_markup(map_page: Page) -> None:
    dialogs: list[str] = []

    def note(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    map_page.on("dialog", note)
    search(map_page, "tone")
    map_page.locator("#results .list .name", has_text="<img").first.click()
    show_sound(map_page)
    assert "<img src=x" in (map_page.locator("#card h2").text_content() or "")
    assert map_page.locator("img").count() == 0
    assert dialogs == []


@contextmanager
def another_map(served: Served) -> Iterator[None]:
    """Give the library a map of five sounds, and its own one again in the end."""
    served.write(
        "UPDATE layouts SET is_current = 0",
        LAYOUT.replace("(1, 1,", "(2, 1,"),
        "INSERT INTO layout_umap (layout_id, sample_id, x, y) "
        "SELECT 2, sample_id, y, x FROM layout_umap ORDER BY sample_id LIMIT 5",
    )
    try:
        yield
    finally:
        served.write(
            "DELETE FROM layout_umap WHERE layout_id = 2",
            "DELETE FROM layouts WHERE layout_id = 2",
            "UPDATE layouts SET is_current = 1",
        )


def test_a_new_map_under_an_open_tab_is_noticed(map_page: Page, served: Served) -> None:
    map_page.evaluate("sqlclap.watch.look()")
    assert map_page.locator("#changed").is_hidden()
    with another_map(served):
        map_page.evaluate("dispatchEvent(new Event('focus'))")  # the tab is looked at again
        map_page.wait_for_selector("#changed:has-text('The map has changed')")
        map_page.click("#reload")
        map_page.wait_for_selector("body[data-points='5']")
        map_page.wait_for_selector(READY)
        assert map_page.locator("#changed").is_hidden()


def test_colours_of_another_map_are_not_mixed_in(map_page: Page, served: Served) -> None:
    with another_map(served):
        map_page.select_option("#colour", "length")
        map_page.wait_for_selector("#changed:has-text('The map has changed')")
        assert "reload" in (map_page.locator("#said").text_content() or "").lower()


def test_what_a_file_had_to_put_up_with_is_told(map_page: Page, tmp_path: Path) -> None:
    sound = write_sound(tmp_path / "cut.wav", tone(82))
    sound.write_bytes(sound.read_bytes()[:-6_000])
    map_page.set_input_files("#file", sound)
    said = map_page.wait_for_selector("#results .note")
    assert said is not None
    assert said.inner_text().startswith("Of the sound given: truncated")
