"""The functions of labels, for all drivers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sqlclap.errors import NoAnchorsError, NotEnoughVotesError
from sqlclap.labels.density import LEVEL, LabelDensity, as_groups
from sqlclap.labels.match_fields import MATCH_FIELDS, split_filter
from sqlclap.labels.match_request import MatchRequest, check_confidence
from sqlclap.labels.matching import LabelMatch, LabelMatches
from sqlclap.labels.precision import measure_precision
from sqlclap.labels.rivals import RivalReport, find_rivals
from sqlclap.labels.scorer_cache import scorer_of
from sqlclap.labels.scoring import HELD_BACK_BY
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
from sqlclap.sqlfunctions.label_scores import SCORED, Pair, ScoredBlock
from sqlclap.sqlfunctions.result_rows import as_json
from sqlclap.sqlfunctions.search_options import want_fields

if TYPE_CHECKING:
    from sqlclap.session import Session

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


def _ask(session: Session, function: str, label: object, sample_id: object) -> Pair | None:
    if type(sample_id) is not int:
        sample_id = want_integer(function, "sample_id", sample_id)
    return SCORED.of(session).pair(session.database, want_text(function, "label", label), sample_id)


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
) -> tuple[ScoredBlock, int, int] | None:
    """Return where a pair was scored; None where there is no score."""
    name, number = (
        want_text(function, "label", label),
        want_integer(function, "sample_id", sample_id),
    )
    if _ask(session, function, name, number) is None:
        return None
    scored = SCORED.of(session)
    block, row = scored.rows[number] or (None, 0)
    return None if block is None else (block, scored.positions[name], row)


def matches(session: Session, label: object, k: object, options: object = None) -> str:
    """``clap_matches``."""
    return as_json(records(_find(session, "clap_matches", label, k, options), remote=True))


def match_rows(
    session: Session, label: object, k: object = None, options: object = None
) -> Iterator[tuple[Any, ...]]:
    """``clap_label_matches``."""
    for one in _find(session, "clap_label_matches", label, 20 if k is None else k, options):
        places = (getattr(one, name, None) for name in EVENT_COLUMNS)
        yield (*values(one, MATCH_COLUMNS[: -len(EVENT_COLUMNS)]), *places)


def rivals(session: Session, label: object) -> str | None:
    """``clap_rivals``."""
    report = _rivals(session, "clap_rivals", label)
    return None if report is None else as_json(record(report, remote=True))


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
    return as_json(record(measure_precision(session.database, scorer, at, level), remote=True))


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
    return as_json(records(found, remote=True))


def _find(
    session: Session, function: str, label: object, k: object, options: object
) -> LabelMatches:
    from sqlclap.labels.moments import label_matches

    name, count, given = want_matches(function, label, k, options)
    return label_matches(session, MatchRequest(name, count, **given))


def want_matches(
    function: str, label: object, k: object, options: object
) -> tuple[str, int, dict[str, Any]]:
    """Return the label, the number and the options that a function for matches was given.

    Raises
    ------
    QueryError
    """
    given = split_filter(want_fields(function, options, _FIELDS))
    return want_text(function, "label", label), want_count(function, "k", k), given
