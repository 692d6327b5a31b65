"""Parquet files of rows that come lot by lot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlclap.durable import draft_of
from sqlclap.notebook.frames import installed


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
