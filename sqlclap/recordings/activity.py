"""Activity: how much was recorded when, and in how much of it something was found."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, get_args

from sqlclap.db.statements import statement
from sqlclap.errors import QueryError
from sqlclap.notebook.results import Results

if TYPE_CHECKING:
    from sqlclap.db.database import Database

Period = Literal["date and hour", "hour", "date", "month"]
PERIODS: tuple[Period, ...] = get_args(Period)
_FORMATS = {"date and hour": "%Y-%m-%d %H", "hour": "%H", "date": "%Y-%m-%d", "month": "%Y-%m"}

Place = tuple[int, float | None]
"""A sample's id and seconds from its start, None for the whole of it."""


@dataclass(frozen=True)
class ActivityRow:
    """What was recorded in a period, by the recorders' clocks.

    A recording counts in each hour that it reaches into, with its seconds there.

    Attributes
    ----------
    period : str
        ``2024-05-01 05``, ``05``, ``2024-05-01`` or ``2024-05``.
    date : str or None
        Where the period is of one date.
    hour : int or None
        Where it is an hour of the day.
    recordings : int
    duration_s : float
        Of sound (in seconds).
    recordings_with_it : int or None
        In how many of these recordings it was found, then; None where nothing was looked for.
    """

    SHOWN: ClassVar[tuple[str, ...]] = (
        "period", "recordings", "duration_s", "recordings_with_it",
    )  # fmt: skip
    NOUN: ClassVar[str] = "period"
    period: str
    date: str | None
    hour: int | None
    recordings: int
    duration_s: float
    recordings_with_it: int | None


def check_period(by: str) -> Period:
    """Check that a text is a period.

    Raises
    ------
    QueryError
    """
    for known in PERIODS:
        if by == known:
            return known
    raise QueryError(f"expected a period of {', '.join(PERIODS)}; got {by!r}")


def count_activity(
    database: Database,
    by: Period,
    found: Iterable[Place] | None = None,
    passing: Sequence[int] | None = None,
) -> Results[ActivityRow]:
    """Count recordings by periods; those whose time is not known are left out.

    Parameters
    ----------
    database : Database
    by : {"date and hour", "hour", "date", "month"}
    found : iterable of Place, optional
        Where what is looked for is.
    passing : sequence of int, optional
        Ids of the samples that are counted; all by default.
    """
    bindings = {
        "format": _FORMATS[by],
        "found": json.dumps([] if found is None else [*found]),
        "passing": None if passing is None else json.dumps([int(one) for one in passing]),
    }
    rows = database.execute(statement("recordings/activity"), bindings)
    return Results((_row(by, row, found is not None) for row in rows), ActivityRow)


def _row(by: Period, row: Sequence[object], looked_for: bool) -> ActivityRow:
    period, recordings, duration_s, with_it = row
    text = str(period)
    return ActivityRow(
        period=text,
        date=text[:10] if "date" in by else None,
        hour=int(text[-2:]) if "hour" in by else None,
        recordings=int(str(recordings)),
        duration_s=float(str(duration_s)),
        recordings_with_it=int(str(with_it)) if looked_for else None,
    )


def count_timeless(database: Database) -> int:
    """Count the sounds whose time is not known: no activity counts them."""
    return int(database.execute(statement("recordings/timeless")).get)


def list_sites(database: Database) -> list[str]:
    """Return the sites of deployments that recordings belong to, sorted."""
    return [str(site) for (site,) in database.execute(statement("recordings/sites"))]
