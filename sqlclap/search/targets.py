"""What a caller names: samples, files, audio itself, spans of them, and patterns over paths."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import index
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, SupportsIndex, TypeGuard

from sqlclap.db.samples import (
    Sample,
    sample_by_id,
    sample_of,
    samples_by_ids,
    samples_by_path,
    samples_like,
)
from sqlclap.db.spans import SampleSpan, Span, parse_span_target
from sqlclap.errors import QueryError, UnknownSoundError
from sqlclap.homes import expand_home
from sqlclap.quantities import brief
from sqlclap.several import several

if TYPE_CHECKING:
    from sqlclap.db.database import Database

NEAR_SHOWN = 3
"""Paths that are named where somebody calls a sound as none is called."""

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
        Several samples lie at that path, under different folders, or it is of another kind.
    """
    check_kind(target)
    if isinstance(target, bytes):
        return target
    if isinstance(target, Path) or (isinstance(target, str) and target.startswith("~")):
        target = expand_home(target)
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
        f"nor an audio file{paths_near(connection, str(target))}"
    )


def paths_near(connection: Database, named: str) -> str:
    """Return a hint which paths end as somebody called a sound; empty where none does."""
    ids = [one for pattern in patterns_near(named) for one in samples_like(connection, pattern)]
    found = samples_by_ids(connection, ids[: NEAR_SHOWN + 1])
    return told_near(sorted(sample.path for sample in found))


def patterns_near(named: str) -> Sequence[str]:
    """Return patterns of the paths that somebody may mean who leaves out folders or the ending."""
    end = named.strip().rpartition("/")[2]
    if not end.strip("*?.") or "\0" in end:
        return ()
    plain = end if is_pattern(end) else end.replace("[", "[[]")
    return (f"*/{plain}", f"*/{plain}.*", f"{plain}.*")


def told_near(paths: Sequence[str]) -> str:
    """Return a hint that names some paths."""
    if not paths:
        return ""
    more = ", ..." if len(paths) > NEAR_SHOWN else ""
    return f"; did you mean {', '.join(map(repr, paths[:NEAR_SHOWN]))}{more}?"


def check_kind(target: object) -> None:
    """Check that something can name a sound.

    Raises
    ------
    QueryError
        It is None, a number with a fraction, or the like.
    """
    if not isinstance(target, SupportsIndex | str | bytes | PathLike):
        raise QueryError(f"expected a sound: its id, a path, or encoded audio; got {brief(target)}")


def whole_sound(sound: Any) -> Any:
    """Return what names a sound where nothing but a whole one will do.

    Raises
    ------
    QueryError
        It is a span of one.
    """
    if not (isinstance(sound, tuple) and len(sound) == 2 and isinstance(sound[1], Span | None)):
        return sound
    if sound[1] is not None:
        raise QueryError(f"expected a whole sound, got the span {sound[1]} of {sound[0]}")
    return sound[0]


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
        is_file = expand_home(name).is_file()
    except (OSError, ValueError):
        is_file = False
    return is_file or bool(samples_by_path(connection, name))


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
        One of them matches no sample, or is a file that the library doesn't hold.
    QueryError
        A path names several samples, or a span of one is named.
    """
    selected: dict[int, None] = {}
    for sound in several(sounds, "sounds"):
        selected.update(dict.fromkeys(_select(connection, whole_sound(sound))))
    return list(selected)


def select_spans(connection: Database, sounds: Iterable[Target]) -> list[SampleSpan]:
    """Return samples, and spans of samples, each once, in the order in which they are named.

    Parameters
    ----------
    connection : Database
    sounds : iterable of int, str, Path or tuple
        As for `select_samples`; and spans: ``"12@3.0-4.5"``, ``"roll.wav@3-4.5"`` or
        ``(12, Span(3.0, 4.5))``. Behind a pattern it is that span of each.

    Raises
    ------
    UnknownSoundError
        One of them matches no sample, or is a file that the library doesn't hold.
    QueryError
        A path names several samples.
    SpanError
        A span is none, or ends behind its sound's end.
    """
    selected: dict[SampleSpan, None] = {}
    for sound in several(sounds, "sounds"):
        named, span = split_span(connection, sound)
        for sample_id in _select(connection, named):
            place = SampleSpan(sample_id, span)
            if span is not None:
                sample_of(connection, place)
            selected[place] = None
    return list(selected)


def told_wider(pattern: str, count: int) -> str:
    """Return a hint that a pattern, which is compared with whole paths, matches further in."""
    return f"; '*{pattern}' matches {count:,}" if count else ""


def is_pattern(sound: object) -> TypeGuard[str]:
    """Whether what names a sound may be a pattern of paths."""
    return isinstance(sound, str) and any(letter in sound for letter in "*?[")


def _select(connection: Database, sound: Whole) -> list[int]:
    if is_pattern(sound) and not samples_by_path(connection, sound):
        alike = samples_like(connection, sound)
        if alike:
            return alike
        wider = told_wider(sound, len(samples_like(connection, f"*{sound}")))
        raise UnknownSoundError(f"no path in {connection.filename} matches {sound!r}{wider}")
    target = resolve_target(connection, sound)
    if not isinstance(target, Sample):
        named = target if isinstance(target, Path) else "the sound given"
        raise UnknownSoundError(
            f"{named} is not in {connection.filename}: take it in with `sqlclap ingest` first"
        )
    return [target.sample_id]
