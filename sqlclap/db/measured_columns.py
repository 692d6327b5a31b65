"""Which descriptors a library holds: sqlclap's own, third parties', and what rows were measured."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from sqlclap.db.database import damaged, read_document
from sqlclap.db.statements import columns_statement, statement
from sqlclap.descriptor_columns import COLUMNS, DescriptorColumn
from sqlclap.errors import LibraryError, QueryError

if TYPE_CHECKING:
    from sqlclap.db.database import Database

_THERE = "SELECT name FROM pragma_table_info('samples')"
_KEPT = "SELECT 1 FROM sqlite_schema WHERE name = 'descriptor_columns'"
_DECLARE = "INSERT OR REPLACE INTO descriptor_columns (name, origin, description) VALUES (?, ?, ?)"
_DESCRIBED = ("label", "unit", "about", "low", "high", "decimals", "is_filter")


def sample_columns(database: Database) -> tuple[str, ...]:
    """Return the names of all columns of ``samples``."""
    return tuple(str(name) for (name,) in database.execute(_THERE))


def column_values(
    database: Database, sample_ids: Iterable[int], columns: Sequence[str]
) -> dict[int, tuple[Any, ...]]:
    """Return columns of ``samples`` by sample; unknown ids are left out.

    Raises
    ------
    QueryError
        ``samples`` has no such column.
    """
    there = sample_columns(database)
    unknown = next((name for name in columns if name not in there), None)
    if unknown is not None:
        raise QueryError(f"no column {unknown!r} of samples: expected {', '.join(there)}")
    sql = columns_statement("db/column_values", tuple(columns))
    rows = database.execute(sql, (json.dumps([*sample_ids]),))
    return {int(sample_id): tuple(values) for sample_id, *values in rows}


def stored_columns(database: Database) -> tuple[DescriptorColumn, ...]:
    """Return the descriptors that a library has columns for: sqlclap's own, then third parties'.

    A library that was last written by an older sqlclap may lack some.
    """
    there = sample_columns(database)
    own = tuple(column for column in COLUMNS if column.name in there)
    return own + tuple(one for one in declared_columns(database) if one.name in there)


def missing_columns(database: Database) -> list[str]:
    """Return descriptors that a library should have a column for, and has none."""
    return [column.name for column in _missing(database)]


def _missing(database: Database) -> list[DescriptorColumn]:
    there = sample_columns(database)
    return [one for one in (*COLUMNS, *declared_columns(database)) if one.name not in there]


def restore_columns(database: Database) -> list[str]:
    """Make missing columns anew, empty: their sounds count as not measured. In a write transaction.

    Returns
    -------
    list of str
        What was made, in words.
    """
    missing = _missing(database)
    for column in missing:
        new = "db/measured_text_column_add" if column.choices else "db/measured_column_add"
        database.execute(columns_statement(new, (column.name,)))
    if missing:
        database.execute("UPDATE samples SET measurement_id = NULL")
    return [f"column {column.name} of samples" for column in missing]


def declared_columns(database: Database) -> list[DescriptorColumn]:
    """Return third parties' descriptors that a library was measured with, by name.

    Raises
    ------
    LibraryError
        A row is none that sqlclap writes.
    """
    if not database.execute(_KEPT).fetchone():
        return []
    rows = database.execute(
        "SELECT name, origin, description FROM descriptor_columns ORDER BY name"
    )
    return [_declared(str(name), str(origin), description) for name, origin, description in rows]


def _declared(name: str, origin: str, description: object) -> DescriptorColumn:
    what = f"descriptor_columns.description of {name}"
    cure = "delete that row, and the next ingest writes it anew"
    described = read_document(description, dict, what, cure, _DESCRIBED)
    try:
        if "__" not in name:  # another column of samples, such as the path
            raise ValueError(f"{name} can't be another package's column")
        told = {key: described[key] for key in _DESCRIBED}
        return DescriptorColumn(name=name, origin=origin, **told)
    except (TypeError, ValueError) as error:
        raise damaged(what, str(error), cure) from error


def add_columns(database: Database, columns: Iterable[DescriptorColumn]) -> None:
    """Make the columns of third parties' descriptors, and keep what they mean.

    In a write transaction: a crash leaves a column with its description, or neither.

    Raises
    ------
    LibraryError
        The library has a column of that name that is not theirs.
    """
    there = sample_columns(database)
    declared = {column.name: column.origin for column in declared_columns(database)}
    for column in columns:
        if column.name in there and declared.get(column.name) != column.origin:
            owner = declared.get(column.name, "someone else")
            raise LibraryError(
                f"samples has a column {column.name} of {owner} already: {column.origin} can't "
                "have it too"
            )
    for column in columns:
        if column.name not in there:
            database.execute(columns_statement("db/measured_column_add", (column.name,)))
        described = {name: getattr(column, name) for name in _DESCRIBED}
        row = (column.name, column.origin, json.dumps(described))
        database.execute(_DECLARE, row)


def add_measurement(database: Database, columns: Iterable[str]) -> int:
    """Return the id of a set of descriptors that sounds are measured with; kept with its names.

    In a write transaction. The id follows from the names: the same set is the same id everywhere.
    """
    import hashlib

    names = json.dumps(sorted(columns))
    number = int.from_bytes(hashlib.sha256(names.encode()).digest()[:8], "big") >> 1
    insert = "INSERT OR IGNORE INTO measurements (measurement_id, columns) VALUES (?, ?)"
    database.execute(insert, (number, names))
    return number


def measured_enough(database: Database, columns: Iterable[str]) -> frozenset[int]:
    """Return the sets of descriptors that have all of these.

    A sound whose value is NULL because it is undefined, as a pitch of noise, was measured, too.
    """
    wanted = json.dumps(sorted(columns))
    rows = database.execute(statement("db/measured_enough"), {"wanted": wanted})
    return frozenset(int(measurement_id) for (measurement_id,) in rows)


def count_unmeasured(database: Database, enough: Iterable[int]) -> int:
    """Count the samples that were measured with none of these sets, or before it was kept."""
    return int(database.execute(statement("db/unmeasured_count"), (json.dumps([*enough]),)).get)
