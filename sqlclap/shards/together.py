"""Answers of a node's shards on their way: one list of rows, instead of one answer a shard."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlclap.search.results import Match
from sqlclap.shards.questions import Candidate, Part

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlclap.search.results import Plan


class Together(NamedTuple):
    """What several shards answer.

    Attributes
    ----------
    numbers : list of int
        Of the shards.
    counts : list of int
        How many of the rows are each one's.
    best : list of (float or None)
    plans : list of Plan
    rows : list of Candidate
    fields : mapping
        What is told of rows, by the set's ids.
    """

    numbers: list[int]
    counts: list[int]
    best: list[float | None]
    plans: list[Plan]
    rows: list[Candidate]
    fields: Mapping[int, dict[str, Any]]

    def apart(self) -> dict[int, Part]:
        """Return each shard's answer.

        Raises
        ------
        ValueError
            It doesn't hold as much of each.
        """
        rows, parts = iter(self.rows), dict[int, Part]()
        if len(self.rows) != sum(self.counts):
            raise ValueError("it holds other rows than it says")
        lists = (self.numbers, self.counts, self.best, self.plans)
        for number, count, best, plan in zip(*lists, strict=True):
            own = [*islice(rows, count)]
            there = (one.sample_id for one in own)
            told = {one: self.fields[one] for one in there if one in self.fields}
            parts[number] = Part(own, Match, best, plan, [], told or None)
        return parts


def can_join(part: Any) -> bool:
    """Whether a shard's answer can be told with those of others: its rows are all that it has."""
    return isinstance(part, Part) and part.kind is Match and not part.keys and not _odd(part.rows)


def _odd(rows: list[Any]) -> bool:
    return any(type(one) is not Candidate for one in rows)


def joined(parts: Mapping[int, Part]) -> Together:
    """Return answers of shards, by their numbers, as one."""
    each = [*parts.values()]
    fields = {key: told for part in each for key, told in (part.fields or {}).items()}
    return Together(
        [*parts],
        [len(one.rows) for one in each],
        [one.best for one in each],
        [one.plan for one in each],
        [row for one in each for row in one.rows],
        fields,
    )
