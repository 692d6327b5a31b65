"""A server that speaks as much of the hub's protocol as a download needs."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LARGE = (".onnx", ".pt", ".safetensors")


@dataclass
class Hub:
    """Repositories, what is wrong with them, and what was asked for.

    Attributes
    ----------
    repositories : dict of str to Path
        Folder of each ``owner/name``.
    cut : dict of str to int
        Connections to close: after so many bytes of a file's next answer.
    claimed : dict of str to bytes
        Content whose hash is claimed in place of a file's own.
    requests : list of (str, str, str or None)
        Method, path, and range asked for.
    """

    repositories: dict[str, Path] = field(default_factory=dict)
    cut: dict[str, int] = field(default_factory=dict)
    claimed: dict[str, bytes] = field(default_factory=dict)
    requests: list[tuple[str, str, str | None]] = field(default_factory=list)
    commit: str = COMMIT
    url: str = ""

    def ranges_of(self, name: str) -> list[str | None]:
        """Return the ranges that a file was asked for in."""
        found = [(method, ranged) for method, path, ranged in self.requests if path.endswith(name)]
        return [ranged for method, ranged in found if method == "GET"]


@contextmanager
def serve_hub(hub: Hub) -> Iterator[Hub]:
    """Serve a hub on a port of its own."""

    class Handler(_HubHandler):
        served = hub

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _HubHandler(BaseHTTPRequestHandler):
    served: Hub
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, with_body: bool) -> None:
        self.served.requests.append((self.command, self.path, self.headers.get("Range")))
        repository, kind, revision, name = self._parse()
        folder = self.served.repositories.get(repository)
        if folder is None:
            self._refuse("RepoNotFound")
        elif revision not in ("main", self.served.commit):
            self._refuse("RevisionNotFound")
        elif kind == "api":
            self._send_json({"id": repository, "sha": self.served.commit, "siblings": []})
        elif not (folder / name).is_file():
            self._refuse("EntryNotFound")
        else:
            self._send_file(folder / name, name, with_body)

    def _parse(self) -> tuple[str, str, str, str]:
        parts = self.path.split("?")[0].strip("/").split("/")
        if parts[:2] == ["api", "models"]:
            return "/".join(parts[2:4]), "api", parts[5] if len(parts) > 5 else "main", ""
        return "/".join(parts[:2]), "resolve", parts[3], "/".join(parts[4:])

    def _send_file(self, path: Path, name: str, with_body: bool) -> None:
        content = path.read_bytes()
        start = 0
        ranged = self.headers.get("Range")
        if with_body and ranged:
            start = int(ranged.removeprefix("bytes=").split("-")[0])
        body = content[start:]
        self.send_response(206 if start else 200)
        etag = _etag(name, self.served.claimed.get(name, content))
        self.send_header("X-Repo-Commit", self.served.commit)
        self.send_header("ETag", f'"{etag}"')
        if name.endswith(LARGE):
            self.send_header("X-Linked-ETag", f'"{etag}"')
            self.send_header("X-Linked-Size", str(len(content)))
        self.send_header("Accept-Ranges", "bytes")
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body:
            self._send_body(name, body)

    def _send_body(self, name: str, body: bytes) -> None:
        cut = self.served.cut.pop(name, None)
        self.wfile.write(body if cut is None else body[:cut])
        if cut is not None:
            self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(2)

    def _send_json(self, document: object) -> None:
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _refuse(self, code: str) -> None:
        self.send_response(401 if code == "RepoNotFound" else 404)
        self.send_header("X-Error-Code", code)
        self.send_header("X-Error-Message", code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Keep the test's output clean."""


def _etag(name: str, content: bytes) -> str:
    if name.endswith(LARGE):
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
