"""What SQL functions that search give: rows of tables, or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sqlclap.records import columns, records
from sqlclap.search.moments import Moment
from sqlclap.search.results import Match

if TYPE_CHECKING:
    from sqlclap.search.results import Matches


MATCH_COLUMNS = columns(
    Match, ("sample_id", "score", "rank", "path", "duration_s", "weak", "doubt", "heard_share")
)

EVENT_COLUMNS = ("peak_s", "windows")
"""What events have beside the fields of moments; NULL for moments."""

MOMENT_COLUMNS = (
    *columns(Moment, ("sample_id", "start_s", "end_s", "score", "rank", "path", "doubt")),
    *EVENT_COLUMNS,
)


def match_rows(found: Matches) -> Iterator[tuple[Any, ...]]:
    """Yield matches as rows of `MATCH_COLUMNS`."""
    return rows_of(found, MATCH_COLUMNS)


def rows_of(found: Matches, names: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
    """Yield matches as rows of some columns; those that they don't have are NULL."""
    doubt = found.doubt
    for one in found:
        yield tuple(doubt if name == "doubt" else getattr(one, name, None) for name in names)


def as_json(document: object) -> str:
    """Return what a function gives as JSON, without spaces."""
    return json.dumps(document, separators=(",", ":"), allow_nan=False)


def matches_json(found: Matches) -> str:
    """Return matches as a JSON array of records; see `sqlclap.records`."""
    return as_json(records(found, remote=True))
