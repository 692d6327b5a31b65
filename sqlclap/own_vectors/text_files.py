"""CSV and JSON lines with a vector in each row."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Iterator
from itertools import islice

from sqlclap.cells import likely_separator
from sqlclap.errors import OwnVectorsError
from sqlclap.own_vectors.rows import (
    VECTOR_NAMES,
    FileChoice,
    VectorFile,
    VectorRows,
    first_dim,
    in_lots,
)

LOOKED_AT = 1_000
"""Rows among which the first vector is looked for, which tells the dimension."""
_NUMBERED = re.compile(r"(.*?)_?(\d+)")


class CsvFile(VectorFile):
    """CSV with a heading: a cell of JSON, or a column for each number (``v0``, ``v1``, ...).

    Raises
    ------
    OwnVectorsError
    """

    def __init__(self, choice: FileChoice) -> None:
        self._choice = choice
        csv.field_size_limit(sys.maxsize)
        with _open(choice) as file:
            self._separator = likely_separator(file.readline())
        with _open(choice) as file:
            self._names = next(csv.reader(file, delimiter=self._separator), [])
        self._id = choice.id_column(self._names)
        self._numbered = [] if choice.vector_name else _numbered(self._names, self._id)
        if any(name in self._names for name in VECTOR_NAMES):
            self._numbered = []
        if not self._numbered:
            self._vector = choice.vector_column(self._names)
        vectors = (vector for _, vector in islice(self._pairs(), LOOKED_AT))
        self.dim = len(self._numbered) or first_dim(vectors, choice.file.name)

    def rows(self) -> Iterator[VectorRows]:
        """Yield all rows, `ROWS_AT_ONCE` at most together."""
        return in_lots(self._pairs(), self.dim)

    def _pairs(self) -> Iterator[tuple[object, object]]:
        with _open(self._choice) as file:
            reader = csv.DictReader(file, delimiter=self._separator)
            try:
                for row in reader:
                    yield row.get(self._id), self._numbers(row)
            except csv.Error as error:
                name = self._choice.file.name
                raise OwnVectorsError(f"{name}, line {reader.line_num}: {error}") from error

    def _numbers(self, row: dict[str, str]) -> object:
        if not self._numbered:
            return row.get(self._vector)
        return [row.get(name) or "nan" for name in self._numbered]


def _open(choice: FileChoice):  # type: ignore[no-untyped-def]
    try:
        return choice.file.open(encoding="utf-8-sig", newline="", errors="backslashreplace")
    except OSError as error:
        raise OwnVectorsError(f"{choice.file} can't be read: {error.strerror or error}") from error


def _numbered(names: list[str], id_name: str) -> list[str]:
    """Return the columns that are numbered on from 0 or 1: one for each number of a vector."""
    parts: dict[str, list[tuple[int, str]]] = {}
    for name in names:
        found = _NUMBERED.fullmatch(name)
        if found is not None and name != id_name:
            parts.setdefault(found[1], []).append((int(found[2]), name))
    for numbered in parts.values():
        ordered = sorted(numbered)
        first = ordered[0][0]
        whole = [number for number, _ in ordered] == [*range(first, first + len(ordered))]
        if len(ordered) > 1 and first in (0, 1) and whole:
            return [name for _, name in ordered]
    return []


class JsonLinesFile(VectorFile):
    """A JSON object a line, with an id and an array of numbers.

    Raises
    ------
    OwnVectorsError
    """

    def __init__(self, choice: FileChoice) -> None:
        self._choice = choice
        first = next(self._objects(), {})
        self._id = choice.id_column([*first])
        self._vector = choice.vector_column([*first])
        vectors = (vector for _, vector in islice(self._pairs(), LOOKED_AT))
        self.dim = first_dim(vectors, choice.file.name)

    def rows(self) -> Iterator[VectorRows]:
        """Yield all rows, `ROWS_AT_ONCE` at most together."""
        return in_lots(self._pairs(), self.dim)

    def _pairs(self) -> Iterator[tuple[object, object]]:
        for one in self._objects():
            yield one.get(self._id), one.get(self._vector)

    def _objects(self) -> Iterator[dict[str, object]]:
        with _open(self._choice) as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield self._object(line, number)

    def _object(self, line: str, number: int) -> dict[str, object]:
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict):
            return found
        if number == 1:
            raise OwnVectorsError(f"{self._choice.file.name}: expected a JSON object a line")
        return {}  # told as a row without an id
