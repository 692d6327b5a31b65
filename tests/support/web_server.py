"""A folder on the web: Python's own server on a free port of loopback, with pages of links."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass
class Site:
    """A served folder, and what was asked of it.

    Attributes
    ----------
    address : str
    asked : list of (str, str)
        Method and path of each request.
    broken : set of str
        Paths that are answered by an error of the server.
    gives_ranges : bool
        Whether parts of files are given, and ETags.
    cuts : int
        So many of the next answers with a part of a file break off in the middle.
    sent : list of (int, int)
        The parts of files that were given, as bytes from and to.
    """

    address: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    gives_ranges: bool = False
    cuts: int = 0
    sent: list[tuple[int, int]] = field(default_factory=list)

    def read(self) -> list[str]:
        """Return the sounds that were read since this was asked last."""
        read = [path for method, path in self.asked if method == "GET" and Path(path).suffix]
        self.asked.clear()
        return sorted(read)


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, *arguments: Any, site: Site, **settings: Any) -> None:
        self._site = site
        super().__init__(*arguments, **settings)

    def parse_request(self) -> bool:
        is_one = super().parse_request()
        if is_one:
            self._site.asked.append((self.command, self.path))
        return is_one

    def do_GET(self) -> None:
        """Answer, or tell an error."""
        if self.path in self._site.broken:
            self.send_error(503)
        elif self._site.gives_ranges and "Range" in self.headers:
            self._send_part(Path(self.translate_path(self.path)).read_bytes())
        else:
            super().do_GET()

    def end_headers(self) -> None:
        """Add the ETag."""
        file = Path(self.translate_path(self.path))
        if self._site.gives_ranges and file.is_file():
            self.send_header("ETag", f'"{hashlib.sha256(file.read_bytes()).hexdigest()}"')
        super().end_headers()

    def _send_part(self, content: bytes) -> None:
        first, _, last = self.headers["Range"].removeprefix("bytes=").partition("-")
        part = content[int(first) : int(last) + 1]
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {first}-{last}/{len(content)}")
        self.send_header("Content-Length", str(len(part)))
        stamp = Path(self.translate_path(self.path)).stat().st_mtime
        self.send_header("Last-Modified", self.date_time_string(int(stamp)))
        self.end_headers()
        if self._site.cuts:
            self._site.cuts -= 1
            part = part[: len(part) // 2]
            self.close_connection = True
        else:
            self._site.sent.append((int(first), int(first) + len(part)))
        self.wfile.write(part)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@contextmanager
def web_server(folder: Path) -> Iterator[Site]:
    """Serve a folder and what is below it."""
    site = Site()
    handler = partial(_Handler, site=site, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        site.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()
