"""Arrays of NumPy with a file of ids beside them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sqlclap.errors import OwnVectorsError
from sqlclap.own_vectors.rows import ROWS_AT_ONCE, FileChoice, VectorFile, VectorRows
from sqlclap.sqlite_files import no_database

BESIDE = (".csv", ".txt", ".json", ".ids.npy")
"""Ends of a file of ids beside an array, in this order."""


class ArrayFile(VectorFile):
    """A ``.npy`` file, shape (n, dim); it is mapped, so that it may be larger than memory.

    Raises
    ------
    OwnVectorsError
        It is no such array, there is no file of ids, or of another number of rows.
    """

    def __init__(self, choice: FileChoice) -> None:
        self._array = _load(choice.file)
        if self._array.ndim != 2 or self._array.dtype.kind not in "fiu":
            raise OwnVectorsError(
                f"{choice.file.name}: expected an array of numbers of shape (rows, dimension), got "
                f"{self._array.dtype} of shape {self._array.shape}"
            )
        self.count, self.dim = map(int, self._array.shape)
        place = choice.ids or _beside(choice.file)
        self._ids = read_ids(place, choice)
        if len(self._ids) != self.count:
            raise OwnVectorsError(
                f"{choice.file.name} has {self.count:,} vectors and {place.name} "
                f"{len(self._ids):,} ids: expected one each"
            )

    def rows(self) -> Iterator[VectorRows]:
        """Yield all rows, `ROWS_AT_ONCE` at most together."""
        for start in range(0, self.count, ROWS_AT_ONCE):
            part = self._array[start : start + ROWS_AT_ONCE]
            with np.errstate(over="ignore"):
                vectors = np.array(part, dtype=np.float32)
            yield VectorRows(start + 1, self._ids[start : start + ROWS_AT_ONCE], vectors)


def _load(file: Path) -> Any:
    try:
        return np.load(file, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        reason = getattr(error, "strerror", None) or "it is no array of NumPy, or is cut off"
        raise OwnVectorsError(f"{file} can't be read: {reason}") from error


def _beside(file: Path) -> Path:
    places = [file.with_suffix(end) for end in BESIDE]
    for place in places:
        if place.is_file():
            return place
    names = ", ".join(place.name for place in places)
    raise OwnVectorsError(
        f"{file.name} needs its ids: expected {names} beside it, or a file named with --ids"
    )


def read_ids(file: Path, choice: FileChoice) -> Sequence[object]:
    """Read ids: a column of CSV, a line each, a JSON array, or an array of integers or text.

    Raises
    ------
    OwnVectorsError
    """
    if file.suffix.lower() == ".npy":
        ids: list[object] = _load(file).tolist()
        return ids
    try:
        text = no_database(file).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "expected text in UTF-8"
        raise OwnVectorsError(f"{file} can't be read: {reason}") from error
    if file.suffix.lower() == ".json":
        return _array_of(file, text)
    if file.suffix.lower() != ".csv":
        return text.removesuffix("\n").replace("\r\n", "\n").split("\n") if text else []
    reader = csv.DictReader(io.StringIO(text, newline=""))
    column = choice.id_column(reader.fieldnames or ())
    return [row[column] for row in reader]


def _array_of(file: Path, text: str) -> Sequence[object]:
    try:
        ids = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise OwnVectorsError(f"{file} is no JSON ({error})") from error
    if not isinstance(ids, list):
        raise OwnVectorsError(f"{file}: expected a JSON array of ids")
    return ids
