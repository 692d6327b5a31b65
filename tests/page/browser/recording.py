"""Takes the recording of the README: the first minutes with the demo sounds, as an animated WebP.

python -m tests.page.browser.recording docs/images/first-minutes.webp
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests.page.browser.places import CHROMIUM, FLAGS
from tests.page.browser.screenshots import SOUNDS, draw, open_page, served

WINDOW = {"width": 1120, "height": 700}
SIZE = (896, 560)
QUALITY = 62
LARGEST = 3_000_000
FRAME_MS = 140
REST_MS = 1_800


@dataclass
class Film:
    """Frames of a page, and how long each is seen.

    Attributes
    ----------
    page : Page
    frames : list of Image
    lasts : list of int
        In milliseconds.
    """

    page: Page
    frames: list[Image.Image] = field(default_factory=list)
    lasts: list[int] = field(default_factory=list)

    def take(self, milliseconds: int = FRAME_MS) -> None:
        """Take a frame."""
        shot = Image.open(io.BytesIO(self.page.screenshot())).convert("RGB")
        self.frames.append(shot.resize(SIZE, Image.Resampling.LANCZOS))
        self.lasts.append(milliseconds)

    def rest(self, wait_ms: int = 900) -> None:
        """Let what was done come to rest, and look at it."""
        for _ in range(3):
            self.page.wait_for_timeout(wait_ms / 3)
            self.take()
        self.lasts[-1] = REST_MS

    def type(self, selector: str, text: str) -> None:
        """Type into a field."""
        self.page.click(selector)
        for letter in text:
            self.page.keyboard.type(letter)
            self.take(90)

    def press(self, selector: str, modifier: str | None = None) -> None:
        """Go to what is pressed, and press it."""
        found = self.page.locator(selector).first
        found.hover()
        self.take()
        found.click(modifiers=["Control"] if modifier else [])
        self.take(300)

    def save(self, path: Path) -> None:
        """Save the frames as an animated WebP that goes round."""
        first, *others = self.frames
        options = {"save_all": True, "append_images": others, "duration": self.lasts, "loop": 0}
        first.save(path, "WEBP", quality=QUALITY, method=5, **options)
        if path.stat().st_size > LARGEST:
            raise SystemExit(f"{path} takes {path.stat().st_size:,} bytes, at most {LARGEST:,}")


def search(film: Film) -> None:
    """Words find sounds, and light them on the map."""
    film.rest()
    film.type("#words", "deep kick")
    film.page.keyboard.press("Enter")
    film.page.wait_for_selector("#found li[data-sample]")
    film.rest()


def mark(film: Film) -> None:
    """Three sounds of the list become a label's examples, and its matches light up."""
    page = film.page
    for row in (1, 2, 3):
        film.press(f"#found li[aria-rowindex='{row}'] .file", "Control")
    film.press("#tab-labels")
    film.type("#label-list input[name=name]", "kick")
    film.press("#label-list .new-label button")
    page.wait_for_selector("#label-work .examples li")
    page.wait_for_selector("#label-work .found-list .rows li[data-sample]")
    film.rest(1_500)


def answer(film: Film) -> None:
    """Questions are answered by keys, and the matches follow."""
    page = film.page
    film.press("#label-work button:text-is('Ask me')")
    page.wait_for_selector("#label-work .review .name")
    film.rest()
    for key in "yyny":
        page.wait_for_selector("#label-work .review .name")
        page.keyboard.press(key)
        film.rest(900)


STEPS: tuple[Callable[[Film], None], ...] = (search, mark, answer)


def main() -> None:
    """Take the recording into the file that the command line names."""
    import sqlclap

    path = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        library = Path(place) / "sounds.db"
        with sqlclap.open(library) as made:
            made.ingest([SOUNDS])
        draw(library)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        with served(library) as (enter, root):
            context = browser.new_context()
            context.request.get(enter, max_redirects=0)
            cookies = context.cookies()
            film = Film(open_page(browser, root, cookies, viewport=WINDOW, color_scheme="dark"))
            for step in STEPS:
                step(film)
        browser.close()
    film.save(path)
    print(f"{path}: {len(film.frames)} frames, {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
