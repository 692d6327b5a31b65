"""Rows of a file of vectors, whatever its form: ids, vectors, and what is wrong with some."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sqlclap.errors import OwnVectorsError

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array

ROWS_AT_ONCE = 10_000
"""Rows that are read, and stored in one transaction: other writers get their turn between them."""
ID_NAMES = ("id", "path", "name", "file", "key", "sample_id")
VECTOR_NAMES = ("vector", "embedding", "embeddings", "vectors")


@dataclass(frozen=True)
class VectorRows:
    """Some rows of a file.

    Attributes
    ----------
    first : int
        Number of the first one, from 1.
    ids : sequence of object
        Text or integers; None for none.
    vectors : np.ndarray [shape=(n, dim), dtype=float32]
        NaN where a row's can't be read.
    wrong : mapping of int to str
        Why it can't, by the row's place in here.
    """

    first: int
    ids: Sequence[object]
    vectors: Float32Array
    wrong: Mapping[int, str] = field(default_factory=dict)


class VectorFile:
    """A file of vectors that is open for reading.

    Attributes
    ----------
    dim : int
        Numbers of a vector: those that most rows should have.
    count : int
        Rows; 0 where that isn't known before the end.
    model : object
        What the file says of the model that made them; None where it says nothing.
    """

    dim: int
    count: int = 0
    model: object = None

    def rows(self) -> Iterator[VectorRows]:
        """Yield all rows, `ROWS_AT_ONCE` at most together."""
        raise NotImplementedError


@dataclass(frozen=True)
class FileChoice:
    """Which vectors of a file are meant, and where their ids are.

    Attributes
    ----------
    file : Path
    ids : Path or None
        Beside an array: a file of its rows' ids.
    id_name, vector_name : str or None
        Names of columns; by default the first of those that are usual.
    table : str or None
        Of a SQLite database.
    collection : str or None
        Of a database of ``llm``.
    """

    file: Path
    ids: Path | None = None
    id_name: str | None = None
    vector_name: str | None = None
    table: str | None = None
    collection: str | None = None

    def id_column(self, names: Sequence[str]) -> str:
        """Return the column of ids.

        Raises
        ------
        OwnVectorsError
        """
        return self._column(names, self.id_name, ID_NAMES, "--id")

    def vector_column(self, names: Sequence[str]) -> str:
        """Return the column of vectors.

        Raises
        ------
        OwnVectorsError
        """
        return self._column(names, self.vector_name, VECTOR_NAMES, "--vector")

    def _column(
        self, names: Sequence[str], chosen: str | None, usual: Sequence[str], option: str
    ) -> str:
        wanted = usual if chosen is None else (chosen,)
        found = next((one for one in wanted if one in names), None)
        if found is None:
            shown = ", ".join(names[:20]) or "none"
            raise OwnVectorsError(
                f"{self.file.name} has no column {' or '.join(wanted)}: name one with {option}; it "
                f"has {shown}"
            )
        return found


def stack(values: Sequence[Any], dim: int) -> tuple[Float32Array, dict[int, str]]:
    """Put vectors into one array; a row of NaN stands for one without `dim` numbers.

    Parameters
    ----------
    values : sequence
        Lists of numbers, JSON text, BLOBs of little-endian float32, or None.
    dim : int

    Returns
    -------
    vectors : np.ndarray [shape=(n, dim), dtype=float32]
    wrong : dict of int to str
    """
    vectors: Float32Array = np.full((len(values), dim), np.nan, dtype=np.float32)
    wrong: dict[int, str] = {}
    for place, value in enumerate(values):
        try:
            numbers = as_numbers(value)
        except ValueError as error:
            wrong[place] = str(error)
            continue
        if len(numbers) != dim:
            wrong[place] = f"expected {dim:,} numbers, got {len(numbers):,}"
            continue
        vectors[place] = numbers
    return vectors, wrong


def as_numbers(value: object) -> Float32Array:
    """Read one vector.

    Raises
    ------
    ValueError
        It is none; says why.
    """
    if isinstance(value, bytes):
        if not value or len(value) % 4:
            raise ValueError(f"expected a BLOB of float32, got {len(value):,} bytes")
        return np.frombuffer(value, dtype="<f4").astype(np.float32, copy=False)
    if isinstance(value, str):
        value = _from_json(value)
    if value is None:
        raise ValueError("expected a vector, got none")
    try:
        with np.errstate(over="ignore"):  # what is too large becomes infinite, and is told as that
            numbers: Float32Array = np.asarray(value, dtype=np.float32)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError("expected a list of numbers") from error
    if numbers.ndim != 1:
        raise ValueError(f"expected a list of numbers, got {type(value).__name__}")
    return numbers


def _from_json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"expected a JSON array of numbers, got {text[:40]!r}") from error


def in_lots(pairs: Iterator[tuple[object, object]], dim: int) -> Iterator[VectorRows]:
    """Put rows, each an id and a vector, together into lots."""
    first, ids, values = 1, list[object](), list[object]()
    for key, value in pairs:
        ids.append(key)
        values.append(value)
        if len(ids) == ROWS_AT_ONCE:
            yield VectorRows(first, ids, *stack(values, dim))
            first, ids, values = first + len(ids), [], []
    if ids:
        yield VectorRows(first, ids, *stack(values, dim))


def first_dim(values: Iterator[object], file: str) -> int:
    """Return the dimension of the first vector that is one.

    Raises
    ------
    OwnVectorsError
        None is.
    """
    for value in values:
        try:
            return len(as_numbers(value))
        except ValueError:
            continue
    raise OwnVectorsError(f"{file} holds no vectors")
