"""What shards are asked for reviews of moments.

As `sqlclap.shards.jobs`: values that can travel to the node that has the shard.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sqlclap.db.spans import LEAST_SHARE
from sqlclap.db.statements import read_transaction
from sqlclap.db.vectors import OwnVectors, vectors_of
from sqlclap.errors import UnknownFolderError
from sqlclap.labels.moment_review import (
    MomentScope,
    open_moments,
    placed,
    read_ids,
    sites_reaching,
)
from sqlclap.labels.ranking import Ranked, join_ranked, ranked_column
from sqlclap.labels.review import review_items
from sqlclap.labels.scorer import sample_owners
from sqlclap.shards.travelling import TravellingScorer

if TYPE_CHECKING:
    from sqlclap.arrays import Float64Array, Int64Array
    from sqlclap.db.database import Database
    from sqlclap.labels.review import ReviewItem
    from sqlclap.search.request import Filter
    from sqlclap.shards.reader import ShardReader
    from sqlclap.shards.travelling import Luggage


class OpenMoments(NamedTuple):
    """The moments of a shard that a label's review can ask about, best first.

    Attributes
    ----------
    shard : int
    embedding_ids : np.ndarray [shape=(n,), dtype=int64]
        In its library.
    scores : np.ndarray [shape=(n,), dtype=float64]
    sites : list of str
        Of those that reach the label's threshold; empty where they are not asked for.
    """

    shard: int
    embedding_ids: Int64Array
    scores: Float64Array
    sites: list[str]


@dataclass(frozen=True, eq=False)
class ScoreMoments:
    """Score all moments that nobody has spoken for.

    Attributes
    ----------
    label : str
    luggage : Luggage
    said : tuple of (int, float or None, float or None)
        Copies, or spans of them, that a vote or an anchor speaks of.
    only : Filter
        As shards take it.
    with_sites : bool
    """

    label: str
    luggage: Luggage
    said: tuple[tuple[int, float | None, float | None], ...]
    only: Filter
    with_sites: bool

    def __call__(self, reader: ShardReader) -> OpenMoments | UnknownFolderError:
        """Return the scores; the error where no sound lies below the filter's folder."""
        scorer = TravellingScorer(reader, self.luggage)
        at = scorer.scoring_position(self.label)
        try:
            with read_transaction(reader.database) as database:
                scope = MomentScope(self._decided(database, scorer), reader.planner, self.only)
                moments = open_moments(database, scorer, at, scope)
                limit = scorer.labels[at].threshold
                sites = sites_reaching(database, moments, limit) if self.with_sites else []
        except UnknownFolderError as error:
            return error
        return OpenMoments(reader.number, moments.embedding_ids, moments.score, sites)

    def _decided(self, database: Database, scorer: TravellingScorer) -> Int64Array:
        here = [
            (scorer.held[copy], start_s, end_s)
            for copy, start_s, end_s in self.said
            if copy in scorer.held
        ]
        bindings = (json.dumps(here), scorer.model.model_id, LEAST_SHARE)
        return read_ids(database, "shards/decided_moments", bindings)


@dataclass(frozen=True, eq=False)
class DescribeMoments:
    """Tell what is asked about some moments.

    Attributes
    ----------
    label : str
    luggage : Luggage
    chosen : tuple of (int, int, str)
        Shards, moments there, and strata.
    """

    label: str
    luggage: Luggage
    chosen: tuple[tuple[int, int, str], ...]

    def __call__(self, reader: ShardReader) -> dict[int, ReviewItem]:
        """Return the items of those that are here, by their embedding ids."""
        strata = {moment: one for shard, moment, one in self.chosen if shard == reader.number}
        scorer = TravellingScorer(reader, self.luggage)
        at = scorer.scoring_position(self.label)
        with read_transaction(reader.database) as database:
            moments = _ranked(database, scorer, at, [*strata])
            ids = moments.embedding_ids.tolist()
            chosen = {place: strata[one] for place, one in enumerate(ids)}
            items = placed(database, moments, review_items(database, scorer, moments, chosen))
        told = reader.ids.told
        return {
            ids[place]: replace(one, sample_id=told(one.sample_id)) for place, one in items.items()
        }


def _ranked(database: Database, scorer: TravellingScorer, at: int, ids: list[int]) -> Ranked:
    parts = []
    for windows in (False, True):
        present, vectors = vectors_of(database, scorer.model, ids, windows)
        owners = sample_owners(database, present.tolist())
        samples = np.array([owners[one] for one in present.tolist()], dtype=np.int64)
        block = OwnVectors(present, samples, vectors)
        parts.append(ranked_column(scorer, scorer.score(vectors), at, block))
    return join_ranked(parts)


MOMENT_JOBS = (ScoreMoments, DescribeMoments)
