"""The implementation of the label functions, for all drivers.

A query asks for one sample after another, mostly in the order of their ids: samples are scored for
all labels in blocks that grow as long as that goes on, and are kept until the library changes.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from sqlclap.db.database import READING
from sqlclap.db.statements import statement
from sqlclap.db.vectors import from_blobs, usable_rows
from sqlclap.errors import NoAnchorsError, NotEnoughVotesError
from sqlclap.labels.density import LEVEL, LabelDensity, as_groups
from sqlclap.labels.match_fields import MATCH_FIELDS, split_filter
from sqlclap.labels.match_request import MatchRequest, check_confidence
from sqlclap.labels.matching import LabelMatch, LabelMatches
from sqlclap.labels.precision import measure_precision
from sqlclap.labels.rivals import RivalReport, find_rivals
from sqlclap.labels.scorer import Scorer
from sqlclap.labels.scorer_cache import KEPT_WHILE_WRITING_S, LibraryState, library_state, scorer_of
from sqlclap.labels.scoring import CONFIDENCES, HELD_BACK_BY, Scores
from sqlclap.records import columns, record, records, values
from sqlclap.search.fields import fields_of
from sqlclap.search.planner import Planner
from sqlclap.sqlfunctions.arguments import (
    want_count,
    want_flag,
    want_integer,
    want_number,
    want_options,
    want_text,
)
from sqlclap.sqlfunctions.search_options import want_fields

if TYPE_CHECKING:
    from sqlclap.db.database import Database
    from sqlclap.session import Session

BLOCK_GROWTH = 4
LARGEST_BLOCK = 1024
MOST_KEPT = 100_000
_FIELDS = fields_of("sql", MATCH_FIELDS)
DENSITY_OPTIONS = ("by", "level", "moments")
RIVAL_COLUMNS = ("role", "kind", "name", "sample_id", "matches", "score", "sample_ids")
EVENT_COLUMNS = ("start_s", "end_s", "peak_s", "windows")
"""What events have beside the fields of matches; NULL for sounds."""

MATCH_COLUMNS = (
    *columns(
        LabelMatch,
        (
            "sample_id", "score", "rival", "gap", "confidence", "rank", "path",
            "held_back_by", "rival_label", "rival_sample_id", "heard_share",
        ),
    ),
    *EVENT_COLUMNS,
)  # fmt: skip

Pair = tuple[float, float | None, str]
"""Score, gap, confidence."""


@dataclass
class _Block:
    """Samples scored together; the columns of a label are computed when they are needed."""

    scorer: Scorer
    scores: Scores
    columns: dict[int, list[Pair | None]] = field(default_factory=dict)

    def column(self, position: int) -> list[Pair | None]:
        column = self.columns.get(position)
        if column is None:
            values = self.scores.score[:, position].tolist(), self.scores.gap[:, position].tolist()
            levels = self.scorer.levels(self.scores, position).tolist()
            column = [_pair(*one) for one in zip(*values, levels, strict=True)]
            self.columns[position] = column
        return column


@dataclass
class _ScoredSamples:
    """Samples that were scored for all labels, valid as long as nothing changes."""

    scorer: Scorer
    state: LibraryState
    positions: dict[str, int]
    rows: dict[int, tuple[_Block, int] | None] = field(default_factory=dict)
    block: int = 1
    reached: int = -1
    made: float = field(default_factory=time.monotonic)

    def holds(self, database: Any) -> bool:
        """Whether this is still valid; see `sqlclap.labels.scorer_cache.library_state`."""
        if database.txn_state("main") == READING and hasattr(database, "data_version"):
            version = (database.data_version(), database.total_changes())
            return not self.state.writing and self.state.version == version
        if self.state != library_state(database):
            return False
        # What a transaction has not committed may be rolled back and done again otherwise.
        return not self.state.writing or time.monotonic() - self.made < KEPT_WHILE_WRITING_S

    def pair(self, database: Database, label: str, sample_id: int) -> Pair | None:
        """Return a sample's values for a label; None without a vector or anchors."""
        position = self.positions.get(label)
        if position is None:
            position = self.positions[label] = self.scorer.position(label)
        if sample_id not in self.rows:
            self._score_from(database, sample_id)
        place = self.rows[sample_id]
        return None if place is None else place[0].column(position)[place[1]]

    def _score_from(self, database: Database, sample_id: int) -> None:
        """Score a sample, and those after it if the samples before were asked for as well."""
        goes_on = 0 <= sample_id - self.reached <= LARGEST_BLOCK
        self.block = min(self.block * BLOCK_GROWTH, LARGEST_BLOCK) if goes_on else 1
        if len(self.rows) > MOST_KEPT:
            self.rows.clear()
        model = self.scorer.model
        query = statement("db/label_vectors_from", model_id=model.model_id)
        last = sample_id if self.block == 1 else 2**62
        rows = database.execute(query, (sample_id, last, self.block)).fetchall()
        self.rows[sample_id] = None
        self.reached = int(rows[-1][0]) if rows else sample_id
        if rows:
            vectors = from_blobs([row[1] for row in rows], model.dim)
            usable = usable_rows(vectors)
            block = _Block(self.scorer, self.scorer.score(vectors[usable]))
            scored = [row[0] for row, fits in zip(rows, usable, strict=True) if fits]
            self.rows.update((int(row[0]), None) for row in rows)
            self.rows.update((int(key), (block, at)) for at, key in enumerate(scored))


def _pair(score: float, gap: float, level: int) -> Pair | None:
    if math.isnan(score):  # the label has no anchors
        return None
    return score, None if math.isnan(gap) else gap, CONFIDENCES[level]


class _ScoredByConnection:
    """Scored samples by connection; those of a closed connection are dropped."""

    def __init__(self) -> None:
        self._held: WeakKeyDictionary[Session, _ScoredSamples] = WeakKeyDictionary()

    def of(self, session: Session) -> _ScoredSamples:
        """Return the scored samples of a connection while they are valid, or new ones.

        This runs for every row of a query: on apsw it costs two calls into SQLite.
        """
        database: Any = session.database
        scored = self._held.get(session)
        if scored is not None and scored.holds(database):
            return scored
        state = library_state(database)
        scorer = scorer_of(session)
        positions = {label.name: at for at, label in enumerate(scorer.labels)}
        scored = self._held[session] = _ScoredSamples(scorer, state, positions)
        return scored


_SCORED = _ScoredByConnection()


def _ask(session: Session, function: str, label: object, sample_id: object) -> Pair | None:
    if type(sample_id) is not int:
        sample_id = want_integer(function, "sample_id", sample_id)
    return _SCORED.of(session).pair(
        session.database, want_text(function, "label", label), sample_id
    )


def score(session: Session, label: object, sample_id: object) -> float | None:
    """``clap_score``."""
    pair = _ask(session, "clap_score", label, sample_id)
    return None if pair is None else pair[0]


def gap(session: Session, label: object, sample_id: object) -> float | None:
    """``clap_gap``."""
    pair = _ask(session, "clap_gap", label, sample_id)
    return None if pair is None else pair[1]


def confidence(session: Session, label: object, sample_id: object) -> str | None:
    """``clap_confidence``."""
    pair = _ask(session, "clap_confidence", label, sample_id)
    return None if pair is None else pair[2]


def held_back_by(session: Session, label: object, sample_id: object) -> str | None:
    """``clap_held_back_by``."""
    place = _place(session, "clap_held_back_by", label, sample_id)
    if place is None:
        return None
    block, position, row = place
    return HELD_BACK_BY[int(block.scorer.held_back(block.scores, position)[row])]


def rival(session: Session, label: object, sample_id: object) -> str | None:
    """``clap_rival``."""
    place = _place(session, "clap_rival", label, sample_id)
    if place is None:
        return None
    block, position, row = place
    rival_at = int(block.scores.rival_at[row, position])
    sample = block.scorer.rival_sample(rival_at)
    if sample is None:
        return block.scorer.rival_label(rival_at)
    (path,) = session.database.execute("SELECT path FROM samples WHERE sample_id = ?", (sample,))
    return f"not {path[0]}"


def _place(
    session: Session, function: str, label: object, sample_id: object
) -> tuple[_Block, int, int] | None:
    """Return where a pair was scored; None where there is no score."""
    name, number = (
        want_text(function, "label", label),
        want_integer(function, "sample_id", sample_id),
    )
    if _ask(session, function, name, number) is None:
        return None
    scored = _SCORED.of(session)
    block, row = scored.rows[number] or (None, 0)
    return None if block is None else (block, scored.positions[name], row)


def matches(session: Session, label: object, k: object, options: object = None) -> str:
    """``clap_matches``."""
    return _as_json(records(_find(session, "clap_matches", (label, k, options)), remote=True))


def match_rows(
    session: Session, label: object, k: object = None, options: object = None
) -> Iterator[tuple[Any, ...]]:
    """``clap_label_matches``."""
    for one in _find(session, "clap_label_matches", (label, 20 if k is None else k, options)):
        places = (getattr(one, name, None) for name in EVENT_COLUMNS)
        yield (*values(one, MATCH_COLUMNS[: -len(EVENT_COLUMNS)]), *places)


def rivals(session: Session, label: object) -> str | None:
    """``clap_rivals``."""
    report = _rivals(session, "clap_rivals", label)
    return None if report is None else _as_json(record(report, remote=True))


def _as_json(document: object) -> str:
    return json.dumps(document, separators=(",", ":"), allow_nan=False)


def rival_rows(session: Session, label: object) -> Iterator[tuple[Any, ...]]:
    """``clap_label_rivals``."""
    report = _rivals(session, "clap_label_rivals", label)
    if report is not None:
        yield from told_rivals(report)


def told_rivals(report: RivalReport) -> Iterator[tuple[Any, ...]]:
    """Yield a report as rows of `RIVAL_COLUMNS`."""
    for one in report.held_back:
        kind, name = ("anchor", one.path) if one.label is None else ("label", one.label)
        yield "holds back", kind, name, one.sample_id, one.matches, None, None
    for other in report.suggested:
        ids = json.dumps(other.sample_ids)
        yield "suggested", other.kind, other.name, None, None, other.score, ids


def _rivals(session: Session, function: str, label: object) -> RivalReport | None:
    name = want_text(function, "label", label)
    scorer = scorer_of(session)
    try:
        return find_rivals(session.database, scorer, name, session.cache(Planner))
    except NoAnchorsError:
        return None


def precision(session: Session, label: object, confidence: object = None) -> str | None:
    """``clap_precision``."""
    name = want_text("clap_precision", "label", label)
    level_name = (
        "high" if confidence is None else want_text("clap_precision", "confidence", confidence)
    )
    level = check_confidence(level_name)
    scorer = scorer_of(session)
    try:
        at = scorer.scoring_position(name)
    except NoAnchorsError:
        return None
    return _as_json(record(measure_precision(session.database, scorer, at, level), remote=True))


def density(session: Session, label: object, options: object = None) -> str | None:
    """``clap_density``."""
    name = want_text("clap_density", "label", label)
    given = want_options("clap_density", options, DENSITY_OPTIONS)
    level = want_number("clap_density", "level", given.get("level", LEVEL))
    groups = as_groups(want_text("clap_density", "by", given.get("by", "")))
    moments = want_flag("clap_density", "moments", given.get("moments", False))
    try:
        found = LabelDensity(session).density(name, groups, level, moments=moments)
    except (NoAnchorsError, NotEnoughVotesError):
        return None
    return _as_json(records(found, remote=True))


def _find(
    session: Session, function: str, arguments: tuple[object, object, object]
) -> LabelMatches:
    from sqlclap.labels.moments import label_matches

    name, count, given = want_matches(function, arguments)
    return label_matches(session, MatchRequest(name, count, **given))


def want_matches(
    function: str, arguments: tuple[object, object, object]
) -> tuple[str, int, dict[str, Any]]:
    """Return the label, the number and the options that a function for matches was given.

    Raises
    ------
    QueryError
    """
    label, k, options = arguments
    given = split_filter(want_fields(function, options, _FIELDS))
    return want_text(function, "label", label), want_count(function, "k", k), given
