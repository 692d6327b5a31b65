"""Asks one node for shards that lie there, over connections that are kept."""

from __future__ import annotations

import http.client
import re
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import SplitResult, urlsplit

from sqlclap.errors import SqlclapError
from sqlclap.search.background import Background
from sqlclap.shards.calls import Call
from sqlclap.shards.heads import Reply, question_head, read_reply
from sqlclap.shards.jobs import Answer, Describe, Knock
from sqlclap.shards.protocol import (
    ASK,
    MOST_ANSWER,
    TOKEN_VARIABLE,
    entry_of,
    token_of_environment,
)
from sqlclap.shards.shard import Shard
from sqlclap.shards.wire import ASKED, pack, unpack

LEAST_PATIENCE_S = 0.02
FIRST_PATIENCE_S = 0.5
ENOUGH, KEPT = 10, 100
"""How many answers tell how long a node takes, and how many are kept; see `Pace`."""

MOST_LOST = 3
SHUNNED_S = 5.0
"""A node that is gone, or late so many times in a row, is asked after others that hold the same for
some seconds."""

RESTS_S = 30.0
"""A node that let its time pass isn't waited for again so soon (seconds), unless it has answered a
knock meanwhile; see `Pace.hung_s`."""

_PLAIN = re.compile(r"[!-~]+")

REFUSALS = {
    400: "it doesn't know such questions: it may be another version of sqlclap",
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


def _host_of(url: SplitResult) -> str:
    if url.netloc.isascii() or url.hostname is None:
        return url.netloc
    host = url.hostname.encode("idna").decode()
    return host if url.port is None else f"{host}:{url.port}"


class LateError(NoAnswerError):
    """A node let its time pass."""


class NoneKeptError(NoAnswerError):
    """There is no open connection to a node, and none was to be opened."""


def _name_files(described: Mapping[int, dict[str, Any]]) -> None:
    """Name the files of described sounds by their paths: where a node keeps them is its matter."""
    for fields in described.values():
        fields["file"] = Path(fields["path"])


class Pace:
    """How long a node takes, by kinds of questions: what it has learnt of past answers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._took: dict[type, deque[float]] = {}
        self._shunned_until = 0.0
        self._hung_at: float | None = None
        self._lost = 0

    def add(self, kind: type, seconds: float) -> None:
        """Take an answer into account."""
        with self._lock:
            self._took.setdefault(kind, deque(maxlen=KEPT)).append(seconds)
            self._lost = 0
            self._hung_at = None

    def patience_s(self, kind: type) -> float:
        """Return how long to wait before another node is asked: most answers come sooner."""
        with self._lock:
            took = sorted(self._took.get(kind, ()))
        if len(took) < ENOUGH:
            return FIRST_PATIENCE_S
        return max(LEAST_PATIENCE_S, took[int(0.95 * (len(took) - 1))])

    def count(self, kind: type) -> int:
        """Return how many of its latest answers are kept."""
        with self._lock:
            return len(self._took.get(kind, ()))

    def lose(self) -> None:
        """Take into account that it was not waited for any more."""
        with self._lock:
            self._lost += 1
            is_late = self._lost >= MOST_LOST
        if is_late:
            self.shun()

    def shun(self) -> None:
        """Let others be asked first for a while."""
        self._shunned_until = time.monotonic() + SHUNNED_S

    @property
    def is_shunned(self) -> bool:
        """Whether others are asked first."""
        return time.monotonic() < self._shunned_until

    def hang(self) -> None:
        """Take into account that it let its time pass: for a while it isn't waited for again."""
        self._hung_at = time.monotonic()

    def recover(self) -> None:
        """Take into account that waiting for it takes no time."""
        self._hung_at = None

    @property
    def hung_s(self) -> float | None:
        """How long ago it let its time pass, where that was a moment ago and it is silent since."""
        hung_at = self._hung_at
        since = None if hung_at is None else time.monotonic() - hung_at
        return since if since is not None and since < RESTS_S else None


class Node:
    """One node.

    Parameters
    ----------
    url : str
    deadline_s : float
    """

    def __init__(self, url: str, deadline_s: float) -> None:
        self.url = url
        self._url = urlsplit(url)
        self.deadline_s = deadline_s
        self._idle: list[http.client.HTTPConnection] = []
        self._is_closed = False
        self._lock = threading.Lock()
        self._backgrounds: dict[int, Kept] = {}
        self._knocking: Call | None = None
        self.pace = Pace()

    def knock(self, shards: Sequence[Shard]) -> None:
        """See beside all else whether a node that let its time pass answers again."""
        with self._lock:
            if self._is_closed or self._knocking is not None:
                return
            call = self._knocking = Call()
        knocking = Thread(target=self._knock, args=(shards, call), daemon=True)
        knocking.start()  # no end of a program waits for it

    def _knock(self, shards: Sequence[Shard], call: Call) -> None:
        try:
            self.ask(shards, Knock(), call)
        except LateError:
            self.pace.hang()
        except (NoAnswerError, SqlclapError):
            self.pace.recover()  # it says no, at once: so will it when it is asked
        finally:
            with self._lock:
                self._knocking = None

    def ask(self, shards: Sequence[Shard], job: Any, call: Call) -> Told:
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
            began = time.monotonic()
            answer = unpack(self._post(body, call))
            self.pace.add(type(job), time.monotonic() - began)
            return self._read(shards, answer, job, kept)
        except SqlclapError:  # some of them are ValueErrors
            raise
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise NoAnswerError(f"what it says can't be read ({error})") from error

    def _read(self, shards: Sequence[Shard], answer: Any, job: Any, kept: dict[int, Kept]) -> Told:
        if isinstance(answer, SqlclapError):
            raise answer
        parts, missing = answer["parts"], answer["missing"]
        if isinstance(job, Answer):
            parts = self._whole(parts, answer, kept)
        elif isinstance(job, Describe):
            for part in parts.values():
                _name_files(part)
        told: Told = []
        for shard in shards:
            if shard.number in parts:
                told.append((shard, parts[shard.number]))
            else:
                why = missing.get(shard.number, "it says nothing of it")
                told.append((shard, NoAnswerError(str(why))))
        return told

    def _whole(
        self, parts: dict[int, Any], answer: Any, kept: dict[int, Kept]
    ) -> dict[int, tuple[Any, Background]]:
        """Return answers with their backgrounds: those that came, so that they come once, or kept.

        A question to another of its shards may bring other ones meanwhile: so they are those that
        the node was told of.
        """
        together, news = answer["together"], answer["backgrounds"]
        self._backgrounds.update(news)
        known = {**kept, **news}
        every = {**parts, **together.apart()}
        for part in every.values():
            _name_files(getattr(part, "fields", None) or {})
        return {number: (part, known[number][1]) for number, part in every.items()}

    def _post(self, body: bytes, call: Call) -> bytes:
        token = token_of_environment()
        if token is None:
            raise NoAnswerError(f"set {TOKEN_VARIABLE} to its token")
        question = self._head(token, len(body)) + body
        while True:
            connection, is_kept = self._connection(call.kept_only)
            try:
                reply = self._exchange(connection, question, call)
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                if is_kept and not (isinstance(error, TimeoutError) or call.is_given_up):
                    continue  # the node closed it while it lay idle; questions change nothing
                kind = LateError if isinstance(error, TimeoutError) else NoAnswerError
                raise kind(f"it can't be asked ({error or type(error).__name__})") from error
            except BaseException:
                connection.close()  # an answer may be on its way that belongs to no other question
                raise
            return self._content(connection, reply)

    def _exchange(
        self, connection: http.client.HTTPConnection, question: bytes, call: Call
    ) -> Reply:
        call.use(connection)
        if connection.sock is None:
            call.connect(connection)
        deadline_s = connection.timeout or self.deadline_s
        connection.sock.settimeout(deadline_s)
        connection.sock.sendall(question)  # at once: the node wakes up once
        reply = read_reply(connection.sock, MOST_ANSWER, time.monotonic() + deadline_s)
        call.use(None)
        return reply

    def _head(self, token: str, length: int) -> bytes:
        """Return a question's head; a token holds no other lines."""
        host, path = _host_of(self._url), self._url.path + ASK
        if not _PLAIN.fullmatch(host + path):
            raise NoAnswerError("its address may hold ASCII signs alone, and no spaces")
        return question_head((host, path), token, length)

    def _content(self, connection: http.client.HTTPConnection, reply: Reply) -> bytes:
        if reply.is_last:
            connection.close()
        else:
            self._keep(connection)
        if reply.status not in (200, 422) or len(reply.content) > MOST_ANSWER:
            raise NoAnswerError(REFUSALS.get(reply.status, f"HTTP {reply.status}"))
        return reply.content

    @property
    def is_connected(self) -> bool:
        """Whether a connection is open that nobody uses."""
        with self._lock:
            return bool(self._idle)

    def _connection(self, kept_only: bool = False) -> tuple[http.client.HTTPConnection, bool]:
        with self._lock:
            if self._is_closed:
                raise NoAnswerError("the set was closed")
            if self._idle:
                return self._idle.pop(), True
        if kept_only:
            raise NoneKeptError("there is no open connection")
        secure = self._url.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        assert self._url.hostname is not None  # noqa: S101 the set's file was checked
        return kind(self._url.hostname, self._url.port, timeout=self.deadline_s), False

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
            knocking = self._knocking
        if knocking is not None:
            knocking.give_up()
        for connection in idle:
            connection.close()
