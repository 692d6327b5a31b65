"""What shards are asked for annotations; as `sqlclap.shards.jobs`, values that travel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlclap.exchange.matching import KnownRecording, Nearest, RecordingNames, known_recordings
from sqlclap.shards.slots import file_name

if TYPE_CHECKING:
    from sqlclap.shards.reader import ShardReader


@dataclass(frozen=True)
class FindNearest:
    """Find the sounds of a shard that names fit best, as an import of annotations would.

    Attributes
    ----------
    paths : tuple of str
        What recordings are called.
    beside : tuple of str
        Annotation files that name no recording.
    """

    paths: tuple[str, ...]
    beside: tuple[str, ...] = ()

    def __call__(self, reader: ShardReader) -> list[tuple[Any, ...]]:
        """Return what `as_nearest` reads, of all paths, then of all files."""
        names = RecordingNames(known_recordings(reader.database))
        told = [_told(reader, names.nearest(path), path) for path in self.paths]
        return [*told, *(_told(reader, names.nearest_beside(one), one) for one in self.beside)]


def as_nearest(told: Sequence[Any]) -> Nearest:
    """Return what a shard told of a name; recordings have the set's ids.

    Of a recording's folder it tells nothing but what was asked: whether the path is all of it.
    """
    common, among, has_own, step, only = told
    one = None if only is None else KnownRecording(*only)
    return Nearest(common, among, has_own, step, one)


def is_named_wholly(path: str, one: KnownRecording) -> bool:
    """Whether a path is that of a recording's file: no other sound can have it."""
    return path == file_name(one.root, one.path)


def _told(reader: ShardReader, nearest: Nearest, name: str) -> tuple[Any, ...]:
    *values, only = nearest
    if only is None:
        return *values, None
    root = only.root if is_named_wholly(name, only) else ""
    own = replace(only, sample_id=reader.ids.told(only.sample_id), root=root)
    return *values, (own.sample_id, own.root, own.path, own.duration_s, own.sample_rate)


ANNOTATION_JOBS = (FindNearest,)
