"""Windows of training sounds as a tape plays them at several speeds."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr

from sqlclap.audio.front_end import FrontEnd
from sqlclap.audio.windows import cut_windows, is_silent
from sqlclap.durable import draft_of
from training import paths
from training.corpus.clip import SAMPLE_RATE, Clip, read_shard
from training.features import FRONT_END, windows_of
from training.sampling import sampling_weights

SPEEDS = tuple(2.0**octaves for octaves in range(-3, 4))
"""From three octaves down to three up."""
_FROM_EACH = 3
"""The first windows of a clip can be drawn, as they are trained on."""
_HEARD_TWICE = 0.5
"""From this speed on a window is heard to its end, in two windows; of slower ones the first is."""


@dataclass(frozen=True)
class Heard:
    """Windows at one speed, as the front end gives them.

    Attributes
    ----------
    mels : np.ndarray [shape=(n, frames, n_mels), dtype=float16]
    owner : np.ndarray [shape=(n,), dtype=int64]
        Which of the drawn windows each belongs to.
    seconds : np.ndarray [shape=(n,), dtype=float32]
        Sound in each.
    """

    mels: np.ndarray
    owner: np.ndarray
    seconds: np.ndarray

    def first_of_each(self) -> np.ndarray:
        """Return the first window of each drawn one, shape (drawn, frames, n_mels)."""
        return self.mels[np.unique(self.owner, return_index=True)[1]]


@dataclass(frozen=True)
class _Place:
    """A window that can be drawn: where it lies, and the label and source of its sound."""

    shard: str
    clip: int
    index: int
    key: tuple[str, str]


def at_speed(sound: np.ndarray, speed: float) -> np.ndarray:
    """Return the start of a sound at another speed: what fills two windows.

    Parameters
    ----------
    sound : np.ndarray [shape=(n,), dtype=float32]
        Mono at 44.1 kHz.
    speed : float
        2 is an octave up, and half as long.
    """
    if speed == 1.0:
        return sound
    enough = math.ceil(2 * FRONT_END.window_samples * speed)
    return soxr.resample(sound[:enough], speed, 1.0, quality="HQ").astype(np.float32)


def features_at(
    sound: np.ndarray, speed: float, front_end: FrontEnd
) -> list[tuple[float, np.ndarray]]:
    """Return length (in seconds) and features of the windows that are heard at a speed."""
    most = 2 if speed >= _HEARD_TWICE else 1
    windows = windows_of(at_speed(sound, speed), front_end, most)
    return [(seconds, features.astype(np.float16)) for _, seconds, features in windows]


def build_speeds(shards: list[str], count: int, seed: int) -> str:
    """Draw windows of the training sounds, and store them at all speeds.

    Classes and sources are balanced as in training. A window that is silent at the speeds that
    towers are taught at is left out.
    """
    front_end = FrontEnd(FRONT_END)
    drawn = _drawn([place for shard in shards for place in _places(shard)], count, seed)
    rows: dict[float, list[tuple[int, float, np.ndarray]]] = {speed: [] for speed in SPEEDS}
    number = 0
    for sound in _sounds(shards, drawn):
        found = {speed: features_at(sound, speed, front_end) for speed in SPEEDS}
        if all(found[speed] for speed in (0.5, 1.0, 2.0)):
            for speed, windows in found.items():
                rows[speed] += [(number, seconds, mel) for seconds, mel in windows]
            number += 1
    _store(paths.SPEEDS, rows)
    return f"{number} windows"


def load_speeds() -> dict[float, Heard]:
    """Return what `build_speeds` stored, by speed."""
    with np.load(paths.SPEEDS) as data:
        return {
            speed: Heard(*(data[f"{name} {speed}"] for name in ("mels", "owner", "seconds")))
            for speed in SPEEDS
        }


def _training_clips(shard: str) -> Iterator[tuple[int, Clip]]:
    for number, clip in enumerate(read_shard(paths.CLIPS / f"{shard}.npz")):
        if clip.info.split == "train" and clip.info.label:
            yield number, clip


def _places(shard: str) -> list[_Place]:
    """List the windows of a shard that can be drawn, by length alone."""
    return [
        _Place(shard, number, index, (clip.info.label or "", clip.info.source))
        for number, clip in _training_clips(shard)
        for index in range(min(_FROM_EACH, -(-len(clip.audio) // FRONT_END.window_samples)))
    ]


def _drawn(places: list[_Place], count: int, seed: int) -> set[tuple[str, int, int]]:
    index = np.array([place.index for place in places])
    weights = sampling_weights([place.key for place in places], index)
    rng = np.random.default_rng(seed)
    rows = rng.choice(len(places), min(count, len(places)), replace=False, p=weights)
    return {(places[row].shard, places[row].clip, places[row].index) for row in rows}


def _sounds(shards: list[str], drawn: set[tuple[str, int, int]]) -> Iterator[np.ndarray]:
    """Yield the drawn windows' samples, without the silence that fills them up."""
    for shard in shards:
        for number, clip in _training_clips(shard):
            wanted = {index for index in range(_FROM_EACH) if (shard, number, index) in drawn}
            if not wanted:
                continue
            for window in cut_windows([clip.audio], FRONT_END.window_samples, SAMPLE_RATE):
                if window.index in wanted and not is_silent(window.samples):
                    length = round((window.end_s - window.start_s) * SAMPLE_RATE)
                    yield window.samples[:length].copy()


def _store(path: Path, rows: dict[float, list[tuple[int, float, np.ndarray]]]) -> None:
    arrays = {}
    for speed, windows in rows.items():
        owner, seconds, mels = zip(*windows, strict=True)
        arrays[f"mels {speed}"] = np.stack(mels)
        arrays[f"owner {speed}"] = np.array(owner)
        arrays[f"seconds {speed}"] = np.array(seconds, np.float32)
    path.parent.mkdir(parents=True, exist_ok=True)
    with draft_of(path) as draft:
        np.savez(draft, **arrays)
