"""Dates and hours of filters, as they are compared with the times of recordings."""

from __future__ import annotations

import json
import re
from datetime import datetime

from sqlclap.errors import QueryError

_PART_OF_DATE = re.compile(r"\d{4}(-\d\d)?")
_HOURS = re.compile(r"(\d\d?)(?::(\d\d))?(?:\s*-\s*(\d\d?)(?::(\d\d))?)?")
DAY = 24 * 60
"""Minutes of a day."""


def time_as_stored(text: str) -> str:
    """Read a date, or a date and time, by the clock of the recorder.

    A year or a month stands for its beginning.

    Raises
    ------
    QueryError

    >>> time_as_stored("2024-05"), time_as_stored("2024-05-01 05:30")
    ('2024-05-01T00:00:00', '2024-05-01T05:30:00')
    """
    written = text.strip()
    whole = _PART_OF_DATE.fullmatch(written)
    try:
        time = datetime.fromisoformat(f"{written}-01-01"[:10] if whole else written)
    except ValueError as error:
        raise QueryError(
            f"expected a date such as 2024-05-01, or with a time 2024-05-01T05:30, got {text!r}"
        ) from error
    if time.tzinfo is not None:
        raise QueryError(
            f"expected a time by the recorders' own clocks, without a zone, got {text!r}"
        )
    return time.isoformat(timespec="milliseconds" if time.microsecond else "seconds")


def hours_as_stored(text: str) -> str:
    """Read stretches of the day, such as ``4-7`` or ``22-4``; the end is not included.

    Raises
    ------
    QueryError

    >>> hours_as_stored("5"), hours_as_stored("22:30-4")
    ('[["05:00", "06:00"]]', '[["22:30", "24:00"], ["00:00", "04:00"]]')
    """
    stretches = [stretch for part in text.split(",") for stretch in _stretches(part.strip(), text)]
    return json.dumps([[_clock(start), _clock(end)] for start, end in stretches])


def _stretches(part: str, text: str) -> list[tuple[int, int]]:
    found = _HOURS.fullmatch(part)
    numbers = [int(number or 0) for number in found.groups()] if found else []
    if found is None or max(numbers[1], numbers[3]) > 59:
        raise _not_hours(text)
    start = 60 * numbers[0] + numbers[1]
    end = start + 60 if found[3] is None else 60 * numbers[2] + numbers[3]
    if start >= DAY or end > DAY or start == end:
        raise _not_hours(text)
    return [(start, end)] if start < end else [(start, DAY), *([(0, end)] if end else [])]


def _not_hours(text: str) -> QueryError:
    return QueryError(
        f"expected hours of the day such as 4-7, 22-4 or 5:30-6:15,18-20, got {text!r}"
    )


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
