"""Hats, rides, crashes and their relatives: dense inharmonic modes and bands of noise."""

from __future__ import annotations

import numpy as np

from training.procedural.signal import Dice, band, decay, modes, phase, pulse, room, seconds

# Frequencies of the six square waves of the 808's cymbals (in Hz), as commonly measured.
MACHINE_PARTIALS = (205.3, 304.4, 369.6, 522.7, 540.0, 800.0)


def metal(dice: Dice, time: np.ndarray, low: float, ring: float, count: int) -> np.ndarray:
    """Return a plate's modes from `low` (in Hz) upwards; high ones fade first."""
    top = dice.log(9000, 17000)
    frequencies = np.sort(np.exp(dice.rng.uniform(np.log(low), np.log(top), count)))
    amplitudes = dice.rng.exponential(1.0, count) * (frequencies / low) ** dice.uniform(-0.5, 0.4)
    constants = (
        ring * (low / frequencies) ** dice.uniform(0.1, 0.6) * dice.rng.uniform(0.4, 1.3, count)
    )
    sound = modes(time, frequencies, amplitudes, constants)
    return sound / (sound.std() + 1e-9)


def machine_metal(dice: Dice, time: np.ndarray) -> np.ndarray:
    """Return the sum of six detuned square waves, as drum machines make their cymbals."""
    tune = dice.log(0.7, 1.9)
    squares = sum(pulse(phase(f * tune * dice.uniform(0.97, 1.03), time)) for f in MACHINE_PARTIALS)
    return np.asarray(squares)


def hat_body(dice: Dice, time: np.ndarray, ring: float) -> np.ndarray:
    """Return a hi-hat's undamped sound: machine squares, noise, or struck metal with noise."""
    kind = dice.uniform(0, 1)
    low = dice.log(3000, 8500)
    if kind < 0.3:
        return band(machine_metal(dice, time), low, 17000, 3)
    noise = band(dice.noise(len(time)), low, dice.log(12000, 19000))
    if kind < 0.55:
        return noise
    plate = metal(dice, time, dice.log(350, 3000), ring * 2, 50)
    return band(plate, dice.log(400, 4000), 18000) + dice.uniform(0.3, 2) * noise / noise.std()


def closed_hat(dice: Dice) -> np.ndarray:
    """A tight hi-hat."""
    ring = dice.log(0.008, 0.045)
    time = seconds(0.35)
    sound = hat_body(dice, time, ring) * decay(time, ring)
    return room(sound, dice, dice.log(0.1, 0.5), dice.uniform(0, 0.2))


def open_hat(dice: Dice) -> np.ndarray:
    """An open hi-hat, ringing out or choked at the end."""
    ring = dice.log(0.12, 0.6)
    time = seconds(min(2.4, ring * 5))
    sound = hat_body(dice, time, ring) * decay(time, ring)
    if dice.chance(0.4):
        sound *= np.where(
            time < dice.uniform(0.25, 0.9), 1, np.exp(-np.maximum(time - 0.3, 0) / 0.02)
        )
    return sound


def pedal_hat(dice: Dice) -> np.ndarray:
    """A hi-hat closed by foot: a softer onset, a chick, sometimes a second rattle."""
    ring = dice.log(0.015, 0.06)
    time = seconds(0.4)
    onset = 1 - np.exp(-time / dice.log(0.002, 0.008))
    sound = band(hat_body(dice, time, ring), dice.log(300, 2500), dice.log(6000, 14000), 1)
    sound = sound * onset * decay(time, ring)
    if dice.chance(0.4):
        sound += np.roll(sound, int(dice.uniform(0.01, 0.04) * 44_100)) * dice.uniform(0.2, 0.7)
    return room(sound, dice, dice.log(0.1, 0.5), dice.uniform(0, 0.25))


def crash(dice: Dice) -> np.ndarray:
    """A crash: noise that blooms, and a long bright ring."""
    ring = dice.log(0.5, 1.6)
    time = seconds(min(4.0, ring * 3.5))
    low = dice.log(250, 700)
    if dice.chance(0.25):
        plate = band(machine_metal(dice, time), dice.log(1500, 4000), 16000, 2) * decay(time, ring)
    else:
        plate = metal(dice, time, low, ring * 1.6, 90)
    wash = band(dice.noise(len(time)), dice.log(700, 3500), dice.log(9000, 18000), 1)
    bloom = 1 - 0.8 * np.exp(-time / dice.log(0.004, 0.08))
    wash = wash / wash.std() * bloom * decay(time, ring * dice.uniform(0.4, 0.9))
    return plate / (plate.std() + 1e-9) * dice.uniform(0.3, 1) + dice.uniform(0.5, 2) * wash


def splash(dice: Dice) -> np.ndarray:
    """A small, quick, high crash."""
    ring = dice.log(0.15, 0.5)
    time = seconds(min(2.4, ring * 4))
    plate = metal(dice, time, dice.log(700, 1500), ring * 1.4, 70)
    wash = band(dice.noise(len(time)), dice.log(2000, 5000), 18000, 1)
    wash = wash / wash.std() * decay(time, ring * dice.uniform(0.5, 0.9))
    return plate * dice.uniform(0.4, 1) * decay(time, ring) + dice.uniform(0.5, 1.5) * wash


def china(dice: Dice) -> np.ndarray:
    """A trashy crash: rough, lower, with a nasal band."""
    ring = dice.log(0.25, 0.9)
    time = seconds(min(3.0, ring * 4))
    plate = metal(dice, time, dice.log(200, 500), ring, 110)
    rough = 1 + 0.6 * np.sin(2 * np.pi * dice.log(25, 90) * time)
    wash = band(dice.noise(len(time)), dice.log(600, 1500), dice.log(6000, 11000), 1)
    wash = wash / wash.std() * decay(time, ring * 0.7)
    return np.tanh((plate * rough + 1.5 * wash) * dice.uniform(0.3, 0.9)) * decay(time, ring)


def ride(dice: Dice) -> np.ndarray:
    """A ride: a clear stick ping over a quiet wash, or the bell's few strong modes."""
    ring = dice.log(0.5, 1.8)
    time = seconds(min(4.0, ring * 3))
    wash = metal(dice, time, dice.log(250, 600), ring, 80) * dice.uniform(0.1, 0.5)
    bell = dice.chance(0.35)
    count = dice.whole(4, 9)
    low = dice.log(500, 900) if bell else dice.log(2200, 4500)
    frequencies = low * np.sort(dice.rng.uniform(1, 6 if bell else 3, count))
    strengths = dice.rng.uniform(0.3, 1, count)
    ping = modes(time, frequencies, strengths, dice.rng.uniform(0.15, 0.7, count) * ring)
    stick = band(dice.noise(len(time)), 3000, 14000) * decay(time, dice.log(0.003, 0.02))
    return wash + dice.uniform(0.5, 2) * ping + dice.uniform(0.3, 1.5) * stick


def reverse_cymbal(dice: Dice) -> np.ndarray:
    """A crash played backwards."""
    return crash(dice)[: int(dice.uniform(1.0, 2.4) * 44_100)][::-1].copy()


def triangle(dice: Dice) -> np.ndarray:
    """A steel bar: few high modes that ring long, or are muted."""
    ring = dice.log(0.05, 0.25) if dice.chance(0.35) else dice.log(0.5, 1.6)
    time = seconds(min(3.5, ring * 4 + 0.1))
    low = dice.log(1100, 2600)
    ratios = np.array([1, 2.4, 3.9, 4.6, 5.7, 7.1]) * dice.rng.uniform(0.95, 1.05, 6)
    return modes(
        time, low * ratios, dice.rng.uniform(0.2, 1, 6), ring * dice.rng.uniform(0.4, 1, 6)
    )


def tambourine(dice: Dice) -> np.ndarray:
    """Jingles: many short, high metal strikes, hit once or shaken."""
    time = seconds(dice.uniform(0.35, 0.8))
    sound = np.zeros(len(time))
    spread, strikes = dice.log(0.01, 0.12), dice.whole(8, 25)
    for _ in range(strikes):
        start = int(min(dice.rng.exponential(spread), time[-1] * 0.8) * 44_100)
        rest = time[: len(time) - start]
        count = 4
        frequencies = dice.rng.uniform(4500, 14000, count)
        strike = modes(
            rest, frequencies, dice.rng.uniform(0.3, 1, count), np.full(count, dice.log(0.01, 0.06))
        )
        sound[start:] += strike * dice.uniform(0.2, 1)
    sound = sound / (np.abs(sound).max() + 1e-9)
    hiss = band(dice.noise(len(time)), 5000, 16000) * decay(time, spread + 0.02)
    skin = band(dice.noise(len(time)), 150, 700) * decay(time, 0.012) * dice.uniform(0, 0.5)
    return sound + dice.uniform(0.1, 0.5) * hiss + skin


def bell_tree(dice: Dice) -> np.ndarray:
    """Small chimes struck one after the other."""
    length = dice.uniform(1.2, 2.8)
    time = seconds(length + 1)
    sound = np.zeros(len(time))
    pitches = np.geomspace(dice.log(1500, 2500), dice.log(5000, 9000), dice.whole(12, 28))
    order = pitches if dice.chance(0.5) else pitches[::-1]
    for index, pitch in enumerate(order):
        start = int(index / len(order) * length * 44_100)
        rest = time[: len(time) - start]
        ring = dice.log(0.15, 0.6)
        sound[start:] += modes(
            rest, pitch * np.array([1, 2.76, 5.4]), np.array([1, 0.4, 0.15]), np.full(3, ring)
        )
    return sound
