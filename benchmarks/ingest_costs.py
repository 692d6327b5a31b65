"""What single measures cost in an ingest: processor time, whatever else the machine does."""

from __future__ import annotations

import os
import statistics
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sqlclap.audio.decode import open_audio
from sqlclap.audio.front_end import FrontEnd, sound_windows
from sqlclap.audio.loudness import ChannelMeter
from sqlclap.audio.rhythm import measure_rhythm
from sqlclap.audio.tonality import estimate_key
from sqlclap.audio.windows import SILENCE_PEAK
from sqlclap.errors import AudioError

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array

_OPENING_S = 30.0


def cpu_of(phase: Callable[[], object], runs: int) -> float:
    """Return the processor time (in seconds) that a phase takes: the median.

    That of all threads, and of processes that have ended with it.
    """
    spent = []
    for _ in range(runs):
        began = _cpu_s()
        phase()
        spent.append(_cpu_s() - began)
    return statistics.median(spent)


def _cpu_s() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


@contextmanager
def watched_children() -> Iterator[dict[int, float]]:
    """Give what the processes that are started meanwhile had in memory at most (MB), by id.

    Looks at them every 20 ms; nothing but on Linux.
    """
    peaks: dict[int, float] = {}
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.wait(0.02):
            for status in Path("/proc").glob("[0-9]*/status"):
                with suppress(OSError):  # it has ended
                    held = dict(
                        line.split(":", 1)
                        for line in status.read_text().splitlines()
                        if ":" in line
                    )
                    if int(held["PPid"]) == os.getpid() and "VmHWM" in held:
                        peaks[int(held["Pid"])] = int(held["VmHWM"].split()[0]) * 1024 / 1e6

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peaks
    finally:
        is_over.set()
        watcher.join()


def descriptors_cpu_s(files: Iterable[Path], front_end: FrontEnd) -> float:
    """Return the processor time that loudness, width, tempo, kind, decay and key take.

    Parameters
    ----------
    files : iterable of Path
        Those that can't be decoded are passed over.
    front_end : FrontEnd
        Whose windows the sounds are read by, as in an ingest.
    """
    spent = 0.0
    for file in files:
        try:
            with open_audio(file) as stream:
                meter = _TimedMeter(stream.sample_rate)
                for _ in sound_windows(stream, front_end, meter):
                    pass
        except AudioError:
            continue
        meter.finish()
        spent += meter.spent_s
    return spent


class _TimedMeter:
    """Measures what `DescriptorMeter` measures of channels, rhythm and key, and only times that."""

    def __init__(self, sample_rate: int) -> None:
        self.spent_s = 0.0
        self._rate = sample_rate
        self._channels: ChannelMeter | None = None
        self._mono: list[Float32Array] = []

    def update_channels(self, block: Float32Array) -> None:
        if self._channels is None:
            self._channels = ChannelMeter(self._rate, block.shape[1])
        began = time.thread_time()
        self._channels.update(block)
        self.spent_s += time.thread_time() - began

    def update(self, mono: Float32Array) -> None:
        self._mono.append(mono.copy())

    def finish(self) -> None:
        whole = np.concatenate(self._mono) if self._mono else np.zeros(0, dtype=np.float32)
        audible = np.flatnonzero(np.abs(whole) >= SILENCE_PEAK)
        if self._channels is None or not len(audible):
            return
        sound = whole[audible[0] :]
        opening = sound[: round(_OPENING_S * self._rate)]
        began = time.thread_time()
        self._channels.finish()
        estimate_key(opening, self._rate)
        measure_rhythm(opening, self._rate, len(sound) / self._rate)
        self.spent_s += time.thread_time() - began
