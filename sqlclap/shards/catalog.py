"""The catalog: a library of copies, whose labels, anchors and votes are those of the whole set.

A sound that something is said of is copied into the catalog, with its vectors and under the same
source and path. So labels, votes and calibrations are rows of an ordinary library; its scorer, with
all anchors' vectors, travels to the shards. Which sound of the set a copy is of, its name tells.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from sqlclap.db.database import named_rows
from sqlclap.db.measured_columns import sample_columns
from sqlclap.db.sources import add_source, list_sources
from sqlclap.db.statements import columns_statement, statement
from sqlclap.db.stored_models import find_model, list_models
from sqlclap.shards.slots import file_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlclap.db.database import Database
    from sqlclap.db.stored_models import StoredModel
    from sqlclap.shards.set_file import SetFile

_OWN = {"measurement_id", "root", "sample_id", "source_id"}


@dataclass(frozen=True, eq=False)
class CopiedSound:
    """A sound as it is copied from one library to another.

    Attributes
    ----------
    row : dict
        The columns of its sample, and its source's root.
    vectors : list of tuple
        Window index, start, end, whether it is a window's, and the vector's bytes.
    others : dict of str to list of tuple
        The same of other models, by their versions: models can be compared by them.
    """

    row: dict[str, Any]
    vectors: list[tuple[Any, ...]]
    others: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)


def read_sound(database: Database, model: StoredModel, sample_id: int) -> CopiedSound:
    """Read a sound with its vectors of a model."""
    (row,) = named_rows(database.execute(statement("shards/sound_row"), (sample_id,)))

    def vectors(model_id: int) -> list[tuple[Any, ...]]:
        query = statement("shards/sound_vectors", model_id=model_id)
        return database.execute(query, (sample_id,)).fetchall()

    others = {
        one.model_version: found
        for one in list_models(database)
        if one.model_id != model.model_id and (found := vectors(one.model_id))
    }
    return CopiedSound(row, vectors(model.model_id), others)


def store_sound(database: Database, model: StoredModel, sound: CopiedSound) -> int:
    """Store a copy, or bring the one that is there up to date; in a write transaction.

    Returns
    -------
    int
        Its sample id in this library.
    """
    root, path = sound.row["root"], sound.row["path"]
    known = [source for source in list_sources(database) if source.root == root]
    source = known[0] if known else add_source(database, root, "tree")
    there = "SELECT sample_id, content_hash FROM samples WHERE source_id = ? AND path = ?"
    held = database.execute(there, (source.source_id, path)).fetchone()
    if held is not None and held[1] != sound.row["content_hash"]:
        update_copy(database, model, int(held[0]), sound)
        return int(held[0])
    if held is None:
        columns, values = _columns(database, sound)
        insert = columns_statement("shards/sound_insert", columns)
        held = (int(database.execute(insert, values | {"source_id": source.source_id}).get),)
    store_vectors(database, model, int(held[0]), sound)
    return int(held[0])


def update_copy(database: Database, model: StoredModel, sample_id: int, sound: CopiedSound) -> None:
    """Let a copy be of what its sound's file holds by now; in a write transaction."""
    columns, values = _columns(database, sound)
    update = columns_statement("shards/sound_update", columns)
    database.execute(update, values | {"sample_id": sample_id})
    database.execute(statement("shards/vectors_remove"), (sample_id,))
    store_vectors(database, model, sample_id, sound)


def _columns(database: Database, sound: CopiedSound) -> tuple[tuple[str, ...], dict[str, Any]]:
    columns = tuple(one for one in sample_columns(database) if one in sound.row.keys() - _OWN)
    return columns, {name: sound.row[name] for name in columns}


def store_vectors(
    database: Database, model: StoredModel, sample_id: int, sound: CopiedSound
) -> None:
    """Store a sound's vectors with its copy, as far as this has none; in a write transaction."""
    by_model = {model.model_id: sound.vectors}
    for version, vectors in sound.others.items():
        known = find_model(database, version)
        if known is not None:
            by_model.setdefault(known.model_id, vectors)
    for model_id, vectors in by_model.items():
        if database.execute(statement("shards/has_vectors"), (sample_id, model_id)).get:
            continue
        insert = statement("db/vector_insert", model_id=model_id)
        for window_index, start_s, end_s, is_window, vector in vectors:
            place = (sample_id, model_id, window_index, start_s, end_s)
            number = database.execute(statement("db/embedding_insert"), place).get
            database.execute(insert, (number, is_window, vector))


class CatalogSound(NamedTuple):
    """A copy in the catalog.

    Attributes
    ----------
    sample_id : int
        In the catalog.
    shard : int
        Of the shard that its sound belongs into.
    name : str
        Its source's folder and its path, joined.
    path : str
        Below its source's folder.
    """

    sample_id: int
    shard: int
    name: str
    path: str


def catalog_sounds(database: Database, file: SetFile) -> list[CatalogSound]:
    """Return all copies of a catalog, each with the shard of its sound.

    While a folder's move has not ended, a copy comes under the names, too, that its sound may have
    by now; its own name comes last.
    """
    sounds = []
    for number, root, path, _ in database.execute(statement("shards/catalog_sounds")).fetchall():
        shard = file.shard_of(root, path).number
        names = (*file.other_names(root, path), file_name(root, path))
        sounds += [CatalogSound(int(number), shard, name, path) for name in names]
    return sounds


class Holder(Protocol):
    """A shard that is open, for reading or for writing."""

    @property
    def number(self) -> int:
        """Its number."""

    @property
    def database(self) -> Database:
        """Its library's connection."""

    @property
    def model(self) -> StoredModel:
        """The set's model, as its library has stored it."""


def held_by(reader: Holder, sounds: Sequence[CatalogSound]) -> dict[int, int]:
    """Return the ids that copies' sounds have in a shard, by the catalog's; of those it holds."""
    own = [(one.sample_id, one.name) for one in sounds if one.shard == reader.number]
    return dict(sounds_named(reader.database, own)) if own else {}


def sounds_named(database: Database, names: Sequence[tuple[int, str]]) -> list[tuple[int, int]]:
    """Return the samples that whole names mean, each with the number that its name came with."""
    rows = database.execute(statement("shards/sounds_named"), (json.dumps(names),))
    return [(int(number), int(held)) for number, held in rows]


def copy_of(database: Database, file: SetFile, root: str, path: str) -> int | None:
    """Return the catalog's id of a sound of the set; None where nothing was said of it yet."""
    found = database.execute(statement("shards/copy_of"), (root, path)).fetchone()
    others = [] if found else [*enumerate(file.other_names(root, path))]
    if others:
        found = next(((held,) for _, held in sounds_named(database, others)), None)
    return None if found is None else int(found[0])
