"""Cuts tasks into batches by seconds of sound: a batch is what a worker loses when it dies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlclap.ingest.plan import FileTask

SECONDS = 120.0
"""Of sound in a batch; a longer file is a batch of its own."""
BYTES = 64 << 20
FILES = 64
FEWEST_FILES = 4
BATCHES_A_WORKER = 4
"""At least, where there are files enough: so that all workers have work, and end together."""

_PCM_BYTES_PER_S = 176_400
_BYTES_PER_S = {".flac": 90_000, ".mp3": 20_000, ".ogg": 16_000, ".opus": 12_000}
_PCM = frozenset({".wav", ".wave", ".aif", ".aiff", ".aifc", ".w64", ".rf64", ".caf", ".au"})


def seconds_of(path: str, size: int) -> float:
    """Estimate a file's seconds of sound by its name and size: it has not been opened yet.

    >>> seconds_of("kick.wav", 176_400), seconds_of("song.opus", 120_000)
    (1.0, 10.0)
    """
    suffix = PurePosixPath(path).suffix.lower()
    rate = _PCM_BYTES_PER_S if suffix in _PCM else _BYTES_PER_S.get(suffix, 16_000)
    return size / rate


def files_for(tasks: int, workers: int) -> int:
    """Return how many files a batch has at most.

    >>> files_for(100_000, 16), files_for(100, 2), files_for(10, 16)
    (64, 13, 4)
    """
    fair = -(-tasks // (workers * BATCHES_A_WORKER))
    return min(FILES, max(FEWEST_FILES, fair))


def cut(tasks: Iterable[FileTask], most_files: int | None = None) -> Iterator[tuple[FileTask, ...]]:
    """Yield tasks in batches, in order; only as many are looked at as were asked for."""
    most_files = most_files or FILES
    batch: list[FileTask] = []
    seconds, size = 0.0, 0
    for task in tasks:
        own = seconds_of(task.file.path, task.file.bytes)
        full = seconds + own > SECONDS or size + task.file.bytes > BYTES or len(batch) >= most_files
        if batch and full:
            yield tuple(batch)
            batch, seconds, size = [], 0.0, 0
        batch.append(task)
        seconds, size = seconds + own, size + task.file.bytes
    if batch:
        yield tuple(batch)
