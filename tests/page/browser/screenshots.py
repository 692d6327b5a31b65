"""Takes the pictures of the documentation: the demo sounds, in Debian's Chromium.

python -m tests.page.browser.screenshots docs/images
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

import sqlclap
from tests.page.browser.acting import lasso, place_of, show_sound
from tests.page.browser.places import CHROMIUM, FLAGS, READY, serving

SOUNDS = Path(__file__).parents[3] / "demo" / "sounds"
WIDE = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 780}
LABELS = {"kick": "bd_%", "snare": "sn_%", "choir": "choir_%", "hi-hat": "%hat%"}


def make_library(path: Path) -> None:
    """Take the demo sounds in, draw their map, and say a few things about them."""
    with sqlclap.open(path) as library:
        library.ingest([SOUNDS])
        for name, pattern in LABELS.items():
            query = "SELECT sample_id FROM samples WHERE path LIKE '%/' || ? LIMIT 4"
            rows: list[Any] = library.connection.execute(query, (pattern,)).fetchall()
            library.labels.add(name)
            library.labels.add_anchors(name, [row[0] for row in rows])
        library.labels.change("kick", threshold=0.62, color="#e8743b")
    draw(path)


def draw(path: Path) -> None:
    """Draw the library's map, and find and name its clusters."""
    with sqlclap.open(path) as library:
        library.map.fit()
        library.clusters.fit()


@contextmanager
def served(library: Path) -> Iterator[tuple[str, str]]:
    """Serve a library; gives the link that signs in, and the root of its pages."""
    with serving(library) as found:
        yield found.enter, found.root


def open_page(browser: Browser, root: str, cookies: list, **options: Any) -> Page:
    """Open the map as its owner."""
    context = browser.new_context(**options)
    context.add_cookies(cookies)
    page = context.new_page()
    page.goto(f"{root}/map")
    page.wait_for_selector(READY)
    return page


def search(page: Page, words: str, result: int = 0) -> None:
    """Search, and open one of the results."""
    page.fill("#words", words)
    page.keyboard.press("Enter")
    page.wait_for_selector("#results .list li")
    page.locator("#results .list .name").nth(result).click()
    show_sound(page)
    page.wait_for_timeout(3_500)  # until the message has gone and the lights are on


def tag_by_hand(page: Page) -> None:
    """Select what lies about a sound, tag it, and colour the map by labels."""
    sample = page.evaluate("sqlclap.atlas.ids[40]")
    lasso(page, place_of(page, sample), 70)
    page.fill("#selection input[name=label]", "bright")
    page.click("#selection button[value=tag]")
    page.wait_for_selector("#selection .outcome button")
    page.select_option("#colour", "label")
    page.wait_for_timeout(3_500)  # until the message has gone


def take(page: Page, folder: Path, name: str) -> None:
    """Save the window's picture."""
    page.mouse.move(0, 0)
    page.wait_for_timeout(500)
    page.screenshot(path=folder / f"{name}.png")


def take_all(browser: Browser, root: str, cookies: list, folder: Path) -> None:
    """Take all pictures."""
    page = open_page(browser, root, cookies, viewport=WIDE, color_scheme="dark")
    take(page, folder, "map-dark")
    search(page, "deep kick")
    take(page, folder, "search-dark")
    page = open_page(browser, root, cookies, viewport=WIDE, color_scheme="light")
    search(page, "choir")
    take(page, folder, "search-light")
    page.goto(f"{root}/labels#kick")
    page.wait_for_selector(".histogram")
    page.wait_for_timeout(1_500)
    take(page, folder, "labels-light")
    page.click("button:text-is('Review')")
    page.wait_for_selector("#review .name")
    for key in ("ArrowLeft", "ArrowRight", "ArrowLeft", "ArrowDown", "ArrowLeft", "ArrowRight"):
        page.keyboard.press(key)
        page.wait_for_timeout(250)
    page.wait_for_timeout(1_500)
    take(page, folder, "review-light")
    touched = {"viewport": PHONE, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}
    phone = open_page(browser, root, cookies, color_scheme="dark", **touched)
    search(phone, "deep kick")
    take(phone, folder, "phone-dark")
    page = open_page(browser, root, cookies, viewport=WIDE, color_scheme="light")
    tag_by_hand(page)
    take(page, folder, "selection-light")


def main() -> None:
    """Take all pictures into the folder that the command line names."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        library = Path(place) / "sounds.db"
        make_library(library)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        with served(library) as (enter, root):
            context = browser.new_context()
            context.request.get(enter, max_redirects=0)
            take_all(browser, root, context.cookies(), folder)
        browser.close()


if __name__ == "__main__":
    main()
