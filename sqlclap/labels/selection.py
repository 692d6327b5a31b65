"""Naming samples: by id, by path, or by a pattern over paths."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.errors import UnknownSoundError
from sqlclap.library import Sample, samples_by_path, spellings, statement
from sqlclap.similarity import Target, resolve_target

if TYPE_CHECKING:
    from sqlclap.library.database import Database


def select_samples(connection: Database, sounds: Iterable[Target]) -> list[int]:
    """Return the ids of samples, each once, in the order in which they are named.

    Parameters
    ----------
    connection : Database
    sounds : iterable of int, str or Path
        Sample ids, paths in the library, files that it holds, or patterns over its paths such as
        ``drums/kick*``, where ``*`` also stands for ``/``.

    Raises
    ------
    UnknownSoundError
        Nothing answers to one of them, or it is a file that the library doesn't hold.
    QueryError
        A path names several samples.
    """
    found: dict[int, None] = {}
    for sound in sounds:
        found.update(dict.fromkeys(_select(connection, sound)))
    return list(found)


def _select(connection: Database, sound: Target) -> list[int]:
    is_pattern = isinstance(sound, str) and any(letter in sound for letter in "*?[")
    if is_pattern and not samples_by_path(connection, str(sound)):
        for pattern in spellings(str(sound)):
            rows = connection.execute(statement("label_samples_like"), (pattern,)).fetchall()
            if rows:
                return [int(str(row[0])) for row in rows]
        raise UnknownSoundError(f"no path in {connection.filename} matches {sound!r}")
    target = resolve_target(connection, sound)
    if not isinstance(target, Sample):
        named = target if isinstance(target, Path) else "the sound given"
        raise UnknownSoundError(
            f"{named} is not in {connection.filename}: take it in with `sqlclap ingest` first"
        )
    return [target.sample_id]
