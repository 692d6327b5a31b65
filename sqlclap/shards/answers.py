"""Answers of a set: those of its shards, merged, with who was asked and who answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from sqlclap.errors import PartialAnswerError
from sqlclap.notebook.results import Results
from sqlclap.quantities import show_count
from sqlclap.records import record
from sqlclap.search.results import Matches, Plan

if TYPE_CHECKING:
    from sqlclap.search.judgement import Doubt
    from sqlclap.search.results import Match
    from sqlclap.shards.missing import Missing

R = TypeVar("R")


@dataclass(frozen=True)
class Reach:
    """Which part of a set an answer is of.

    Attributes
    ----------
    asked, answered : int
        Shards.
    missing : tuple of Missing
        Those that didn't answer, with the reason of each.
    model_version : str
        Of the vectors that were compared.
    generation : int
        Of the set's file.
    lacking : tuple of Missing
        Those that answered without tags of runs that the answer goes by: these haven't been
        written there yet.
    """

    asked: int
    answered: int
    missing: tuple[Missing, ...]
    model_version: str
    generation: int
    lacking: tuple[Missing, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether all shards answered, with all that the answer goes by."""
        return not self.incomplete

    @property
    def incomplete(self) -> tuple[Missing, ...]:
        """Shards that are missing, or lack tags."""
        return (*self.missing, *self.lacking)

    def remarks(self) -> list[str]:
        """Return what is missing, as lines: none where all answered."""
        return [] if self.is_whole else [str(self)]

    def __str__(self) -> str:
        told = (
            f"{self.answered} of {show_count(self.asked, 'shard')} answered (model "
            f"{self.model_version}, generation {self.generation})"
        )
        lacking = (f"incomplete {one}" for one in self.lacking)
        return "; ".join([told, *(f"missing {one}" for one in self.missing), *lacking])

    def without(self, lost: tuple[Missing, ...]) -> Reach:
        """Return the same where shards went after they had answered."""
        return replace(self, answered=self.answered - len(lost), missing=(*self.missing, *lost))

    def check(self, require_all: bool) -> None:
        """Raise an error where a part is missing that is required, or where nobody answered.

        Raises
        ------
        PartialAnswerError
        """
        if (require_all and not self.is_whole) or (self.missing and not self.answered):
            raise PartialAnswerError(str(self))


class SaidRows(Results[R]):
    """Rows that a set's catalog has of sounds; where a sound's shard is missing, the id is 0.

    Attributes
    ----------
    reach : Reach or None
        Whose sounds were looked for; None where all were found.
    """

    def __init__(self, rows: Iterable[R], kind: type, reach: Reach) -> None:
        super().__init__(rows, kind)
        self.reach = reach if any(not record(one)["sample_id"] for one in self) else None

    def remarks(self) -> list[str]:
        """Return what is missing, as lines."""
        return [] if self.reach is None else self.reach.remarks()


class SetMatches(Matches):
    """Matches of a set, best first; `sample_id` is the set's (`sqlclap.shards.ids`).

    Attributes
    ----------
    reach : Reach
        Who was asked, who answered, and who is missing.
    """

    def __init__(
        self,
        matches: Iterable[Match],
        plan: Plan,
        doubts: Iterable[Doubt],
        kind: type[Match],
        reach: Reach,
    ) -> None:
        super().__init__(matches, plan, doubts, kind)
        self.reach = reach

    @property
    def asked(self) -> int:
        """Shards that were asked."""
        return self.reach.asked

    @property
    def answered(self) -> int:
        """Shards that answered."""
        return self.reach.answered

    @property
    def missing(self) -> tuple[Missing, ...]:
        """Shards that didn't answer."""
        return self.reach.missing

    @property
    def model_version(self) -> str:
        """The version of the model whose vectors were compared."""
        return self.reach.model_version

    @property
    def generation(self) -> int:
        """The generation of the set's file."""
        return self.reach.generation

    def remarks(self) -> list[str]:
        """Return the doubts as lines, and first what is missing."""
        return [*self.reach.remarks(), *super().remarks()]


def joined_plan(plans: Sequence[Plan], seconds: float) -> Plan:
    """Return one plan for what shards did; it counts all of them together."""
    paths = Counter(one.path for one in plans)
    reasons = dict.fromkeys(one.reason for one in plans)
    path = paths.most_common(1)[0][0] if paths else "exact"
    told = ", ".join(f"{count} by {name}" for name, count in sorted(paths.items()))
    allowed = [one.allowed for one in plans if one.allowed is not None]
    remarks = dict.fromkeys(one.remark for one in plans if one.remark)
    return Plan(
        path,
        f"{show_count(len(plans), 'shard')}: {told or 'none'} ({'; '.join(reasons)})",
        indexed=sum(one.indexed for one in plans),
        tail=sum(one.tail for one in plans),
        removed=sum(one.removed for one in plans),
        allowed=sum(allowed) if allowed else None,
        ef_search=max((one.ef_search for one in plans), default=0),
        ranked=sum(one.ranked for one in plans),
        seconds=seconds,
        remark="; ".join(remarks) or None,
    )


def best_first(match: Any) -> tuple[float, int, float]:
    """Return the key by which matches of several shards are put in order."""
    return -match.score, match.sample_id, getattr(match, "start_s", 0.0)
