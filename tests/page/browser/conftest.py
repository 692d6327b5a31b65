"""A real browser on a real server."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
)
READY = "body[data-ready=yes]"


@dataclass(frozen=True)
class Served:
    """A library that is served: where, and its file.

    Attributes
    ----------
    enter : str
        The link that signs in.
    root : str
        Of the library's pages.
    library : Path
    """

    enter: str
    root: str
    library: Path

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Read the library as another program would."""
        import sqlite3

        with sqlite3.connect(self.library) as connection:
            found = connection.execute(sql).fetchall()
        connection.close()
        return found


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable[..., Served]]:
    """Serves libraries until a module's tests have ended."""
    running: list[subprocess.Popen[str]] = []

    def start(library: Path, *options: str) -> Served:
        command = [sys.executable, "-u", "-m", "sqlclap", "serve", str(library), "--no-browser"]
        process = subprocess.Popen(
            [*command, "--port", "0", *options], stdout=subprocess.PIPE, text=True
        )
        running.append(process)
        assert process.stdout is not None
        base = re.search(r"on (http://\S+)/ ", process.stdout.readline())[1]
        enter = re.search(r"Open (\S+)", process.stdout.readline())[1]
        return Served(enter, f"{base}/-/sqlclap/{library.stem}", library)

    yield start
    for process in running:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def served(
    serve: Callable[..., Served], heard: Path, tmp_path_factory: pytest.TempPathFactory
) -> Served:
    """A copy of the small library, served to a module's tests."""
    return serve(Path(shutil.copyfile(heard, tmp_path_factory.mktemp("served") / "sounds.db")))


@pytest.fixture(scope="module")
def signed_in(browser: Browser, served: Served) -> Any:
    """The cookies of the library's owner: the link works once."""
    context = browser.new_context()
    context.request.get(served.enter, max_redirects=0)
    cookies = context.cookies()
    context.close()
    return cookies


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield launched
        launched.close()


@pytest.fixture
def context(browser: Browser, served: Served, signed_in: Any) -> Iterator[BrowserContext]:
    """A browser of one's own, signed in; whatever it asks of other machines is an error."""
    opened = browser.new_context(viewport={"width": 1200, "height": 800}, color_scheme="dark")
    elsewhere: list[str] = []
    opened.on("request", lambda request: elsewhere.append(request.url))
    opened.set_default_timeout(20_000)
    opened.add_cookies(signed_in)
    yield opened
    opened.close()
    own = (served.root.partition("/-/")[0], "blob:", "data:")
    assert [address for address in elsewhere if not address.startswith(own)] == []


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab in which no script may fail."""
    opened = context.new_page()
    failed: list[str] = []
    opened.on("pageerror", lambda error: failed.append(str(error)))
    yield opened
    assert failed == []


@pytest.fixture
def map_page(page: Page, served: Served) -> Page:
    """The map, open and ready."""
    page.goto(f"{served.root}/map")
    page.wait_for_selector(READY)
    return page
