"""What a caller names: a sample, a file, audio itself, or a span of one."""

from __future__ import annotations

from operator import index
from pathlib import Path
from typing import TYPE_CHECKING, Any, SupportsIndex

from sqlclap.db.samples import Sample, sample_by_id, samples_by_path
from sqlclap.db.spans import Span, parse_span_target
from sqlclap.errors import QueryError, UnknownSoundError

if TYPE_CHECKING:
    from sqlclap.db.database import Database

Whole = SupportsIndex | str | Path | bytes
Target = Whole | tuple[SupportsIndex | str | Path, Span | None]
"""A sound that a caller names; a number of numpy's is an id like any other. ``"12@3.0-4.5"`` and
``(12, Span(3.0, 4.5))`` are spans of one (`split_span`)."""


def resolve_target(connection: Database, target: Whole) -> Sample | Path | bytes:
    """Resolve a target to a sample or to audio.

    Parameters
    ----------
    connection : Database
    target : int, str, Path or bytes
        A sample id (as a number, or a string of digits), a path in the library, any audio file,
        or encoded audio itself. A file that the library holds is taken from there.

    Raises
    ------
    UnknownSoundError
        No sample or file matches it.
    QueryError
        Several samples lie at that path, under different folders.
    """
    if isinstance(target, bytes):
        return target
    if isinstance(target, Path) or (isinstance(target, str) and target.startswith("~")):
        target = Path(target).expanduser()
    if isinstance(target, SupportsIndex):
        return sample_by_id(connection, index(target))
    if isinstance(target, str) and target.isdecimal():
        return sample_by_id(connection, int(target))
    samples = samples_by_path(connection, str(target))
    if len(samples) > 1:
        choices = ", ".join(f"{sample.sample_id} ({sample.file})" for sample in samples[:5])
        raise QueryError(f"{str(target)!r} names several samples; give the id of one: {choices}")
    if samples:
        return samples[0]
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


def split_span(connection: Database, sound: Any) -> tuple[Any, Span | None]:
    """Return what names a sound, and the span of it that is meant; None: all of it.

    Parameters
    ----------
    connection : Database
    sound : any
        ``"12@3.0-4.5"``, ``"drums/roll.wav@3-4.5"``, ``(12, Span(3.0, 4.5))``; all else names a
        whole sound. A file that is called so itself wins.

    Raises
    ------
    SpanError
        What stands behind the @ ends before it starts, or is empty.
    """
    if isinstance(sound, tuple) and len(sound) == 2 and isinstance(sound[1], Span | None):
        return sound
    if not isinstance(sound, str) or "@" not in sound or _is_there(connection, sound):
        return sound, None
    return parse_span_target(sound) or (sound, None)


def _is_there(connection: Database, name: str) -> bool:
    """Whether a sample or a file is called so."""
    try:
        is_file = Path(name).expanduser().is_file()
    except (OSError, RuntimeError, ValueError):
        is_file = False
    return is_file or bool(samples_by_path(connection, name))
