"""Hand drums, wood, bells, shakers and scrapers."""

from __future__ import annotations

import numpy as np

from training.procedural.cymbals import metal
from training.procedural.drums import membrane, stroke
from training.procedural.signal import (
    RATE,
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


def hand_drum(dice: Dice, low: float, ring: float) -> np.ndarray:
    """Return a drum struck by hand: open, slapped or muted."""
    time = seconds(0.9)
    slap, muted = dice.chance(0.35), dice.chance(0.25)
    hardness = dice.uniform(0.5, 1.0) if slap else dice.uniform(0.0, 0.5)
    ring = ring * (0.3 if muted else 1.0)
    sound = membrane(dice, time, low, ring, hardness)
    sound = sound / (np.abs(sound).max() + 1e-9)
    contact = stroke(dice, time, 700, 9000 if slap else 3500, dice.log(0.003, 0.015))
    sound += contact * (dice.uniform(0.3, 1.0) if slap else dice.uniform(0.02, 0.3))
    return room(sound, dice, dice.log(0.15, 0.7), dice.uniform(0.02, 0.3))


def conga(dice: Dice) -> np.ndarray:
    """A conga, struck or (as the 808's) a plain sine."""
    low = dice.log(140, 380)
    if dice.chance(0.2):
        time = seconds(0.5)
        return sine(low * (1 + 0.1 * np.exp(-time / 0.02)), time) * decay(
            time, dice.log(0.04, 0.12)
        )
    return hand_drum(dice, low, dice.log(0.06, 0.22))


def bongo(dice: Dice) -> np.ndarray:
    """A bongo."""
    return hand_drum(dice, dice.log(280, 620), dice.log(0.03, 0.12))


def djembe(dice: Dice) -> np.ndarray:
    """A djembe or dunun: a deep bass tone, or a ringing slap."""
    if dice.chance(0.45):
        return hand_drum(dice, dice.log(60, 130), dice.log(0.1, 0.35))
    return hand_drum(dice, dice.log(180, 480), dice.log(0.05, 0.2))


def timbale(dice: Dice) -> np.ndarray:
    """A metal-shelled drum struck by a stick: ringing and bright."""
    time = seconds(1.2)
    sound = membrane(dice, time, dice.log(180, 420), dice.log(0.12, 0.4), dice.uniform(0.6, 1))
    sound = sound / (np.abs(sound).max() + 1e-9)
    shell = metal(dice, time, dice.log(500, 1200), dice.log(0.06, 0.3), 20)
    sound += dice.uniform(0.03, 0.15) * shell
    sound += stroke(dice, time, 2000, 12000, 0.003) * dice.uniform(0.2, 0.8)
    return room(sound, dice, dice.log(0.2, 0.9), dice.uniform(0.03, 0.3))


def cajon(dice: Dice) -> np.ndarray:
    """A wooden box: a boxy bass with a short click, or a slap with rattling wires."""
    time = seconds(0.8)
    bass = dice.chance(0.5)
    low = dice.log(65, 110) if bass else dice.log(180, 330)
    count = 8
    frequencies = low * np.sort(np.concatenate([[1], dice.rng.uniform(1.3, 9, count - 1)]))
    strengths = dice.rng.uniform(0.2, 1, count) * (frequencies / low) ** (-1.0 if bass else -0.4)
    sound = modes(time, frequencies, strengths, dice.rng.uniform(0.015, 0.08, count))
    if not bass or dice.chance(0.3):
        rattle = band(dice.noise(len(time)), 1500, 9000) * decay(time, dice.log(0.02, 0.08))
        sound += rattle * dice.uniform(0.2, 0.8)
    sound += stroke(dice, time, 500, 5000, 0.006) * dice.uniform(0.1, 0.5)
    return room(sound, dice, dice.log(0.15, 0.6), dice.uniform(0.02, 0.3))


def tabla(dice: Dice) -> np.ndarray:
    """A tabla: nearly harmonic ringing modes, or the left drum's gliding bass."""
    time = seconds(1.0)
    if dice.chance(0.4):
        low = dice.log(70, 130)
        rise = low * (1 + dice.uniform(0.1, 0.7) * (1 - np.exp(-time / dice.uniform(0.05, 0.2))))
        return sine(rise, time) * decay(time, dice.log(0.15, 0.4)) + stroke(
            dice, time, 200, 2000, 0.01
        )
    low = dice.log(230, 420)
    ratios = np.array([1, 2, 3, 4, 5]) * dice.rng.uniform(0.985, 1.015, 5)
    ring = dice.log(0.05, 0.5)
    sound = modes(time, low * ratios, dice.rng.uniform(0.2, 1, 5), ring / ratios**0.4)
    return sound + stroke(dice, time, 1500, 9000, 0.004) * dice.uniform(0.2, 1)


def taiko(dice: Dice) -> np.ndarray:
    """A huge drum in a hall."""
    time = seconds(1.8)
    sound = membrane(dice, time, dice.log(45, 95), dice.log(0.2, 0.6), dice.uniform(0.1, 0.5))
    sound = sound / (np.abs(sound).max() + 1e-9)
    sound += stroke(dice, time, 300, 4000, dice.log(0.01, 0.03)) * dice.uniform(0.1, 0.5)
    return room(drive(sound, dice.log(0.5, 2)), dice, dice.log(0.8, 2.0), dice.uniform(0.2, 0.7))


def timpani(dice: Dice) -> np.ndarray:
    """A kettledrum: modes near 1, 1.5, 2, 2.5 and a soft mallet, in a hall."""
    time = seconds(2.4)
    low = dice.log(65, 180)
    ratios = np.array([1, 1.504, 1.99, 2.44, 2.89]) * dice.rng.uniform(0.99, 1.01, 5)
    sound = modes(time, low * ratios, np.array([1, 0.7, 0.5, 0.3, 0.2]), dice.log(0.4, 1) / ratios)
    sound += stroke(dice, time, 100, 1200, 0.02) * dice.uniform(0.1, 0.5)
    return room(sound, dice, dice.log(0.7, 1.8), dice.uniform(0.1, 0.5))


def cowbell(dice: Dice) -> np.ndarray:
    """Two detuned squares (808), or a metal shell's modes."""
    time = seconds(dice.uniform(0.3, 0.9))
    if dice.chance(0.4):
        low = dice.log(450, 700)
        squares = pulse(phase(low, time)) + pulse(phase(low * dice.uniform(1.42, 1.55), time))
        shape = decay(time, 0.015) + dice.uniform(0.2, 0.6) * decay(time, dice.log(0.06, 0.2))
        return band(squares, dice.log(300, 700), dice.log(2500, 6000)) * shape
    low, ring = dice.log(480, 900), dice.log(0.04, 0.25)
    ratios = np.array([1, 1.48, 2.1, 2.9, 3.7, 4.6, 5.9]) * dice.rng.uniform(0.94, 1.06, 7)
    sound = modes(time, low * ratios, dice.rng.uniform(0.2, 1, 7), ring / ratios**0.5)
    return sound + stroke(dice, time, 2000, 10000, 0.003) * dice.uniform(0.2, 1)


def agogo(dice: Dice) -> np.ndarray:
    """A high, clear double bell."""
    time = seconds(dice.uniform(0.4, 1.0))
    low, ring = dice.log(750, 1700), dice.log(0.08, 0.35)
    ratios = np.array([1, 2.42, 3.1, 4.4]) * dice.rng.uniform(0.96, 1.04, 4)
    sound = modes(time, low * ratios, np.array([1, 0.6, 0.4, 0.25]), ring / ratios**0.5)
    return sound + stroke(dice, time, 3000, 12000, 0.002) * dice.uniform(0.1, 0.6)


def wooden(dice: Dice, low: float, ring: float) -> np.ndarray:
    """Return a struck piece of wood: two or three short modes."""
    time = seconds(0.35)
    ratios = np.array([1, dice.uniform(2.2, 2.9), dice.uniform(4.2, 5.6)])
    sound = modes(time, low * ratios, np.array([1, dice.uniform(0.1, 0.6), 0.15]), ring / ratios)
    sound += stroke(dice, time, 1500, 9000, 0.002) * dice.uniform(0.05, 0.5)
    return room(sound, dice, dice.log(0.1, 0.6), dice.uniform(0, 0.3))


def woodblock(dice: Dice) -> np.ndarray:
    """A wood block or temple block."""
    return wooden(dice, dice.log(420, 1300), dice.log(0.012, 0.05))


def claves(dice: Dice) -> np.ndarray:
    """Two hardwood sticks: a single high, clear tone."""
    return wooden(dice, dice.log(1900, 3000), dice.log(0.015, 0.06))


def castanets(dice: Dice) -> np.ndarray:
    """A few quick wooden clicks."""
    sound = np.zeros(int(0.7 * RATE))
    click = wooden(dice, dice.log(1500, 2600), dice.log(0.005, 0.015))[: int(0.25 * RATE)]
    start = 0.0
    for _ in range(dice.whole(1, 5)):
        first = int(start * RATE)
        sound[first : first + len(click)] += click * dice.uniform(0.5, 1)
        start += dice.uniform(0.03, 0.1)
    return sound


def shaker(dice: Dice) -> np.ndarray:
    """Grains thrown against a shell: one swing, or two."""
    length = dice.uniform(0.06, 0.3)
    time = seconds(length + 0.08)
    noise = band(dice.noise(len(time)), dice.log(2500, 6500), dice.log(9000, 18000))
    grains = dice.rng.random(len(time)) < dice.log(0.01, 0.5)
    noise = band(noise * grains, 2000, 18000) if dice.chance(0.5) else noise
    swing = np.sin(np.pi * np.minimum(time / length, 1)) ** dice.uniform(0.5, 4)
    if dice.chance(0.3):
        swing = decay(time, dice.log(0.01, 0.05))
    sound = noise * swing
    if dice.chance(0.3):
        sound = np.concatenate([sound, sound * dice.uniform(0.4, 1)])
    return sound


def guiro(dice: Dice) -> np.ndarray:
    """A stick over ridges: clicks whose rate changes."""
    length = dice.uniform(0.12, 0.7)
    time = seconds(length)
    rate = dice.log(40, 140) * (1 + dice.uniform(-0.5, 1) * time / length)
    clicks = np.diff(np.floor(phase(rate, time)), prepend=0)
    body = wooden(dice, dice.log(900, 2600), dice.log(0.002, 0.008))[: int(0.05 * RATE)]
    sound = np.convolve(clicks * dice.rng.uniform(0.5, 1, len(time)), body)
    return sound[: len(time)] * np.sin(np.pi * np.minimum(time / length, 1)) ** 0.4


def whistle(dice: Dice) -> np.ndarray:
    """A pea whistle: a high tone with noise, trilled or plain."""
    length = dice.uniform(0.12, 1.0)
    time = seconds(length)
    trill = 1 + dice.uniform(0, 0.04) * np.sign(np.sin(2 * np.pi * dice.uniform(15, 45) * time))
    tone = sine(dice.log(1900, 3400) * trill, time)
    air = band(dice.noise(len(time)), 1500, 6000) * dice.uniform(0.05, 0.4)
    return (tone + air) * np.minimum(1, np.minimum(time / 0.01, (length - time) / 0.03))


def vibraslap(dice: Dice) -> np.ndarray:
    """Teeth rattling in a box, slowing down."""
    length = dice.uniform(0.6, 1.6)
    time = seconds(length)
    rate = dice.uniform(18, 32) * (1 + 0.3 * np.exp(-time / 0.3))
    clicks = np.diff(np.floor(phase(rate, time)), prepend=0) * decay(time, length / 3)
    body = wooden(dice, dice.log(1200, 2600), dice.log(0.004, 0.015))[: int(0.1 * RATE)]
    return np.convolve(clicks, body)[: len(time)]


def metronome(dice: Dice) -> np.ndarray:
    """A click or a short pip."""
    time = seconds(0.2)
    if dice.chance(0.5):
        return wooden(dice, dice.log(1000, 3500), dice.log(0.003, 0.012))[: len(time)]
    return sine(dice.log(800, 2500), time) * decay(time, dice.log(0.004, 0.02))
