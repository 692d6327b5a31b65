"""Asks nodes for the shards that lie there, over connections that are kept."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlclap.errors import SqlclapError
from sqlclap.search.background import Background
from sqlclap.shards.jobs import Answer, Describe
from sqlclap.shards.protocol import (
    ASK,
    KIND,
    MOST_ANSWER,
    TOKEN_VARIABLE,
    entry_of,
    token_of_environment,
)
from sqlclap.shards.shard import Shard
from sqlclap.shards.wire import ASKED, WireError, pack, unpack

MOST_THREADS = 64
REFUSALS = {
    401: f"it refuses the token of {TOKEN_VARIABLE}",
    413: "the question is too long for it",
    503: "it has too many askers",
}
Told = list[tuple[Shard, Any]]
"""Shards with their answers, or with the reason why there is none, as a `NoAnswerError`."""

Kept = tuple[str, Background]
"""What scores are judged by in a shard, with the key that its node gave it."""


class NoAnswerError(Exception):
    """A node, or a shard of it, that didn't answer, with the reason."""


class Nodes:
    """All nodes of a set; safe to use from several threads.

    Parameters
    ----------
    deadline_s : float
    """

    def __init__(self, deadline_s: float) -> None:
        self._deadline_s = deadline_s
        self._lock = threading.Lock()
        self._nodes: dict[str, Node] = {}
        self._threads: ThreadPoolExecutor | None = None

    def begin(self, shards: Sequence[Shard], job: Any) -> Asking:
        """Start to ask for shards, each node in a thread of its own."""
        of_url: dict[str, list[Shard]] = {}
        for shard in shards:
            of_url.setdefault(shard.url, []).append(shard)
        with self._lock:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(MOST_THREADS, "sqlclap-nodes")
            for url in of_url:
                if url not in self._nodes:
                    self._nodes[url] = Node(url, self._deadline_s)
            parts = [
                (some, self._threads.submit(self._nodes[url].ask, some, job))
                for url, some in of_url.items()
            ]
        return Asking(parts, self._deadline_s)

    def close(self) -> None:
        """Close all connections, and end the threads."""
        with self._lock:
            threads, self._threads = self._threads, None
            nodes, self._nodes = self._nodes, {}
        for node in nodes.values():
            node.close()
        if threads is not None:
            threads.shutdown(wait=False, cancel_futures=True)


class Asking:
    """Nodes that are being asked."""

    def __init__(self, parts: list[tuple[list[Shard], Future[Told]]], deadline_s: float) -> None:
        self._parts = parts
        self._deadline_s = deadline_s
        self._began = time.monotonic()

    def told(self) -> Told:
        """Wait until all have answered, or are late."""
        found: Told = []
        for shards, future in self._parts:
            left = self._began + self._deadline_s - time.monotonic()
            try:
                found += future.result(max(left, 0.001))
            except TimeoutError:
                future.cancel()
                late = NoAnswerError(f"{_name(shards[0])} didn't answer in {self._deadline_s:g} s")
                found += [(one, late) for one in shards]
            except NoAnswerError as error:
                why = NoAnswerError(f"{_name(shards[0])}: {error}")
                found += [(one, why) for one in shards]
        return found


def _name_files(described: Mapping[int, dict[str, Any]]) -> None:
    """Name the files of described sounds by their paths: where a node keeps them is its matter."""
    for fields in described.values():
        fields["file"] = Path(fields["path"])


def _name(shard: Shard) -> str:
    return f"node {shard.entry.node!r} at {shard.url}"


class Node:
    """One node.

    Parameters
    ----------
    url : str
    deadline_s : float
    """

    def __init__(self, url: str, deadline_s: float) -> None:
        self._url = urlsplit(url)
        self._deadline_s = deadline_s
        self._idle: list[http.client.HTTPConnection] = []
        self._is_closed = False
        self._lock = threading.Lock()
        self._backgrounds: dict[int, Kept] = {}

    def ask(self, shards: list[Shard], job: Any) -> Told:
        """Ask for some shards.

        Raises
        ------
        NoAnswerError
            The node can't be asked.
        SqlclapError
            The question itself can't be answered.
        """
        if not isinstance(job, ASKED):
            raise NoAnswerError("nodes answer searches; ask where the shard's library lies")
        try:
            kept = dict(self._backgrounds)
            known = {number: key for number, (key, _) in kept.items()}
            entries = [entry_of(one) for one in shards]
            body = pack({"shards": entries, "job": job, "known": known})
            answer = unpack(self._post(body))
            told = self._read(shards, answer, kept)
            for _, part in told:
                if isinstance(job, Describe) and isinstance(part, dict):
                    _name_files(part)
                elif isinstance(job, Answer) and isinstance(part, tuple):
                    _name_files(getattr(part[0], "fields", None) or {})
            return told
        except (WireError, KeyError, TypeError, AttributeError) as error:
            raise NoAnswerError(f"what it says can't be read ({error})") from error

    def _read(self, shards: list[Shard], answer: Any, kept: dict[int, Kept]) -> Told:
        if isinstance(answer, SqlclapError):
            raise answer
        parts, missing, keys = answer["parts"], answer["missing"], answer["keys"]
        told: Told = []
        for shard in shards:
            number = shard.number
            if number not in parts:
                told.append(
                    (shard, NoAnswerError(str(missing.get(number, "it says nothing of it"))))
                )
            elif number in keys:
                told.append((shard, self._whole(number, parts[number], keys[number], kept)))
            else:
                told.append((shard, parts[number]))
        return told

    def _whole(self, number: int, part: Any, key: str, kept: dict[int, Kept]) -> Any:
        """Keep a background that came, so that it comes once, or put in the one that was kept."""
        told, background = part
        if background is None:
            return told, kept[number][1]
        self._backgrounds[number] = (key, background)
        return part

    def _post(self, body: bytes) -> bytes:
        token = token_of_environment()
        if token is None:
            raise NoAnswerError(f"set {TOKEN_VARIABLE} to its token")
        headers = {"Authorization": f"Bearer {token}", "Content-Type": KIND}
        while True:
            connection, is_kept = self._connection()
            try:
                connection.request("POST", self._url.path + ASK, body, headers)
                response = connection.getresponse()
                content = response.read(MOST_ANSWER + 1)
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                if is_kept and not isinstance(error, TimeoutError):
                    continue  # the node closed it while it lay idle; questions change nothing
                raise NoAnswerError(
                    f"it can't be asked ({error or type(error).__name__})"
                ) from error
            return self._content(connection, response, content)

    def _content(
        self,
        connection: http.client.HTTPConnection,
        response: http.client.HTTPResponse,
        content: bytes,
    ) -> bytes:
        if len(content) > MOST_ANSWER or response.will_close:
            connection.close()
        else:
            self._keep(connection)
        if response.status not in (200, 422) or len(content) > MOST_ANSWER:
            raise NoAnswerError(REFUSALS.get(response.status, f"HTTP {response.status}"))
        return content

    def _connection(self) -> tuple[http.client.HTTPConnection, bool]:
        with self._lock:
            if self._is_closed:
                raise NoAnswerError("the set was closed")
            if self._idle:
                return self._idle.pop(), True
        secure = self._url.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        assert self._url.hostname is not None  # noqa: S101 the set's file was checked
        return kind(self._url.hostname, self._url.port, timeout=self._deadline_s), False

    def _keep(self, connection: http.client.HTTPConnection) -> None:
        with self._lock:
            if not self._is_closed:
                self._idle.append(connection)
                return
        connection.close()

    def close(self) -> None:
        """Close its connections; one that is being used is closed after that."""
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
