"""Parquet files, through pyarrow (the extra ``notebook``)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from sqlclap.errors import OwnVectorsError
from sqlclap.notebook.frames import installed
from sqlclap.own_vectors.rows import (
    ROWS_AT_ONCE,
    FileChoice,
    VectorFile,
    VectorRows,
    first_dim,
    stack,
)

METADATA = b"sqlclap"
"""Key of the file's metadata under which an export keeps the model."""


class ParquetFile(VectorFile):
    """A column of ids, and one of lists of numbers or of BLOBs of float32.

    Raises
    ------
    OwnVectorsError, NotInstalledError
    """

    def __init__(self, choice: FileChoice) -> None:
        self._file = _open(choice)
        self._name = choice.file.name
        names = self._file.schema_arrow.names
        self._id, self._vector = choice.id_column(names), choice.vector_column(names)
        self.count = int(self._file.metadata.num_rows)
        self.model = _model(self._file.schema_arrow.metadata)
        kind = self._file.schema_arrow.field(self._vector).type
        fixed = getattr(kind, "list_size", None)
        self.dim = int(fixed) if fixed else first_dim(self._first(), self._name)

    def _first(self) -> Iterator[object]:
        for batch in self._file.iter_batches(100, columns=[self._vector]):
            yield from batch.column(0).to_pylist()

    def rows(self) -> Iterator[VectorRows]:
        """Yield all rows, `ROWS_AT_ONCE` at most together."""
        first = 1
        for batch in self._batches():
            ids, values = batch.column(self._id).to_pylist(), batch.column(self._vector)
            whole = _as_matrix(values, self.dim)
            if whole is not None:
                yield VectorRows(first, ids, whole)
            else:
                yield VectorRows(first, ids, *stack(_lists(values), self.dim))
            first += len(ids)

    def _batches(self) -> Iterator[Any]:
        columns = list(dict.fromkeys([self._id, self._vector]))
        try:
            yield from self._file.iter_batches(ROWS_AT_ONCE, columns=columns)
        except (OSError, ValueError) as error:  # Arrow's errors are such
            raise OwnVectorsError(f"{self._name} is damaged: {_brief(error)}") from error


def _open(choice: FileChoice) -> Any:
    parquet = installed("pyarrow.parquet")
    try:
        return parquet.ParquetFile(choice.file, memory_map=True)
    except (OSError, ValueError) as error:
        raise OwnVectorsError(f"{choice.file} can't be read as Parquet: {_brief(error)}") from error


def _brief(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:200]


def _model(metadata: Any) -> object:
    text = (metadata or {}).get(METADATA)
    try:
        return None if text is None else json.loads(text)
    except (ValueError, RecursionError):
        return None


def _as_matrix(values: Any, dim: int) -> Any:
    """Return vectors as one array where all are whole, without making lists of them."""
    if values.null_count or not hasattr(values, "flatten"):
        return None
    flat = values.flatten()
    if flat.null_count or len(flat) != dim * len(values):
        return None
    offsets = getattr(values, "offsets", None)
    if offsets is not None and (np.diff(offsets.to_numpy()) != dim).any():
        return None
    try:
        numbers = flat.to_numpy(zero_copy_only=False)
    except (TypeError, ValueError, NotImplementedError):
        return None
    if numbers.dtype.kind not in "fiu":
        return None
    with np.errstate(over="ignore"):
        return numbers.astype(np.float32, copy=False).reshape(-1, dim)


def _lists(values: Any) -> Sequence[Any]:
    found: Sequence[Any] = values.to_pylist()
    return found
