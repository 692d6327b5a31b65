"""Kicks, snares, toms, rims and claps: machines by oscillators, acoustic drums by modes."""

from __future__ import annotations

import numpy as np

from training.procedural.signal import (
    Dice,
    band,
    decay,
    drive,
    modes,
    phase,
    pulse,
    room,
    seconds,
    sine,
)

# Ratios of an ideal circular membrane's modes to its lowest (Rossing, Science of Percussion).
MEMBRANE = np.array([1.0, 1.594, 2.136, 2.296, 2.653, 2.918, 3.156, 3.501, 3.6, 3.652, 4.06, 4.154])


def membrane(
    dice: Dice, time: np.ndarray, lowest: float, ring: float, hardness: float
) -> np.ndarray:
    """Strike a drumhead: `lowest` mode (in Hz), `ring` (in seconds), `hardness` from 0 to 1."""
    count = len(MEMBRANE)
    ratios = MEMBRANE ** dice.uniform(0.85, 1.05)
    ratios[1:] *= 1 + 0.03 * dice.rng.standard_normal(count - 1)
    amplitudes = (ratios ** -(2.6 - 2.0 * hardness)) * dice.rng.uniform(0.3, 1.0, count)
    constants = ring / ratios ** dice.uniform(0.6, 1.4)
    glide = 1 + dice.uniform(0.0, 0.35) * np.exp(-time / dice.log(0.01, 0.06))
    warped = np.cumsum(glide) / glide[-1] / len(time) * time[-1]
    body = sum(
        a * np.sin(2 * np.pi * lowest * r * warped) * np.exp(-time / c)
        for r, a, c in zip(ratios, amplitudes, constants, strict=True)
    )
    return np.asarray(body)


def stroke(dice: Dice, time: np.ndarray, low: float, high: float, length: float) -> np.ndarray:
    """Return the short noise of a beater or stick between two frequencies (in Hz)."""
    return band(dice.noise(len(time)), low, high) * decay(time, length)


def machine_kick(dice: Dice) -> np.ndarray:
    """808, 909 and techno kicks: a sine that falls in pitch, a click, saturation."""
    ring = dice.log(0.04, 0.5)
    time = seconds(min(2.2, 6 * ring + 0.05))
    low, drop = dice.log(36, 75), dice.log(30, 900)
    frequency = low + drop * np.exp(-time / dice.log(0.004, 0.06))
    if dice.chance(0.4):
        frequency += low * dice.uniform(0.3, 2) * np.exp(-time / dice.log(0.03, 0.12))
    body = sine(frequency, time) * decay(time, ring)
    body += stroke(dice, time, 1000, 12000, dice.log(0.0008, 0.008)) * dice.uniform(0, 0.6)
    body = drive(body, dice.log(0.4, 8))
    if dice.chance(0.25):
        body = band(body, 20, dice.log(300, 4000), 1)
    return body


def acoustic_kick(dice: Dice) -> np.ndarray:
    """A bass drum: damped modes, beater click, shell and a little room."""
    ring = dice.log(0.04, 0.25)
    time = seconds(0.9)
    body = membrane(dice, time, dice.log(42, 85), ring, dice.uniform(0.0, 0.5))
    body = body / (np.abs(body).max() + 1e-9)
    body += stroke(dice, time, 1500, 7000, dice.log(0.002, 0.012)) * dice.uniform(0.02, 0.35)
    body += stroke(dice, time, 60, 500, dice.log(0.01, 0.05)) * dice.uniform(0.05, 0.4)
    body = room(body, dice, dice.log(0.15, 0.8), dice.uniform(0.02, 0.35))
    return band(body, 25, dice.log(2500, 14000), 1)


def kick(dice: Dice) -> np.ndarray:
    """A kick of either kind."""
    return machine_kick(dice) if dice.chance(0.5) else acoustic_kick(dice)


def machine_snare(dice: Dice) -> np.ndarray:
    """808 and 909 snares: two tones and a band of noise with its own decay."""
    time = seconds(dice.uniform(0.35, 0.8))
    low = dice.log(140, 280)
    bend = 1 + dice.uniform(0, 0.6) * np.exp(-time / 0.012)
    tone = sine(low * bend, time) + dice.uniform(0.2, 1) * sine(low * dice.uniform(1.5, 1.9), time)
    tone *= decay(time, dice.log(0.02, 0.1))
    wires = band(dice.noise(len(time)), dice.log(500, 3000), dice.log(6000, 16000))
    wires = wires / wires.std() * decay(time, dice.log(0.03, 0.18))
    return drive(dice.uniform(0.2, 1) * tone + dice.uniform(0.15, 0.7) * wires, dice.log(0.5, 4))


def acoustic_snare(dice: Dice) -> np.ndarray:
    """A snare drum: head modes, wires that rattle a moment later, stick, room."""
    time = seconds(0.9)
    head = membrane(dice, time, dice.log(150, 290), dice.log(0.03, 0.14), dice.uniform(0.3, 0.9))
    head = head / (np.abs(head).max() + 1e-9)
    wires = band(dice.noise(len(time)), dice.log(800, 3000), dice.log(7000, 16000), 1)
    onset = 1 - np.exp(-time / dice.log(0.0005, 0.004))
    wires = wires / wires.std() * onset * decay(time, dice.log(0.03, 0.14))
    sound = head + dice.log(0.08, 0.8) * wires
    sound += stroke(dice, time, 2000, 12000, 0.003) * dice.uniform(0.05, 0.6)
    if dice.chance(0.3):
        ring = dice.log(350, 1100)
        sound += dice.uniform(0.05, 0.3) * sine(ring, time) * decay(time, dice.log(0.08, 0.3))
    return room(sound, dice, dice.log(0.15, 1.0), dice.uniform(0.03, 0.5))


def snare(dice: Dice) -> np.ndarray:
    """A snare of either kind."""
    return machine_snare(dice) if dice.chance(0.4) else acoustic_snare(dice)


def snare_roll(dice: Dice) -> np.ndarray:
    """Many snare strokes close together, swelling or even."""
    hit = acoustic_snare(dice)[: int(0.4 * 44_100)]
    gap = dice.uniform(0.03, 0.075)
    length = dice.uniform(1.2, 3.0)
    sound = np.zeros(int((length + 0.5) * 44_100))
    swell = dice.uniform(-0.2, 1.5)
    for index in range(int(length / gap)):
        start = int((index * gap + dice.uniform(0, 0.006)) * 44_100)
        level = (0.25 + index * gap / length) ** swell * dice.uniform(0.7, 1)
        sound[start : start + len(hit)] += level * hit
    return sound


def tom(dice: Dice) -> np.ndarray:
    """A tom: acoustic modes with a pitch glide, or a machine's falling sine."""
    low = dice.log(65, 240)
    if dice.chance(0.35):
        time = seconds(dice.uniform(0.4, 1.2))
        frequency = low * (1 + dice.uniform(0.1, 1.0) * np.exp(-time / dice.log(0.02, 0.12)))
        sound = sine(frequency, time) * decay(time, dice.log(0.08, 0.3))
        sound += dice.uniform(0, 0.15) * stroke(dice, time, 500, 8000, 0.02)
        return drive(sound, dice.log(0.5, 3))
    time = seconds(1.4)
    sound = membrane(dice, time, low, dice.log(0.1, 0.45), dice.uniform(0.1, 0.6))
    sound = sound / (np.abs(sound).max() + 1e-9)
    sound += stroke(dice, time, 800, 8000, dice.log(0.002, 0.015)) * dice.uniform(0.03, 0.4)
    return room(sound, dice, dice.log(0.2, 1.0), dice.uniform(0.03, 0.35))


def rimshot(dice: Dice) -> np.ndarray:
    """A stick on the rim: a few short woody or metallic modes, or an 808's rim."""
    time = seconds(0.45)
    count = dice.whole(3, 9)
    frequencies = np.sort(dice.rng.uniform(380, 5500, count))
    amplitudes = dice.rng.uniform(0.2, 1, count)
    constants = dice.rng.uniform(0.004, 0.03, count)
    sound = modes(time, frequencies, amplitudes, constants)
    sound += stroke(dice, time, 1500, 12000, dice.log(0.001, 0.005)) * dice.uniform(0.1, 1)
    if dice.chance(0.4):
        sound += sine(dice.log(170, 420), time) * decay(time, dice.log(0.01, 0.05))
    return room(sound, dice, dice.log(0.1, 0.7), dice.uniform(0, 0.4))


def clap(dice: Dice) -> np.ndarray:
    """Several bursts of noise a few milliseconds apart and a tail, or a few pairs of hands."""
    time = seconds(dice.uniform(0.35, 0.9))
    envelope = np.zeros(len(time))
    start, hands = 0.0, dice.whole(2, 6)
    for _ in range(hands):
        after = time >= start
        envelope[after] += np.exp(-(time[after] - start) / dice.log(0.003, 0.01))
        start += dice.uniform(0.005, 0.016)
    tail = time >= start
    envelope[tail] += dice.uniform(0.3, 1) * np.exp(-(time[tail] - start) / dice.log(0.025, 0.13))
    low = dice.log(500, 1300)
    sound = band(dice.noise(len(time)), low, low * dice.log(2, 9)) * envelope
    if dice.chance(0.5):
        sound = room(sound, dice, dice.log(0.15, 0.9), dice.uniform(0.1, 0.6))
    return sound


def snap(dice: Dice) -> np.ndarray:
    """A finger snap: one or two narrow clicks and a room."""
    time = seconds(0.4)
    centre = dice.log(1300, 3500)
    sound = band(dice.noise(len(time)), centre * 0.75, centre * 1.4) * decay(
        time, dice.log(0.004, 0.02)
    )
    if dice.chance(0.5):
        late = np.roll(sound, int(dice.uniform(0.008, 0.03) * 44_100)) * dice.uniform(0.3, 0.9)
        sound = sound + late
    return room(sound, dice, dice.log(0.15, 0.9), dice.uniform(0.1, 0.6))


def synth_drum(dice: Dice) -> np.ndarray:
    """An eighties electronic tom: a long falling tone with noise."""
    time = seconds(dice.uniform(0.4, 1.2))
    low = dice.log(60, 250)
    frequency = low * (1 + dice.uniform(1.0, 4.0) * np.exp(-time / dice.log(0.05, 0.25)))
    wave = sine(frequency, time)
    if dice.chance(0.3):
        wave = band(pulse(phase(frequency, time)), 30, dice.log(800, 4000))
    return drive(wave * decay(time, dice.log(0.1, 0.35)), dice.log(0.5, 3))
