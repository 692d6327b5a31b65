"""Heads of questions and answers: known ones are read at once, others by the standard library."""

from __future__ import annotations

import http.client
import io
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqlclap.shards.heads import READ_AT_ONCE, question_head, read_reply, take_question_head
from sqlclap.shards.jobs import Knock
from sqlclap.shards.node import Node, NodeOptions
from sqlclap.shards.node_server import NodeServer
from sqlclap.shards.protocol import ASK, KIND, TOKEN_VARIABLE
from sqlclap.shards.seats import Seats
from tests.shards.test_nodes import assert_same, nodes  # noqa: F401
from tests.support.patience import PATIENCE_S
from tests.support.served_nodes import TOKEN, Nodes
from tests.support.twin_libraries import Twins

KNOWN = f"HTTP/1.1 200 OK\r\nDate: today\r\nContent-Type: {KIND}\r\nContent-Length: 3\r\n\r\n"
CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{} \r\n0\r\n\r\n"
TOKENS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    one, other = socket.socketpair()
    yield one, other
    one.close()
    other.close()


def reply_to(pair: tuple[socket.socket, socket.socket], sent: str, most: int = 99) -> Any:
    here, there = pair
    there.sendall(sent.encode())
    return read_reply(here, most, time.monotonic() + PATIENCE_S)


@pytest.mark.parametrize(
    ("sent", "is_last"),
    [
        (f"{KNOWN}{{}} ", False),
        ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{} ", False),
        ("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\n{} ", True),
        (KNOWN.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n") + "{} ", True),
        (CHUNKED, False),
        (f"HTTP/1.1 100 Continue\r\n\r\n{CHUNKED}", False),
    ],
)
def test_replies_are_read_whoever_wrote_them(pair: Any, sent: str, is_last: bool) -> None:
    assert reply_to(pair, sent) == (200, b"{} ", is_last)


def test_of_a_reply_that_is_too_long_no_more_is_read_than_shows_it(pair: Any) -> None:
    sent = KNOWN.replace("Length: 3", f"Length: {2**30}") + "x" * 200
    assert reply_to(pair, sent, most=99) == (200, b"x" * 100, True)


def test_a_reply_that_ends_early_is_an_error(pair: Any) -> None:
    pair[1].sendall(f"{KNOWN}{{".encode())
    pair[1].shutdown(socket.SHUT_WR)
    with pytest.raises(http.client.IncompleteRead):
        read_reply(pair[0], 99, time.monotonic() + PATIENCE_S)


def test_a_node_that_says_a_little_now_and_then_is_not_waited_for_longer(pair: Any) -> None:
    here, there = pair
    ended = threading.Event()

    def drip() -> None:
        while not ended.wait(0.01):
            there.sendall(b" ")

    there.sendall(KNOWN.replace("Length: 3", f"Length: {10**6}").encode())
    dripping = threading.Thread(target=drip)
    dripping.start()
    try:
        with pytest.raises(TimeoutError):
            read_reply(here, 10**6, time.monotonic() + 0.2)
    finally:
        ended.set()
        dripping.join()


@given(path=TOKENS, host=TOKENS, token=TOKENS, length=st.integers(0, 2**30), more=st.binary())
def test_a_known_question_tells_what_the_library_would_read(
    path: str, host: str, token: str, length: int, more: bytes
) -> None:
    head = question_head((host, f"/{path}"), token, length)
    reader = io.BufferedReader(io.BytesIO(head + more), READ_AT_ONCE)
    found = take_question_head(reader)
    assert reader.read() == more
    lines = io.BytesIO(head)
    assert lines.readline().split()[1].decode() == f"/{path}"
    headers = http.client.parse_headers(lines)
    wanted = [headers[name] for name in ("Authorization", "Content-Type", "Content-Length")]
    assert found == (f"/{path}", *wanted)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Content-Type:", "X-More: 1\r\nContent-Type:"),
        ("Content-Length: 7", "Content-Length: 7\r\nTransfer-Encoding: chunked"),
        ("Content-Length: 7", "Content-Length: 7\r\nContent-Length: 8"),
        ("Content-Length: 7", "Content-Length: +7"),
        ("Host: h", "Host: h\r\n folded"),
        ("HTTP/1.1", "HTTP/1.0"),
        ("POST", "GET"),
        ("\r\n", "\n"),
    ],
)
def test_any_other_question_is_the_librarys(old: str, new: str) -> None:
    head = question_head(("h", ASK), TOKEN, 7).decode().replace(old, new).encode()
    reader = io.BufferedReader(io.BytesIO(head))
    assert take_question_head(reader) is None
    assert reader.read() == head


@pytest.fixture
def served(
    tmp_path: Path, fake_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[NodeServer]:
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    twins = Twins(tmp_path, fake_bundle)
    options = NodeOptions(TOKEN, port=0, model=str(fake_bundle))
    node = Node(tmp_path / "set.toml", options)
    server = NodeServer(node, options)
    serving = threading.Thread(target=server.serve_forever, args=(0.01,))
    serving.start()
    yield server
    server.shutdown()
    serving.join()
    server.server_close()
    node.close()
    twins.close()


def test_an_answer_goes_in_one_piece(served: NodeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    pieces: list[int] = []
    write = socket.SocketIO.write

    def counted(self: socket.SocketIO, piece: Any) -> int | None:
        pieces.append(len(piece))
        return write(self, piece)

    monkeypatch.setattr(socket.SocketIO, "write", counted)
    known = question_head(("node", ASK), TOKEN, 2) + b"{}"
    host, port = str(served.server_address[0]), int(served.server_address[1])
    with socket.create_connection((host, port)) as asking:
        for question in (known, known.replace(b"Host: node", b"Host: node\r\nAccept: */*")):
            asking.sendall(question)
            found = read_reply(asking, 99, time.monotonic() + PATIENCE_S)
            assert found == (400, b"{}", False)
    assert len(pieces) == 2


def test_who_asks_one_node_waits_for_it_without_another_thread(
    nodes: Nodes,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    wanted = nodes.twins.set.search("rain", 20)
    calls: list[None] = []
    with nodes.open() as there:
        hedging: Any = there.session.fleet._nodes
        monkeypatch.setattr(hedging, "submit", counting(hedging.submit, calls))
        shards = [one for one in there.shards if one.places[0][0] == "left"]
        assert_same(there.search("rain", 20), wanted)
        assert len(calls) == 2  # both nodes at once
        for _ in range(3):
            assert not there.session.fleet.ask(shards, Knock()).missing
        assert len(calls) == 2
        for connection in hedging.node(shards[0].places[0][1])._idle:
            connection.sock.shutdown(socket.SHUT_RDWR)  # as if the node had closed it
        assert not there.session.fleet.ask(shards, Knock()).missing
        assert len(calls) == 3  # what connects may take longer than the deadline


def counting(real: Any, calls: list[None]) -> Any:
    def counted(*args: Any) -> Any:
        calls.append(None)
        return real(*args)

    return counted


def test_a_seat_is_kept_until_its_thread_ends() -> None:
    seats, found = Seats(1), list[bool]()

    def ask() -> None:
        found.append(seats.take())

    for _ in range(2):
        one = threading.Thread(target=ask)
        one.start()
        one.join()
    ask()
    two = threading.Thread(target=ask)
    two.start()
    two.join()
    ask()
    assert found == [True, True, True, False, True]
