"""Vectors in tables of other SQLite databases, and in collections of ``llm embed-multi``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import apsw

from sqlclap.db.statements import statement
from sqlclap.db.vector_extension import load_sqlite_vec
from sqlclap.errors import OwnVectorsError
from sqlclap.own_vectors.rows import FileChoice, VectorFile, VectorRows, first_dim, in_lots

LOOKED_AT = 1_000


class TableFile(VectorFile):
    """A table, view or ``vec0`` table: ids, and BLOBs of float32 or JSON arrays.

    Raises
    ------
    OwnVectorsError
    """

    def __init__(self, choice: FileChoice) -> None:
        self._file = choice.file
        self._connection = _open(choice)
        if choice.table is None and _is_llm(self._connection):
            self._ask = self._of_llm(choice)
        else:
            self._ask = self._of_table(choice)
        self.count = int(self._one(f"SELECT count(*) FROM ({self._ask[0]})"))  # noqa: S608 names quoted
        vectors = (vector for _, vector in self._pairs(LOOKED_AT))
        self.dim = first_dim(vectors, choice.file.name)

    def _of_table(self, choice: FileChoice) -> tuple[str, tuple[Any, ...]]:
        tables = [str(row[0]) for row in self._read(statement("own_vectors/tables"))]
        if choice.table is None or choice.table not in tables:
            known = ", ".join(tables[:20]) or "none"
            raise OwnVectorsError(
                f"{choice.file.name} is a SQLite database: name one of its tables with --table "
                f"({known})"
            )
        query = "SELECT name FROM pragma_table_xinfo(?)"
        names = [str(row[0]) for row in self._read(query, (choice.table,))]
        key, vector = choice.id_column(names), choice.vector_column(names)
        columns = f"{_quoted(key)}, {_quoted(vector)}"
        return f"SELECT {columns} FROM {_quoted(choice.table)}", ()  # noqa: S608 names quoted

    def _of_llm(self, choice: FileChoice) -> tuple[str, tuple[Any, ...]]:
        held = {str(name): (number, model) for number, name, model in self._read(_COLLECTIONS)}
        names = ", ".join(held) or "none"
        chosen = choice.collection or (next(iter(held)) if len(held) == 1 else None)
        if chosen not in held:
            raise OwnVectorsError(
                f"{choice.file.name} is a database of llm: name one of its collections with "
                f"--collection ({names})"
            )
        number, model = held[chosen]
        self.model = {"name": str(model).replace("/", "-")}
        return f"SELECT id, embedding FROM embeddings WHERE collection_id = {int(number)}", ()  # noqa: S608 a number

    def rows(self) -> Iterator[VectorRows]:
        """Yield all rows, `ROWS_AT_ONCE` at most together."""
        try:
            yield from in_lots(self._pairs(), self.dim)
        finally:
            self._connection.close()

    def _pairs(self, most: int = -1) -> Iterator[tuple[object, object]]:
        text, bindings = self._ask
        yield from self._read(f"{text} LIMIT {most}", bindings)

    def _read(self, query: str, bindings: tuple[Any, ...] = ()) -> Iterator[Any]:
        try:
            yield from self._connection.execute(query, bindings)
        except apsw.Error as error:
            raise OwnVectorsError(f"{self._file.name} can't be read: {error}") from error

    def _one(self, query: str) -> Any:
        return next(self._read(query))[0]


_COLLECTIONS = "SELECT id, name, model FROM collections ORDER BY name"


def _open(choice: FileChoice) -> apsw.Connection:
    place = f"file:{quote(str(choice.file.absolute()))}?mode=ro"
    try:
        connection = apsw.Connection(place, flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
        connection.execute("SELECT 1 FROM sqlite_schema")
    except apsw.Error as error:
        raise OwnVectorsError(f"{choice.file} can't be read: {error}") from error
    load_sqlite_vec(connection)  # for vec0 tables
    return connection


def _is_llm(connection: apsw.Connection) -> bool:
    return bool(connection.execute(statement("own_vectors/is_llm")).get)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
