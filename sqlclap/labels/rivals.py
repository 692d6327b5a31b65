"""Rivals of a label: those that keep its matches from high confidence, and possible ones.

A gap is only meaningful with suitable rivals. Missing rivals are searched
near the label's own matches: among the nearest other labels, in the clusters that its matches
fall into beside its anchors' own, and among the matches that are least like its anchors.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from sqlclap.db.statements import statement
from sqlclap.labels.match_request import MatchRequest
from sqlclap.labels.matching import LabelMatch, find_matches
from sqlclap.labels.scorer import Scorer
from sqlclap.labels.scoring import MEDIUM_SHARE

if TYPE_CHECKING:
    from sqlclap.arrays import Float64Array
    from sqlclap.db.database import Database
    from sqlclap.db.stored_models import StoredModel
    from sqlclap.search.planner import Planner

LOOKED_AT = 200
SUGGESTED = 5
SHOWN_SOUNDS = 3


@dataclass(frozen=True)
class RivalShare:
    """A rival, and how many of a label's best matches it holds back.

    Attributes
    ----------
    label : str or None
        None: a negative anchor.
    sample_id : int or None
        The negative anchor's sample.
    path : str or None
        The same sample's.
    matches : int
    """

    label: str | None
    sample_id: int | None
    path: str | None
    matches: int


@dataclass(frozen=True)
class SuggestedRival:
    """A possible rival of a label.

    Attributes
    ----------
    kind : {"label", "cluster", "sounds"}
        "label": another label, near to this one. "cluster": a cluster beside the anchors' own that
        the label's matches fall into. "sounds": its matches that are least like its anchors: those
        that aren't it make negative anchors.
    name : str
        The label's, or the cluster's.
    score : float
        "label": cosine of the two labels' anchors, in the mean. "cluster": share of the matches.
        "sounds": the score of the least.
    sample_ids : list of int
        Sounds to listen to; empty for a label.
    scores : bool
        Whether it is a rival already: a label that has anchors.
    """

    kind: Literal["label", "cluster", "sounds"]
    name: str
    score: float
    sample_ids: list[int]
    scores: bool


@dataclass(frozen=True)
class RivalReport:
    """A label's rivals.

    Attributes
    ----------
    label : str
    has_rival : bool
        Whether another label has anchors, or this one a negative anchor.
    can_be_high : bool
        False where neither a rival nor a calibration shows what its scores are worth.
    looked_at : int
        Number of best matches that were examined.
    held_back : list of RivalShare
        Rivals that keep some of them from high confidence, by number of matches.
    suggested : list of SuggestedRival
    """

    label: str
    has_rival: bool
    can_be_high: bool
    looked_at: int
    held_back: list[RivalShare]
    suggested: list[SuggestedRival]


def find_rivals(database: Database, scorer: Scorer, label: str, planner: Planner) -> RivalReport:
    """Report on a label's rivals; in a read transaction.

    Raises
    ------
    UnknownLabelError, NoAnchorsError
    """
    at = scorer.scoring_position(label)
    matches = find_matches(database, scorer, MatchRequest(label, LOOKED_AT), planner)
    anchors = scorer.anchors.sample_ids[scorer.positives[at]].tolist()
    sounds = [*anchors, *(one.sample_id for one in matches)]
    clusters = clusters_of(database, scorer.model, sounds)
    return rival_report(scorer, at, matches, NearClusters(anchors, clusters))


class NearClusters(NamedTuple):
    """The clusters that a label's anchors and matches are in.

    Attributes
    ----------
    anchors : sequence of int
        Their sample ids.
    clusters : dict of int to (int, str)
        Number and name of a cluster by sample; who is in none isn't there.
    """

    anchors: Sequence[int]
    clusters: Mapping[int, tuple[int, str]]

    def suggested(self, matches: Sequence[LabelMatch]) -> list[SuggestedRival]:
        """Return the clusters that matches fall into beside the anchors' own, largest first."""
        own = {self.clusters[one][0] for one in self.anchors if one in self.clusters}
        by_name: dict[str, list[int]] = {}
        for one in matches:
            cluster = self.clusters.get(one.sample_id)
            if cluster is not None and cluster[0] not in own:
                by_name.setdefault(cluster[1], []).append(one.sample_id)
        largest = sorted(by_name.items(), key=lambda one: -len(one[1]))[:SUGGESTED]
        return [
            SuggestedRival("cluster", name, len(ids) / len(matches), ids[:SHOWN_SOUNDS], False)
            for name, ids in largest
        ]


def clusters_of(
    database: Database, model: StoredModel, sample_ids: Sequence[int]
) -> dict[int, tuple[int, str]]:
    """Return the number and name of the clusters in force that samples are in."""
    bindings = {"model_id": model.model_id, "samples": json.dumps([*sample_ids])}
    rows = database.execute(statement("labels/clusters_of"), bindings).fetchall()
    return {int(sample_id): (int(cluster), str(name)) for sample_id, cluster, name in rows}


def rival_report(
    scorer: Scorer, at: int, matches: Sequence[LabelMatch], near: NearClusters
) -> RivalReport:
    """Report on the rivals of a label, given its best matches."""
    reached = [one for one in matches if one.score >= MEDIUM_SHARE * scorer.labels[at].threshold]
    suggested = [*_near_labels(scorer, at), *near.suggested(reached)]
    if not any(one.kind == "cluster" or one.scores for one in suggested):
        suggested += _least_like(reached or matches)
    return RivalReport(
        label=scorer.labels[at].name,
        has_rival=scorer.has_rival(at),
        can_be_high=scorer.can_be_high(at),
        looked_at=len(reached),
        held_back=_shares(reached),
        suggested=suggested,
    )


def _shares(matches: Sequence[LabelMatch]) -> list[RivalShare]:
    counts = Counter(
        (one.rival_label, one.rival_sample_id, one.rival_path)
        for one in matches
        if "rival" in (one.held_back_by or "").split(", ")
    )
    return [RivalShare(*rival, matches=count) for rival, count in counts.most_common()]


def _near_labels(scorer: Scorer, at: int) -> list[SuggestedRival]:
    """Return the labels nearest to one, by the means of their positive anchors."""
    others = [n for n, own in enumerate(scorer.positives) if n != at and len(own)]
    centroid = _centroid(scorer, at)
    scored = [(float(centroid @ _centroid(scorer, other)), other) for other in others]
    return [
        SuggestedRival("label", scorer.labels[other].name, score, [], scores=True)
        for score, other in sorted(scored, key=lambda one: (-one[0], one[1]))[:SUGGESTED]
    ]


def _centroid(scorer: Scorer, at: int) -> Float64Array:
    import numpy as np

    mean = scorer.anchors.vectors[scorer.positives[at]].mean(axis=0, dtype=np.float64)
    centroid: Float64Array = mean / max(float(np.linalg.norm(mean)), 1e-12)
    return centroid


def _least_like(matches: Sequence[LabelMatch]) -> list[SuggestedRival]:
    lowest = sorted(matches, key=lambda one: one.score)[:SUGGESTED]
    if not lowest:
        return []
    ids = [one.sample_id for one in lowest]
    return [SuggestedRival("sounds", "its least like matches", lowest[0].score, ids, scores=False)]
