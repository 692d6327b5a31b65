"""The map under fingers: real touches, sent through the browser."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, CDPSession, Page

from tests.page.browser.acting import circle, listen, place_of, press
from tests.page.browser.places import READY, Served

SELECTED = "sqlclap.map.plot.get('selectedPoints').map(at => sqlclap.atlas.ids[at])"

# A finger that rests for half a second draws a lasso. On a busy machine any touch may take so long,
# so none does until a test says that it may.
HOLD_WHEN_TOLD = """
const later = window.setTimeout;
window.setTimeout = (call, ms, ...others) =>
  ms === 500 && !window.mayHold ? 0 : later(call, ms, ...others);
"""


@pytest.fixture
def phone(open_context: Callable[..., BrowserContext], served: Served) -> Page:
    """The map on a phone."""
    context = open_context(viewport={"width": 390, "height": 780}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.add_init_script(HOLD_WHEN_TOLD)
    page.goto(f"{served.root}/map")
    page.wait_for_selector(READY)
    return page


@pytest.fixture
def fingers(phone: Page) -> CDPSession:
    """What moves them."""
    return phone.context.new_cdp_session(phone)


def touch(fingers: CDPSession, kind: str, *points: tuple[float, float]) -> None:
    """Put fingers down, move or lift them."""
    at = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
    fingers.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": at})


def test_a_tap_opens_and_plays(phone: Page) -> None:
    listen(phone)
    press(phone, 5, finger=True)
    phone.wait_for_function("heard")
    assert phone.locator(".hovering").is_hidden()


def test_a_tap_beside_a_point_opens_it_and_each_tap_anew(phone: Page) -> None:
    x, y = place_of(phone, 5)
    off = phone.evaluate(  # to where no other point is nearer
        """([x, y]) => [[0, 14], [0, -14], [14, 0], [-14, 0]].find(([dx, dy]) => {
          const box = sqlclap.map.canvas.getBoundingClientRect();
          const far = id => { const [a, b] = sqlclap.map.toScreen(...sqlclap.atlas.place(id));
            return Math.hypot(a + box.left - x - dx, b + box.top - y - dy) };
          return [...sqlclap.atlas.ids].every(id => id === 5 || far(id) > 15);
        })""",
        [x, y],
    )
    for _ in range(2):  # the second one is on the same sound, whose card was closed
        phone.touchscreen.tap(x + off[0], y + off[1])
        phone.wait_for_selector("#card[data-sample='5'] .neighbours li")
        phone.locator("#card .close").tap()
        phone.wait_for_function("sqlclap.stage.held === null")


def test_a_tap_counts_by_when_the_finger_went(phone: Page, fingers: CDPSession) -> None:
    phone.evaluate("window.mayHold = true")
    x, y = place_of(phone, 5)
    touch(fingers, "Start", (x, y))
    phone.evaluate(
        "() => { const until = performance.now() + 800; while (performance.now() < until); }"
    )
    touch(fingers, "End")
    phone.wait_for_function("!document.querySelector('#map.drawing')")


def test_the_head_is_one_row_and_opens(phone: Page) -> None:
    assert phone.evaluate("document.querySelector('.bar').offsetHeight") < 60
    assert phone.locator("#colour").is_hidden()
    phone.tap("#open-bar")
    phone.locator("#colour").wait_for()
    assert phone.locator(".where a:text-is('Labels')").is_visible()
    phone.keyboard.press("Escape")
    assert phone.locator("#colour").is_hidden()
    phone.fill("#words", "tone")
    phone.tap("#search button[type=submit]")
    phone.wait_for_selector("#chips li")
    assert phone.locator("#more-words").is_hidden()
    phone.tap("#open-terms")
    for control in ("#more-words", "#more-label", "#show-sql"):
        box = phone.locator(control).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_finger_pans(phone: Page, fingers: CDPSession) -> None:
    x, y = place_of(phone, 3)
    middle = phone.evaluate("[innerWidth / 2, 250]")
    swipe = {"x": middle[0], "y": middle[1], "xDistance": 70, "yDistance": -40}
    swipe |= {"gestureSourceType": "touch", "preventFling": True}
    fingers.send("Input.synthesizeScrollGesture", swipe)
    phone.wait_for_function("location.hash.includes('view=')")
    across, down = place_of(phone, 3)
    assert 69 < across - x < 90  # the browser adds the way that it takes for a tap still
    assert 39 < y - down < 60
    assert phone.evaluate("Math.abs(sqlclap.map.view[2] - sqlclap.map.whole[2]) < 1e-3")
    assert phone.evaluate("[scrollX, scrollY]") == [0, 0]


def test_two_fingers_pinch_about_their_middle(phone: Page, fingers: CDPSession) -> None:
    x, y = place_of(phone, 3)
    before = phone.evaluate("sqlclap.map.view[2]")
    touch(fingers, "Start", (x - 30, y), (x + 30, y))
    for spread in (40, 50, 60):
        touch(fingers, "Move", (x - spread, y), (x + spread, y))
    touch(fingers, "End")
    phone.wait_for_function("before => sqlclap.map.view[2] < before * 0.55", arg=before)
    assert phone.evaluate("sqlclap.map.view[2]") == pytest.approx(before / 2, rel=0.02)
    assert math.dist(place_of(phone, 3), (x, y)) < 3


def test_press_and_hold_draws_a_lasso(phone: Page, fingers: CDPSession) -> None:
    phone.evaluate("window.mayHold = true")
    first, *others = circle(place_of(phone, 4), 25)
    touch(fingers, "Start", first)
    phone.wait_for_selector("#map.drawing")
    for point in others:
        touch(fingers, "Move", point)
        phone.wait_for_timeout(12)  # the lasso takes a corner every 10 ms
    touch(fingers, "End")
    phone.wait_for_selector("#selection h2")
    assert 4 in phone.evaluate(SELECTED)
    assert phone.locator("#map.drawing").count() == 0
