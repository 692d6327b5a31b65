"""A node: one process that holds its shards, and answers questions about them over HTTP.

The server is the standard library's: there is one route, which takes and gives JSON of a closed
list of kinds, whoever asks has the token, and it listens on loopback unless told otherwise. TLS is
a reverse proxy's. The base install has no other server, and a node needs no more.
"""

from __future__ import annotations

import hmac
import signal
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from sqlclap.errors import SetError, SqlclapError
from sqlclap.shards.heads import QuestionHead, take_question_head
from sqlclap.shards.node import Node, NodeOptions
from sqlclap.shards.protocol import ASK, KIND, MOST_QUESTION
from sqlclap.shards.wire import WireError, pack, unpack

MOST_ASKERS = 128
IDLE_S = 120.0


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
    timeout = IDLE_S
    disable_nagle_algorithm = True
    wbufsize = 2**16  # an answer's head goes with its body: who waits wakes up once
    server: NodeServer

    def handle_one_request(self) -> None:
        """Answer a question, whose head mostly is as this version of sqlclap writes it."""
        try:
            head = take_question_head(self.rfile)
            if head is not None:
                self.close_connection = False
                self.request_version = self.protocol_version
                self._take(head)
                self.wfile.flush()
                return
        except TimeoutError:
            self.close_connection = True
            return
        super().handle_one_request()

    def do_POST(self) -> None:
        told = self.headers.get
        length = "" if "Transfer-Encoding" in self.headers else told("Content-Length", "")
        kind = told("Content-Type", "")
        self._take(QuestionHead(self.path, told("Authorization", ""), kind, length))

    def _take(self, head: QuestionHead) -> None:
        """Read a question, and answer it, unless its head says that it is none."""
        if not self.server.knows(head.bearer):
            return self._refuse(401)
        if head.path.rstrip("/") != ASK:
            return self._refuse(404)
        if head.kind != KIND:
            return self._refuse(415)
        length = head.length
        if not (length.isascii() and length.isdecimal()):
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
        self.send_response_only(status)  # who serves is nobody's matter
        self.send_header("Date", self.date_time_string())
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
