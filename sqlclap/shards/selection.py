"""Which sounds of a set a caller names: ids, paths, patterns, and spans of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlclap.db.spans import SampleSpan, Span
from sqlclap.errors import UnknownSoundError
from sqlclap.search.targets import is_pattern, told_wider, whole_sound
from sqlclap.several import several
from sqlclap.shards.jobs import ByPattern, SetSound
from sqlclap.shards.targets import (
    as_set_id,
    by_path,
    not_asked,
    resolve,
    sounds_by_ids,
    split_target,
    unknown_id,
)

if TYPE_CHECKING:
    from sqlclap.search.targets import Target
    from sqlclap.shards.session import SetSession
    from sqlclap.shards.shard import Shard


class NamedPlace(NamedTuple):
    """A sound of a set that was named, or a span of it.

    Attributes
    ----------
    sound : SetSound
    span : Span or None
        None: the whole sound.
    """

    sound: SetSound
    span: Span | None

    @property
    def local(self) -> SampleSpan:
        """The place in the library where it lies."""
        return SampleSpan(self.sound.sample_id, self.span)


def select_places(session: SetSession, sounds: Iterable[Target]) -> list[NamedPlace]:
    """Return what is named, each once, in the order of the names.

    Parameters
    ----------
    session : SetSession
    sounds : iterable of int, str, Path or tuple
        Ids of the set, as numbers or as ``3:17``; paths; patterns such as ``drums/*``; and spans of
        all of these (``3:17@2-4``).

    Raises
    ------
    UnknownSoundError
        One of them names no sound that could be found, or a shard doesn't say which of its sounds
        a pattern names; shards that couldn't be asked are told.
    QueryError
        A path names several sounds.
    """
    return _select(session, [split_target(session, one) for one in several(sounds, "sounds")])


def select_whole(session: SetSession, sounds: Iterable[Target]) -> list[NamedPlace]:
    """Return the whole sounds that are named, each once; spans are none of them.

    See `sqlclap.search.targets.select_samples`, and for errors `select_places`.
    """
    return _select(session, [(whole_sound(one), None) for one in several(sounds, "sounds")])


def select_sounds(session: SetSession, sounds: Iterable[Target]) -> list[int]:
    """Return the set's ids of sounds that are named; see `select_whole`."""
    return [one.sound.whole for one in select_whole(session, sounds)]


def _select(session: SetSession, named: Sequence[tuple[Any, Span | None]]) -> list[NamedPlace]:
    wholes = [whole for sound, _ in named if (whole := as_set_id(sound)) is not None]
    known, missing = sounds_by_ids(session, wholes)
    selected: dict[NamedPlace, None] = {}
    for sound, span in named:
        whole = as_set_id(sound)
        if whole is not None and whole not in known:
            raise UnknownSoundError(unknown_id(session, whole, missing))
        for one in _sounds(session, sound) if whole is None else (known[whole],):
            selected[NamedPlace(one, span)] = None
    return list(selected)


def by_shard(
    session: SetSession, places: Iterable[NamedPlace]
) -> Iterator[tuple[Shard, list[NamedPlace]]]:
    """Yield the shards of some places with those that lie in each, in the order of the set."""
    held: dict[int, list[NamedPlace]] = {}
    for one in places:
        held.setdefault(one.sound.shard, []).append(one)
    for shard in session.shards:
        if shard.number in held:
            yield shard, held[shard.number]


def _sounds(session: SetSession, named: Any) -> Sequence[SetSound]:
    if is_pattern(named) and not by_path(session, named):
        found, _ = session.ask(ByPattern(named))
        alike = [one for part in found.answers for one in part]
        if alike and found.missing:
            raise UnknownSoundError(
                f"which paths in {session.path} match {named!r} is not known{found.told_missing}"
            )
        if alike:
            return sorted(alike, key=lambda one: (one.path, one.whole))
        wider = told_wider(named, sum(map(len, session.ask(ByPattern(f"*{named}"))[0].answers)))
        raise UnknownSoundError(
            f"no path in {session.path} matches {named!r}{wider}{found.told_missing}"
        )
    sound = resolve(session, named)
    if isinstance(sound, SetSound):
        return (sound,)
    about = "the sound given" if isinstance(sound, bytes) else str(sound)
    raise UnknownSoundError(
        f"{about} is not in {session.path}: take it in with `sqlclap ingest` first"
        f"{not_asked(session)}"
    )
