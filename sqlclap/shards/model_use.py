"""Lets a set search by another model: its shards and its catalog first, then its file says so.

Nothing is embedded here: the next ingest gives each shard's sounds their vectors, and the catalog's
copies get theirs from the shards (`refresh_copies`). Vectors of other models stay. A shard whose
model is another one than the file says doesn't answer, and says why; so a crash in between leaves
shards that are missing until the same is done again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlclap.db.statements import statement, write_transaction
from sqlclap.db.stored_models import (
    StoredModel,
    count_waiting,
    default_model,
    find_model,
    make_default,
    register_model,
)
from sqlclap.declared_models import stored_without_bundle
from sqlclap.ingest.library_model import as_stored
from sqlclap.shards.catalog import CatalogSound, catalog_sounds, read_sound, store_vectors
from sqlclap.shards.copies import ids_of_copies
from sqlclap.shards.label_jobs import CopiesOf
from sqlclap.shards.leases import work_lease
from sqlclap.shards.set_file import change_set
from sqlclap.shards.shard import Shard
from sqlclap.shards.span_vectors import refresh_spans_of_set
from sqlclap.shards.targets import sounds_by_ids
from sqlclap.shards.visiting import Visit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlclap.api import Library
    from sqlclap.db.database import Database
    from sqlclap.shards.catalog import CopiedSound
    from sqlclap.shards.missing import Missing
    from sqlclap.shards.session import SetSession

COPIED_AT_ONCE = 500


@dataclass(frozen=True)
class SetModelUse:
    """What it takes until a set has all its vectors of a model.

    Attributes
    ----------
    model, model_version : str
    waiting : int
        Sounds that have no vector of it yet.
    waiting_s : float
        Their length (in seconds of sound).
    not_written : tuple of Missing
        Shards that could not be written, or lie at nodes: they don't answer until it is done there.
    """

    model: str
    model_version: str
    waiting: int
    waiting_s: float
    not_written: tuple[Missing, ...]

    def __int__(self) -> int:
        return self.waiting


class _AnyModel(Shard):
    """A shard whose library may be of another model than its set."""

    def check_model(self, library: Library) -> None:
        """Take it as it is."""


def use_model_in_set(session: SetSession, name: str) -> SetModelUse:
    """Let a set search by another model; its sounds wait for the next ingest.

    Parameters
    ----------
    session : SetSession
    name : str
        Of the embedded model, an installed one, or one whose vectors were made elsewhere.

    Raises
    ------
    SetError
        The set is open for reading only, or something is being taken into it.
    ModelError
        There is no such model.
    """
    from sqlclap.models.bundle import find_named_bundle

    without_bundle = stored_without_bundle(session.catalog.database, name)
    return use_stored_model(session, without_bundle or as_stored(find_named_bundle(name)))


def use_stored_model(session: SetSession, wanted: StoredModel) -> SetModelUse:
    """Let a set search by a model as libraries store it; its `model_id` is not looked at.

    Raises
    ------
    SetError
        As for `use_model_in_set`.
    """
    session.check_writable()
    with work_lease(session.path, alone=True):
        visit = Visit([_any_model(one) for one in session.shards])
        counted: dict[int, tuple[int, float]] = {}

        def use(shard: Shard, library: Library) -> None:
            model = _use(library.connection, wanted)
            length = library.connection.execute(statement("shards/waiting_s"), (model.model_id,))
            waiting = count_waiting(library.connection, model.model_id)
            counted[shard.number] = (waiting, float(length.get))

        visit.each("write", use)
        _use(session.catalog.database, wanted)
        name, version = wanted.name, wanted.model_version
        change_set(session.path, lambda now: replace(now, model=name, model_version=version))
        session.use_sets_model()
        if refresh_copies(session):
            refresh_spans_of_set(session).tell()
    waiting, waiting_s = (sum(part) for part in zip((0, 0.0), *counted.values(), strict=True))
    return SetModelUse(wanted.name, version, int(waiting), waiting_s, tuple(visit.left_out))


def _any_model(shard: Shard) -> Shard:
    return _AnyModel(shard.entry, shard.folder, shard.model_version, shard.places, shard.moved)


def _use(database: Database, wanted: StoredModel) -> StoredModel:
    with write_transaction(database):
        model = register_model(database, wanted)
        make_default(database, model.model_id)
    return model


def refresh_copies(session: SetSession) -> int:
    """Give the catalog's copies the vectors of the set's model that they lack; return how many.

    They come from the shards, as far as these have them by now. What no shard has any more keeps
    its vectors of other models alone, and doesn't score by this one.
    """
    database = session.catalog.database
    query = statement("shards/copies_lacking")
    lacking = {int(row[0]) for row in database.execute(query, (session.model.model_id,))}
    if not lacking:
        return 0
    every = catalog_sounds(database, session.file)
    sounds = [one for one in every if one.sample_id in lacking]
    return sum(
        _refresh(session, sounds[start : start + COPIED_AT_ONCE])
        for start in range(0, len(sounds), COPIED_AT_ONCE)
    )


def _refresh(session: SetSession, sounds: list[CatalogSound]) -> int:
    found = read_copies(session, ids_of_copies(session, sounds))
    with write_transaction(session.catalog.database) as database:
        for copy, sound in found.items():
            store_vectors(database, session.model, copy, sound)
    return sum(bool(one.vectors) for one in found.values())


def renew_copies(session: SetSession, version: str) -> None:
    """Give the catalog's copies the vectors of a model that their sounds have in shards by now.

    For vectors that come from elsewhere: nothing else of a sound tells that they have changed.
    """
    database = session.catalog.database
    model = find_model(database, version)
    if model is None:
        return
    sounds = catalog_sounds(database, session.file)
    for start in range(0, len(sounds), COPIED_AT_ONCE):
        ids = ids_of_copies(session, sounds[start : start + COPIED_AT_ONCE])
        for copy, sound in read_copies(session, ids).items():
            _renew(database, model, copy, sound)


def _renew(database: Database, model: StoredModel, copy: int, sound: CopiedSound) -> None:
    """Let a copy have its sound's vectors of a model, where it has others."""
    own = default_model(database).model_id == model.model_id
    now = sound.vectors if own else sound.others.get(model.model_version, [])
    with write_transaction(database):
        if not now or [*map(tuple, now)] == read_sound(database, model, copy).vectors:
            return
        remove = statement("own_vectors/embeddings_remove")
        database.execute(remove, (json.dumps([copy]), model.model_id))
        store_vectors(database, default_model(database), copy, sound)


def read_copies(session: SetSession, ids: Mapping[int, int]) -> dict[int, CopiedSound]:
    """Read sounds from their shards, as far as these answer.

    Parameters
    ----------
    session : SetSession
    ids : mapping of int to int
        The set's ids, by the catalog's of their copies.
    """
    copies = {whole: copy for copy, whole in ids.items()}
    told, _ = sounds_by_ids(session, copies)
    found: dict[int, CopiedSound] = {}
    for shard in session.shards:
        own = {one.sample_id: one.whole for one in told.values() if one.shard == shard.number}
        if own:
            gathered = session.fleet.ask([shard], CopiesOf(tuple(own)))
            found |= {copies[own[at]]: one for part in gathered.answers for at, one in part.items()}
    return found
