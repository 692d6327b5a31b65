"""Processed versions of a sound: tuning, decay, tone, saturation, room, noise, lead-in."""

from __future__ import annotations

import numpy as np
import soxr

from training.procedural.signal import Dice, drive, fast_length, room

RATE = 44_100
_Step = tuple[np.ndarray, tuple[str, ...]]


def retuned(sound: np.ndarray, dice: Dice, semitones: float) -> _Step:
    """Play faster or slower, up to some semitones."""
    shift = dice.uniform(-semitones, semitones)
    return soxr.resample(sound, RATE, RATE * 2 ** (-shift / 12), quality="MQ"), ()


def reshaped(sound: np.ndarray, dice: Dice) -> _Step:
    """Shorten the decay, or raise or soften the attack."""
    time = np.arange(len(sound)) / RATE
    if dice.chance(0.5):
        return sound * np.exp(-time / dice.log(0.03, 0.8)), ("short",)
    bump = dice.uniform(-0.8, 2.0) * np.exp(-time / dice.log(0.004, 0.03))
    return sound * (1 + bump), ()


def toned(sound: np.ndarray, dice: Dice) -> _Step:
    """Equalise with a few wide bells and a tilt, or cut the top or the bottom."""
    size = fast_length(len(sound))
    octave = np.log2(np.fft.rfftfreq(size, 1 / RATE) + 20)
    gain_db = dice.uniform(-2.5, 2.5) * (octave - 10)
    for _ in range(dice.whole(1, 4)):
        centre = dice.uniform(5.5, 14)
        gain_db += dice.uniform(-9, 9) * np.exp(
            -0.5 * ((octave - centre) / dice.uniform(0.3, 1.2)) ** 2
        )
    traits: tuple[str, ...] = ()
    if dice.chance(0.2):
        cut = dice.uniform(8.5, 13.5)
        gain_db -= np.maximum(0, octave - cut) * dice.uniform(12, 36)
        traits = ("muffled",) if cut < 11 else ()
    elif dice.chance(0.2):
        cut = dice.uniform(6, 10)
        gain_db -= np.maximum(0, cut - octave) * dice.uniform(12, 30)
        traits = ("thin",) if cut > 9 else ()
    gain = (10 ** (gain_db / 20)).astype(np.float32)
    filtered = np.fft.rfft(sound.astype(np.float32), size) * gain
    return np.fft.irfft(filtered, size)[: len(sound)], traits


def saturated(sound: np.ndarray, dice: Dice) -> _Step:
    """Overdrive, or reduce bits and rate."""
    if dice.chance(0.25):
        bits, hold = dice.whole(4, 10), dice.whole(1, 6)
        held = np.repeat(sound[::hold], hold)[: len(sound)]
        return np.round(held * 2**bits) / 2**bits, ("lo-fi",)
    gain = dice.log(0.7, 14)
    return drive(sound, gain), ("distorted",) if gain > 5 else ()


def placed(sound: np.ndarray, dice: Dice) -> _Step:
    """Put the sound into a room."""
    wet = dice.log(0.04, 1.0)
    return room(sound, dice, dice.log(0.15, 2.0), wet), ("roomy",) if wet > 0.4 else ()


def noisy(sound: np.ndarray, dice: Dice) -> _Step:
    """Add faint recording noise."""
    level = np.abs(sound).max() * dice.log(0.0003, 0.012)
    return sound + level * dice.noise(len(sound)), ()


def delayed(sound: np.ndarray, dice: Dice) -> _Step:
    """Put silence or noise before the onset."""
    return np.concatenate([np.zeros(int(dice.log(0.003, 0.25) * RATE)), sound]), ()


def vary(sound: np.ndarray, dice: Dice, semitones: float) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return a processed version of a sound and the traits that the processing gave it.

    Parameters
    ----------
    sound : np.ndarray [shape=(n,), dtype=float32]
        Mono at 44.1 kHz.
    dice : Dice
        Where the choices come from.
    semitones : float
        Largest change of tuning.
    """
    steps = (
        (0.8, lambda x: retuned(x, dice, semitones)),
        (0.25, lambda x: reshaped(x, dice)),
        (0.75, lambda x: toned(x, dice)),
        (0.35, lambda x: saturated(x, dice)),
        (0.35, lambda x: placed(x, dice)),
        (0.4, lambda x: noisy(x, dice)),
        (0.3, lambda x: delayed(x, dice)),
    )
    traits: list[str] = []
    for probability, step in steps:
        if dice.chance(probability):
            sound, gained = step(sound)
            traits.extend(gained)
    return np.asarray(sound, np.float32), tuple(traits)
