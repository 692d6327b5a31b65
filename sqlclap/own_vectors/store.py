"""Stores vectors that others made, with the samples that they are of."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

import numpy as np

from sqlclap.db.sources import Source, add_source, list_sources
from sqlclap.db.statements import statement
from sqlclap.db.vectors import to_blob, vectors_of_samples
from sqlclap.own_vectors.lots import shown_id
from sqlclap.records import WITHOUT_AUDIO

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array
    from sqlclap.db.database import Database
    from sqlclap.db.stored_models import StoredModel

Match = Literal["name", "path", "sample"]
Sample = TypeVar("Sample", bound=Hashable)

Key = str | int
"""A row's id: a name, a path or a sample id."""


class Stored(NamedTuple):
    """What became of a lot.

    Attributes
    ----------
    added, replaced, unchanged : int
        Vectors.
    sounds : int
        Samples that were made for them.
    failed : dict of int to str
        Rows whose sound isn't there, by their places, and why.
    """

    added: int
    replaced: int
    unchanged: int
    sounds: int
    failed: dict[int, str]


def source_of(connection: Database, name: str) -> Source:
    """Return the source, by name, of vectors without audio; make it if it is missing."""
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

    def put(self, keys: Sequence[Key], vectors: Float32Array) -> Stored:
        """Store vectors, shape (n, dim), by their ids; those that are there already stay."""
        there = samples_of(self.connection, self.match, keys, self.source.source_id)
        made = self._make_sounds(keys, there) if self.match == "name" else {}
        found, failed = one_each(self.match, len(keys), there)
        self.forget_failures([str(keys[place]) for place in (*found, *made)])
        return self.put_found(found, vectors, made)._replace(failed=failed)

    def put_found(
        self, found: Mapping[int, int], vectors: Float32Array, made: Mapping[int, int] | None = None
    ) -> Stored:
        """Store vectors of samples, by the vectors' places; of `made` ones there are none yet."""
        made = made or {}
        known, unchanged, changed = self._known(found, vectors)
        self._remove([found[place] for place in changed])
        new = {place: one for place, one in found.items() if place not in known}
        self._insert({**made, **new, **{place: found[place] for place in changed}}, vectors)
        return Stored(len(made) + len(new), len(changed), unchanged, len(made), {})

    def _make_sounds(self, keys: Sequence[Key], there: dict[int, list[int]]) -> dict[int, int]:
        """Make samples for names that have none, by their places."""
        places = [place for place in range(len(keys)) if place not in there]
        if not places:
            return {}
        names = _json([keys[place] for place in places])
        insert = statement("own_vectors/samples_insert")
        rows = self.connection.execute(insert, (self.source.source_id, names, self.note))
        by_name = {name: sample_id for sample_id, name in rows.fetchall()}
        return {place: by_name[keys[place]] for place in places}

    def _known(
        self, found: Mapping[int, int], vectors: Float32Array
    ) -> tuple[set[int], int, list[int]]:
        """Return places that have a vector already, how many the same, and places of others."""
        if not found:
            return set(), 0, []
        known_ids, known = vectors_of_samples(self.connection, self.model, [*found.values()])
        at = {sample_id: row for row, sample_id in enumerate(known_ids)}
        places = [place for place, sample_id in found.items() if sample_id in at]
        rows = [at[found[place]] for place in places]
        same = (known[rows] == vectors[places]).all(axis=1) if places else np.empty(0, bool)
        changed = [place for place, is_same in zip(places, same, strict=True) if not is_same]
        return {*places}, int(same.sum()), changed

    def _remove(self, sample_ids: list[int]) -> None:
        if sample_ids:
            remove = statement("own_vectors/embeddings_remove")
            self.connection.execute(remove, (_json(sample_ids), self.model.model_id))

    def _insert(self, samples: dict[int, int], vectors: Float32Array) -> None:
        """Insert embeddings and vectors of samples, by the vectors' places."""
        if not samples:
            return
        insert = statement("own_vectors/embeddings_insert")
        bindings = (_json([*samples.values()]), self.model.model_id)
        made = self.connection.execute(insert, bindings).fetchall()
        place_of = {sample_id: place for place, sample_id in samples.items()}
        ordered = vectors[[place_of[sample_id] for _, sample_id in made]]
        raw, size = to_blob(ordered), 4 * self.model.dim
        self.connection.executemany(
            statement("db/vector_insert", model_id=self.model.model_id),
            (
                (embedding_id, False, raw[size * row : size * (row + 1)])
                for row, (embedding_id, _) in enumerate(made)
            ),
        )

    def forget_failures(self, names: Sequence[str]) -> None:
        """Forget what rows have failed with that are in by now, by their ids."""
        query = "SELECT EXISTS (SELECT 1 FROM ingest_failures WHERE source_id = ?)"
        if self.connection.execute(query, (self.source.source_id,)).get:
            forget = statement("own_vectors/failures_forget")
            shown = [shown_id(one) or "" for one in names]
            self.connection.execute(forget, (self.source.source_id, _json(shown)))

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


def samples_of(
    database: Database, match: Match, keys: Sequence[Key], source_id: int | None = None
) -> dict[int, list[int]]:
    """Return the samples that ids name, by the ids' places; names are of one source's sounds."""
    names: tuple[object, ...] = (_json(keys),)
    query = {"name": "name", "path": "path", "sample": "id"}[match]
    bindings = (source_id, *names) if match == "name" else names
    rows = database.execute(statement(f"own_vectors/samples_by_{query}"), bindings)
    found: dict[int, list[int]] = {}
    for place, sample_id in rows.fetchall():
        found.setdefault(place, []).append(sample_id)
    return found


def one_each(
    match: Match, count: int, there: Mapping[int, Sequence[Sample]]
) -> tuple[dict[int, Sample], dict[int, str]]:
    """Return the samples of `count` ids by places, and why others have none.

    Parameters
    ----------
    match : {"name", "path", "sample"}
    count : int
    there : mapping of int to sequence
        The samples that ids name, by the ids' places.
    """
    found: dict[int, Sample] = {}
    failed: dict[int, str] = {}
    taken: set[Sample] = set()
    for place, samples in there.items():
        if len(samples) == 1 and samples[0] not in taken:
            taken.add(samples[0])
            found[place] = samples[0]
        elif len(samples) == 1:
            failed[place] = f"another row is of the same sound (sample {samples[0]})"
        else:
            count_there = len(samples)
            failed[place] = (
                f"{count_there} sounds of the library lie at that path: take their sample ids"
            )
    if match != "name":
        what = "at that path" if match == "path" else "of that id"
        missing = f"the library has no sound {what}"
        failed |= {place: missing for place in range(count) if place not in there}
    return found, failed


def _json(values: Sequence[Key]) -> str:
    return json.dumps(values, ensure_ascii=False)
