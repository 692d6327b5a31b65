"""What a tag run would tag, one by one: what is nearest to being left out comes first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from sqlclap.errors import QueryError
from sqlclap.labels.matching import LabelMatch, match_fields, match_rows

if TYPE_CHECKING:
    from sqlclap.arrays import Float64Array
    from sqlclap.db.database import Database
    from sqlclap.labels.scorer import Scorer
    from sqlclap.labels.tag_conflicts import Conflict, Taggable

MOST_PREVIEWED = 10_000


@dataclass(frozen=True)
class PlannedTag(LabelMatch):
    """A sound, or an event, that a run would tag.

    Attributes
    ----------
    rank : int
        From 1: the lowest margin first.
    margin : float
        How far it lies above what high confidence takes: the smaller of score - threshold and
        gap - the label's gap; the first alone where there is no rival. Below 0: not high.
    start_s, end_s : float or None
        The event (in seconds); None: the whole sound.
    others : list of str
        Other labels that it carries, or would get in the same runs.
    """

    SHOWN: ClassVar[tuple[str, ...]] = (
        "rank", "margin", "score", "gap", "confidence", "start_s", "end_s", "others", "sample_id",
        "path",
    )  # fmt: skip
    NOUN: ClassVar[str] = "sound"
    margin: float = field(kw_only=True)
    start_s: float | None = field(kw_only=True, default=None)
    end_s: float | None = field(kw_only=True, default=None)
    others: list[str] = field(kw_only=True, default_factory=list)


def check_preview(count: int) -> None:
    """Raise an error for a number of previewed tags that is out of range.

    Raises
    ------
    QueryError
    """
    if not 0 <= count <= MOST_PREVIEWED:
        raise QueryError(f"expected a preview of 0 to {MOST_PREVIEWED:,} tags, got {count:,}")


@dataclass(frozen=True)
class PlannedTags:
    """All that one label's run would tag.

    Attributes
    ----------
    position : int
        The label's, among the scorer's.
    tags : Taggable
    conflicts : sequence of sequence of Conflict
        Of each of them, in their order.
    """

    position: int
    tags: Taggable
    conflicts: Sequence[Sequence[Conflict]]

    def lowest(self, database: Database, scorer: Scorer, count: int) -> list[PlannedTag]:
        """Return those with the lowest margins, lowest first; in a read transaction."""
        if not count:
            return []
        margins = self._margins(scorer)
        places = self.tags.places()
        order = np.lexsort((self.tags.ranked.sample_ids, margins))[:count]
        ranked = self.tags.ranked.take(order)
        rows = match_rows(database, scorer, ranked)
        return [
            PlannedTag(
                **match_fields(scorer, ranked, rank, rows),
                rank=rank + 1,
                margin=float(margins[at]),
                start_s=places[at].bounds[0],
                end_s=places[at].bounds[1],
                others=[one.other for one in self.conflicts[at]],
            )
            for rank, at in enumerate(order.tolist())
        ]

    def _margins(self, scorer: Scorer) -> Float64Array:
        label, ranked = scorer.labels[self.position], self.tags.ranked
        # fmin takes the other number where one is NaN: there is no rival.
        return np.fmin(ranked.score - label.threshold, ranked.gap - label.gap)
