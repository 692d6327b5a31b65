"""FM and chip timbres, plucked strings, worn records, broken machines, breath."""

from __future__ import annotations

import numpy as np

from training.procedural.signal import (
    RATE,
    Dice,
    band,
    decay,
    drive,
    fade_out,
    modes,
    moving_band,
    phase,
    pulse,
    room,
    seconds,
    sine,
)

_OPEN_STRINGS = np.array([82.4, 110.0, 146.8, 196.0, 246.9, 329.6])
_FRETS = ((0, 2, 2, 1, 0, 0), (0, 2, 2, 0, 0, 0), (3, 2, 0, 0, 0, 3), (1, 3, 3, 2, 1, 1))


def fm(time: np.ndarray, pitch: float, ratio: float, index: np.ndarray) -> np.ndarray:
    """Return a sine whose phase another one moves, `ratio` times as high, by `index`."""
    return np.sin(2 * np.pi * pitch * time + index * np.sin(2 * np.pi * pitch * ratio * time))


def fm_bell(dice: Dice) -> np.ndarray:
    """An inharmonic bell of two FM voices."""
    time = seconds(dice.uniform(0.8, 3.0))
    pitch, ratio = dice.log(150, 1100), dice.pick([1.4, 1.41, 2.76, 3.5, 3.51, 5.19, 7.01])
    fade = dice.log(0.3, 1.2)
    first = fm(time, pitch, ratio, dice.uniform(1, 6) * decay(time, fade / 2))
    second = fm(time, pitch * 1.003, ratio * 1.5, dice.uniform(0, 2) * decay(time, fade / 4))
    return fade_out((first + dice.uniform(0, 0.7) * second) * decay(time, fade), 0.05)


def fm_bass(dice: Dice) -> np.ndarray:
    """A hard FM bass, as of the synthesizers of the eighties."""
    time = seconds(dice.uniform(0.25, 1.2))
    index = dice.uniform(1, 6) * decay(time, dice.log(0.05, 0.4)) + dice.uniform(0, 1)
    sound = fm(time, dice.log(38, 130), dice.pick([0.5, 1, 1, 2, 3]), index)
    return fade_out(drive(sound * decay(time, dice.log(0.3, 1.5)), dice.log(0.5, 3)), 0.05)


def fm_tines(dice: Dice) -> np.ndarray:
    """An FM electric piano with a bright attack, one note or a chord, perhaps with tremolo."""
    time = seconds(dice.uniform(0.7, 2.6))
    root = dice.log(90, 700)
    steps = dice.pick([(0,), (0,), (0, 4, 7), (0, 3, 7, 10), (0, 12)])
    fade = dice.log(0.4, 1.5)
    sound = sum(
        fm(time, root * 2 ** (s / 12), 1, dice.uniform(0.4, 2.2) * decay(time, 0.5))
        + dice.uniform(0.02, 0.3) * fm(time, root * 2 ** (s / 12), 14, 1.5 * decay(time, 0.06))
        for s in steps
    )
    sway = 1 + dice.uniform(0, 0.4) * np.sin(2 * np.pi * dice.uniform(3, 7) * time)
    return fade_out(sound * decay(time, fade) * sway, 0.1)


def fm_metal(dice: Dice) -> np.ndarray:
    """A strange FM sound: high indices and moving ratios."""
    time = seconds(dice.uniform(0.5, 2.5))
    index = dice.uniform(2, 12) * (0.5 + 0.5 * np.sin(2 * np.pi * dice.log(0.3, 8) * time))
    sound = fm(time, dice.log(60, 900), dice.log(0.3, 8), index)
    bend = np.sin(2 * np.pi * dice.log(0.5, 12) * time)
    return room(fade_out(sound * (1 + 0.5 * bend), 0.2), dice, 1.2, dice.uniform(0.1, 0.6))


def chip_tune(dice: Dice) -> np.ndarray:
    """A few notes of a pulse wave with arpeggio, vibrato or slide, as of old consoles."""
    time = seconds(dice.uniform(0.3, 2.2))
    notes = np.array(dice.pick([(0, 4, 7, 12), (0, 7, 12), (0, 3, 7), (0, 12), (0, 5, 9)]))
    rate = dice.pick([50, 60, 30, 15, 8])
    pitch = dice.log(160, 1100) * 2 ** (notes[(time * rate).astype(int) % len(notes)] / 12)
    pitch = pitch * (1 + dice.uniform(0, 0.02) * np.sin(2 * np.pi * 6 * time))
    wave = pulse(phase(pitch, time), dice.pick([0.125, 0.25, 0.5, 0.75]))
    levels = np.ceil(15 * decay(time, dice.log(0.2, 3))) / 15
    return fade_out(wave * levels, 0.01)


def chip_blip(dice: Dice) -> np.ndarray:
    """A coin, a jump or a menu sound of an old game."""
    time = seconds(dice.uniform(0.08, 0.5))
    base = dice.log(250, 1400)
    up = base * np.where(time < time[-1] * 0.2, 1, dice.pick([1.335, 1.5, 2]))
    slide = base * 2 ** (dice.uniform(-1, 2) * time / time[-1])
    pitch = up if dice.chance(0.5) else slide
    return fade_out(pulse(phase(pitch, time), dice.pick([0.25, 0.5])), time[-1] * 0.6)


def string(dice: Dice, time: np.ndarray, pitch: float, fade: float) -> np.ndarray:
    """Return a plucked string: partials by the place of the pluck, the higher the shorter."""
    count = int(min(28, 9000 / pitch))
    order = np.arange(1, count + 1)
    place = dice.uniform(0.08, 0.4)
    amplitudes = np.abs(np.sin(np.pi * order * place)) / order ** dice.uniform(0.8, 1.6)
    stretched = pitch * order * np.sqrt(1 + 0.0001 * order**2)
    constants = fade / (1 + dice.uniform(0.05, 0.35) * order)
    return modes(time, stretched, amplitudes, constants)


def _picked(dice: Dice, time: np.ndarray) -> np.ndarray:
    return band(dice.noise(len(time)), 800, 7000) * decay(time, 0.004)


def guitar_note(dice: Dice) -> np.ndarray:
    """One plucked guitar string with the noise of the pick."""
    time = seconds(dice.uniform(0.8, 2.8))
    sound = string(dice, time, dice.log(82, 700), dice.log(0.5, 2.0))
    return fade_out(sound + dice.uniform(0, 0.3) * _picked(dice, time), 0.1)


def guitar_strum(dice: Dice) -> np.ndarray:
    """A chord on six strings, one after another, down or up, once or a few times."""
    gap, shift = dice.log(0.005, 0.045), 2 ** (dice.whole(-2, 9) / 12)
    pitches = _OPEN_STRINGS * 2 ** (np.array(dice.pick(_FRETS)) / 12) * shift
    fade = dice.log(0.25, 1.8)
    sound = np.zeros(int(3.2 * RATE))
    start = 0.0
    for _ in range(dice.pick([1, 1, 2, 4])):
        order = pitches if dice.chance(0.6) else pitches[::-1]
        for index, pitch in enumerate(order[dice.whole(0, 2) :]):
            first = int((start + index * gap * dice.uniform(0.7, 1.3)) * RATE)
            time = seconds(3.2)[: len(sound) - first]
            sound[first:] += string(dice, time, pitch, fade) * dice.uniform(0.5, 1)
            sound[first:] += dice.uniform(0, 0.15) * _picked(dice, time)
        start += dice.uniform(0.2, 0.6)
    return fade_out(sound, 0.2)


def muted_string(dice: Dice) -> np.ndarray:
    """A palm-muted string: the partials die at once."""
    time = seconds(dice.uniform(0.15, 0.6))
    sound = string(dice, time, dice.log(80, 400), dice.log(0.04, 0.16))
    sound = sound + dice.uniform(0.1, 0.5) * _picked(dice, time)
    return fade_out(drive(sound, dice.log(0.5, 6)), 0.03)


def banjo(dice: Dice) -> np.ndarray:
    """A bright short string over a drum skin."""
    time = seconds(dice.uniform(0.4, 1.5))
    sound = string(dice, time, dice.log(140, 900), dice.log(0.15, 0.5))
    skin = sine(dice.log(180, 350), time) * decay(time, 0.05)
    return fade_out(band(sound + 0.3 * skin, 250, 9000) + 0.3 * _picked(dice, time), 0.05)


def old_record(dice: Dice) -> np.ndarray:
    """Crackle, pops that come back with each turn, hum and rumble."""
    time = seconds(dice.uniform(1.5, 4.2))
    sound = band(dice.noise(len(time)), 200, 7000) * dice.log(0.004, 0.05)
    for width in (1, 3, 12):
        spots = dice.rng.integers(0, len(time) - 20, int(time[-1] * dice.log(2, 40)))
        sizes = dice.rng.standard_normal(len(spots)) * dice.rng.random(len(spots)) ** 3
        for offset in range(width):
            sound[spots + offset] += sizes * (1 - offset / width)
    turn = int(RATE * dice.pick([1.8, 1.33, 0.77]))
    sound[int(dice.uniform(0, turn * 0.9)) :: turn] += dice.uniform(0, 1)
    rumble = band(dice.noise(len(time)), 15, 80) * dice.uniform(0, 0.3)
    return band(sound + rumble, 30, dice.log(4000, 15000), 1)


def stutter(dice: Dice) -> np.ndarray:
    """A sound cut up: repeats that shorten, jumps, reduced bits, gaps."""
    source = seconds(1.0)
    tone = fm(source, dice.log(80, 1500), dice.log(0.5, 6), 4 * decay(source, 0.2))
    tone = tone + dice.uniform(0, 0.8) * dice.noise(len(source)) * decay(source % 0.11, 0.02)
    pieces: list[np.ndarray] = []
    size = dice.log(0.01, 0.12)
    while sum(map(len, pieces)) < dice.uniform(0.3, 1.6) * RATE:
        first = int(dice.uniform(0, 0.8) * RATE)
        piece = tone[first : first + int(size * RATE)]
        if dice.chance(0.4):
            hold = dice.whole(2, 24)
            piece = np.repeat(piece[::hold], hold)
        pieces.extend([piece] * dice.whole(1, 8))
        pieces.append(np.zeros(int(dice.log(0.002, 0.06) * RATE)))
        size = max(0.003, size * dice.uniform(0.6, 1.2))
    return np.concatenate(pieces) + 1e-5


def breath(dice: Dice) -> np.ndarray:
    """Air through a mouth: in, out, or both, with soft resonances."""
    parts = []
    for _ in range(dice.whole(1, 2)):
        time = seconds(dice.uniform(0.4, 1.6))
        swell = np.sin(np.pi * (time / time[-1]) ** dice.uniform(0.5, 1.6)) ** dice.uniform(0.7, 2)
        centre = dice.log(500, 2500) * (1 + dice.uniform(-0.4, 0.4) * time / time[-1])
        air = moving_band(dice.noise(len(time)), centre, dice.uniform(0.4, 1.1))
        air = air + 0.4 * moving_band(dice.noise(len(time)), centre * 2.7, 0.4)
        parts.extend([air * swell, np.zeros(int(dice.uniform(0.02, 0.3) * RATE))])
    return np.concatenate(parts) + 1e-6
