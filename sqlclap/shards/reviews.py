"""What looks at all sounds of a set for one label: its review, its histogram, its rivals.

Each needs all shards. A review's estimates rest on how many sounds could have been drawn, and a
part of a histogram looks like a whole one: a shard that is missing is an error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

from sqlclap.db.statements import statement
from sqlclap.labels.histogram import BINS, histogram_of
from sqlclap.labels.moment_review import draw_moments
from sqlclap.labels.review import Review, ReviewItem, decided_samples, draw_pairs, store_draws
from sqlclap.labels.rivals import LOOKED_AT, NearClusters, rival_report
from sqlclap.notebook.results import Results
from sqlclap.shards.asking import answered
from sqlclap.shards.catalog import catalog_sounds
from sqlclap.shards.copies import ids_of_copies
from sqlclap.shards.filters import in_shards
from sqlclap.shards.lacking_tags import checked_reach
from sqlclap.shards.moment_jobs import DescribeMoments, OpenMoments, ScoreMoments
from sqlclap.shards.review_jobs import ClustersOf, CountScores, DescribePairs, ScoreOpen
from sqlclap.shards.travelling import pack

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlclap.arrays import Int64Array
    from sqlclap.labels.histogram import ScoreHistogram
    from sqlclap.labels.moment_review import MomentReviewRequest
    from sqlclap.labels.rivals import RivalReport
    from sqlclap.shards.labels import SetLabels
    from sqlclap.shards.reader import ShardReader
    from sqlclap.shards.session import SetSession
    from sqlclap.shards.travelling import Luggage

T = TypeVar("T")


class LabelOfAll:
    """One label of a set, and all of the set's sounds.

    Parameters
    ----------
    session : SetSession
    name : str
        The label's.

    Raises
    ------
    UnknownLabelError, NoAnchorsError
    """

    def __init__(self, session: SetSession, name: str) -> None:
        self._session = session
        self._database = session.catalog.database
        self._scorer = session.scorer
        self._at = self._scorer.scoring_position(name)
        self._settings = self._scorer.labels[self._at]
        self._sounds = catalog_sounds(self._database, session.file)

    def review(self, n: int, seed: int | None) -> Review:
        """Draw pairs to ask about; see `sqlclap.labels.review.start_review`.

        Raises
        ------
        PartialAnswerError
            A shard is missing.
        QueryError
            `n` is below 1, or there is nothing left to ask about.
        """
        name = self._settings.name
        decided = decided_samples(self._database, self._settings).tolist()
        luggage = pack(self._scorer, self._sounds, decided)
        parts = self._of_all(ScoreOpen(name, luggage))
        set_ids = np.concatenate([part.set_ids for part in parts])
        scores = np.concatenate([part.scores for part in parts])
        order = np.lexsort((set_ids, -scores))
        draws, chosen = draw_pairs(scores[order], self._settings, n, seed)
        strata = {int(set_ids[order[at]]): stratum for at, stratum in chosen.items()}
        items: dict[int, ReviewItem] = {}
        for part in self._of_all(DescribePairs(name, luggage, strata)):
            items |= part
        review_id = store_draws(self._database, self._scorer, self._at, draws)
        asked = [items[one] for one in strata if one in items]  # some may have gone meanwhile
        return Review(review_id, name, draws, Results(asked, ReviewItem))

    def review_moments(self, request: MomentReviewRequest) -> Review:
        """Draw moments to ask about; see `sqlclap.labels.moment_review.start_moment_review`.

        Raises
        ------
        PartialAnswerError
            A shard is missing.
        QueryError
            There is nothing left to ask about, or the filter can't be used.
        """
        said = self._said()
        luggage = pack(self._scorer, self._sounds, sorted({one[0] for one in said}))
        name, only = self._settings.name, in_shards(self._session, request.only)
        job = ScoreMoments(name, luggage, said, only, request.share is not None)
        parts = answered(self._of_all(job, request.only.label))
        shards = np.concatenate([np.full(len(one.scores), one.shard) for one in parts])
        moments = np.concatenate([one.embedding_ids for one in parts])
        scores = np.concatenate([one.scores for one in parts])
        order = np.lexsort((moments, shards, -scores))
        sites = _sites_in_order(parts, order)
        rng, threshold = np.random.default_rng(request.seed), self._settings.threshold
        draws, chosen = draw_moments(request, scores[order], sites, threshold, rng)
        places = {
            (int(shards[order[at]]), int(moments[order[at]])): one for at, one in chosen.items()
        }
        review_id = store_draws(self._database, self._scorer, self._at, draws)
        items = self._moments(name, luggage, places)
        shuffled = [items[index] for index in rng.permutation(len(items))]
        return Review(review_id, name, draws, Results(shuffled, ReviewItem))

    def _said(self) -> tuple[tuple[int, float | None, float | None], ...]:
        """Return what votes and anchors speak of."""
        query = statement("shards/said_of_moments")
        return tuple(self._database.execute(query, (self._settings.label_id,)).fetchall())

    def _moments(
        self, name: str, luggage: Luggage, places: dict[tuple[int, int], str]
    ) -> list[ReviewItem]:
        """Return what is asked about moments that were chosen, in their order."""
        job = DescribeMoments(name, luggage, tuple((*one, what) for one, what in places.items()))
        found, reach = self._session.ask(job)
        reach.check(require_all=True)
        items = {(shard, at): one for shard, part in found.parts for at, one in part.items()}
        return [items[one] for one in places if one in items]  # some may have gone meanwhile

    def histogram(self, labels: SetLabels) -> ScoreHistogram:
        """Count all sounds by their score.

        Raises
        ------
        PartialAnswerError
            A shard is missing.
        """
        name = self._settings.name
        parts = self._of_all(CountScores(name, pack(self._scorer, self._sounds, ())))
        counts = sum(parts, np.zeros(BINS, dtype=np.int64))
        return histogram_of(self._settings, counts, labels.votes(name))

    def rivals(self, labels: SetLabels) -> RivalReport:
        """Report on the label's rivals; see `sqlclap.labels.rivals`.

        Raises
        ------
        PartialAnswerError
            A shard is missing.
        """
        matches = labels.matches(self._settings.name, LOOKED_AT)
        matches.reach.check(require_all=True)
        ids = ids_of_copies(self._session, self._sounds)
        own = self._scorer.anchors.sample_ids[self._scorer.positives[self._at]].tolist()
        anchors = [ids[one] for one in own if one in ids]
        clusters: dict[int, tuple[int, str]] = {}
        wanted = tuple({*anchors, *(one.sample_id for one in matches)})
        for part in self._of_all(ClustersOf(wanted)):
            clusters |= part
        return rival_report(self._scorer, self._at, matches, NearClusters(anchors, clusters))

    def _of_all(self, job: Callable[[ShardReader], T], label: str | None = None) -> list[T]:
        """Return all shards' answers, where none lacks tags of a label that is filtered by."""
        found, reach = self._session.ask(job)
        checked_reach(self._session, reach, [label], require_all=True)
        return found.answers


def _sites_in_order(parts: Sequence[OpenMoments], order: Int64Array) -> list[str]:
    """Return the sites of what reaches the threshold, which comes first in each part and in all."""
    begins = np.cumsum([0, *(len(one.scores) for one in parts)]).tolist()
    sites = {
        begin + place: site
        for begin, one in zip(begins, parts, strict=False)
        for place, site in enumerate(one.sites)
    }
    return [sites[place] for place in order[: len(sites)].tolist()]
