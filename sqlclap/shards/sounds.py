"""Sounds of a set with all that is told of them, by the set's ids, wherever they lie.

Of a sound that lies at a node its path is known, and not the folder: a node tells nobody where it
keeps its files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sqlclap.db.samples import Sample, samples_by_ids
from sqlclap.errors import PartialAnswerError, SetError, UnknownSoundError
from sqlclap.metadata.reading import MetadataEntry
from sqlclap.shards.catalog import catalog_sounds, copy_of
from sqlclap.shards.copies import ids_of_copies
from sqlclap.shards.ids import held_ids
from sqlclap.shards.sound_files import TellMetadata
from sqlclap.shards.targets import can_hold, shard_of, sound_by_id

if TYPE_CHECKING:
    from sqlclap.shards.reader import ShardReader
    from sqlclap.shards.session import SetSession
    from sqlclap.shards.shard import Shard

MOST_TOLD = 20_000
"""Sounds that a shard is asked of at once: a node's answer has a limit."""


@dataclass(frozen=True)
class TellSounds:
    """Tell all that a shard holds of some sounds, by their ids in the set."""

    set_ids: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.set_ids) > MOST_TOLD:
            raise ValueError(f"expected at most {MOST_TOLD:,} sounds")

    def __call__(self, reader: ShardReader) -> dict[int, dict[str, Any]]:
        """Return fields of samples; a node leaves out where their files are."""
        numbers = held_ids(reader.ids, np.array(self.set_ids, dtype=np.int64))
        found = samples_by_ids(reader.database, numbers)
        return {reader.ids.told(one.sample_id): _fields(one) for one in found}


def _fields(sample: Sample) -> dict[str, Any]:
    told = {one.name: getattr(sample, one.name) for one in fields(sample)}
    return told | {"file": str(sample.file), "further": dict(sample.further)}


@dataclass(frozen=True, kw_only=True)
class SampleAfar(Sample):
    """A sound that lies at a node; its root is empty, and its file is its path.

    Attributes
    ----------
    number : int
        Its id in its shard's library.
    ask : callable
        Answers a job about its shard.
    """

    number: int
    ask: Callable[[Any], Any] = field(repr=False, compare=False)


def find_sounds(session: SetSession, set_ids: Iterable[int]) -> dict[int, Sample]:
    """Return those of some sounds that there are, by their ids in the set.

    Only shards are asked that can hold one of the ids.

    Raises
    ------
    UnknownSoundError
        There is none of an id.
    PartialAnswerError
        There is none in the shards that answered.
    """
    wanted, found = [*dict.fromkeys(set_ids)], dict[int, Sample]()
    gone = ""
    for start in range(0, len(wanted), MOST_TOLD):
        some = tuple(wanted[start : start + MOST_TOLD])
        told, _ = session.ask(TellSounds(some), partial(can_hold, some))
        gone = gone or told.told_missing
        shards = {one.number: one for one in session.shards}
        for number, part in told.parts:
            found |= {
                whole: _sample(session, shards[number], whole, row) for whole, row in part.items()
            }
    for one in wanted:
        if one not in found and gone:
            raise PartialAnswerError(f"no sound {one} in the shards that answered{gone}")
        if one not in found:
            raise UnknownSoundError(f"no sound {one} in {session.path}")
    return _alike(found)


def samples_of(session: SetSession, set_ids: Sequence[int]) -> list[Sample]:
    """Return sounds in the order of their ids, each once; see `find_sounds`."""
    found = find_sounds(session, set_ids)
    return [found[one] for one in dict.fromkeys(set_ids)]


def metadata_of_sound(session: SetSession, set_id: int) -> list[MetadataEntry]:
    """Return what a sound's file and its name say.

    Raises
    ------
    UnknownSoundError
    SetError
        Its shard doesn't answer any more.
    """
    sound = sound_by_id(session, set_id)
    found = session.fleet.ask([shard_of(session, sound)], TellMetadata(sound.sample_id))
    if not found.answers:
        raise SetError(str(found.missing[0]))
    return [MetadataEntry(one) for one in found.answers[0]]


def copy_of_sound(session: SetSession, sample: Sample) -> int | None:
    """Return the catalog's id of a sound of the set; None where nothing was said of it yet."""
    catalog = session.catalog.database
    if not isinstance(sample, SampleAfar):
        return copy_of(catalog, session.file, sample.root, sample.path)
    # Its folder is not told, but its node knows the names of copies that are of it.
    alike = [one for one in catalog_sounds(catalog, session.file) if one.path == sample.path]
    told = ids_of_copies(session, alike) if alike else {}
    return next((copy for copy, whole in told.items() if whole == sample.sample_id), None)


def _sample(session: SetSession, shard: Shard, whole: int, row: dict[str, Any]) -> Sample:
    own = dict(row)
    own["sample_id"] = whole
    if not shard.places:
        return Sample(**own | {"file": Path(row["file"])})

    def ask(job: Any) -> Any:
        found = session.fleet.ask([shard], job)
        if not found.answers:
            raise SetError(f"{own['path']} lies at a node: {found.missing[0].reason}")
        return found.answers[0]

    own |= {"root": "", "file": Path(str(own["path"]))}
    return SampleAfar(**own, number=int(row["sample_id"]), ask=ask)


def _alike(found: dict[int, Sample]) -> dict[int, Sample]:
    """Give all sounds the same columns of third parties: not every shard may have each."""
    names = dict.fromkeys(name for one in found.values() for name in one.further)
    if all(len(one.further) == len(names) for one in found.values()):
        return found
    return {
        whole: replace(one, further={name: one.further.get(name) for name in names})
        for whole, one in found.items()
    }
