"""When a label's sounds were recorded: its tags or its matches, by hours and dates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from sqlclap.db.statements import read_transaction, statement
from sqlclap.db.vectors import own_vectors
from sqlclap.labels.match_request import check_confidence
from sqlclap.labels.moments import eligible_moments, place_moments
from sqlclap.labels.ranking import ranked_column
from sqlclap.labels.scorer_cache import scorer_of
from sqlclap.labels.scoring import CONFIDENCES, Confidence
from sqlclap.labels.store import find_label
from sqlclap.notebook.results import Results
from sqlclap.recordings.activity import (
    ActivityRow,
    Period,
    Place,
    check_period,
    count_activity,
    count_timeless,
)
from sqlclap.recordings.listing import Recording, RecordingsPage, list_recordings
from sqlclap.search.planner import Planner
from sqlclap.search.request import Filter

if TYPE_CHECKING:
    from sqlclap.db.database import Database
    from sqlclap.labels.scorer import Scorer
    from sqlclap.session import Session


@dataclass(frozen=True)
class ActivityRequest:
    """What activity is asked for.

    Attributes
    ----------
    label : str, optional
        By default recordings alone are counted.
    by : {"date and hour", "hour", "date", "month"}
    confidence : {"low", "medium", "high"}, optional
        Look at what the label matches now with at least this confidence, and its anchors: sounds,
        and moments of long ones; by default at what is tagged with it.
    only : Filter
        Which recordings are counted.

    Raises
    ------
    QueryError, LabelValueError
        A value is out of range.
    """

    label: str | None = None
    by: Period = "date and hour"
    confidence: Confidence | None = None
    only: Filter = field(default_factory=Filter)

    def __post_init__(self) -> None:
        check_period(self.by)
        if self.confidence is not None:
            check_confidence(self.confidence)


class Activity(Results[ActivityRow]):
    """When recordings were made, by periods.

    Attributes
    ----------
    timeless : int
        Sounds whose time is not known: they are not counted.
    """

    def __init__(self, rows: Iterable[ActivityRow], timeless: int) -> None:
        super().__init__(rows, ActivityRow)
        self.timeless = timeless


def find_activity(session: Session, request: ActivityRequest) -> Activity:
    """Count recordings by periods, and those in which a label was found.

    Raises
    ------
    UnknownLabelError
    NoAnchorsError
        Matches are asked for, of a label without a positive anchor.
    QueryError
        The filter can't be used.
    """
    with read_transaction(session.database) as database:
        passing, found = passing_ids(session, request.only), _found(session, request)
        counted = count_activity(database, request.by, found, passing)
        return Activity(counted, count_timeless(database))


def find_recordings(
    session: Session, request: ActivityRequest, page: RecordingsPage
) -> tuple[list[Recording], int]:
    """List the recordings that activity is counted of, and count them; see `find_activity`."""
    with read_transaction(session.database) as database:
        passing, found = passing_ids(session, request.only), _found(session, request)
        return list_recordings(database, page, found, passing)


def passing_ids(session: Session, only: Filter) -> list[int] | None:
    """Return the ids of the samples that a filter lets through; None: all."""
    if only.is_empty:
        return None
    sample_ids: list[int] = (
        session.cache(Planner).filters.sample_ids(session.database, only).tolist()
    )
    return sample_ids


def _found(session: Session, request: ActivityRequest) -> Iterable[Place] | None:
    """Return where a request's label is; None where it asks for none."""
    if request.label is None:
        return None
    if request.confidence is None:
        return tagged_places(session.database, request.label)
    return matched_places(session.database, scorer_of(session), request.label, request.confidence)


def tagged_places(database: Database, name: str) -> list[Place]:
    """Return the samples, and the moments of some, that are tagged with a label."""
    label = find_label(database, name)
    rows = database.execute(statement("labels/tag_places"), (label.label_id,))
    return [(int(sample_id), start_s) for sample_id, start_s in rows]


def matched_places(
    database: Database, scorer: Scorer, name: str, confidence: Confidence
) -> Iterator[Place]:
    """Yield the samples and moments that a label matches, without rejected ones."""
    at, level = scorer.scoring_position(name), CONFIDENCES.index(confidence)
    rejected = scorer.left_out(database, at, with_anchors=True)
    for block in own_vectors(database, scorer.model):
        ranked = ranked_column(scorer, scorer.score(block.vectors), at, block)
        kept = (ranked.levels >= level) & ~np.isin(ranked.sample_ids, rejected)
        yield from ((sample_id, None) for sample_id in ranked.sample_ids[kept].tolist())
    eligible = eligible_moments(database, scorer, at, level)
    for block in own_vectors(database, scorer.model, windows=True):
        ranked = ranked_column(scorer, scorer.score(block.vectors), at, block)
        moments = place_moments(database, ranked.take(eligible.holds(ranked)))
        starts = moments.windows.starts.tolist()
        yield from zip(moments.ranked.sample_ids.tolist(), starts, strict=True)
