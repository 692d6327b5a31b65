"""Measures the page on made-up libraries, and prints a JSON object a size.

    python -m tests.page.browser.figures 10000 100000 1000000
    python -m tests.page.browser.figures 100000 --load 60

The first form opens the map in Debian's Chromium with software GL. With ``--load`` nothing is
opened: 50 players stream sounds and 20 searches a second are asked for so many seconds. Answers to
searches and to similar sounds are timed one at a time either way, where a library has vectors.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Page, sync_playwright

from tests.page.browser.acting import place_of, post
from tests.page.browser.places import CHROMIUM, FLAGS, READY
from tests.page.browser.screenshots import served
from tests.page.load import STREAMS, load, quantiles, words
from tests.page.made_up import make_library, write_sounds

MOST_WITH_VECTORS = 100_000
ASKED = 60
SOUND_S = 10.0
HOVERS = 20
HOVER_MS = 60  # as in frontend/src/map/map_stage.ts: what a pointer in passing does not play
NOTE_MOVES = """() => addEventListener('mousemove',
  event => { window.moved = performance.timeOrigin + event.timeStamp }, true)"""
# Frames of the map that wait for software GL would be taken for the list's.
AT_REST = """() => new Promise(done => {
  let last = performance.now(), calm = 0;
  const step = now => {
    calm = now - last < 50 ? calm + 1 : 0;
    last = now;
    if (calm < 30) requestAnimationFrame(step); else done();
  };
  requestAnimationFrame(step);
})"""
SCROLLED_S = 10
SCROLL = """milliseconds => new Promise(done => {
  const box = document.querySelector('#results .rows'), began = performance.now();
  let frames = 0, blank = null, behind = 0, worst = 0, last = began;
  const seen = row => {
    const [one, all] = [row.getBoundingClientRect(), box.getBoundingClientRect()];
    return one.bottom > all.top && one.top < all.bottom;
  };
  const step = now => {
    frames += 1;
    worst = Math.max(worst, now - last);
    last = now;
    if ([...box.querySelectorAll('li.blank')].some(seen)) blank ??= now;
    else blank = null;
    if (blank !== null) behind = Math.max(behind, now - blank);
    box.scrollTop += 120; // some 15 rows, where a million are squeezed into what browsers scroll
    if (now - began < milliseconds) return requestAnimationFrame(step);
    const round = value => Math.round(10 * value) / 10;
    done({frames_s: round(1000 * frames / (now - began)), worst_frame_ms: round(worst),
      behind_ms: round(behind)});
  };
  requestAnimationFrame(step);
})"""
MARKED = 8
LIVE_THRESHOLD = 0.3
REST_MS = 1000
EXAMPLE = """button => new Promise((done, failed) => {
  const began = performance.now(), { map, atlas } = sqlclap, { scores } = atlas, show = map.show;
  map.show = async style => {
    await show.call(map, style);
    if (atlas.scores === scores) return; // coloured again as before
    map.show = show;
    done(performance.now() - began);
  };
  setTimeout(() => failed(new Error('nothing was lit')), 20000);
  button.click();
})"""
PLUGIN = Path(__file__).parents[3] / "datasette_plugins" / "datasette_sqlclap"


@contextmanager
def open_page() -> Iterator[Page]:
    """Open a tab of a laptop's size."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            yield browser.new_page(viewport={"width": 1280, "height": 800})
        finally:  # a server ends once no browser is connected any more
            browser.close()


def measure_hovering(page: Page, count: int) -> dict[str, float]:
    """Return how long after its wait for a resting mouse the page asks for a sound (ms)."""
    page.locator("#playing").click()  # the first gesture
    page.evaluate(NOTE_MOVES)
    waits = []
    for number in range(HOVERS):
        x, y = place_of(page, 1 + number * (count // HOVERS))
        with page.expect_request("**/audio") as asked:
            page.mouse.move(x, y)
        asked.value.response()  # only then it has its times
        waits.append(asked.value.timing["startTime"] - page.evaluate("moved") - HOVER_MS)
    return quantiles(waits)


def measure_page(page: Page, root: str, count: int) -> dict[str, Any]:
    """Open the map, pan and zoom; return what that took."""
    page.goto(f"{root}/map")
    page.wait_for_selector("body[data-points]", timeout=120_000)
    painted = page.evaluate("performance.getEntriesByName('sqlclap-points')[0].startTime")
    page.wait_for_selector(READY, timeout=120_000)
    hovering = measure_hovering(page, count)
    box = page.locator("#canvas").bounding_box()
    assert box is not None
    page.evaluate("sqlclap.frames.reset()")
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*middle)
    for turn in range(10):
        page.mouse.wheel(0, -120 if turn < 5 else 120)
        page.wait_for_timeout(100)
    page.mouse.down()
    for step in range(30):
        page.mouse.move(middle[0] + 5 * step, middle[1] + 2 * step)
        page.wait_for_timeout(16)
    page.mouse.up()
    return {
        "first_paint_ms": round(painted),
        "hover_ms": hovering,
        "frames": page.evaluate("sqlclap.frames.figures()"),
        "list": measure_list(page),
        "javascript_kb_gzipped": round(scripts_gzipped(page) / 1000, 1),
    }


def measure_list(page: Page) -> dict[str, float]:
    """List everything, scroll fast and sort; return frames a second, and how long what took (ms).

    ``behind`` is the longest time that a row in sight was blank; a sort is timed from the click
    until its first row is there.
    """
    page.click("#results button:text-is('List all')")
    page.wait_for_selector("#results .list li[data-sample]")
    page.evaluate(AT_REST)
    scrolled: dict[str, float] = page.evaluate(SCROLL, SCROLLED_S * 1000)
    page.evaluate("document.querySelector('#results .rows').scrollTop = 0")
    first = page.wait_for_selector("#results .list li[aria-rowindex='1'][data-sample]")
    assert first is not None
    began = time.perf_counter()
    page.click("#results .heads [data-column=path]")
    page.wait_for_selector("#results .list li[aria-rowindex='1']:has-text('kit-0')")
    return scrolled | {"sorted_ms": round(1000 * (time.perf_counter() - began))}


def measure_live(page: Page, root: str) -> dict[str, float]:
    """Mark examples one by one; return how long after each click its matches are lit (ms)."""
    alike, others = (page.evaluate(f"[...sqlclap.atlas.listed('{one}').ids]") for one in (0, 1))
    post(page, "api/anchors", {"label": "live", "sample_ids": alike[:3], "create": True})
    post(page, "api/anchors", {"label": "rival", "sample_ids": others[:3], "create": True})
    # Made-up sounds of a kind are less alike than real ones.
    post(page, "api/labels/change", {"label": "live", "threshold": LIVE_THRESHOLD})
    page.goto(f"{root}/map")
    page.reload()
    page.wait_for_selector(READY, timeout=120_000)
    page.click("#tab-labels")
    page.click("#label-list button:has-text('live')")
    waits = []
    for sample in alike[3 : 3 + MARKED]:
        page.evaluate("id => { location.hash = `#sample=${id}` }", sample)
        page.wait_for_function("id => sqlclap.stage.held === id", arg=sample)
        page.wait_for_selector("#tab-sound[aria-selected=true]")  # as links do, once it is open
        page.click("#tab-labels")
        page.wait_for_timeout(REST_MS)
        button = page.wait_for_selector("#label-work button[value=positive]")
        waits.append(page.evaluate(EXAMPLE, button))
        page.wait_for_timeout(REST_MS)
    return quantiles(waits) | {"lit": page.evaluate("sqlclap.atlas.scores.size")}


def scripts_gzipped(page: Page) -> int:
    """Return what a page's scripts take, gzipped, in bytes."""
    loaded = page.evaluate(
        "performance.getEntriesByType('resource').map(e => e.name).filter(n => n.includes('.js'))"
    )
    files = {PLUGIN / "static" / address.partition("?")[0].split("/")[-1] for address in loaded}
    return sum(len(gzip.compress(file.read_bytes())) for file in files)


def ask(root: str, count: int) -> dict[str, Any]:
    """Time searches and similar sounds over HTTP, one at a time, in ms."""
    found = {}
    with httpx.Client(base_url=f"{root}/", timeout=120) as client:
        for name, paths in {
            "search_ms": [f"api/search?n=50&q={words(n + 200)}" for n in range(ASKED)],
            "similar_ms": [f"api/similar?n=50&sample={1 + n * 997 % count}" for n in range(ASKED)],
        }.items():
            client.get(paths[-1]).raise_for_status()  # model and index come into memory
            times = []
            for path in paths:
                began = time.perf_counter()
                client.get(path).raise_for_status()
                times.append(1000 * (time.perf_counter() - began))
            found[name] = quantiles(times)
    return found


def bytes_a_point(root: str, count: int) -> float:
    """Return what the map's points take."""
    payload = httpx.get(f"{root}/api/points", timeout=120).raise_for_status().content
    return round(len(payload) / count, 2)


def made(kept: Path, count: int, with_vectors: bool) -> Path:
    """Return a folder with a library of so many sounds: making a large one takes minutes."""
    folder = kept / f"{count}{'' if with_vectors else '-without-vectors'}"
    if not folder.exists():
        draft = Path(tempfile.mkdtemp(dir=kept))
        make_library(draft / "sounds.db", count, with_vectors)
        draft.rename(folder)
    return folder


def measure(count: int, seconds: float, kept: Path | None) -> dict[str, Any]:
    """Measure one size: under load where `seconds` says for how long, else in a browser.

    What is measured is a copy where made libraries are kept.
    """
    with_vectors = count <= MOST_WITH_VECTORS or seconds > 0
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "sounds.db"
        if kept is None:
            make_library(library, count, with_vectors)
        else:
            shutil.copytree(made(kept, count, with_vectors), folder, dirs_exist_ok=True)
        playing = range(1, min(count, STREAMS) + 1)
        with served(library) as (enter, root):
            found: dict[str, Any] = {"points": count, "bytes_a_point": bytes_a_point(root, count)}
            if seconds <= 0:
                with open_page() as page:
                    found |= measure_page(page, root, count)
                    if with_vectors:
                        page.context.request.get(enter, max_redirects=0)
                        page.reload()
                        page.wait_for_selector(READY, timeout=120_000)
                        found["live_ms"] = measure_live(page, root)
            if with_vectors:
                found |= ask(root, count)
            if seconds > 0:
                write_sounds(Path(folder) / "sounds", playing, SOUND_S)
                found["load"] = asyncio.run(load(root, seconds, playing))
    return found


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("points", type=int, nargs="*", default=[MOST_WITH_VECTORS])
    parser.add_argument("--load", type=float, default=0, metavar="SECONDS")
    parser.add_argument("--kept", type=Path, help="a folder that keeps the made-up libraries")
    asked = parser.parse_args()
    for count in asked.points:
        print(json.dumps(measure(count, asked.load, asked.kept)), flush=True)


if __name__ == "__main__":
    main()
