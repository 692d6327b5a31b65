"""Copies sounds of a set into its catalog, where something is said of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.db.statements import write_transaction
from sqlclap.errors import UnknownSoundError
from sqlclap.labels.store import is_pattern
from sqlclap.shards.catalog import CatalogSound, CopiedSound, catalog_sounds, store_sound
from sqlclap.shards.jobs import SetSound
from sqlclap.shards.label_jobs import CopiesLike, CopiesOf, HeldCopies
from sqlclap.shards.targets import by_path, resolve, shard_of, split_target

if TYPE_CHECKING:
    from sqlclap.db.spans import Span
    from sqlclap.search.targets import Target
    from sqlclap.shards.fleet import Gathered
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
    chosen = [one for sound in sounds for one in _named(session, sound)]
    with write_transaction(session.catalog.database) as database:
        model = session.model
        return [(store_sound(database, model, copy), span) for copy, span in chosen]


def _named(session: SetSession, sound: Target) -> list[tuple[CopiedSound, Span | None]]:
    """Read the sounds that a target names in the shards: one, or several of a pattern."""
    named, span = split_target(session, sound)
    found: Gathered[list[CopiedSound]]
    if is_pattern(named) and not by_path(session, named):
        found, _ = session.ask(CopiesLike(named))
    else:
        target = resolve(session, named)
        if not isinstance(target, SetSound):
            shown = target if isinstance(target, Path) else "the sound given"
            raise UnknownSoundError(
                f"{shown} is not in {session.path}: take it in with `sqlclap ingest` first"
            )
        found = session.fleet.ask([shard_of(session, target)], CopiesOf((target.sample_id,)))
    copies = [copy for part in found.answers for copy in part]
    if not copies:
        missing = "".join(f"; missing {one}" for one in found.missing)
        raise UnknownSoundError(f"{named!s:.80} is no sound of {session.path}{missing}")
    return [(copy, span) for copy in copies]


def ids_of_copies(
    session: SetSession, sounds: Sequence[CatalogSound] | None = None
) -> dict[int, int]:
    """Return the set's ids of some of the catalog's sounds, or of all, by the catalog's ids."""
    if sounds is None:
        sounds = catalog_sounds(session.catalog.database, session.file)
    found, _ = session.ask(HeldCopies(tuple(sounds)))
    return {copy: whole for part in found.answers for copy, whole in part.items()}
