"""Reads much from all shards of a set, page by page: what a question of one answer couldn't hold.

Each shard is asked for its next page until it has none left. Where shards were split or joined
meanwhile, all is read again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from sqlclap.shards.answers import Reach
    from sqlclap.shards.missing import Missing
    from sqlclap.shards.reader import ShardReader
    from sqlclap.shards.session import SetSession

T = TypeVar("T")

PAGE = 20_000
"""Sounds that a shard tells of at once: a node that holds many shards answers for all of them."""


class Page(NamedTuple):
    """What a shard tells at once.

    Attributes
    ----------
    rows : list or tuple
    last : int or None
        What the next page comes after; None: there is none.
    """

    rows: Any
    last: int | None


@dataclass(frozen=True)
class Begins:
    """Where shards go on.

    Attributes
    ----------
    after : tuple of (int, int) or None
        Shards that have more, each with the last that it has told; None: all, from their start.
    """

    after: tuple[tuple[int, int], ...] | None = None

    def of(self, shard: int) -> int | None:
        """Return what a shard goes on after; None: it has told all."""
        return 0 if self.after is None else dict(self.after).get(shard)


@dataclass(frozen=True)
class Walked(Generic[T]):
    """What all shards told.

    Attributes
    ----------
    pages : list
        The rows of each page.
    reach : Reach
    """

    pages: list[T]
    reach: Reach


def walk(
    session: SetSession, job_of: Callable[[Begins], Callable[[ShardReader], Any]]
) -> Walked[Any]:
    """Ask all shards for all of their pages.

    Of a shard that goes away meanwhile nothing is told: it is missing.

    Parameters
    ----------
    session : SetSession
    job_of : callable
        Makes what asks for the next page, which is answered by a `Page`, or None where all is told.
    """
    while True:
        found = _walk(session, job_of)
        if found is not None:
            return found


def _walk(
    session: SetSession, job_of: Callable[[Begins], Callable[[ShardReader], Any]]
) -> Walked[Any] | None:
    told: dict[int, list[Any]] = {}
    missing: dict[int, Missing] = {}
    begins: Begins = Begins()
    first: Reach | None = None
    while begins.after is None or begins.after:
        found, reach = session.ask(job_of(begins))
        first = first or reach
        if reach.generation != first.generation:
            return None
        missing |= {one.shard: one for one in found.missing}
        pages = [(number, page) for number, page in found.parts if page is not None]
        for number, page in pages:
            told.setdefault(number, []).append(page.rows)
        begins = Begins(
            tuple((number, page.last) for number, page in pages if page.last is not None)
        )
    assert first is not None  # noqa: S101 shards were asked at least once
    gone = tuple(missing[number] for number in sorted(missing))
    whole = replace(first, answered=first.asked - len(gone), missing=gone)
    return Walked(_whole(told, missing), whole)


def _whole(told: dict[int, list[Any]], missing: dict[int, Missing]) -> list[Any]:
    parts: Sequence[int] = [number for number in told if number not in missing]
    return [rows for number in parts for rows in told[number]]
