"""Reviews of moments: windows of long sounds and whole short sounds, drawn as sounds are.

Besides the three draws of `sqlclap.labels.review`, a share of what a label detects can be asked
about: of the moments that reach its threshold, so many of each site, drawn uniformly.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from sqlclap.counts import check_count
from sqlclap.db.spans import DECIMALS, LEAST_SHARE
from sqlclap.db.statements import read_transaction, statement
from sqlclap.db.vectors import OwnVectors, own_vectors
from sqlclap.errors import QueryError
from sqlclap.labels.ranking import Ranked, join_ranked, ranked_column
from sqlclap.labels.review import (
    AT_SITE,
    Draw,
    Review,
    ReviewItem,
    draw_strata,
    review_items,
    store_draws,
)
from sqlclap.labels.scorer_cache import scorer_of
from sqlclap.notebook.results import Results
from sqlclap.search.moment_filter import MomentFilter
from sqlclap.search.planner import Planner
from sqlclap.search.request import Filter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlclap.arrays import Float64Array, Int64Array
    from sqlclap.db.database import Database
    from sqlclap.labels.scorer import Scorer
    from sqlclap.session import Session

NO_SITE = "none"


@dataclass(frozen=True)
class MomentReviewRequest:
    """What moments are asked about.

    Attributes
    ----------
    label : str
    n : int
        Number of moments, where no `share` is given.
    seed : int, optional
        Seed of the random draws.
    share : float, optional
        Above 0, up to 1: instead of `n`, this share of the moments that reach the label's
        threshold, of each site; at least one of each.
    only : Filter
        Which sounds' moments.

    Raises
    ------
    QueryError
        A value is out of range.
    """

    label: str
    n: int = 40
    seed: int | None = None
    share: float | None = None
    only: Filter = field(default_factory=Filter)

    def __post_init__(self) -> None:
        object.__setattr__(self, "n", check_count(self.n, "a number of moments"))
        if self.share is not None and not 0 < self.share <= 1:
            raise QueryError(f"expected a share above 0 and up to 1, got {self.share:g}")


def start_moment_review(session: Session, request: MomentReviewRequest) -> Review:
    """Draw moments of a label to ask about, and store how they were drawn.

    Moments that a vote or an anchor speaks for (see `sqlclap.db.spans.speaks_for`) are left out.

    Raises
    ------
    UnknownLabelError, NoAnchorsError
    QueryError
        There is nothing left to ask about, or the filter can't be used.
    """
    database, scorer = session.database, scorer_of(session)
    at, rng = scorer.scoring_position(request.label), np.random.default_rng(request.seed)
    label = scorer.labels[at]
    with read_transaction(database):
        bindings = (label.label_id, scorer.model.model_id, LEAST_SHARE)
        decided = read_ids(database, "labels/decided_moments", bindings)
        scope = MomentScope(decided, session.cache(Planner), request.only)
        moments = open_moments(database, scorer, at, scope)
        sites = sites_reaching(database, moments, label.threshold) if request.share else []
    draws, chosen = draw_moments(request, moments.score, sites, label.threshold, rng)
    review_id = store_draws(database, scorer, at, draws)
    items = [*placed(database, moments, review_items(database, scorer, moments, chosen)).values()]
    shuffled = [items[index] for index in rng.permutation(len(items))]
    return Review(review_id, label.name, draws, Results(shuffled, ReviewItem))


def draw_moments(
    request: MomentReviewRequest,
    scores: Float64Array,
    sites: Sequence[str],
    threshold: float,
    rng: np.random.Generator,
) -> tuple[list[Draw], dict[int, str]]:
    """Draw moments by their scores, shape (moments,), best first.

    Parameters
    ----------
    request : MomentReviewRequest
    scores : np.ndarray [shape=(moments,), dtype=float64]
    sites : sequence of str
        Of those that reach the threshold.
    threshold : float
    rng : np.random.Generator

    Returns
    -------
    draws : list of Draw
    chosen : dict of int to str
        The stratum by position of each moment drawn.

    Raises
    ------
    QueryError
        There is nothing left to ask about.
    """
    if request.share is None:
        draws, chosen = draw_strata(scores, threshold, request.n, rng)
    else:
        draws, chosen = _draw_share(scores, sites, request.share, rng)
    if not chosen:
        what = "moment that reaches its threshold" if request.share else "moment"
        raise QueryError(f"every {what} of {request.label!r} here has a vote, or there is none")
    return [replace(draw, unit="moment") for draw in draws], chosen


@dataclass(frozen=True)
class MomentScope:
    """Which moments can be asked about.

    Attributes
    ----------
    decided : np.ndarray [shape=(n,), dtype=int64]
        Moments that somebody has spoken for.
    planner : Planner
    only : Filter
    """

    decided: Int64Array
    planner: Planner
    only: Filter


def open_moments(database: Database, scorer: Scorer, at: int, scope: MomentScope) -> Ranked:
    """Score all moments that nobody has spoken for, best first."""
    model, filters, only = scorer.model, scope.planner.filters, MomentFilter.of(scope.only)
    outside = filters.moments_outside(database, only, model.model_id)
    left_out = np.union1d(scope.decided, outside)
    windowed = read_ids(database, "labels/windowed_samples", (model.model_id,))
    passing = None if only.is_empty else filters.sample_ids(database, only)
    parts = []
    for windows in (False, True):
        for block in own_vectors(database, model, windows=windows):
            kept = ~np.isin(block.embedding_ids, left_out)
            if not windows:
                kept &= ~np.isin(block.sample_ids, windowed)
            if passing is not None:
                kept &= np.isin(block.sample_ids, passing)
            left = OwnVectors(
                block.embedding_ids[kept], block.sample_ids[kept], block.vectors[kept]
            )
            parts.append(ranked_column(scorer, scorer.score(left.vectors), at, left))
    joined = join_ranked(parts)
    return joined.take(np.lexsort((joined.embedding_ids, -joined.score)))


def read_ids(database: Database, name: str, bindings: tuple[object, ...]) -> Int64Array:
    """Return what a query of one column of ids finds."""
    rows = database.execute(statement(name), bindings).fetchall()
    return np.array([row[0] for row in rows], dtype=np.int64)


def sites_reaching(database: Database, moments: Ranked, threshold: float) -> list[str]:
    """Return the sites of the moments that reach a label's threshold, best first."""
    sample_ids = moments.sample_ids[moments.score >= threshold]
    wanted = json.dumps(np.unique(sample_ids).tolist())
    sites = dict(database.execute(statement("labels/sample_sites"), (wanted,)).fetchall())
    return [sites.get(one, NO_SITE) for one in sample_ids.tolist()]


def _draw_share(
    scores: Float64Array, sites: Sequence[str], share: float, rng: np.random.Generator
) -> tuple[list[Draw], dict[int, str]]:
    """Draw a share of what reaches the threshold, of each site."""
    by_site: defaultdict[str, list[int]] = defaultdict(list)
    for place, site in enumerate(sites):
        by_site[site].append(place)
    draws, chosen = [], {}
    for site, places in sorted(by_site.items()):
        number = min(len(places), math.ceil(share * len(places) - 1e-9))
        stratum = f"{AT_SITE}{site}"
        low, high = float(scores[places[-1]]), float(scores[places[0]])
        draws.append(Draw(stratum, low, high, len(places), number))
        drawn = rng.choice(places, size=number, replace=False)
        chosen.update(dict.fromkeys(drawn.tolist(), stratum))
    return draws, chosen


def placed(
    database: Database, moments: Ranked, items: Mapping[int, ReviewItem]
) -> dict[int, ReviewItem]:
    """Give items their spans, by their positions; one that has gone meanwhile is left out."""
    ids = {place: int(moments.embedding_ids[place]) for place in items}
    query = statement("search/moments_places")
    rows = database.execute(query, (json.dumps([*ids.values()]),))
    spans = {key: (round(start, DECIMALS), round(end, DECIMALS)) for key, start, end in rows}
    return {
        place: replace(item, start_s=spans[ids[place]][0], end_s=spans[ids[place]][1])
        for place, item in items.items()
        if ids[place] in spans
    }
