"""Asks all nodes of a set at once; where copies of a shard lie at several, the first answer counts.

The first of them is asked. If it has not answered when it mostly has (`Pace.patience_s`), the next
one is asked, too, and so on; one that can't be asked, or doesn't answer for a shard, is followed at
once. Whoever is not waited for any more is told so by the end of the connection. A node that was
gone, or late several times, is asked last for some seconds: not each question waits for it. One
that let the whole time pass isn't asked at all for a while, until it answers a knock.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from contextlib import suppress
from typing import Any

from sqlclap.errors import SqlclapError
from sqlclap.shards.calls import Call
from sqlclap.shards.nodes import LateError, NoAnswerError, Node, NoneKeptError, Told
from sqlclap.shards.shard import Shard
from sqlclap.thread_pool import ThreadPool

MOST_THREADS = 64


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
        self._threads: ThreadPool | None = None

    def begin(self, shards: Sequence[Shard], job: Any, alone: bool = False) -> Asking:
        """Start to ask for shards, each node in a thread of its own.

        Parameters
        ----------
        shards : sequence of Shard
        job : callable
        alone : bool
            Whether the caller does nothing else meanwhile. Where a single node is to be asked over
            an open connection, the caller's own thread does that, and handing it over is saved.
        """
        until = time.monotonic() + self._deadline_s
        of_places: dict[tuple[tuple[str, str], ...], list[Shard]] = {}
        for shard in shards:
            of_places.setdefault(shard.places, []).append(shard)
        here = alone and len(of_places) == 1
        lots = [_Lot(self, (some, job), here) for some in of_places.values()]
        for one in lots:
            one.ask_next()
        return Asking(lots, until)

    def node(self, url: str) -> Node:
        """Return the node of an address."""
        with self._lock:
            if url not in self._nodes:
                self._nodes[url] = Node(url, self._deadline_s)
            return self._nodes[url]

    def silent(self, shard: Shard) -> str | None:
        """Say which nodes of a shard aren't asked for now, as they hang; None where all are."""
        with self._lock:
            found = [(name, self._nodes.get(url)) for name, url in shard.places]
        hanging = [(name, one, one.pace.hung_s) for name, one in found if one is not None]
        told = [silent_since(name, one, since) for name, one, since in hanging if since is not None]
        return "; ".join(told) or None

    @staticmethod
    def ask_here(node: Node, shards: Sequence[Shard], job: Any) -> _Asked | None:
        """Ask a node and wait for what it says; None where there is no open connection to it."""
        if not node.is_connected:
            return None
        call, future = Call(kept_only=True), Future[Told]()
        try:
            future.set_result(node.ask(shards, job, call))
        except NoneKeptError:
            return None
        except (NoAnswerError, SqlclapError) as error:
            future.set_exception(error)
        return _Asked(node, call, future)

    def submit(self, node: Node, shards: Sequence[Shard], job: Any) -> _Asked:
        """Ask a node in a thread."""
        call = Call()
        with self._lock:
            if self._threads is None:
                self._threads = ThreadPool(MOST_THREADS, "sqlclap-nodes")
            future = self._threads.submit(node.ask, shards, job, call)
        return _Asked(node, call, future)

    def close(self) -> None:
        """Close all connections, and end the threads."""
        with self._lock:
            threads, self._threads = self._threads, None
            nodes, self._nodes = self._nodes, {}
        for node in nodes.values():
            node.close()
        if threads is not None:
            threads.shutdown(wait=False, cancel_futures=True)


class _Asked:
    """A node that is being asked."""

    def __init__(self, node: Node, call: Call, future: Future[Told]) -> None:
        self.node, self.call, self.future = node, call, future

    def give_up(self) -> None:
        self.future.cancel()
        self.call.give_up()


class _Lot:
    """Shards that lie at the same nodes, and how far these have answered for them."""

    def __init__(self, nodes: Nodes, asked: tuple[list[Shard], Any], here: bool) -> None:
        shards, self._job = asked
        self._nodes, self._here = nodes, here
        self._left = {one.number: one for one in shards}
        found = [(name, nodes.node(url)) for name, url in shards[0].places]
        self._next = sorted(found, key=lambda pair: pair[1].pace.is_shunned)
        self._asked: dict[str, _Asked] = {}
        self._patient_until = 0.0
        self._reasons: dict[int, list[str]] = {one.number: [] for one in shards}
        self.told: Told = []

    @property
    def futures(self) -> list[Future[Told]]:
        """What is waited for."""
        return [one.future for one in self._asked.values()]

    @property
    def patient_until(self) -> float | None:
        """When another node is to be asked; None where there is none, or all have answered."""
        return self._patient_until if self._asked and self._next else None

    def ask_next(self) -> None:
        """Ask the next node for what is left; one that hangs is told as missing instead."""
        while self._next:
            name, node = self._next.pop(0)
            hung_s = node.pace.hung_s
            if hung_s is None:
                self._ask(name, node)
                return
            node.knock([*self._left.values()])
            for shard in self._left.values():
                self._missing(shard, silent_since(name, node, hung_s))

    def _ask(self, name: str, node: Node) -> None:
        self._patient_until = time.monotonic() + node.pace.patience_s(type(self._job))
        shards = [*self._left.values()]
        waits = self._here and not (self._next or self._asked)  # for no other could be asked
        told = self._nodes.ask_here(node, shards, self._job) if waits else None
        self._asked[name] = told or self._nodes.submit(node, shards, self._job)

    def look(self) -> None:
        """Take what has been answered, and ask the next node where it is time.

        Raises
        ------
        SqlclapError
            The question itself can't be answered.
        """
        for name, one in [*self._asked.items()]:
            if self._left and one.future.done():
                del self._asked[name]
                self._take(name, one)
        is_time = not self._asked or time.monotonic() >= self._patient_until
        if self._left and self._next and is_time:
            self.ask_next()

    def _take(self, name: str, asked: _Asked) -> None:
        try:
            found = asked.future.result()
        except NoAnswerError as error:
            asked.node.pace.shun()
            if isinstance(error, LateError):
                asked.node.pace.hang()
            found = [(one, error) for one in self._left.values()]
        for shard, one in found:
            if shard.number not in self._left:
                continue
            if isinstance(one, LateError):
                self._missing(shard, late(name, asked.node))
            elif isinstance(one, NoAnswerError):
                self._missing(shard, f"node {name!r} at {asked.node.url}: {one}")
            else:
                del self._left[shard.number]
                self.told.append((shard, one))
        if not self._left:
            self.give_up()

    def _missing(self, shard: Shard, reason: str) -> None:
        self._reasons[shard.number].append(reason)

    def give_up(self) -> None:
        """Wait for nobody any more."""
        for one in self._asked.values():
            if not one.future.done():
                one.node.pace.lose()
            one.give_up()
        self._asked = {}

    def rest(self) -> Told:
        """Return what nobody answered for, with the reasons."""
        for name, one in self._asked.items():
            one.node.pace.hang()
            one.node.knock([*self._left.values()])
            for shard in self._left.values():
                self._missing(shard, late(name, one.node))
        self.give_up()
        return [
            (one, NoAnswerError("; ".join(self._reasons[one.number])))
            for one in self._left.values()
        ]


def late(name: str, node: Node) -> str:
    """Say that a node let its time pass, whoever noticed first: its connection, or who waits."""
    return f"node {name!r} at {node.url} didn't answer in {node.deadline_s:g} s"


def silent_since(name: str, node: Node, hung_s: float) -> str:
    """Say that a node isn't asked, since it let its time pass."""
    when = f"let its time pass {hung_s:.0f} s ago and hasn't answered since"
    return f"node {name!r} at {node.url} {when}: it isn't waited for until it does"


def _wait(futures: list[Future[Told]], most_s: float) -> None:
    """Wait until one has answered; for a single one that is done with less ado."""
    if len(futures) > 1:
        wait(futures, most_s, FIRST_COMPLETED)
        return
    with suppress(TimeoutError, CancelledError):  # who looks is told
        futures[0].exception(most_s)


class Asking:
    """Nodes that are being asked."""

    def __init__(self, lots: list[_Lot], until: float) -> None:
        self._lots, self._until = lots, until

    def told(self) -> Told:
        """Wait until all have answered, or are late."""
        try:
            while True:
                for lot in self._lots:
                    lot.look()
                waiting = [one for lot in self._lots for one in lot.futures]
                now = time.monotonic()
                if not waiting or now >= self._until:
                    break
                wake = [lot.patient_until for lot in self._lots]
                until = min([self._until, *(one for one in wake if one is not None)])
                _wait(waiting, max(until - now, 0.001))
        except BaseException:
            for lot in self._lots:
                lot.give_up()
            raise
        return [*(one for lot in self._lots for one in lot.told), *self._rest()]

    def _rest(self) -> Told:
        return [one for lot in self._lots for one in lot.rest()]
