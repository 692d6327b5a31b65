"""Stores vectors that others made, with the samples that they are of."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from sqlclap.db.sources import Source, add_source, list_sources
from sqlclap.db.statements import statement
from sqlclap.db.vectors import to_blob, vectors_of_samples
from sqlclap.records import WITHOUT_AUDIO

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array
    from sqlclap.db.database import Database
    from sqlclap.db.stored_models import StoredModel

Match = Literal["name", "path", "sample"]


class Row(NamedTuple):
    """A row that can be stored: its number in the file, and its id."""

    number: int
    key: str | int


class Stored(NamedTuple):
    """What became of a lot.

    Attributes
    ----------
    added, replaced, unchanged : int
        Vectors.
    sounds : int
        Samples that were made for them.
    failed : list of tuple of (Row, str)
        Rows whose sound isn't there, and why.
    """

    added: int
    replaced: int
    unchanged: int
    sounds: int
    failed: list[tuple[Row, str]]


def source_of(connection: Database, name: str) -> Source:
    """Return the source of vectors without audio of that name; make it if there is none."""
    root = f"{WITHOUT_AUDIO}{name}"
    found = [source for source in list_sources(connection) if source.root == root]
    return found[0] if found else add_source(connection, root, "files")


@dataclass(frozen=True)
class VectorStore:
    """Writes lots of vectors; within a write transaction.

    Attributes
    ----------
    connection : Database
    model : StoredModel
    source : Source
        Of sounds that are made, and of failures.
    match : {"name", "path", "sample"}
        What ids are: names of this source's sounds, which are made; paths of the library's sounds,
        or their sample ids.
    note : str
        Of sounds that are made.
    """

    connection: Database
    model: StoredModel
    source: Source
    match: Match
    note: str

    def put(self, rows: Sequence[Row], vectors: Float32Array) -> Stored:
        """Store vectors of rows, shape (n, dim); those that are there already stay as they are."""
        sounds = self._make_sounds(rows) if self.match == "name" else 0
        found, failed = self._samples(rows)
        places, ids = [*found], [*found.values()]
        known_ids, known = vectors_of_samples(self.connection, self.model, ids)
        known_at = {sample_id: at for at, sample_id in enumerate(known_ids)}
        new, changed, unchanged = [], [], 0
        for place, sample_id in zip(places, ids, strict=True):
            at = known_at.get(sample_id)
            if at is None:
                new.append((place, sample_id))
            elif np.array_equal(known[at], vectors[place]):
                unchanged += 1
            else:
                changed.append((place, sample_id))
        self._remove([sample_id for _, sample_id in changed])
        self._insert([*new, *changed], vectors)
        self._forget_failures([rows[place] for place in places])
        return Stored(len(new), len(changed), unchanged, sounds, failed)

    def _make_sounds(self, rows: Sequence[Row]) -> int:
        """Make samples for names that have none."""
        there = self._by_name(rows)
        names = [str(row.key) for place, row in enumerate(rows) if place not in there]
        if names:
            insert = statement("own_vectors/samples_insert")
            self.connection.execute(insert, (self.source.source_id, _json(names), self.note))
        return len(names)

    def _by_name(self, rows: Sequence[Row]) -> dict[int, list[int]]:
        query = statement("own_vectors/samples_by_name")
        names = _json([str(row.key) for row in rows])
        return _grouped(self.connection.execute(query, (self.source.source_id, names)).fetchall())

    def _samples(self, rows: Sequence[Row]) -> tuple[dict[int, int], list[tuple[Row, str]]]:
        """Return samples by the rows' places, and rows that have none, or share one."""
        if self.match == "name":
            there = self._by_name(rows)
        else:
            kind = "path" if self.match == "path" else "id"
            query = statement(f"own_vectors/samples_by_{kind}")
            keys = _json([row.key for row in rows])
            there = _grouped(self.connection.execute(query, (keys,)).fetchall())
        found: dict[int, int] = {}
        failed, taken = [], set[int]()
        for place, row in enumerate(rows):
            samples = there.get(place, [])
            if len(samples) != 1:
                failed.append((row, self._not_one(len(samples))))
            elif samples[0] in taken:
                failed.append((row, f"another row is of the same sound (sample {samples[0]})"))
            else:
                taken.add(samples[0])
                found[place] = samples[0]
        return found, failed

    def _not_one(self, count: int) -> str:
        if count:
            return f"{count} sounds of the library lie at that path: take their sample ids"
        what = "at that path" if self.match == "path" else "of that id"
        return f"the library has no sound {what}"

    def _remove(self, sample_ids: list[int]) -> None:
        if sample_ids:
            remove = statement("own_vectors/embeddings_remove")
            self.connection.execute(remove, (_json(sample_ids), self.model.model_id))

    def _insert(self, pairs: list[tuple[int, int]], vectors: Float32Array) -> None:
        if not pairs:
            return
        insert = statement("own_vectors/embeddings_insert")
        ids = _json([sample_id for _, sample_id in pairs])
        made = self.connection.execute(insert, (ids, self.model.model_id)).fetchall()
        places = {sample_id: place for place, sample_id in pairs}
        self.connection.executemany(
            statement("db/vector_insert", model_id=self.model.model_id),
            (
                (embedding_id, False, to_blob(vectors[places[sample_id]]))
                for embedding_id, sample_id in made
            ),
        )

    def _forget_failures(self, rows: Sequence[Row]) -> None:
        forget = statement("own_vectors/failures_forget")
        names = _json([str(row.key) for row in rows])
        self.connection.execute(forget, (self.source.source_id, names))

    def forget_failures_of(self, file: str) -> None:
        """Forget what an earlier import of the same file, a reason's beginning, failed with."""
        forget = statement("own_vectors/failures_forget_file")
        self.connection.execute(forget, (self.source.source_id, file))

    def record_failures(self, failures: Sequence[tuple[str, str]]) -> None:
        """Keep why rows are not in, by their ids or numbers."""
        insert = statement("ingest/failure_upsert")
        for name, reason in failures:
            row = dict.fromkeys(("path_bytes", "bytes", "mtime_ns"))
            told = {"source_id": self.source.source_id, "path": name, "reason": reason}
            row |= told | {"stage": "store", "reading_revision": 0}
            self.connection.execute(insert, row)


def _json(values: Sequence[str | int]) -> str:
    return json.dumps(values, ensure_ascii=False)


def _grouped(rows: Sequence[tuple[int, int]]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for place, sample_id in rows:
        found.setdefault(int(place), []).append(int(sample_id))
    return found
