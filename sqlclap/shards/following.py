"""Lets the catalog's copies follow their sounds, which have other names in their shards by now, or
hold something else.

A copy is known by its sound's name. Each shard keeps the former name of a sound that an ingest
finds under another one (`set_renamed`), in the same transaction, until the catalog has followed: a
crash in between leaves that to the next ingest.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlclap.db.samples import merge_samples
from sqlclap.db.sources import Source, add_source, list_sources, remove_vacant_sources
from sqlclap.db.statements import statement, write_transaction
from sqlclap.db.stored_models import default_model
from sqlclap.shards.catalog import copy_of, read_sound, sounds_named, update_copy
from sqlclap.shards.slots import file_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlclap.api import Library
    from sqlclap.db.database import Database
    from sqlclap.shards.session import SetSession
    from sqlclap.shards.shard import Shard
    from sqlclap.shards.visiting import Visit


class _Renamed(NamedTuple):
    """A sound of a shard that has another name than before."""

    sample_id: int
    former_root: str
    former_path: str
    root: str
    path: str
    path_bytes: bytes | None
    content_hash: str
    is_taken: bool

    @property
    def is_back(self) -> bool:
        """Whether it has its former name again."""
        former = file_name(self.former_root, self.former_path)
        return file_name(self.root, self.path) == former


def follow_in_catalog(session: SetSession, visit: Visit) -> None:
    """Give copies the names that their sounds have; shards that can't be asked are noted."""
    followed: dict[int, list[int]] = {}
    copies: dict[int, _Renamed] = {}
    for shard in visit.shards:
        with visit.noted(shard):
            found = [*_renamed_in(shard)]
            followed[shard.number] = [one.sample_id for one in found]
            copies |= _copies_of(session, (one for one in found if not one.is_back))
    if copies:
        _name_anew(session.catalog.database, copies)
    for shard in visit.shards:
        ids = followed.get(shard.number)
        if ids:
            with visit.noted(shard), shard.open("write") as library:
                _forget(library.connection, ids)


def follow_edited(session: SetSession, visit: Visit) -> None:
    """Let copies be of what their sounds' files hold by now; shards that can't be asked are noted.

    For when all that has another name was followed: what has taken a name is no edited sound.
    """
    catalog, contents = session.catalog.database, dict[int, str | None]()
    names: dict[int, list[tuple[int, str]]] = {}
    for copy, root, path, content_hash in catalog.execute(statement("shards/catalog_sounds")):
        contents[copy] = content_hash
        shard = session.file.shard_of(root, path).number
        names.setdefault(shard, []).append((copy, file_name(root, path)))

    def follow(shard: Shard, library: Library) -> None:
        database = library.connection
        held = sounds_named(database, names.get(shard.number, []))
        told = json.dumps([(copy, sample_id, contents[copy]) for copy, sample_id in held])
        edited: list[Any] = database.execute(statement("shards/sounds_edited"), (told,)).fetchall()
        for copy, sample_id in edited:
            sound = read_sound(database, default_model(database), sample_id)
            with write_transaction(catalog):
                update_copy(catalog, session.model, copy, sound)

    visit.each("read", follow)


def _renamed_in(shard: Shard) -> Iterator[_Renamed]:
    with shard.open("read") as library:
        for row in library.connection.execute(statement("shards/renamed")):
            yield _Renamed(*row)


def _copies_of(session: SetSession, renamed: Iterable[_Renamed]) -> dict[int, _Renamed]:
    """Return the copies that have their sounds' former names, by the catalog's ids.

    Not those that were made since, of another sound which has that name by now.
    """
    catalog, file = session.catalog.database, session.file
    copies: dict[int, _Renamed] = {}
    for one in renamed:
        copy = copy_of(catalog, file, one.former_root, one.former_path)
        if copy is not None and (not one.is_taken or _holds(catalog, copy, one.content_hash)):
            copies[copy] = one
    return copies


def _holds(catalog: Database, copy: int, content_hash: str) -> bool:
    query = "SELECT 1 FROM samples WHERE sample_id = ? AND content_hash = ?"
    return catalog.execute(query, (copy, content_hash)).fetchone() is not None


def _name_anew(catalog: Database, copies: dict[int, _Renamed]) -> None:
    with write_transaction(catalog):
        aside = "UPDATE samples SET path = '/' || sample_id WHERE sample_id = ?"
        # Aside first: one copy's new name may be another's former one.
        catalog.executemany(aside, [(copy,) for copy in copies])
        sources = {source.root: source for source in list_sources(catalog)}
        for copy, one in copies.items():
            source = sources.get(one.root) or add_source(catalog, one.root, "tree")
            sources[one.root] = source
            _place(catalog, copy, one, source)
        remove_vacant_sources(catalog)


def _place(catalog: Database, copy: int, one: _Renamed, source: Source) -> None:
    row: dict[str, Any] = {"sample_id": copy, "source_id": source.source_id}
    row |= {"path": one.path, "path_bytes": one.path_bytes}
    query = "SELECT sample_id FROM samples WHERE source_id = ? AND path = ?"
    there = catalog.execute(query, (source.source_id, one.path)).fetchone()
    if there is not None:  # of a sound whose name this one has taken
        merge_samples(catalog, keep=copy, drop=int(there[0]))
    catalog.execute(statement("shards/copy_place"), row)


def _forget(database: Database, sample_ids: list[int]) -> None:
    with write_transaction(database):
        forget = "DELETE FROM set_renamed WHERE sample_id = ?"
        database.executemany(forget, ((one,) for one in sample_ids))
        database.execute(
            "DELETE FROM set_renamed WHERE NOT EXISTS "
            "(SELECT 1 FROM samples AS s WHERE s.sample_id = set_renamed.sample_id)"
        )
