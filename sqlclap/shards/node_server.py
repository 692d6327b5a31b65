"""A node: one process that holds its shards, and answers questions about them over HTTP.

The server is the standard library's: there is one route, which takes and gives JSON of a closed
list of kinds, whoever asks has the token, and it listens on loopback unless told otherwise. TLS is
a reverse proxy's. The base install has no other server, and a node needs no more.
"""

from __future__ import annotations

import hmac
import re
import secrets
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlclap.db.connection import expand_home
from sqlclap.errors import ModelError, SetError, SqlclapError
from sqlclap.shards.fleet import NOT_ANSWERING, Fleet
from sqlclap.shards.jobs import Answer, SetSound
from sqlclap.shards.protocol import ASK, KIND, MOST_QUESTION, entry_of
from sqlclap.shards.set_file import SetFile, read_set
from sqlclap.shards.shard import Shard
from sqlclap.shards.wire import ASKED, WireError, pack, unpack

if TYPE_CHECKING:
    from sqlclap.models.encoder import Encoder
    from sqlclap.models.runtime import Device
    from sqlclap.search.background import Background

MOST_ASKERS = 128
IDLE_S = 120.0
_FOLDERS = re.compile(r"(?<![\w./:])(?:[A-Za-z]:)?[\\/](?:[^\s'\":;,\\/]+[\\/])+")


@dataclass(frozen=True)
class NodeOptions:
    """How a node serves.

    Attributes
    ----------
    token : str
        What askers must know.
    node : str or None
        Name of the node in the set's file, whose shards it holds; None: all shards.
    host : str
    port : int
        0: a free one.
    model : str or None
        Folder of the set's model, where it is not installed.
    device : {"cpu", "cuda"}
    """

    token: str
    node: str | None = None
    host: str = "127.0.0.1"
    port: int = 8451
    model: str | None = None
    device: Device = "cpu"


class Node:
    """The shards of a node, as its server asks them; safe to use from several threads.

    Parameters
    ----------
    path : Path
        The set's file.
    options : NodeOptions

    Raises
    ------
    SetError
        There is no such set, or it names no shard of this node.
    """

    def __init__(self, path: Path, options: NodeOptions) -> None:
        self.path = expand_home(path).absolute()
        self._options = options
        self._lock, self._loading = threading.Lock(), threading.Lock()
        self._encoder: Encoder | None = None
        self._keys: dict[int, tuple[str, Background]] = {}
        self._state: tuple[int, int, int] | None = None
        self._shards: dict[int, Shard] = {}
        if not self.shards:
            names = sorted({one.node for one in read_set(self.path).shards if one.node})
            known = ", ".join(names) or "none is named: give shards a node in the file"
            raise SetError(f"{self.path} has no shard of node {options.node!r}; nodes: {known}")
        self._fleet = Fleet(self._find_encoder, 0.0, in_turn=False)

    @property
    def shards(self) -> dict[int, Shard]:
        """Its shards by their numbers; the set's file is read again when it has changed."""
        status = self.path.stat() if self.path.exists() else None
        if status is None:
            raise SetError(f"{self.path} is not there")
        state = (status.st_ino, status.st_mtime_ns, status.st_size)
        with self._lock:
            if state != self._state:
                self._shards, self._state = self._own(read_set(self.path)), state
            return self._shards

    def _own(self, file: SetFile) -> dict[int, Shard]:
        node = self._options.node
        return {
            one.number: Shard(one, self.path.parent, file.model_version)
            for one in file.shards
            if node is None or one.node == node
        }

    def _find_encoder(self) -> Encoder:
        """Return the set's model at work: one for all shards."""
        with self._loading:
            if self._encoder is None:
                self._encoder = self._load_encoder()
            return self._encoder

    def _load_encoder(self) -> Encoder:
        """Load the model by the first shard that can be opened."""
        for shard in self.shards.values():
            try:
                library = shard.open("read", self._options.model, self._options.device)
            except NOT_ANSWERING:
                continue
            try:
                return library.encoder
            finally:
                library.close()
        raise SetError("no shard of the node can be opened")

    def answer(self, question: Any) -> dict[str, Any]:
        """Answer what an asker sent.

        Raises
        ------
        SqlclapError
            The question can't be answered, as any shard would say.
        WireError
            It is no question.
        """
        try:
            entries, job, known = question["shards"], question["job"], question["known"]
            asked = {int(one[0]): one for one in entries}
            known = dict(known)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise WireError("it is no question") from error
        if not isinstance(job, ASKED):
            raise WireError("it is no question")
        held = self.shards
        missing = {one: _refusal(entry, held.get(one)) for one, entry in asked.items()}
        chosen = [held[one] for one, why in missing.items() if why is None]
        try:
            found = self._fleet.ask(chosen, job)
        except ModelError as error:
            whole = self.plain(f"the node's model: {error}")
            return {"parts": {}, "missing": dict.fromkeys(asked, whole), "keys": {}}
        told = {one: why for one, why in missing.items() if why is not None}
        told |= {one.shard: self.plain(one.reason) for one in found.missing}
        parts, keys = {}, {}
        for number, part in found.parts:
            if isinstance(job, Answer):
                part, keys[number] = self._slim(number, part, known.get(number))  # noqa: PLW2901
            parts[number] = self._for_others(part)
        return {"parts": parts, "missing": told, "keys": keys}

    def _slim(self, number: int, part: Any, known: Any) -> tuple[Any, str]:
        """Leave out the background that the asker has, and name it."""
        told, background = part
        with self._lock:
            kept = self._keys.get(number)
            if kept is None or kept[1] is not background:
                kept = self._keys[number] = (secrets.token_hex(8), background)
        return (told, None if known == kept[0] else background), kept[0]

    def _for_others(self, part: Any) -> Any:
        """Tell sounds by their paths below their sources, and errors without folders."""
        if isinstance(part, SetSound):
            return part._replace(file=part.path)
        if isinstance(part, SqlclapError):
            return type(part)(self.plain(str(part)))
        if type(part) is tuple:
            return tuple(map(self._for_others, part))
        if isinstance(part, list):
            return [*map(self._for_others, part)]
        if isinstance(part, dict):
            return {key: _without_file(fields) for key, fields in part.items()}
        return part

    def plain(self, text: str) -> str:
        """Take the folders of paths out of a text for others."""
        return _FOLDERS.sub("", text.replace(f"{self.path.parent}/", ""))

    def close(self) -> None:
        """Close its shards."""
        self._fleet.close()


def _without_file(fields: Any) -> Any:
    if not isinstance(fields, dict):
        return fields
    return {name: one for name, one in fields.items() if name != "file"}


def _refusal(asked: Any, held: Shard | None) -> str | None:
    if held is None:
        return "the node doesn't hold it"
    if asked != entry_of(held):
        return "the node's set.toml tells otherwise of it: copy the set's file there"
    return None


class NodeServer(ThreadingHTTPServer):
    """Listens for a node.

    Parameters
    ----------
    node : Node
    options : NodeOptions

    Raises
    ------
    SetError
        It can't listen there.
    """

    daemon_threads = True

    def __init__(self, node: Node, options: NodeOptions) -> None:
        self.node, self._token = node, options.token.encode()
        self._places = threading.BoundedSemaphore(MOST_ASKERS)
        if ":" in options.host:
            import socket

            self.address_family = socket.AF_INET6
        try:
            super().__init__((options.host, options.port), _Handler)
        except OSError as error:
            where = f"{options.host}:{options.port}"
            raise SetError(f"can't listen on {where} ({error.strerror or error})") from error

    def knows(self, header: str) -> bool:
        """Whether a request's header holds the token; it takes as long whatever is wrong."""
        return hmac.compare_digest(header.encode("utf-8", "replace"), b"Bearer " + self._token)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Hand a connection to a thread, unless there are too many."""
        if not self._places.acquire(blocking=False):
            request.sendall(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection until it ends."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of askers that went away."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "sqlclap"
    sys_version = ""
    timeout = IDLE_S
    disable_nagle_algorithm = True
    server: NodeServer

    def do_POST(self) -> None:
        if not self.server.knows(self.headers.get("Authorization", "")):
            return self._refuse(401)
        if self.path.rstrip("/") != ASK:
            return self._refuse(404)
        if self.headers.get("Content-Type", "") != KIND:
            return self._refuse(415)
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdecimal()) or "Transfer-Encoding" in self.headers:
            return self._refuse(411)
        if len(length) > 12 or int(length) > MOST_QUESTION:
            return self._refuse(413)
        status, body = self._answer(self.rfile.read(int(length)))
        self._send(status, body)
        return None

    def _answer(self, text: bytes) -> tuple[int, bytes]:
        node = self.server.node
        try:
            return 200, pack(node.answer(unpack(text)))
        except SqlclapError as error:
            kind = type(error)
            try:
                return 422, pack(kind(node.plain(str(error))))
            except TypeError:
                return 422, pack(SetError(node.plain(str(error))))
        except WireError:
            return 400, b"{}"
        except Exception as error:  # the node lives on, and strangers learn nothing
            sys.stderr.write(f"a question failed: {type(error).__name__}: {error}\n")
            return 500, b"{}"

    def _refuse(self, status: int) -> None:
        """Refuse what was not read; the connection can't be used any more."""
        self.close_connection = True
        self._send(status, b"{}")

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", KIND)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Write no line for each question."""


def serve(path: str | Path, options: NodeOptions, say: Callable[[str, int], None]) -> None:
    """Serve a node until the process is told to end.

    Parameters
    ----------
    path : str or Path
        The set's file.
    options : NodeOptions
    say : callable
        Told the address and the number of shards, once it listens.

    Raises
    ------
    SetError
        There is no such set or node, or it can't listen there.
    """
    node = Node(Path(path), options)
    server = NodeServer(node, options)
    try:
        signal.signal(signal.SIGTERM, _stop)
        host = f"[{options.host}]" if ":" in options.host else options.host
        say(f"http://{host}:{server.server_address[1]}", len(node.shards))
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
        node.close()


def _stop(*_: Any) -> None:
    raise KeyboardInterrupt
