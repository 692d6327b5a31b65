"""Basses, leads, pads and other tones of subtractive synthesizers."""

from __future__ import annotations

import numpy as np

from training.procedural.signal import (
    Dice,
    band,
    decay,
    drive,
    fade_out,
    moving_lowpass,
    phase,
    pulse,
    room,
    saw,
    seconds,
    sine,
)

_CHORDS = ((1, 1.189, 1.498), (1, 1.26, 1.498), (1, 1.189, 1.498, 1.782), (1, 1.498, 2))


def detuned_saws(dice: Dice, time: np.ndarray, frequency: float, spread: float) -> np.ndarray:
    """Return three to seven saws around a frequency (in Hz), `spread` apart (relative)."""
    count = dice.whole(3, 7)
    offsets = np.linspace(-spread, spread, count)
    return sum(saw(phase(frequency * (1 + o), time) + dice.uniform(0, 1)) for o in offsets) / count


def sub_bass(dice: Dice) -> np.ndarray:
    """A long low sine, gently driven, as an 808 bass."""
    length = dice.uniform(0.5, 2.4)
    time = seconds(length)
    bend = 1 + dice.uniform(0, 2) * np.exp(-time / dice.log(0.01, 0.05))
    sound = drive(sine(dice.log(30, 70) * bend, time), dice.log(0.4, 4))
    if dice.chance(0.5):
        sound = sound * decay(time, dice.log(0.3, 1.2))
    return fade_out(sound, length * dice.uniform(0.1, 0.6))


def synth_bass(dice: Dice) -> np.ndarray:
    """Saw or square through a closing filter, with or without an acid squelch."""
    length = dice.uniform(0.2, 1.4)
    time = seconds(length)
    low = dice.log(35, 130)
    wave = (
        saw(phase(low, time))
        if dice.chance(0.6)
        else pulse(phase(low, time), dice.uniform(0.2, 0.5))
    )
    if dice.chance(0.5):
        wave = wave + saw(phase(low * dice.uniform(1.002, 1.01), time))
    top, floor = dice.log(600, 6000), dice.log(80, 500)
    cutoff = floor + top * np.exp(-time / dice.log(0.04, 0.4))
    sound = moving_lowpass(wave, cutoff, dice.uniform(0, 4) if dice.chance(0.5) else 0.0)
    return fade_out(drive(sound, dice.log(0.5, 4)), dice.uniform(0.01, 0.2))


def reese_bass(dice: Dice) -> np.ndarray:
    """Detuned saws that beat, filtered, perhaps wobbling."""
    length = dice.uniform(0.8, 2.5)
    time = seconds(length)
    wave = detuned_saws(dice, time, dice.log(36, 85), dice.uniform(0.004, 0.02))
    cutoff = np.full(len(time), dice.log(300, 3500))
    if dice.chance(0.5):
        cutoff = cutoff * (1.2 + np.sin(2 * np.pi * dice.log(1, 9) * time))
    return fade_out(drive(moving_lowpass(wave, cutoff, dice.uniform(0, 2)), dice.log(0.7, 5)), 0.05)


def saw_lead(dice: Dice) -> np.ndarray:
    """One to many saws, bright."""
    length = dice.uniform(0.3, 2.0)
    time = seconds(length)
    vibrato = 1 + dice.uniform(0, 0.01) * np.sin(2 * np.pi * 5.5 * time)
    pitch = dice.log(180, 1100)
    wave = (
        detuned_saws(dice, time, pitch, dice.uniform(0, 0.012))
        if dice.chance(0.6)
        else saw(phase(pitch * vibrato, time))
    )
    return fade_out(band(wave, 60, dice.log(3000, 18000)), dice.uniform(0.03, 0.3))


def square_lead(dice: Dice) -> np.ndarray:
    """Pulse waves as in old games: steady, arpeggiated or sliding."""
    length = dice.uniform(0.15, 1.5)
    time = seconds(length)
    pitch = dice.log(180, 1300) * (1 + 0.01 * np.sin(2 * np.pi * 6 * time))
    if dice.chance(0.35):
        steps = np.array(dice.pick(_CHORDS))
        pitch = pitch * steps[(time / dice.uniform(0.03, 0.1)).astype(int) % len(steps)]
    return fade_out(
        pulse(phase(pitch, time), dice.pick([0.125, 0.25, 0.5])), dice.uniform(0.02, 0.2)
    )


def synth_lead(dice: Dice) -> np.ndarray:
    """A mono lead with portamento and a resonant filter."""
    length = dice.uniform(0.4, 1.8)
    time = seconds(length)
    pitch = dice.log(200, 900) * (1 + dice.uniform(-0.3, 0.3) * np.exp(-time / 0.06))
    wave = saw(phase(pitch, time)) + dice.uniform(0, 1) * pulse(phase(pitch * 1.004, time))
    cutoff = np.full(len(time), dice.log(900, 6000)) * (1 + 2 * np.exp(-time / 0.2))
    return fade_out(moving_lowpass(wave, cutoff, dice.uniform(0, 3)), 0.1)


def pad(dice: Dice) -> np.ndarray:
    """A slow chord of detuned saws, filtered, in a large room."""
    length = dice.uniform(2.5, 4.5)
    time = seconds(length)
    root = dice.log(90, 350)
    wave = sum(detuned_saws(dice, time, root * step, 0.006) for step in dice.pick(_CHORDS))
    wave = band(wave, 60, dice.log(500, 5000))
    rise = np.minimum(1, time / dice.uniform(0.2, 1.4))
    return room(fade_out(wave * rise, 0.5), dice, dice.log(0.8, 2), dice.uniform(0.1, 0.6))


def drone(dice: Dice) -> np.ndarray:
    """Low tones that drift against each other, with air."""
    time = seconds(4.5)
    low = dice.log(40, 170)
    parts = [
        saw(phase(low * step * (1 + 0.003 * dice.uniform(-1, 1)), time))
        * (1 + 0.5 * np.sin(2 * np.pi * (dice.uniform(0.1, 1) * time + dice.uniform(0, 1))))
        for step in (0.5, 1, 1, 1.5, 2)
    ]
    air = band(dice.noise(len(time)), 100, 1500) * dice.uniform(0, 2)
    return room(band(sum(parts), 30, dice.log(250, 2500)) + air, dice, 1.5, dice.uniform(0, 0.5))


def pluck(dice: Dice) -> np.ndarray:
    """A short filtered saw that closes quickly."""
    length = dice.uniform(0.2, 1.0)
    time = seconds(length)
    pitch = dice.log(120, 1000)
    wave = saw(phase(pitch, time)) + dice.uniform(0, 1) * saw(phase(pitch * 1.005, time) + 0.3)
    cutoff = dice.log(150, 600) + dice.log(2500, 9000) * np.exp(-time / dice.log(0.02, 0.12))
    sound = moving_lowpass(wave, cutoff, dice.uniform(0, 1)) * decay(time, length / 3)
    return room(sound, dice, dice.log(0.2, 1), dice.uniform(0, 0.4))


def synth_stab(dice: Dice) -> np.ndarray:
    """A short chord, as in house and rave."""
    length = dice.uniform(0.2, 0.8)
    time = seconds(length)
    root = dice.log(120, 420)
    wave = sum(detuned_saws(dice, time, root * step, 0.005) for step in dice.pick(_CHORDS))
    cutoff = dice.log(400, 1500) + dice.log(1500, 8000) * np.exp(-time / dice.log(0.05, 0.3))
    sound = moving_lowpass(wave, cutoff) * decay(time, length / 2)
    return room(sound, dice, dice.log(0.2, 0.9), dice.uniform(0, 0.5))


def synth_strings(dice: Dice) -> np.ndarray:
    """A string machine: high detuned saws with ensemble chorus."""
    length = dice.uniform(1.2, 3.0)
    time = seconds(length)
    root = dice.log(200, 700)
    steps = dice.pick([(1,), (1, 2), (1, 1.26, 1.498)])
    wave = sum(detuned_saws(dice, time, root * step, 0.008) for step in steps)
    wave = band(wave, dice.log(150, 400), dice.log(3000, 9000)) * np.minimum(
        1, time / dice.uniform(0.05, 0.4)
    )
    return room(fade_out(wave, 0.3), dice, 1.0, dice.uniform(0.1, 0.4))


def synth_brass(dice: Dice) -> np.ndarray:
    """Detuned saws whose filter opens with the note."""
    length = dice.uniform(0.4, 1.6)
    time = seconds(length)
    steps = dice.pick([(1,), (1,), (1, 1.26, 1.498), (1, 1.498)])
    root = dice.log(100, 500)
    wave = sum(detuned_saws(dice, time, root * step, 0.004) for step in steps)
    opening = 1 - np.exp(-time / dice.log(0.02, 0.1))
    cutoff = 200 + dice.log(1200, 5000) * opening * (0.5 + 0.5 * np.exp(-time / 0.4))
    return fade_out(moving_lowpass(wave, cutoff, 0.3), 0.1)


def sine_tone(dice: Dice) -> np.ndarray:
    """A steady sine."""
    return sine(dice.log(80, 6000), seconds(dice.uniform(0.5, 3)))


def electric_piano(dice: Dice) -> np.ndarray:
    """Two-operator FM, as the well-known tine preset."""
    length = dice.uniform(0.8, 2.4)
    time = seconds(length)
    pitch = dice.log(100, 800)
    tine = np.sin(2 * np.pi * 14 * pitch * time) * decay(time, 0.05) * dice.uniform(0.02, 0.2)
    index = dice.uniform(0.3, 2.0) * decay(time, dice.log(0.2, 0.8))
    body = np.sin(2 * np.pi * pitch * time + index * np.sin(2 * np.pi * pitch * time))
    tremolo = 1 + dice.uniform(0, 0.3) * np.sin(2 * np.pi * dice.uniform(3, 7) * time)
    return fade_out((body * decay(time, dice.log(0.4, 1.5)) + tine) * tremolo, 0.1)


def organ(dice: Dice) -> np.ndarray:
    """Drawbars: sines at organ footages, with a key click and perhaps a rotating speaker."""
    length = dice.uniform(0.5, 2.0)
    time = seconds(length)
    root = dice.log(80, 500)
    steps = dice.pick([(1,), (1,), (1, 1.26, 1.498)])
    bars = dice.rng.random(9) ** 2
    footages = (0.5, 1.5, 1, 2, 3, 4, 5, 6, 8)
    wave = sum(
        b * sine(root * s * f, time) for s in steps for b, f in zip(bars, footages, strict=True)
    )
    wobble = 1 + dice.uniform(0, 0.3) * np.sin(2 * np.pi * dice.uniform(0.8, 7) * time)
    click = band(dice.noise(len(time)), 1000, 6000) * decay(time, 0.004) * dice.uniform(0, 1)
    return fade_out(wave * wobble + click, 0.04)
