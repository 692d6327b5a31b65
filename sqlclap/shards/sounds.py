"""Sounds of a set with all that is told of them, by the set's ids, wherever they lie.

Of a sound that lies at a node its path is known, and not the folder: a node tells nobody where it
keeps its files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sqlclap.db.samples import Sample, samples_by_ids
from sqlclap.errors import SetError, UnknownSoundError
from sqlclap.shards.ids import held_ids

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

    Raises
    ------
    UnknownSoundError
        There is none of an id; shards that couldn't be asked are told.
    """
    wanted, found = [*dict.fromkeys(set_ids)], dict[int, Sample]()
    gone = ""
    for start in range(0, len(wanted), MOST_TOLD):
        told, _ = session.ask(TellSounds(tuple(wanted[start : start + MOST_TOLD])))
        gone = gone or told.told_missing
        shards = {one.number: one for one in session.shards}
        for number, part in told.parts:
            found |= {
                whole: _sample(session, shards[number], whole, row) for whole, row in part.items()
            }
    for one in wanted:
        if one not in found:
            raise UnknownSoundError(f"no sound {one} in {session.path}{gone}")
    return _alike(found)


def samples_of(session: SetSession, set_ids: Sequence[int]) -> list[Sample]:
    """Return sounds in the order of their ids, each once; see `find_sounds`."""
    found = find_sounds(session, set_ids)
    return [found[one] for one in dict.fromkeys(set_ids)]


def _sample(session: SetSession, shard: Shard, whole: int, row: dict[str, Any]) -> Sample:
    own = dict(row)
    own["sample_id"] = whole
    if not shard.places:
        return Sample(**own | {"file": Path(row["file"])})

    def ask(job: Any) -> Any:
        found = session.fleet.ask([shard], job)
        if not found.answers:
            raise SetError(f"{own['path']}{found.told_missing.replace('; missing', '')}")
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
