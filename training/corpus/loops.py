"""Drum loops sequenced from the training one-shots."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from training.corpus.clip import Clip, ClipInfo, make_clip
from training.procedural.signal import RATE, Dice

_KICKS = ((0, 4, 8, 12), (0, 10), (0, 3, 6, 10), (0, 6, 8, 14), (0, 7, 10))
_SNARES = ((4, 12), (4, 12), (8,), (4, 12, 15), (4, 7, 12))
_PERCUSSION = (
    "conga",
    "bongo",
    "cowbell",
    "tambourine",
    "djembe",
    "woodblock",
    "rimshot",
    "claves",
)
_STEPS = 16


def _voices(dice: Dice) -> list[tuple[str, tuple[int, ...], float]]:
    every = dice.whole(1, 2) if dice.chance(0.8) else 4
    hats = "closed hat" if dice.chance(0.75) else "shaker"
    voices = [
        ("kick", dice.pick(_KICKS), 1.0),
        ("snare" if dice.chance(0.75) else "clap", dice.pick(_SNARES), 0.8),
        (hats, tuple(range(0, _STEPS, every)), dice.uniform(0.12, 0.5)),
    ]
    if dice.chance(0.35):
        voices.append(("open hat", (2, 6, 10, 14), 0.3))
    if dice.chance(0.15):
        voices.append(("ride", (0, 4, 8, 12), 0.3))
    if dice.chance(0.3):
        voices.append(("tom", tuple(dice.rng.integers(8, 16, 3)), 0.6))
    if dice.chance(0.5):
        places = tuple(dice.rng.choice(_STEPS, dice.whole(2, 6), replace=False))
        voices.append((str(dice.pick(_PERCUSSION)), places, dice.uniform(0.2, 0.7)))
    return [voice for voice in voices if not dice.chance(0.12)]


def sequence(dice: Dice, one_shots: dict[str, list[np.ndarray]]) -> tuple[np.ndarray, int]:
    """Return a loop of four to six seconds and its tempo (in beats a minute)."""
    tempo = dice.whole(72, 178)
    step = 60 / tempo / 4
    length = int(dice.uniform(3.0, 6.0) * RATE)
    sound = np.zeros(length + RATE * 8, np.float32)
    swing = dice.uniform(0, 0.3) * step if dice.chance(0.4) else 0.0
    for label, places, level in _voices(dice) or [("kick", (0, 4, 8, 12), 1.0)]:
        hit = dice.pick(one_shots[label])[: int(1.2 * RATE)]
        for bar_start in np.arange(0, length / RATE, 16 * step):
            for place in places:
                late = swing if place % 2 else 0.0
                first = int((bar_start + place * step + late) * RATE)
                sound[first : first + len(hit)] += hit * level * dice.uniform(0.6, 1)
    return sound[:length], tempo


def loop_clips(clips: Iterable[Clip], count: int, seed: int) -> Iterator[Clip]:
    """Yield loops made of the training clips among `clips`."""
    one_shots: dict[str, list[np.ndarray]] = {}
    for clip in clips:
        if clip.info.split == "train" and clip.info.label:
            one_shots.setdefault(clip.info.label, []).append(clip.audio)
    for number in range(count):
        sound, tempo = sequence(Dice([seed, number]), one_shots)
        info = ClipInfo("loops", f"drum loop {tempo} bpm", f"loop-{number}", "drum loop")
        clip = make_clip(sound, info)
        if clip is not None:
            yield clip
