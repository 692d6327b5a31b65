"""Finds a label's matches, and the scores that are stored with votes and tags."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from sqlclap.db.database import Snapshot
from sqlclap.db.samples import Audible, RowKey
from sqlclap.db.sources import file_path
from sqlclap.db.span_vectors import vectors_of_spans
from sqlclap.db.spans import SampleSpan
from sqlclap.db.statements import statement
from sqlclap.db.vectors import vectors_of_samples
from sqlclap.errors import IndexFileError
from sqlclap.index.search import leave_out_embeddings, leave_out_samples
from sqlclap.labels.match_request import MatchRequest
from sqlclap.labels.ranking import Eligible, Ranked, Ranking, RankingIndex
from sqlclap.labels.scorer import Scorer
from sqlclap.labels.scoring import CONFIDENCES, HELD_BACK_BY, Confidence, or_none
from sqlclap.notebook.results import Results
from sqlclap.search.planner import Planner
from sqlclap.search.results import Plan

if TYPE_CHECKING:
    from sqlclap.arrays import Int64Array
    from sqlclap.db.database import Database


def current_scores(
    database: Database, scorer: Scorer, label: str, places: Sequence[SampleSpan]
) -> dict[SampleSpan, tuple[float | None, float | None]]:
    """Return the scores and gaps of samples, and of spans of samples, for a label.

    Those without a vector are left out; a label without anchors gives None.

    Raises
    ------
    UnknownLabelError
    """
    import numpy as np

    position = scorer.position(label)
    whole = [place.sample_id for place in places if place.span is None]
    scored_ids, vectors = vectors_of_samples(database, scorer.model, whole)
    scored = [SampleSpan(sample_id) for sample_id in scored_ids]
    of_spans, span_rows = vectors_of_spans(database, scorer.model, places)
    if of_spans:
        scored, vectors = [*scored, *of_spans], np.concatenate([vectors, span_rows])
    scores = scorer.score(vectors)
    pairs = zip(scores.score[:, position], scores.gap[:, position], strict=True)
    values = [(or_none(score), or_none(gap)) for score, gap in pairs]
    return dict(zip(scored, values, strict=True))


@dataclass(frozen=True)
class LabelMatch(Audible):
    """A sample that a label finds.

    Attributes
    ----------
    rank : int
        From 1: high confidence first; within a confidence, the best score first.
    sample_id : int
    path : str
        Below its source's folder.
    file : Path
    score : float
        -1 to 1: a mean of cosines, no probability.
    rival, gap : float or None
        None where there is no other label and no negative anchor.
    confidence : {"high", "medium", "low"}
    held_back_by : str or None
        What keeps it from high: "score" (short of the threshold), "rival" (the lead over it is too
        short), "no rival" (there is none, and the threshold is not calibrated), or two of them
        with a comma between; None where it is high.
    rival_label : str or None
        The label that is the rival; None where it is a negative anchor, or there is none.
    rival_sample_id : int or None
    rival_path : str or None
        The negative anchor that is the rival.
    status : {"ok", "missing"}
    heard_share : float or None
        As in `Match`: below a half, `hardly_heard` is true.
    row_key : int, float, str or None
        Of the row of an attached table that names it; None where none does.
    more_rows : int
        Further rows that name the same sound; view ``attached_sounds`` has all keys.
    """

    SHOWN: ClassVar[tuple[str, ...]] = (
        "rank", "score", "gap", "confidence", "held_back_by", "sample_id", "path",
    )  # fmt: skip
    NOUN: ClassVar[str] = "match"
    rank: int
    sample_id: int
    path: str
    file: Path
    score: float
    rival: float | None
    gap: float | None
    confidence: Confidence
    held_back_by: str | None
    rival_label: str | None
    rival_sample_id: int | None
    rival_path: str | None
    status: str
    heard_share: float | None = None
    row_key: RowKey = field(default=None, kw_only=True)
    more_rows: int = field(default=0, kw_only=True)


class LabelMatches(Results[LabelMatch]):
    """What a label finds, best first.

    Attributes
    ----------
    plan : Plan
        How it was found; as text, it tells the path taken and why.
    """

    def __init__(
        self, matches: Iterable[LabelMatch], kind: type[LabelMatch], plan: Plan, model: str
    ) -> None:
        super().__init__(matches, kind, model)
        self.plan = plan


def find_matches(
    database: Database, scorer: Scorer, request: MatchRequest, planner: Planner
) -> LabelMatches:
    """Return the sounds that a label finds, best first; in a read transaction or a statement.

    Rejected sounds are left out.

    Raises
    ------
    UnknownLabelError
    NoAnchorsError
        The label has no positive anchor with a vector under the scorer's model.
    """
    began = time.perf_counter()
    position = scorer.scoring_position(request.label)
    eligible = Eligible(
        "samples",
        scorer.left_out(database, position, request.with_anchors),
        filtered(database, request, planner),
        request.lowest_level,
    )
    ranking = Ranking(database, scorer, position, request.limit, eligible)
    with Snapshot(database) as snapshot:
        ranked, path = rank(ranking, request, planner, snapshot)
    plan = path.plan(ranking, time.perf_counter() - began)
    rows = match_rows(database, scorer, ranked)
    found = [
        LabelMatch(**match_fields(scorer, ranked, at, rows), rank=at + 1)
        for at in range(len(ranked))
    ]
    return LabelMatches(found, LabelMatch, plan, scorer.model.name)


@dataclass(frozen=True)
class PathTaken:
    """How candidates were found.

    Attributes
    ----------
    index : RankingIndex or None
        None where all was scored.
    reason : str
    """

    index: RankingIndex | None
    reason: str

    def plan(self, ranking: Ranking, seconds: float) -> Plan:
        """Return the plan of a ranking."""
        only = ranking.eligible.only
        plan = Plan(
            "exact",
            self.reason,
            allowed=None if only is None else len(only),
            ranked=ranking.scored,
            seconds=seconds,
        )
        if self.index is None:
            return plan
        view = self.index.view
        return replace(
            plan,
            path="graph",
            generation=view.meta.generation,
            indexed=view.usable_count,
            tail=view.tail.count,
            removed=view.removed_count,
        )


def rank(
    ranking: Ranking, request: MatchRequest, planner: Planner, snapshot: Snapshot
) -> tuple[Ranked, PathTaken]:
    """Return the best of a ranking, by index where it determines them, else by scoring all."""
    index, reason = ranking_index(ranking, request, planner, snapshot)
    if index is not None:
        ranked = rank_by_index(ranking, index, planner)
        if ranked is not None:
            return ranked, PathTaken(index, reason)
        reason = UNSETTLED
    if ranking.eligible.only is not None and ranking.eligible.among == "samples":
        return ranking.by_filter(ranking.eligible.only), PathTaken(None, reason)
    return ranking.by_scan(), PathTaken(None, reason)


UNSETTLED = "candidates could not settle it"


def ranking_index(
    ranking: Ranking, request: MatchRequest, planner: Planner, snapshot: Snapshot
) -> tuple[RankingIndex | None, str]:
    """Return the index to rank by, or None; and why."""
    if request.exact:
        return None, "asked for"
    among, model = ranking.eligible.among, ranking.scorer.model
    view, allowed, problem = planner.index_of(snapshot, model, among, request.only)
    if view is None:
        return None, problem
    if among != "samples" and len(ranking.eligible.left_out):
        # Among windows, those of a sound that is left out could fill the candidates.
        allowed = leave_out_samples(view, ranking.eligible.left_out, allowed)
    moments = ranking.eligible.moments_left_out
    if moments is not None and len(moments):
        allowed = leave_out_embeddings(view, moments, allowed)
    return RankingIndex(view, allowed), "there is an index"


def rank_by_index(ranking: Ranking, index: RankingIndex, planner: Planner) -> Ranked | None:
    """Return the best by index; None if it doesn't determine them, or holds other vectors."""
    try:
        return ranking.by_index(index)
    except IndexFileError:
        planner.indexes.distrust(ranking.database, ranking.scorer.model, index.view)
        return None


def filtered(database: Database, request: MatchRequest, planner: Planner) -> Int64Array | None:
    """Return the samples that a request's filter lets through; None lets all."""
    return None if request.only.is_empty else planner.filters.sample_ids(database, request.only)


class SampleRow(NamedTuple):
    """What results show of a sample."""

    root: str
    path: str
    path_bytes: bytes | None
    status: str
    heard_share: float | None
    row_key: RowKey
    more_rows: int

    @property
    def file(self) -> Path:
        """Where the sound lies on disk."""
        return file_path(self.root, self.path, self.path_bytes)


def sample_rows(database: Database, sample_ids: Iterable[int]) -> dict[int, SampleRow]:
    """Return what results show of samples, by id."""
    rows = database.execute(statement("labels/sample_rows"), (json.dumps(list(sample_ids)),))
    return {int(row[0]): SampleRow(*row[1:]) for row in rows}


def match_rows(database: Database, scorer: Scorer, ranked: Ranked) -> dict[int, SampleRow]:
    """Return what results show of matches' samples, and of the negative anchors that rival them."""
    rivals = (scorer.rival_sample(at) for at in set(ranked.rival_at.tolist()))
    anchors = [sample_id for sample_id in rivals if sample_id is not None]
    return sample_rows(database, [*ranked.sample_ids.tolist(), *anchors])


def match_fields(
    scorer: Scorer, ranked: Ranked, index: int, rows: dict[int, SampleRow]
) -> dict[str, Any]:
    """Return the fields of a match but its rank."""
    sample_id = int(ranked.sample_ids[index])
    row = rows[sample_id]
    rival_at = int(ranked.rival_at[index])
    rival_sample = scorer.rival_sample(rival_at)
    return {
        "sample_id": sample_id,
        "path": row.path,
        "file": row.file,
        "score": float(ranked.score[index]),
        "rival": or_none(ranked.rival[index]),
        "gap": or_none(ranked.gap[index]),
        "confidence": CONFIDENCES[ranked.levels[index]],
        "held_back_by": HELD_BACK_BY[ranked.held_back[index]],
        "rival_label": scorer.rival_label(rival_at),
        "rival_sample_id": rival_sample,
        "rival_path": rows[rival_sample].path if rival_sample in rows else None,
        "status": row.status,
        "heard_share": row.heard_share,
        "row_key": row.row_key,
        "more_rows": row.more_rows,
    }
