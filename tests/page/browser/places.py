"""Where things are: the browser, and a library that is served."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.page.visiting import found_in
from tests.support.patience import PATIENCE_S

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",  # Chromium's headless shell has none of its own to ask by
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
)
# Of these, the browser takes the last list alone: Playwright's own comes first, and the omnibox's
# popup last. That is a page of 400 scripts, which each new context would load though none shows it.
_TURNED_OFF = (
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades"),
    *("HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding"),
    *("ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect"),
    *("OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch"),
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup"),
)
FRUGAL = (*FLAGS, f"--disable-features={','.join(_TURNED_OFF)}", "--disable-gpu-compositing")
"""For tests, which start hundreds of contexts: half the work, with WebGL drawn as ever."""
READY = "body[data-ready=yes]"


@dataclass(frozen=True)
class Served:
    """A library that is served: where, and its file.

    Attributes
    ----------
    enter : str
        The link that signs in.
    base : str
        Of all of Datasette's addresses.
    library : Path
    """

    enter: str
    base: str
    library: Path

    @property
    def root(self) -> str:
        """Of the library's pages."""
        return f"{self.base}/-/sqlclap/{self.library.stem}"

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Read the library as another program would."""
        with closing(sqlite3.connect(self.library, timeout=PATIENCE_S)) as connection:
            return connection.execute(sql).fetchall()

    def write(self, *statements: str) -> None:
        """Write to the library as another program would."""
        with closing(sqlite3.connect(self.library, timeout=PATIENCE_S)) as connection, connection:
            for sql in statements:
                connection.execute(sql)

    def file(self, sample: int) -> Path:
        """Return a sample's sound file."""
        found = self.rows(
            "SELECT sample_id, root, path FROM samples JOIN sources USING (source_id)"
        )
        return {one: Path(root, path) for one, root, path in found}[sample]

    def sample(self, path: str) -> int:
        """Return the id of the sample at a path."""
        return {name: one for one, name in self.rows("SELECT sample_id, path FROM samples")}[path]


@contextmanager
def serving(library: Path) -> Iterator[Served]:
    """Serve a library on a free port, as `sqlclap serve` does."""
    command = [sys.executable, "-u", "-m", "sqlclap", "serve", str(library), "--no-browser"]
    process = subprocess.Popen([*command, "--port", "0"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        base = found_in(r"on (http://\S+)/ ", process.stdout.readline())
        enter = found_in(r"Open (\S+)", process.stdout.readline())
        yield Served(enter, base, library)
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def owners_cookies(browser: Browser, served: Served) -> Any:
    """Enter by the link of a library's owner, which works once, and return the cookies."""
    context = browser.new_context()
    context.request.get(served.enter, max_redirects=0)
    cookies = context.cookies()
    context.close()
    return cookies
