"""What shards are asked for call density: all scores of one label, and the sounds' groups.

As `sqlclap.shards.jobs`: values that can travel to the node that has the shard.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sqlclap.db.statements import read_transaction
from sqlclap.labels.density import group_keys
from sqlclap.labels.density_population import score_sounds
from sqlclap.labels.scored_moments import ScoredMoments, score_moments
from sqlclap.shards.ids import told_ids
from sqlclap.shards.travelling import TravellingScorer

if TYPE_CHECKING:
    from sqlclap.arrays import Float64Array, Int64Array
    from sqlclap.shards.reader import ShardReader
    from sqlclap.shards.travelling import Luggage


class ScoredPart(NamedTuple):
    """What is scored of a shard, by ascending id in the set.

    Attributes
    ----------
    set_ids : np.ndarray [shape=(n,), dtype=int64]
    scores : np.ndarray [shape=(n,), dtype=float64]
    moments : ScoredMoments or None
        With the set's ids; None: sounds are scored.
    groups : list of tuple
    member : np.ndarray [shape=(n,), dtype=int64]
        Places among the groups.
    """

    set_ids: Int64Array
    scores: Float64Array
    moments: ScoredMoments | None
    groups: list[tuple[Any, ...]]
    member: Int64Array


@dataclass(frozen=True, eq=False)
class ScoreAll:
    """Score all sounds, or moments, for one label, without rivals.

    Attributes
    ----------
    label : str
    luggage : Luggage
    moments : bool
    by : tuple of str
        What groups are made of.
    """

    label: str
    luggage: Luggage
    moments: bool
    by: tuple[str, ...]

    def __call__(self, reader: ShardReader) -> ScoredPart:
        """Return them."""
        scorer = TravellingScorer(reader, self.luggage)
        at, moments = scorer.scoring_position(self.label), None
        with read_transaction(reader.database) as database:
            if self.moments:
                moments = score_moments(database, scorer, at)
                numbers, scores = moments.sample_ids, moments.score
            else:
                numbers, scores = score_sounds(database, scorer.of_label(at))
            keys = group_keys(database, numbers, self.by)
        groups = list(dict.fromkeys(keys))
        places = {one: place for place, one in enumerate(groups)}
        member = np.array([places[one] for one in keys], dtype=np.int64)
        set_ids = told_ids(reader.ids, numbers)
        if moments is not None:
            moments = replace(moments, sample_ids=set_ids)
        return ScoredPart(set_ids, scores, moments, groups, member)


DENSITY_JOBS = (ScoreAll,)
