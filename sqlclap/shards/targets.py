"""What a caller names in a set: a sound by its id or path, a file, audio itself, or a span."""

from __future__ import annotations

from functools import partial
from operator import index
from pathlib import Path
from typing import TYPE_CHECKING, Any, SupportsIndex

from sqlclap.db.spans import Span, parse_span_target
from sqlclap.errors import QueryError, UnknownSoundError
from sqlclap.homes import expand_home
from sqlclap.search.targets import check_kind, patterns_near, told_near
from sqlclap.shards.ids import SetId
from sqlclap.shards.jobs import (
    MOST_NAMED,
    ByIds,
    ByPath,
    ByPattern,
    Knock,
    SetSound,
    VectorOf,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlclap.arrays import Float32Array
    from sqlclap.shards.questions import ShardPlace
    from sqlclap.shards.session import SetSession
    from sqlclap.shards.shard import Shard


def split_target(session: SetSession, sound: Any) -> tuple[Any, Span | None]:
    """Return what names a sound, and the span of it that is meant; None: all of it."""
    if isinstance(sound, tuple) and len(sound) == 2 and isinstance(sound[1], Span | None):
        return sound
    if not isinstance(sound, str) or "@" not in sound or _is_file(sound):
        return sound, None
    if by_path(session, sound):
        return sound, None
    return parse_span_target(sound) or (sound, None)


def resolve(session: SetSession, named: Any) -> SetSound | Path | bytes:
    """Return the sound of the set that a target names, or audio.

    Parameters
    ----------
    session : SetSession
    named : int, str, Path or bytes
        An id of the set, as a number, or as its shard and its number there (``3:17``); a path in
        the set; any audio file; or encoded audio.

    Raises
    ------
    UnknownSoundError
        Nothing answers to it; the message says which shards couldn't be asked.
    QueryError
        Several sounds lie at that path, or it is of another kind.
    """
    check_kind(named)
    if isinstance(named, bytes):
        return named
    whole = as_set_id(named)
    if whole is not None:
        return sound_by_id(session, whole)
    name = str(expand_home(named)) if str(named).startswith("~") else str(named)
    found = by_path(session, name)
    if len(found) > 1:
        shown = ", ".join(f"{one.whole} ({one.file})" for one in found[:5])
        raise QueryError(f"{name!r} names several sounds; give the id of one: {shown}")
    if found:
        return found[0]
    if _is_file(name):
        return Path(name)
    raise UnknownSoundError(
        f"{name!r} is neither an id, nor a path in {session.path}, nor an audio file"
        f"{paths_near(session, name)}{not_asked(session)}"
    )


def paths_near(session: SetSession, named: str) -> str:
    """Return a hint which paths end as somebody called a sound; empty where none does."""
    asked = (session.ask(ByPattern(pattern))[0] for pattern in patterns_near(named))
    return told_near(sorted({one.path for told in asked for part in told.answers for one in part}))


def as_set_id(named: Any) -> int | None:
    """Read an id of the set: a number, digits, or ``SHARD:NUMBER``; None for anything else."""
    if isinstance(named, SupportsIndex):
        return index(named)
    if not isinstance(named, str):
        return None
    if named.isdecimal():
        return int(named)
    shard, colon, number = named.partition(":")
    if colon and shard.isdecimal() and number.isdecimal():
        return SetId(int(shard), int(number)).whole
    return None


def sound_by_id(session: SetSession, whole: int) -> SetSound:
    """Return a sound by its id in the set.

    Raises
    ------
    UnknownSoundError
    """
    found, missing = sounds_by_ids(session, [whole])
    if whole not in found:
        raise UnknownSoundError(unknown_id(session, whole, missing))
    return found[whole]


def sounds_by_ids(session: SetSession, wholes: Iterable[int]) -> tuple[dict[int, SetSound], str]:
    """Return the sounds that there are of some ids of the set, and which shards are missing.

    An id tells in which shards its sound can lie: they alone are asked, once for all ids.
    """
    left, found, missing = [*dict.fromkeys(wholes)], dict[int, SetSound](), ""
    for start in range(0, len(left), MOST_NAMED):
        some = tuple(left[start : start + MOST_NAMED])
        told, _ = session.ask(ByIds(some), partial(can_hold, some))
        found |= {one.whole: one for part in told.answers for one in part}
        missing = missing or told.told_missing
    return found, missing


def can_hold(wholes: Sequence[int], shard: Shard) -> bool:
    """Whether a sound of some ids of the set can lie in a shard."""
    held = shard.entry.ids.held
    return any(held(one) for one in wholes)


def unknown_id(session: SetSession, whole: int, missing: str) -> str:
    """Say that there is no sound of an id, as far as shards could be asked."""
    return f"no sound {whole} in {session.path}{missing}"


def vector_of(
    session: SetSession, sound: SetSound, span: Span | None, semitones: float = 0.0
) -> Float32Array:
    """Return a sound's unit vector, or that of a span of it, or of either at another pitch.

    Raises
    ------
    NoVectorsError
    """
    found = session.fleet.ask(
        [shard_of(session, sound)], VectorOf(sound.sample_id, span, semitones)
    )
    for vector in found.answers:
        if vector is not None:
            return vector
    raise UnknownSoundError(f"sound {sound.whole} has gone{found.told_missing}")


def whole_id(session: SetSession, place: ShardPlace) -> int:
    """Return the set's id of a sound that lies somewhere."""
    (shard,) = (one for one in session.shards if one.number == place.shard)
    return shard.entry.ids.told(place.place.sample_id)


def shard_of(session: SetSession, sound: SetSound) -> Shard:
    """Return the shard where a sound lies."""
    (shard,) = (one for one in session.shards if one.number == sound.shard)
    return shard


def by_path(session: SetSession, name: str) -> list[SetSound]:
    """Return the sounds of all shards that a path names."""
    found, _ = session.ask(ByPath(name))
    return [one for part in found.answers for one in part]


def not_asked(session: SetSession) -> str:
    """Return which shards can't be asked now, to stand behind an error; empty where all can."""
    found, _ = session.ask(Knock())
    return found.told_missing


def _is_file(name: str) -> bool:
    try:
        return expand_home(name).is_file()
    except (OSError, ValueError):
        return False
