"""What "similar to this" can point at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.errors import QueryError, UnknownSoundError
from sqlclap.library import Sample, sample_by_id, samples_by_path

if TYPE_CHECKING:
    from sqlclap.library.database import Database

Target = int | str | Path | bytes


def resolve_target(connection: Database, target: Target) -> Sample | Path | bytes:
    """Find what a target stands for.

    Parameters
    ----------
    connection : Database
    target : int, str, Path or bytes
        A sample id (as a number, or a string of digits), a path in the library, any audio file,
        or encoded audio itself. A file that the library holds is taken from there.

    Raises
    ------
    UnknownSoundError
        Nothing answers to it.
    QueryError
        Several samples lie at that path, under different folders.
    """
    if isinstance(target, bytes):
        return target
    if isinstance(target, Path) or (isinstance(target, str) and target.startswith("~")):
        target = Path(target).expanduser()
    if isinstance(target, int) or (isinstance(target, str) and target.isdecimal()):
        return sample_by_id(connection, int(target))
    found = samples_by_path(connection, str(target))
    if len(found) > 1:
        choices = ", ".join(f"{sample.sample_id} ({sample.file})" for sample in found[:5])
        raise QueryError(f"{str(target)!r} names several samples; give the id of one: {choices}")
    if found:
        return found[0]
    file = Path(target)
    if _is_file(file):
        return file
    raise UnknownSoundError(
        f"{str(target)!r} is neither a sample id, nor a path in {connection.filename}, "
        "nor an audio file"
    )


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name too long, a folder that can't be entered, NUL
        return False
