"""Lists recordings in the order of time, by the recorders' clocks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from sqlclap.db.statements import statement
from sqlclap.errors import QueryError

if TYPE_CHECKING:
    from sqlclap.db.database import Database
    from sqlclap.recordings.activity import Place


@dataclass(frozen=True)
class Recording:
    """A recording: when, where, and in how many places of it something was found.

    Attributes
    ----------
    sample_id : int
    path : str
    started_at : str
        By the clock there, as ISO 8601.
    time_source : str or None
        What says so; see docs/recordings.md.
    duration_s : float or None
    sample_rate : int or None
        In Hz.
    deployment, site : str or None
    found : int or None
        Places of it within the time that is asked for; None where nothing was looked for.
    """

    SHOWN: ClassVar[tuple[str, ...]] = (
        "sample_id", "started_at", "duration_s", "site", "path", "found",
    )  # fmt: skip
    NOUN: ClassVar[str] = "recording"
    sample_id: int
    path: str
    started_at: str
    time_source: str | None
    duration_s: float | None
    sample_rate: int | None
    deployment: str | None
    site: str | None
    found: int | None


@dataclass(frozen=True)
class RecordingsPage:
    """Which recordings are wanted.

    Attributes
    ----------
    start, end : str, optional
        Those that reach into this time, the end not included: ``2024-05-01T05:00:00``.
    only_found : bool
        Only those in which what is looked for was found.
    limit, offset : int
        At least 1, and how many to skip.
    """

    start: str | None = None
    end: str | None = None
    only_found: bool = False
    limit: int = 200
    offset: int = 0

    def __post_init__(self) -> None:
        if self.start and self.end and self.start >= self.end:
            raise QueryError(f"no recording reaches into a time from {self.start} to {self.end}")


def has_times(database: Database) -> bool:
    """Whether it is known of any sound when it was recorded."""
    return bool(database.execute(statement("recordings/any_timed")).get)


def list_recordings(
    database: Database,
    page: RecordingsPage,
    found: Iterable[Place] | None = None,
    passing: Sequence[int] | None = None,
) -> tuple[list[Recording], int]:
    """List recordings whose time is known, and count those before and after the page.

    Parameters
    ----------
    database : Database
    page : RecordingsPage
    found : iterable of Place, optional
        Where what is looked for is.
    passing : sequence of int, optional
        Ids of the samples that may be listed; all by default.
    """
    bindings = {
        "start": page.start,
        "end": page.end,
        "found": json.dumps([] if found is None else [*found]),
        "only_found": page.only_found and found is not None,
        "passing": None if passing is None else json.dumps([int(one) for one in passing]),
        "limit": page.limit,
        "offset": page.offset,
    }
    rows = database.execute(statement("recordings/list"), bindings).fetchall()
    if not rows and page.offset:  # the count is told with a row
        first = database.execute(statement("recordings/list"), bindings | {"limit": 1, "offset": 0})
        return [], next((int(row[9]) for row in first), 0)
    listed = [Recording(*row[:9]) for row in rows]
    if found is None:
        listed = [replace(one, found=None) for one in listed]
    return listed, int(rows[0][9]) if rows else 0
