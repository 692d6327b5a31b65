"""Finds a label's matches, and the scores that are stored with votes and tags."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple, TypedDict

from sqlclap.db.samples import Audible
from sqlclap.db.sources import file_path
from sqlclap.db.span_vectors import vectors_of_spans
from sqlclap.db.spans import SampleSpan
from sqlclap.db.statements import statement
from sqlclap.db.vectors import vectors_of_samples
from sqlclap.errors import IndexFileError, LabelValueError, QueryError
from sqlclap.labels.ranking import Ranked, Ranking
from sqlclap.labels.scorer import Scorer
from sqlclap.labels.scoring import CONFIDENCES, HELD_BACK_BY, Confidence, or_none
from sqlclap.search.planner import Planner
from sqlclap.search.request import Filter

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

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


class MatchOptions(TypedDict, total=False):
    """More of a `MatchRequest` than label and limit, as keywords."""

    confidence: Confidence
    with_anchors: bool
    exact: bool
    only: Filter


@dataclass(frozen=True)
class MatchRequest:
    """A request for a label's matches.

    Attributes
    ----------
    label : str
    limit : int
        At least 1.
    confidence : {"low", "medium", "high"}
        Lowest confidence to return.
    with_anchors : bool
        Also return the label's own anchors; they are left out by default.
    exact : bool
        Score every sample, whether there is an index or not.
    only : Filter
        Which samples may be found.

    Raises
    ------
    QueryError, LabelValueError
        A value is out of range.
    """

    label: str
    limit: int = 20
    confidence: Confidence = "low"
    with_anchors: bool = False
    exact: bool = False
    only: Filter = field(default_factory=Filter)

    def __post_init__(self) -> None:
        if self.limit < 1:
            raise QueryError(f"expected a number of results of at least 1, got {self.limit}")
        check_confidence(self.confidence)


def check_confidence(confidence: str) -> Confidence:
    """Check that a text is a confidence, and return it.

    Raises
    ------
    LabelValueError
    """
    for known in CONFIDENCES:
        if confidence == known:
            return known
    expected = ", ".join(CONFIDENCES)
    raise LabelValueError(f"expected a confidence of {expected}; got {confidence!r}")


def find_matches(
    database: Database, scorer: Scorer, request: MatchRequest, planner: Planner
) -> list[LabelMatch]:
    """Return a label's matches, best first; in a read transaction, or within a statement.

    Rejected sounds are left out.

    Raises
    ------
    UnknownLabelError
    NoAnchorsError
        The label has no positive anchor with a vector under the scorer's model.
    QueryError
        The filter can't be used.
    """
    ranked = rank_samples(database, scorer, request, planner)
    confident = ranked.take(ranked.levels >= CONFIDENCES.index(request.confidence))
    rivals = (scorer.rival_sample(at) for at in set(confident.rival_at.tolist()))
    anchors = [sample_id for sample_id in rivals if sample_id is not None]
    rows = sample_rows(database, [*confident.sample_ids.tolist(), *anchors])
    return [_match(scorer, confident, index, rows) for index in range(len(confident))]


def rank_samples(
    database: Database, scorer: Scorer, request: MatchRequest, planner: Planner
) -> Ranked:
    """Return a label's best samples with their scores."""
    position = scorer.scoring_position(request.label)
    left_out = _left_out(database, scorer, position, request.with_anchors)
    ranking = Ranking(database, scorer, position, request.limit, left_out)
    if not request.only.is_empty:
        passing = planner.filters.sample_ids(database, request.only)
        return ranking.by_filter(passing)
    indexes = planner.indexes
    view = None if request.exact else indexes.view(database, scorer.model)[0]
    ranked = None
    if view is not None:
        try:
            ranked = ranking.by_index(view)
        except IndexFileError:
            indexes.distrust(database, scorer.model, view)
    return ranking.by_scan() if ranked is None else ranked


def _left_out(
    database: Database, scorer: Scorer, position: int, with_anchors: bool
) -> npt.NDArray[np.int64]:
    import numpy as np

    label_id = scorer.labels[position].label_id
    query = "labels/rejected" if with_anchors else "labels/rejected_or_anchor"
    rows = database.execute(statement(query), (label_id,)).fetchall()
    return np.array([row[0] for row in rows], dtype=np.int64)


class SampleRow(NamedTuple):
    """What results show of a sample."""

    root: str
    path: str
    path_bytes: bytes | None
    status: str
    heard_share: float | None

    @property
    def file(self) -> Path:
        """Where the sound lies on disk."""
        return file_path(self.root, self.path, self.path_bytes)


def sample_rows(database: Database, sample_ids: Iterable[int]) -> dict[int, SampleRow]:
    """Return what results show of samples, by id."""
    rows = database.execute(statement("labels/sample_rows"), (json.dumps(list(sample_ids)),))
    return {int(row[0]): SampleRow(*row[1:]) for row in rows}


def _match(scorer: Scorer, ranked: Ranked, index: int, rows: dict[int, SampleRow]) -> LabelMatch:
    sample_id = int(ranked.sample_ids[index])
    row = rows[sample_id]
    rival_at = int(ranked.rival_at[index])
    rival_sample = scorer.rival_sample(rival_at)
    return LabelMatch(
        rank=index + 1,
        sample_id=sample_id,
        path=row.path,
        file=row.file,
        score=float(ranked.score[index]),
        rival=or_none(ranked.rival[index]),
        gap=or_none(ranked.gap[index]),
        confidence=CONFIDENCES[ranked.levels[index]],
        held_back_by=HELD_BACK_BY[ranked.held_back[index]],
        rival_label=scorer.rival_label(rival_at),
        rival_sample_id=rival_sample,
        rival_path=rows[rival_sample].path if rival_sample in rows else None,
        status=row.status,
        heard_share=row.heard_share,
    )
