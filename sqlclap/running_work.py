"""What a program is doing with a library, for other programs to show: a small file beside it.

Who works holds the operating system's lock on the file, which ends with the process, however that
ends: what a killed process has left is never taken for work that goes on. It holds names of stages
and counts, no path and no name of a sound.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Self

from sqlclap.durable import is_at, lock
from sqlclap.homes import expand_home
from sqlclap.progress import ProgressListener

SUFFIX = "-work"
TELL_EVERY_S = 0.4
RATE_OVER_S = 20.0
STOPPED_FOR_S = 3600.0
"""How long it is told that work was stopped before its end."""
_FLAGS = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_LENGTH = 2048  # always the same, so that a reader meets no rest of what was told before
_TRIES = 50
_LOCKED_AT = 1 << 20  # behind the content: Windows lets nobody read what is locked

Phase = Literal["sounds", "index", "map", "clusters"]
PHASES: tuple[Phase, ...] = ("sounds", "index", "map", "clusters")
_PHASE_OF: dict[str, Phase] = {
    "ingest": "sounds", "reading recording times": "sounds", "reading metadata": "sounds",
    "index": "index", "neighbours": "map", "layout": "map", "placing": "map", "quality": "map",
    "reduction": "clusters", "clusters": "clusters", "names": "clusters",
}  # fmt: skip
_COUNTED = {"ingest", "index", "neighbours", "layout", "placing"}
"""Stages that take long; of the others, no steps are told."""


@dataclass(frozen=True)
class RunningWork:
    """Work on a library, as it was last reported.

    Attributes
    ----------
    state : {"running", "stopped"}
        Stopped: its process has ended before the work's end.
    phase : {"sounds", "index", "map", "clusters"}
        Taking in sounds, building the index, drawing the map, finding and naming clusters.
    done, total : int
        Steps of the stage at hand; of taking in, files.
    failed : int
        Files that could not be taken in.
    per_second : float or None
        Steps, of late.
    left_s : float or None
        Of this stage, at that rate.
    to_come : list of str
        Phases that follow.
    """

    state: Literal["running", "stopped"]
    phase: Phase
    done: int
    total: int
    failed: int
    per_second: float | None
    left_s: float | None
    to_come: list[Phase]


def work_file(library: Path) -> Path:
    """Return the path of the file that reports work on a library, whatever link names it."""
    real = Path(os.path.realpath(expand_home(library)))
    return real.with_name(real.name + SUFFIX)


def running_work(library: Path) -> RunningWork | None:
    """Return what is being done with a library, or was stopped of late; None where nothing is."""
    file = work_file(library)
    try:
        handle = os.open(file, os.O_RDONLY | _FLAGS)
    except OSError:  # there is none
        return None
    try:
        os.lseek(handle, _LOCKED_AT, os.SEEK_SET)
        is_running = not lock(handle, shared=sys.platform != "win32")
        told = _read(handle)
        age_s = time.time() - os.fstat(handle).st_mtime
    except OSError:  # the file system knows no locks
        return None
    finally:
        os.close(handle)
    if told is None or (not is_running and age_s > STOPPED_FOR_S):
        return None
    try:
        return RunningWork(**{**told, "state": "running" if is_running else "stopped"})
    except TypeError:  # another version's
        return None


def _read(handle: int) -> dict[str, Any] | None:
    """Return the report; None while it is being written, or if it is something else."""
    os.lseek(handle, 0, os.SEEK_SET)
    try:
        told = json.loads(os.read(handle, _LENGTH))
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


class ToldProgress:
    """Tells other programs of work on a library; a context manager and a `ProgressListener`.

    Where the library's folder can't be written, or another program tells of its work already, the
    work goes on untold.

    Parameters
    ----------
    library : Path
    listener : ProgressListener
        Is told the same.
    phases : sequence of str
        What is to be done, in order.
    if_needed : sequence of str
        What follows only where it turns out to be needed: it isn't told to come.
    """

    def __init__(
        self,
        library: Path,
        listener: ProgressListener,
        phases: Sequence[Phase] = PHASES,
        if_needed: Sequence[Phase] = (),
    ) -> None:
        self._file = work_file(library)
        self._listener = listener
        self._sure = len(phases)
        self._phases = [*phases, *if_needed]
        self._handle = -1
        self._at = 0
        self._done = self._total = self._failed = 0
        self._seen: deque[tuple[float, int]] = deque()
        self._told_at = 0.0
        self._has_begun = self._is_finished = False

    def __enter__(self) -> Self:
        with suppress(OSError):
            self._handle = _locked(self._file)
        self._tell()
        return self

    def __exit__(self, *error: object) -> None:
        if self._handle < 0:
            return
        if self._is_finished or not self._has_begun:
            with suppress(OSError):
                self._file.unlink()
        os.close(self._handle)
        self._handle = -1

    def finished(self) -> None:
        """Say that all has been done; else, once begun, what is left tells that it was stopped."""
        self._is_finished = True

    def started(self, stage: str, total: int) -> None:
        """Report a new stage."""
        self._listener.started(stage, total)
        self._has_begun = True
        stage = stage.partition(" (")[0]  # a set's are told with their shard
        phase = _PHASE_OF.get(stage)
        if phase in self._phases:
            at = self._phases.index(phase)
            # A map looks for the index again: that is the map's work. Shards take in in turn.
            self._at = at if stage == "ingest" else max(self._at, at)
        self._done, self._total = 0, total if stage in _COUNTED else 0
        self._seen.clear()
        self._note()
        self._tell()

    def advanced(self, steps: int, seconds_of_sound: float = 0.0) -> None:
        """Report further steps, not more often than `TELL_EVERY_S`."""
        self._listener.advanced(steps, seconds_of_sound)
        self._done += steps if self._total else 0
        if time.monotonic() - self._told_at >= TELL_EVERY_S or self._done >= self._total:
            self._note()
            self._tell()

    def failed(self, what: str, reason: str) -> None:
        """Count a failure; what it is stands in the library alone."""
        self._listener.failed(what, reason)
        self._failed += 1

    def _note(self) -> None:
        now = time.monotonic()
        self._seen.append((now, self._done))
        while now - self._seen[0][0] > RATE_OVER_S:
            self._seen.popleft()

    def _rate(self) -> float | None:
        if len(self._seen) < 2:
            return None
        (since, before), (now, done) = self._seen[0], self._seen[-1]
        return (done - before) / (now - since) if done > before and now > since else None

    def _tell(self) -> None:
        self._told_at = time.monotonic()
        if self._handle < 0:
            return
        rate = self._rate()
        left = None if rate is None else max(0, self._total - self._done) / rate
        told = RunningWork(
            "running",
            self._phases[self._at],
            self._done,
            self._total,
            self._failed,
            None if rate is None else round(rate, 2),
            None if left is None else round(left, 1),
            self._phases[self._at + 1 : self._sure],
        )
        content = json.dumps(asdict(told)).encode().ljust(_LENGTH)
        with suppress(OSError):  # a full disk stops the work itself, with its own words
            os.lseek(self._handle, 0, os.SEEK_SET)
            os.write(self._handle, content)


def _locked(file: Path) -> int:
    """Open and lock the file; -1 where another process holds it.

    Who only looks holds the lock for a moment: it is tried again.

    Raises
    ------
    OSError
    """
    for _ in range(_TRIES):
        handle = os.open(file, os.O_RDWR | os.O_CREAT | _FLAGS, 0o644)
        os.lseek(handle, _LOCKED_AT, os.SEEK_SET)
        if lock(handle) and is_at(handle, file):
            return handle
        os.close(handle)  # held, or removed just now by who has finished
        time.sleep(0.01)
    return -1
