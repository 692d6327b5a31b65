"""Sounds that move in time: sweeps, builds, acid lines, arpeggios, supersaws, moving filters."""

from __future__ import annotations

import numpy as np

from training.procedural.signal import (
    RATE,
    Dice,
    band,
    decay,
    drive,
    fade_out,
    moving_band,
    moving_lowpass,
    phase,
    pulse,
    room,
    saw,
    seconds,
)
from training.procedural.synths import detuned_saws

_SCALES = ((0, 3, 7, 10, 12), (0, 4, 7, 11, 12), (0, 3, 5, 7, 10), (0, 12, 7, 12), (0, 4, 7))


def _course(dice: Dice, time: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return a frequency that goes from `low` to `high` along the sound, bent at random."""
    place = (time / time[-1]) ** dice.log(0.5, 2.0)
    return low * (high / low) ** place


def noise_riser(dice: Dice) -> np.ndarray:
    """Noise that opens and swells, pulsing faster towards the end."""
    time = seconds(dice.uniform(1.6, 4.8))
    course = _course(dice, time, dice.log(100, 700), dice.log(3500, 14000))
    sound = moving_band(dice.noise(len(time)), course, dice.uniform(0.3, 1.1))
    if dice.chance(0.4):
        rate = _course(dice, time, dice.log(1, 5), dice.log(8, 25))
        sound *= 1 - dice.uniform(0.3, 0.9) * (phase(rate, time) % 1)
    return sound * (0.05 + time / time[-1]) ** dice.uniform(0.5, 2)


def tonal_riser(dice: Dice) -> np.ndarray:
    """Saws whose pitch climbs over an octave or more, through an opening filter."""
    time = seconds(dice.uniform(1.4, 4.5))
    start = dice.log(60, 300)
    course = _course(dice, time, start, start * dice.log(2, 10))
    wave = sum(saw(phase(course * (1 + d), time)) for d in (-0.008, 0.0, 0.008))
    cutoff = _course(dice, time, dice.log(200, 900), dice.log(3000, 14000))
    return moving_lowpass(wave, cutoff, dice.uniform(0, 2)) * (0.1 + time / time[-1])


def tonal_fall(dice: Dice) -> np.ndarray:
    """A tone, noise or both that fall and close, as after a drop."""
    time = seconds(dice.uniform(0.9, 4.2))
    start = dice.log(400, 3000)
    course = _course(dice, time, start, start / dice.log(3, 25))
    wave = saw(phase(course, time)) if dice.chance(0.5) else np.sin(2 * np.pi * phase(course, time))
    air = moving_band(dice.noise(len(time)), course * dice.uniform(1, 4), 0.7)
    sound = wave * dice.uniform(0, 1) + 2 * air * dice.uniform(0.2, 1)
    return room(sound * (1 - time / time[-1]) ** dice.uniform(0.5, 2), dice, 1.2, 0.2)


def noise_pass(dice: Dice) -> np.ndarray:
    """Air or a tone that passes by: rises, falls and drops in pitch."""
    time = seconds(dice.uniform(0.3, 1.8))
    middle = time[-1] * dice.uniform(0.3, 0.7)
    width = time[-1] * dice.uniform(0.1, 0.25)
    swell = np.exp(-0.5 * ((time - middle) / width) ** 2)
    fall = 1 + 0.3 * np.tanh((middle - time) / width)
    air = moving_band(dice.noise(len(time)), dice.log(300, 2500) * fall * (0.4 + swell), 0.7)
    tone = saw(phase(dice.log(80, 400) * fall, time)) * dice.uniform(0, 0.3)
    return (air + tone) * swell


def _notes(dice: Dice, length: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return time, and for each moment the step of a sequence and the time since its start."""
    time = seconds(length)
    step = 60 / dice.uniform(80, 175) / dice.pick([2, 4, 4, 3])
    return time, (time / step).astype(int), time % step


def acid_line(dice: Dice) -> np.ndarray:
    """Sixteenths of a saw or square with slides, accents and a squelching filter."""
    time, place, since = _notes(dice, dice.uniform(1.8, 4.5))
    steps = dice.rng.choice(dice.pick(_SCALES), dice.pick([4, 8, 16]))
    accents = dice.rng.random(len(steps)) < 0.35
    low = dice.log(40, 110)
    pitch = low * 2 ** (steps[place % len(steps)] / 12)
    glide = np.ones(int(dice.log(0.002, 0.04) * RATE))
    pitch = np.convolve(pitch, glide / len(glide), "same")
    wave = (saw if dice.chance(0.7) else pulse)(phase(pitch, time))
    loud = 1 + accents[place % len(steps)]
    sweep = 0.5 + 0.5 * np.sin(2 * np.pi * (dice.uniform(0.05, 0.4) * time + dice.uniform(0, 1)))
    cutoff = dice.log(150, 500) + loud * dice.log(400, 2500) * (0.3 + sweep) * decay(since, 0.09)
    sound = moving_lowpass(wave, cutoff, dice.uniform(2, 7)) * loud * decay(since, 0.3)
    return drive(sound, dice.log(0.7, 6))


def arpeggio(dice: Dice) -> np.ndarray:
    """A chord played note by note: up, down or both, over octaves, with an echo."""
    time, place, since = _notes(dice, dice.uniform(1.6, 4.5))
    chord = np.array(dice.pick(_SCALES))
    run = np.concatenate([chord + 12 * octave for octave in range(dice.whole(1, 3))])
    run = {0: run, 1: run[::-1], 2: np.concatenate([run, run[::-1]])}[dice.whole(0, 2)]
    pitch = dice.log(90, 450) * 2 ** (run[place % len(run)] / 12)
    waves = (saw, pulse, lambda cycles: np.sin(2 * np.pi * cycles))
    wave = waves[dice.whole(0, 2)](phase(pitch, time))
    if dice.chance(0.5):
        wave = wave + saw(phase(pitch * 1.006, time))
    cutoff = dice.log(500, 3000) + dice.log(500, 8000) * decay(since, dice.log(0.03, 0.2))
    sound = moving_lowpass(wave, cutoff) * decay(since, dice.log(0.06, 0.5))
    late = int(dice.uniform(0.15, 0.4) * RATE)
    sound[late:] += dice.uniform(0, 0.5) * sound[:-late]
    return room(sound, dice, dice.log(0.3, 1.5), dice.uniform(0, 0.4))


def supersaw(dice: Dice) -> np.ndarray:
    """Many detuned saws on a note, as in trance."""
    return _supersaws(dice, dice.uniform(0.4, 2.6), dice.pick([(0,), (0,), (0, 12), (0, 7, 12)]))


def supersaw_chord(dice: Dice) -> np.ndarray:
    """A short chord of supersaws."""
    steps = dice.pick([(0, 4, 7), (0, 3, 7), (0, 3, 7, 10), (0, 4, 7, 11)])
    sound = _supersaws(dice, dice.uniform(0.2, 0.9), steps)
    return sound * decay(np.arange(len(sound)) / RATE, dice.log(0.1, 0.6))


def _supersaws(dice: Dice, length: float, steps: tuple[int, ...]) -> np.ndarray:
    time = seconds(length)
    root = dice.log(130, 700)
    wave = sum(
        detuned_saws(dice, time, root * 2 ** (s / 12), dice.uniform(0.006, 0.025)) for s in steps
    )
    sound = band(wave, dice.log(60, 300), dice.log(4000, 16000))
    sound = sound * np.minimum(1, time / dice.log(0.002, 0.08))
    return room(fade_out(sound, dice.uniform(0.05, 0.4)), dice, 1.0, dice.uniform(0, 0.4))


def moving_pad(dice: Dice) -> np.ndarray:
    """A held chord whose filter opens, closes or sways."""
    time = seconds(dice.uniform(2.5, 4.8))
    root = dice.log(80, 330)
    steps = dice.pick([(0, 7, 12), (0, 3, 7, 10), (0, 4, 7, 11), (0, 5, 7)])
    wave = sum(detuned_saws(dice, time, root * 2 ** (s / 12), 0.006) for s in steps)
    low, high = dice.log(200, 800), dice.log(1200, 7000)
    courses = (
        _course(dice, time, low, high),
        _course(dice, time, high, low),
        low + (high - low) * (0.5 + 0.5 * np.sin(2 * np.pi * dice.log(0.15, 1.5) * time)),
    )
    wave = moving_lowpass(wave, courses[dice.whole(0, 2)], dice.uniform(0, 2.5))
    rise = np.minimum(1, time / dice.uniform(0.1, 1.2))
    return room(fade_out(wave * rise, 0.6), dice, dice.log(0.8, 2.2), dice.uniform(0.1, 0.6))


def moving_drone(dice: Dice) -> np.ndarray:
    """A low cluster in slow motion: beating partials, wandering resonances, distant noise."""
    time = seconds(4.6)
    low = dice.log(35, 150)
    ratios = dice.rng.choice([0.5, 1, 1.5, 2, 2.01, 3, 1.189], 4)
    kind = saw if dice.chance(0.5) else (lambda cycles: np.sin(2 * np.pi * cycles))
    parts = [
        kind(phase(low * r * (1 + 0.004 * dice.uniform(-1, 1)), time))
        * (1 + 0.6 * np.sin(2 * np.pi * (dice.log(0.08, 0.9) * time + dice.uniform(0, 1))))
        for r in ratios
    ]
    air = dice.noise(len(time)) * dice.uniform(0.0, 0.6)
    sway = 1 + 0.7 * np.sin(2 * np.pi * (dice.log(0.08, 0.5) * time + dice.uniform(0, 1)))
    sound = moving_lowpass(sum(parts) + air, dice.log(200, 1800) * sway + 60, dice.uniform(0, 3))
    return room(sound, dice, dice.log(1, 2.5), dice.uniform(0.1, 0.9))


def wobble_bass(dice: Dice) -> np.ndarray:
    """A low detuned tone whose filter wobbles in time, in steps or smoothly."""
    time = seconds(dice.uniform(0.9, 3.0))
    wave = detuned_saws(dice, time, dice.log(35, 90), dice.uniform(0.002, 0.015))
    rate = dice.pick([2.33, 3.5, 4.67, 7, 9.33]) * np.where(
        time < time[-1] / 2, 1, dice.pick([1, 2, 0.5, 1.5])
    )
    wobble = 0.5 + 0.5 * np.sin(2 * np.pi * phase(rate, time))
    cutoff = dice.log(90, 250) + dice.log(700, 4500) * wobble ** dice.uniform(1, 3)
    return fade_out(drive(moving_lowpass(wave, cutoff, dice.uniform(0, 4)), dice.log(1, 8)), 0.05)
