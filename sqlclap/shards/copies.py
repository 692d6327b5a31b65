"""Copies sounds of a set into its catalog, where something is said of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from sqlclap.db.statements import write_transaction
from sqlclap.errors import UnknownSoundError
from sqlclap.shards.catalog import CatalogSound, CopiedSound, catalog_sounds, store_sound
from sqlclap.shards.label_jobs import CopiesOf, HeldCopies
from sqlclap.shards.selection import NamedPlace, by_shard, select_places
from sqlclap.shards.targets import sounds_by_ids, unknown_id

if TYPE_CHECKING:
    from sqlclap.db.database import Database
    from sqlclap.db.spans import Span
    from sqlclap.search.targets import Target
    from sqlclap.shards.answers import Reach
    from sqlclap.shards.session import SetSession


def copied(session: SetSession, sounds: Iterable[Target]) -> list[tuple[int, Span | None]]:
    """Copy sounds of the set into its catalog, and return them by the catalog's ids.

    Raises
    ------
    UnknownSoundError
        The set has no such sound.
    QueryError
        A path names several sounds.
    """
    places = select_places(session, sounds)
    copies = _read(session, places)
    with write_transaction(session.catalog.database) as database:
        model = session.model
        return [(store_sound(database, model, copies[one.sound.whole]), one.span) for one in places]


def copied_within(session: SetSession, database: Database, wholes: Iterable[int]) -> dict[int, int]:
    """Copy sounds into the catalog, in a write transaction; return its ids by the set's.

    One at a time: a recording of a day can have a hundred megabytes of vectors.

    Raises
    ------
    UnknownSoundError
        The set has no such sound, or its shard doesn't answer any more.
    """
    places, copies, model = _places(session, wholes), dict[int, int](), session.model
    for whole, place in places.items():
        copies[whole] = store_sound(database, model, _read(session, [place])[whole])
    return copies


def read_copy(session: SetSession, whole: int) -> CopiedSound:
    """Read a sound from its shard, by its id in the set.

    Raises
    ------
    UnknownSoundError
        The set has no such sound, or its shard doesn't answer any more.
    """
    return _read(session, [_places(session, [whole])[whole]])[whole]


def _places(session: SetSession, wholes: Iterable[int]) -> dict[int, NamedPlace]:
    wanted = [*dict.fromkeys(wholes)]
    found, missing = sounds_by_ids(session, wanted)
    for whole in wanted:
        if whole not in found:
            raise UnknownSoundError(unknown_id(session, whole, missing))
    return {whole: NamedPlace(found[whole], None) for whole in wanted}


def _read(session: SetSession, places: Sequence[NamedPlace]) -> dict[int, CopiedSound]:
    """Read sounds from their shards, by their ids in the set."""
    copies = {}
    for shard, some in by_shard(session, places):
        found = session.fleet.ask([shard], CopiesOf(tuple(one.sound.sample_id for one in some)))
        read = {number: copy for part in found.answers for number, copy in part.items()}
        for sound, _ in some:
            if sound.sample_id not in read:
                raise UnknownSoundError(
                    f"{sound.path} is gone from {session.path}{found.told_missing}"
                )
            copies[sound.whole] = read[sound.sample_id]
    return copies


def ids_of_copies(
    session: SetSession, sounds: Sequence[CatalogSound] | None = None
) -> dict[int, int]:
    """Return the set's ids of some of the catalog's sounds, or of all, by the catalog's ids."""
    return held_copies(session, sounds)[0]


def held_copies(
    session: SetSession, sounds: Sequence[CatalogSound] | None = None
) -> tuple[dict[int, int], Reach]:
    """Return the same, with whose sounds were looked for."""
    if sounds is None:
        sounds = catalog_sounds(session.catalog.database, session.file)
    found, reach = session.ask(HeldCopies(tuple(sounds)))
    return {copy: whole for part in found.answers for copy, whole in part.items()}, reach
