"""A library in numbers: sounds, sources, models, and what was measured."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlclap.addresses import is_address
from sqlclap.db.database import named_rows
from sqlclap.db.measured_columns import stored_columns
from sqlclap.db.statements import columns_statement, statement
from sqlclap.descriptor_columns import DescriptorColumn
from sqlclap.records import has_audio

if TYPE_CHECKING:
    from sqlclap.db.database import Database

_FIELDS = fields(DescriptorColumn)


@dataclass(frozen=True, kw_only=True)
class CountedColumn(DescriptorColumn):
    """A descriptor of a library.

    Attributes
    ----------
    values : int
        Sounds that have a value of it. The others have no such thing, or are not measured yet.
    """

    values: int


def count_columns(database: Database) -> list[CountedColumn]:
    """Return a library's descriptors with how many sounds have a value."""
    columns = stored_columns(database)
    query = columns_statement("db/measured_count", tuple(column.name for column in columns))
    counts = database.execute(query).fetchone()
    return [
        CountedColumn(values=int(count), **{one.name: getattr(column, one.name) for one in _FIELDS})
        for column, count in zip(columns, counts, strict=True)
    ]


@dataclass(frozen=True)
class Summary:
    """A library in numbers: what `sqlclap info` shows.

    Attributes
    ----------
    counts : dict
        samples, silent, missing, without_audio, failures, metadata_unread, duration_s
        (seconds of sound), sound_bytes.
    sources, models : list of dict
        A row each, with the samples they hold. A source has its root, its kind ("tree", "files"
        or "vectors"), the patterns it excludes, and whether its folder is there; a model also has
        `skipped`, the samples whose vector can't be compared.
    file_bytes : int
        Size of the library's own file.
    descriptors : list of CountedColumn
        What is measured of the sounds, and how many have a value.
    """

    counts: dict[str, Any]
    sources: list[dict[str, Any]]
    models: list[dict[str, Any]]
    file_bytes: int
    descriptors: list[CountedColumn]


def summarise(connection: Database) -> Summary:
    """Count what a library holds."""
    size = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
    return Summary(
        counts=count_library(connection),
        sources=count_sources(connection),
        models=_rows(connection, statement("db/models")),
        file_bytes=int(connection.execute(size).get),
        descriptors=count_columns(connection),
    )


def count_library(connection: Database) -> dict[str, Any]:
    """Return the numbers that `Summary.counts` has."""
    return _rows(connection, statement("db/counts"))[0]


def count_sources(connection: Database) -> list[dict[str, Any]]:
    """Return the sources as `Summary` has them, by root."""
    return [_source(row) for row in _rows(connection, statement("db/sources"))]


def _source(row: dict[str, Any]) -> dict[str, Any]:
    """Return a source's row; of vectors alone, nothing is missing."""
    alone = not has_audio(row["root"])
    there = alone or is_address(row["root"]) or Path(row["root"]).is_dir()
    kind = "vectors" if alone else row["kind"]
    return row | {"exclude": json.loads(row["exclude"]), "is_there": there, "kind": kind}


def _rows(connection: Database, sql: str) -> list[dict[str, Any]]:
    return [*named_rows(connection.execute(sql))]
