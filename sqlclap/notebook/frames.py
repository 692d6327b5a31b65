"""Results as columns: of pandas, polars and Arrow, and as Parquet files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, is_dataclass
from functools import cache
from importlib import import_module
from pathlib import Path, PurePath
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints

from sqlclap.durable import draft_of
from sqlclap.errors import NotInstalledError
from sqlclap.records import field_names, path_text

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

PLAIN = (bool, int, float, str)


@dataclass(frozen=True)
class FrameColumn:
    """A column of a data frame.

    Attributes
    ----------
    name : str
    fields : tuple of str
        Attribute path from a result to the value: one name, or two for a nested result.
    type : {bool, int, float, str}
    optional : bool
        Whether values may be missing.
    """

    name: str
    fields: tuple[str, ...]
    type: type
    optional: bool

    def value(self, result: Any) -> Any:
        """Return a result's value: of the column's type, or None."""
        for name in self.fields:
            result = None if result is None else getattr(result, name)
        if isinstance(result, PurePath):
            return path_text(result)
        if result is None or isinstance(result, PLAIN):
            return None if result is None else self.type(result)
        return json.dumps(result, ensure_ascii=False)


@cache
def frame_columns(kind: type) -> tuple[FrameColumn, ...]:
    """Return the columns of a kind of result: its fields, and those of results within it."""
    hints = get_type_hints(kind, localns={"Path": Path})
    columns: list[FrameColumn] = []
    for name in field_names(kind):
        derived = getattr(kind, name, None)
        hint = get_type_hints(derived.fget)["return"] if isinstance(derived, property) else None
        columns += _columns(name, hint or hints[name])
    return tuple(columns)


def _columns(name: str, hint: Any) -> list[FrameColumn]:
    choices = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    held = [one for one in choices if one is not NoneType]
    optional = len(held) < len(choices)
    kind = held[0]
    if isinstance(kind, type) and is_dataclass(kind):
        return [
            FrameColumn(f"{name}_{one.name}", (name, *one.fields), one.type, True)
            for one in frame_columns(kind)
        ]
    return [FrameColumn(name, (name,), _plain_type(kind), optional)]


def _plain_type(kind: Any) -> type:
    if get_origin(kind) is Literal:
        return str
    for plain in PLAIN:  # bool is an int, so it comes first
        if isinstance(kind, type) and issubclass(kind, plain):
            return plain
    return str  # paths, and lists as JSON


def column_values(kind: type, results: Iterable[Any]) -> dict[FrameColumn, list[Any]]:
    """Return results column by column."""
    columns = frame_columns(kind)
    values: list[list[Any]] = [[] for _ in columns]
    for result in results:
        for column, held in zip(columns, values, strict=True):
            held.append(column.value(result))
    return dict(zip(columns, values, strict=True))


def to_pandas(kind: type, results: Iterable[Any]) -> pd.DataFrame:
    """Return a pandas data frame; see `sqlclap.notebook.results.Tabular`."""
    pandas = installed("pandas")
    types = {bool: "bool", int: "int64", float: "float64", str: "string"}
    with_gaps = {bool: "boolean", int: "Int64"}
    columns = {
        column.name: pandas.Series(
            values,
            dtype=(types | with_gaps)[column.type] if column.optional else types[column.type],
        )
        for column, values in column_values(kind, results).items()
    }
    frame: pd.DataFrame = pandas.DataFrame(columns)
    return frame


def to_polars(kind: type, results: Iterable[Any]) -> pl.DataFrame:
    """Return a polars data frame; see `sqlclap.notebook.results.Tabular`."""
    polars = installed("polars")
    types = {bool: polars.Boolean, int: polars.Int64, float: polars.Float64, str: polars.String}
    held = column_values(kind, results).items()
    series = [polars.Series(one.name, values, dtype=types[one.type]) for one, values in held]
    frame: pl.DataFrame = polars.DataFrame(series)
    return frame


def to_arrow(kind: type, results: Iterable[Any]) -> pa.Table:
    """Return an Arrow table; see `sqlclap.notebook.results.Tabular`."""
    arrow = installed("pyarrow")
    types = {bool: arrow.bool_(), int: arrow.int64(), float: arrow.float64(), str: arrow.string()}
    held = column_values(kind, results)
    schema = arrow.schema(
        [arrow.field(one.name, types[one.type], nullable=one.optional) for one in held]
    )
    arrays = [arrow.array(values, types[one.type]) for one, values in held.items()]
    table: pa.Table = arrow.table(arrays, schema=schema)
    return table


def installed(name: str) -> Any:
    """Import a package of the extra ``notebook``.

    Raises
    ------
    NotInstalledError
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise NotInstalledError(
            f"{name} is not installed: pip install {name}, or pip install 'sqlclap[notebook]' for "
            "pandas, polars and pyarrow"
        ) from error


def write_parquet(
    path: Path, types: Mapping[str, str], lots: Iterable[Iterator[tuple[Any, ...]]]
) -> None:
    """Write a Parquet file, a row group for each lot; it is there whole or as it was before.

    Parameters
    ----------
    path : Path
    types : mapping of str to str
        Arrow's type by column.
    lots : iterable of iterators of tuple
        Rows, each with a value for each column.

    Raises
    ------
    NotInstalledError
        pyarrow is not there.
    OSError
        The file can't be written.
    """
    arrow, parquet = installed("pyarrow"), installed("pyarrow.parquet")
    fields = [(name, arrow.type_for_alias(alias)) for name, alias in types.items()]
    schema = arrow.schema(fields)
    with draft_of(path) as draft, parquet.ParquetWriter(draft, schema) as writer:
        for lot in lots:
            columns = [*zip(*lot, strict=True)] or [()] * len(fields)
            writer.write_table(arrow.table([*map(list, columns)], schema=schema))
