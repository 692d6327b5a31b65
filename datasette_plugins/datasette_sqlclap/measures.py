"""Descriptors as the page has them: which there are, a column of the map, ranges of a search."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from datasette_sqlclap.requests import LibraryRequest, number
from datasette_sqlclap.responses import RefusedError

if TYPE_CHECKING:
    from sqlclap.descriptor_columns import DescriptorColumn
    from sqlclap.session import Session

MOST_RANGES = 20


def describe_columns(session: Session) -> list[dict[str, Any]]:
    """Return what is measured of a library's sounds, as the page shows and filters it."""
    from sqlclap.db.measured_columns import stored_columns

    return [column.shown() for column in stored_columns(session.database)]


def measured_column(session: Session, name: str) -> DescriptorColumn:
    """Return a descriptor of a library.

    Raises
    ------
    RefusedError
        It has none of that name.
    """
    from sqlclap.db.measured_columns import stored_columns

    columns = {column.name: column for column in stored_columns(session.database)}
    if name not in columns:
        raise RefusedError(400, f"nothing measured is called {name[:60]!r}: {', '.join(columns)}")
    return columns[name]


async def measured_ranges(asked: LibraryRequest) -> dict[str, Any]:
    """Return ``?measured=NAME:LEAST:MOST,...`` as the options ``where`` and ``params``.

    Either end may be empty; both are included. A sound without a value is in no range.

    Raises
    ------
    RefusedError
        It is written otherwise, or a library has no such descriptor.
    """
    text = asked.argument("measured")
    if not text:
        return {}
    ranges = [_range(part) for part in text.split(",")]
    if len(ranges) > MOST_RANGES:
        raise RefusedError(400, f"expected at most {MOST_RANGES} ranges, got {len(ranges)}")
    names = {name for name, _, _ in ranges}
    if len(names) < len(ranges):
        raise RefusedError(400, "expected each descriptor once in ?measured=")
    await asked.library.read(lambda session: [measured_column(session, name) for name in names])
    return _options(ranges)


def _range(part: str) -> tuple[str, float | None, float | None]:
    name, *ends = part.split(":")
    if len(ends) != 2 or not any(ends):
        raise RefusedError(
            400, f"expected ?measured=NAME:LEAST:MOST, such as rms_db:-20:, got {part[:60]!r}"
        )
    least, most = number(ends[0], f"the least {name}"), number(ends[1], f"the most {name}")
    if least is not None and most is not None and least > most:
        raise RefusedError(400, f"no sound has {name[:60]} from {least:g} to {most:g}")
    return name, least, most


def _options(ranges: Iterable[tuple[str, float | None, float | None]]) -> dict[str, Any]:
    """Write ranges of known columns as an SQL expression with its values bound."""
    conditions: list[str] = []
    params: dict[str, float] = {}
    for place, (name, *ends) in enumerate(ranges):
        for sign, value in zip((">=", "<="), ends, strict=True):
            if value is not None:
                key = f"end{len(params)}_{place}"
                conditions.append(f"{name} {sign} :{key}")
                params[key] = value
    return {"where": " AND ".join(conditions), "params": params}
