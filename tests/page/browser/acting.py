"""What people do on the page, and waiting for what comes of it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

from tests.support.patience import PATIENCE_S

SEND = """async ([path, body]) => {
  const config = JSON.parse(document.getElementById('config').textContent);
  const answer = await fetch(config.root + path, {
    method: 'POST', body: JSON.stringify(body),
    headers: {'content-type': 'application/json', 'x-csrftoken': config.csrf},
  });
  return answer.json();
}"""
SHOWN = (
    "id => { const [x, y] = sqlclap.atlas.place(id); return sqlclap.map.toScreen(x, y) }"  # CSS px
)

# A sound that ended by itself stands at its beginning again: on a busy machine nothing is told
# between its first moment and that.
HEARD = """{
const {player} = sqlclap;
let began = false;
window.heard = false;
player.addEventListener('change', () => {
  window.heard ||= player.position > 0 || (began && !player.playing);
  began ||= player.playing && !player.loading;
});
}"""


def post(page: Page, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Send JSON as the page does."""
    answer: dict[str, Any] = page.evaluate(SEND, [path, body])
    assert answer["ok"], answer
    return answer


def eventually(page: Page, read: Callable[[], Any], wanted: Any) -> None:
    """Wait until what is read from outside the page is as wanted; the page goes on meanwhile."""
    ends = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends:
        if read() == wanted:
            return
        page.wait_for_timeout(100)
    assert read() == wanted


def place_of(page: Page, sample: int) -> tuple[float, float]:
    """Return where a sample's point is in the window."""
    x, y = page.evaluate(SHOWN, sample)
    box = page.locator("#canvas").bounding_box()
    assert box is not None
    return box["x"] + x, box["y"] + y


def press(page: Page, sample: int, finger: bool = False) -> None:
    """Press a sample's point until its card is open.

    What lasts for half a second is no click, and on a busy machine any press may.
    """
    press_at = page.touchscreen.tap if finger else page.mouse.click
    ends = time.monotonic() + PATIENCE_S
    while page.evaluate("sqlclap.stage.held") != sample and time.monotonic() < ends:
        press_at(*place_of(page, sample))
        page.wait_for_timeout(500)
    page.wait_for_selector(f"#card[data-sample='{sample}'] .neighbours li")


def listen(page: Page) -> None:
    """Note in `heard` whether anything plays: a short sound is over before a test looks."""
    page.evaluate(HEARD)


def circle(middle: tuple[float, float], radius: float) -> list[tuple[float, float]]:
    """Return points of a circle, its first again at the end."""
    angles = [2 * math.pi * step / 32 for step in range(33)]
    return [
        (middle[0] + radius * math.cos(one), middle[1] + radius * math.sin(one)) for one in angles
    ]


def lasso(page: Page, middle: tuple[float, float], radius: float) -> None:
    """Draw a circle with Shift held, and wait for what it selects."""
    page.keyboard.down("Shift")
    first, *others = circle(middle, radius)
    page.mouse.move(*first)
    page.mouse.down()
    for point in others:
        page.mouse.move(*point)
        page.wait_for_timeout(12)  # the lasso takes a corner every 10 ms
    page.mouse.up()
    page.keyboard.up("Shift")
    page.wait_for_selector("#selection h2")


def search(page: Page, words: str) -> None:
    """Search by words, and wait for the answer."""
    page.fill("#words", words)
    page.keyboard.press("Enter")
    page.wait_for_function(
        "words => document.querySelector('#results h2')?.textContent.includes(`“${words}”`)",
        arg=words,
    )


def open_sample(page: Page, sample: int) -> None:
    """Follow a link to a sample's card, and wait until it is whole."""
    page.evaluate("id => { location.hash = `#sample=${id}` }", sample)
    page.wait_for_function("id => sqlclap.stage.held === id", arg=sample)
    page.click("#tab-sound")
    page.wait_for_selector(f"#card[data-sample='{sample}'] .neighbours li")


def show_sound(page: Page) -> None:
    """Show the tab of the sound in hand, and wait until its card is whole."""
    page.click("#tab-sound")
    page.wait_for_selector("#card .neighbours li")


def show_results(page: Page) -> None:
    """Show the tab of what was found."""
    page.click("#tab-results")
    page.wait_for_selector("#results")


def select(page: Page, *samples: int) -> None:
    """Take samples into the selection, one card after the other, and show it."""
    for number, sample in enumerate(samples, 1):
        open_sample(page, sample)
        page.click("#card button:text-is('Select')")
        page.wait_for_selector(f"#selection[data-count='{number}']", state="attached")
    page.click("#tab-selection")


def legend_says(page: Page, text: str) -> None:
    """Wait until the legend has a text."""
    page.wait_for_function(
        "text => document.querySelector('#legend').textContent.includes(text)", arg=text
    )
