"""Measures the page on made-up libraries, in Debian's Chromium with software GL.

    python -m tests.page.browser.figures 10000 100000 1000000
    python -m tests.page.browser.figures --load 60

Prints a row of docs/BENCHMARKS.md for each size; ``--load`` plays 50 streams and asks 20 searches
a second for so many seconds.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from playwright.sync_api import Page, sync_playwright

import sqlclap
from sqlclap.library import LibraryFile, source_for, write_transaction
from sqlclap.models import EMBEDDED_MODEL, find_bundle
from sqlclap.vectors import StoredModel, default_model, register_model
from tests.page.browser.conftest import CHROMIUM, FLAGS, READY
from tests.page.browser.screenshots import SOUNDS, draw, served
from tests.support.map_tables import CLUSTERING, LAYOUT, MEMBER, NAME, POINT

WITH_VECTORS = 100_000
STREAMS, SEARCHES = 50, 20
WORDS = ("deep kick", "rain", "choir", "glass", "short bright hat", "warm pad", "vinyl noise")
SAMPLE = """
INSERT INTO samples (sample_id, source_id, path, content_hash, bytes, mtime_ns, duration_s, format)
VALUES (?, ?, ?, '', 0, 0, 1.0, 'WAV/PCM_16')
"""


def make_library(path: Path, count: int) -> None:
    """Fill a library with samples and a map of 60 clusters; small ones get vectors too."""
    import sqlite3

    bundle = find_bundle(EMBEDDED_MODEL)
    dim = bundle.contract.dim
    rng = np.random.default_rng(0)
    with LibraryFile(path, "create") as file:
        with write_transaction(file.connection) as connection:
            text = (bundle.folder / "contract.json").read_text()
            wanted = StoredModel(0, bundle.name, bundle.model_version, dim, text)
            model = register_model(connection, wanted)
            source = source_for(connection, SOUNDS.resolve())
            rows = ((n, source.source_id, f"kit-{n % 40}/{n}.wav") for n in range(1, count + 1))
            connection.executemany(SAMPLE, rows)
        if count <= WITH_VECTORS:
            add_vectors(file, model.model_id, count, rng.standard_normal((60, dim)))
    kinds = rng.integers(60, size=count)
    middles = rng.uniform(-8, 8, (60, 2))
    places = middles[kinds] + rng.normal(0, 0.6, (count, 2))
    with sqlite3.connect(path) as database:
        database.execute(LAYOUT)
        database.execute(CLUSTERING)
        ids = range(1, count + 1)
        database.executemany(
            POINT, ((n, *place) for n, place in zip(ids, places.tolist(), strict=True))
        )
        database.executemany(MEMBER, zip(ids, kinds.tolist(), strict=True))
        database.executemany(NAME, [(n, f"cluster {n}") for n in range(60)])
    database.close()


def add_vectors(file: LibraryFile, model: int, count: int, middles: np.ndarray) -> None:
    """Give every sample a vector near one of 60 middles, and build the index."""
    from sqlclap.library import statement

    rng = np.random.default_rng(1)
    vectors = middles[rng.integers(60, size=count)] + rng.standard_normal((count, len(middles[0])))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    ids = range(1, count + 1)
    with write_transaction(file.connection) as connection:
        embeddings = ((n, n, model) for n in ids)
        connection.executemany(statement("bench_embeddings_fill"), embeddings)
        insert = statement("vector_insert", model_id=model)
        rows = ((n, False, one.tobytes()) for n, one in zip(ids, vectors, strict=True))
        connection.executemany(insert, rows)


def build_index(path: Path) -> None:
    """Build the index beside a library that has vectors."""
    with sqlclap.open(path) as library:
        if library.connection.execute("SELECT EXISTS (SELECT 1 FROM embeddings)").get:
            library.index.build()


def quantiles(times: list[float]) -> tuple[float, float]:
    """Return the median and the 95th percentile."""
    return statistics.median(times), sorted(times)[int(0.95 * (len(times) - 1))]


def measure_page(page: Page, root: str) -> dict[str, Any]:
    """Open the map, pan and zoom; return what that took."""
    page.goto(f"{root}/map")
    page.wait_for_selector("body[data-points]", timeout=120_000)
    painted = page.evaluate("performance.getEntriesByName('sqlclap-points')[0].startTime")
    size = page.evaluate(
        "performance.getEntriesByType('resource').find(e => e.name.includes('/api/points'))"
        ".decodedBodySize"
    )
    page.wait_for_selector(READY, timeout=120_000)
    box = page.locator("#canvas").bounding_box()
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
    frames = page.evaluate("sqlclap.frames.figures()")
    return {"painted": painted, "bytes": size} | frames


def ask(root: str, count: int) -> dict[str, tuple[float, float]]:
    """Time searches and similar sounds over HTTP, in ms: median and p95."""
    found = {}
    with httpx.Client(timeout=120) as client:
        for name, paths in {
            "search": [f"/api/search?n=50&q={words}" for words in WORDS * 5],
            "similar": [f"/api/similar?n=50&sample={1 + n * 7 % count}" for n in range(35)],
        }.items():
            client.get(root + paths[0]).raise_for_status()
            times = []
            for path in paths:
                began = time.perf_counter()
                client.get(root + path).raise_for_status()
                times.append(1000 * (time.perf_counter() - began))
            found[name] = quantiles(times)
    return found


def sizes(counts: list[int]) -> Iterator[str]:
    """Measure each size and give a line of a Markdown table."""
    yield "| points | first paint ms | bytes a point | frame p50/p95 ms | search ms | similar ms |"
    yield "|---|---|---|---|---|---|"
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        for count in counts:
            library = Path(folder) / f"n{count}.db"
            make_library(library, count)
            build_index(library)
            with served(library) as (_, root):
                page = browser.new_page(viewport={"width": 1280, "height": 800})
                shown = measure_page(page, root)
                page.close()
                asked = ask(root, count) if count <= WITH_VECTORS else {}
            cells = [f"{count:,}", f"{shown['painted']:.0f}", f"{shown['bytes'] / count:.2f}"]
            cells.append(f"{shown['p50']:.0f}/{shown['p95']:.0f} ({shown['frames']})")
            pairs = [asked.get(name) for name in ("search", "similar")]
            cells += ["{:.1f}/{:.1f}".format(*pair) if pair else "" for pair in pairs]
            yield f"| {' | '.join(cells)} |"
        browser.close()


async def load(root: str, seconds: float, count: int) -> str:
    """Play streams and ask searches at once; tell the errors and how long answers took."""
    times: dict[str, list[float]] = {"audio": [], "search": []}
    errors = 0
    ends = time.perf_counter() + seconds

    async def get(client: httpx.AsyncClient, kind: str, path: str, headers: dict) -> None:
        nonlocal errors
        began = time.perf_counter()
        try:
            answer = await client.get(root + path, headers=headers)
            errors += answer.status_code not in (200, 206)
        except httpx.HTTPError:
            errors += 1
        times[kind].append(1000 * (time.perf_counter() - began))

    async def stream(client: httpx.AsyncClient, number: int) -> None:
        while time.perf_counter() < ends:
            path = f"/sample/{1 + (number * 13 + len(times['audio'])) % count}/audio"
            await get(client, "audio", path, {"range": "bytes=0-"})
            await asyncio.sleep(0.25)

    async def searches(client: httpx.AsyncClient) -> None:
        waiting = []
        while time.perf_counter() < ends:
            words = WORDS[len(waiting) % len(WORDS)]
            waiting.append(
                asyncio.ensure_future(get(client, "search", f"/api/search?q={words}", {}))
            )
            await asyncio.sleep(1 / SEARCHES)
        await asyncio.gather(*waiting)

    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(timeout=60, limits=limits) as client:
        await asyncio.gather(searches(client), *(stream(client, n) for n in range(STREAMS)))
    told = [
        "{}: {}, p50 {:.0f} ms, p95 {:.0f} ms".format(kind, len(found), *quantiles(found))
        for kind, found in times.items()
    ]
    return f"{'; '.join(told)}; {errors} errors in {seconds:.0f} s"


def main() -> None:
    """Measure what the command line asks for."""
    if sys.argv[1] != "--load":
        for line in sizes([int(text) for text in sys.argv[1:]]):
            print(line, flush=True)
        return
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "sounds.db"
        with sqlclap.open(library) as opened:
            count = opened.ingest([SOUNDS]).new
            assert default_model(opened.connection)
        draw(library)
        with served(library) as (_, root):
            print(asyncio.run(load(root, float(sys.argv[2]), count)))


if __name__ == "__main__":
    main()
