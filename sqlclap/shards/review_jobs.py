"""What shards are asked for a review of a label: scores of all that is open, and whom it is about.

As `sqlclap.shards.jobs`: values that can travel to the node that has the shard.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sqlclap.db.statements import read_transaction
from sqlclap.labels.histogram import count_scores
from sqlclap.labels.ranking import own_vectors_of, ranked_column
from sqlclap.labels.review import open_pairs, review_items
from sqlclap.labels.rivals import clusters_of
from sqlclap.shards.ids import held_ids, told_ids
from sqlclap.shards.travelling import TravellingScorer

if TYPE_CHECKING:
    from sqlclap.arrays import Float64Array, Int64Array
    from sqlclap.labels.review import ReviewItem
    from sqlclap.shards.reader import ShardReader
    from sqlclap.shards.travelling import Luggage


class OpenScores(NamedTuple):
    """The scores of a shard's sounds that a label's review can ask about, best first.

    Attributes
    ----------
    set_ids : np.ndarray [shape=(n,), dtype=int64]
    scores : np.ndarray [shape=(n,), dtype=float64]
    """

    set_ids: Int64Array
    scores: Float64Array


@dataclass(frozen=True, eq=False)
class _OfLabel:
    """A question about one label of the catalog."""

    label: str
    luggage: Luggage

    def scorer(self, reader: ShardReader) -> tuple[TravellingScorer, int]:
        """Return the catalog's scorer in a shard, and the label's position."""
        scorer = TravellingScorer(reader, self.luggage)
        return scorer, scorer.scoring_position(self.label)


@dataclass(frozen=True, eq=False)
class ScoreOpen(_OfLabel):
    """Score all sounds but those that are decided, which the luggage leaves out."""

    def __call__(self, reader: ShardReader) -> OpenScores:
        """Return the scores."""
        scorer, at = self.scorer(reader)
        with read_transaction(reader.database) as database:
            decided = scorer.left_out(database, at, with_anchors=False)
            pairs = open_pairs(database, scorer, at, decided)
        return OpenScores(told_ids(reader.ids, pairs.sample_ids), pairs.score)


@dataclass(frozen=True, eq=False)
class DescribePairs(_OfLabel):
    """Tell what is asked about some sounds of the set, each with its stratum."""

    strata: dict[int, str]

    def __call__(self, reader: ShardReader) -> dict[int, ReviewItem]:
        """Return the items of those that lie here, by the set's ids."""
        scorer, at = self.scorer(reader)
        here = held_ids(reader.ids, np.array([*self.strata], dtype=np.int64))
        with read_transaction(reader.database) as database:
            block = own_vectors_of(database, scorer.model, here)
            pairs = ranked_column(scorer, scorer.score(block.vectors), at, block)
            told = told_ids(reader.ids, pairs.sample_ids).tolist()
            chosen = {place: self.strata[whole] for place, whole in enumerate(told)}
            items = review_items(database, scorer, pairs, chosen)
        return {told[place]: replace(one, sample_id=told[place]) for place, one in items.items()}


@dataclass(frozen=True, eq=False)
class CountScores(_OfLabel):
    """Count all sounds by their score for a label."""

    def __call__(self, reader: ShardReader) -> Int64Array:
        """Return how many lie in each bin, shape (bins,)."""
        scorer, at = self.scorer(reader)
        with read_transaction(reader.database) as database:
            return count_scores(database, scorer, at)


@dataclass(frozen=True)
class ClustersOf:
    """Look up the clusters of some sounds of the set."""

    set_ids: tuple[int, ...]

    def __call__(self, reader: ShardReader) -> dict[int, tuple[int, str]]:
        """Return number and name by the set's ids; of those that lie here and are in one."""
        here = held_ids(reader.ids, np.array(self.set_ids, dtype=np.int64))
        found = clusters_of(reader.database, reader.model, here)
        return {reader.ids.told(own): cluster for own, cluster in found.items()}


REVIEW_JOBS = (ScoreOpen, DescribePairs, CountScores, ClustersOf)
