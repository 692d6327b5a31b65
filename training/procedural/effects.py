"""Sound effects: sweeps, impacts, machines, signals."""

from __future__ import annotations

import numpy as np

from training.procedural.drums import kick, tom
from training.procedural.signal import (
    RATE,
    Dice,
    band,
    decay,
    drive,
    fade_out,
    moving_band,
    phase,
    pulse,
    room,
    saw,
    seconds,
    sine,
)

_DTMF_LOW, _DTMF_HIGH = (697, 770, 852, 941), (1209, 1336, 1477)


def laser(dice: Dice) -> np.ndarray:
    """A tone that falls fast, with FM."""
    length = dice.uniform(0.1, 0.7)
    time = seconds(length)
    pitch = dice.log(60, 400) + dice.log(1200, 9000) * np.exp(
        -time / (length * dice.uniform(0.08, 0.4))
    )
    buzz = dice.uniform(0, 3) * np.sin(2 * np.pi * dice.log(20, 200) * time)
    wave = np.sin(2 * np.pi * phase(pitch, time) + buzz)
    return (np.sign(wave) if dice.chance(0.25) else wave) * decay(time, length / 2.5)


def sweep(dice: Dice, rising: bool) -> np.ndarray:
    """Return noise and perhaps a tone that rise or fall over a few seconds."""
    length = dice.uniform(1.5, 4.2)
    time = seconds(length)
    low, high = dice.log(120, 600), dice.log(4000, 13000)
    start, end = (low, high) if rising else (high, low)
    course = start * (end / start) ** ((time / length) ** dice.uniform(0.6, 1.6))
    sound = 2 * moving_band(dice.noise(len(time)), course, dice.uniform(0.4, 1.0))
    if dice.chance(0.6):
        sound += dice.uniform(0.1, 0.6) * saw(phase(course / dice.uniform(2, 6), time))
    rise = (time / length) ** dice.uniform(0.4, 2)
    return sound * (rise if rising else 1 - dice.uniform(0.6, 1) * time / length)


def riser(dice: Dice) -> np.ndarray:
    """A rising sweep."""
    return sweep(dice, rising=True)


def downlifter(dice: Dice) -> np.ndarray:
    """A falling sweep."""
    return sweep(dice, rising=False)


def whoosh(dice: Dice) -> np.ndarray:
    """Air that swells, passes and goes."""
    length = dice.uniform(0.35, 2.0)
    time = seconds(length)
    middle = length * dice.uniform(0.3, 0.75)
    bump = np.where(time < middle, time / middle, (length - time) / (length - middle))
    course = dice.log(150, 500) * dice.log(4, 20) ** bump
    return moving_band(
        dice.noise(len(time)), course, dice.uniform(0.5, 1.1)
    ) * bump ** dice.uniform(1, 2.5)


def impact(dice: Dice) -> np.ndarray:
    """A deep hit in a huge room."""
    time = seconds(dice.uniform(1.0, 2.5))
    body = sine(dice.log(28, 65) + 150 * np.exp(-time / 0.03), time) * decay(
        time, dice.log(0.2, 0.7)
    )
    crack = band(dice.noise(len(time)), 50, dice.log(800, 5000)) * decay(time, dice.log(0.03, 0.2))
    return room(drive(body + crack, dice.log(1, 5)), dice, dice.log(1, 2.5), dice.uniform(0.2, 1))


def explosion(dice: Dice) -> np.ndarray:
    """Noise that starts bright and rumbles away."""
    length = dice.uniform(1.5, 4)
    time = seconds(length)
    course = dice.log(80, 200) + dice.log(1000, 5000) * np.exp(-time / dice.log(0.1, 0.6))
    rumble = 1 + 0.5 * band(dice.noise(len(time)), 1, 15) / 0.02
    sound = moving_band(dice.noise(len(time)), course, 1.2) * decay(time, length / 4)
    return drive(sound * np.clip(rumble, 0.3, 2), dice.log(1, 6))


def gunshot(dice: Dice) -> np.ndarray:
    """A crack and its echo, once or in a burst."""
    time = seconds(dice.uniform(0.4, 1.0))
    crack = band(dice.noise(len(time)), 100, 12000) * decay(time, dice.log(0.008, 0.05))
    thump = sine(dice.log(60, 150), time) * decay(time, 0.04)
    shot = drive(crack + thump, 4)
    if dice.chance(0.3):
        gap = int(dice.uniform(0.07, 0.13) * RATE)
        burst = np.zeros(len(shot) + gap * 7)
        for index in range(dice.whole(3, 8)):
            burst[index * gap : index * gap + len(shot)] += shot * dice.uniform(0.8, 1)
        shot = burst
    return room(shot, dice, dice.log(0.4, 1.8), dice.uniform(0.1, 0.7))


def white_noise(dice: Dice) -> np.ndarray:
    """Steady noise: white, pink or radio static."""
    length = dice.uniform(0.4, 3)
    time = seconds(length)
    noise = band(dice.noise(len(time)), dice.log(20, 2000), dice.log(5000, 20000), dice.whole(1, 2))
    if dice.chance(0.25):
        noise = noise * (1 + np.abs(band(dice.noise(len(time)), 1, 30)) * 20)
    return fade_out(noise, 0.1)


def beep(dice: Dice) -> np.ndarray:
    """One or a few short tones, steady or sliding."""
    length = dice.uniform(0.04, 0.4)
    time = seconds(length)
    slide = dice.uniform(-0.5, 1) if dice.chance(0.5) else 0.0
    wave = sine(dice.log(300, 3500) * (1 + slide * time / length), time)
    if dice.chance(0.3):
        wave = np.sign(wave)
    tone = fade_out(wave, length * dice.uniform(0.1, 0.9))
    gap = np.zeros(int(dice.uniform(0.03, 0.15) * RATE))
    return np.concatenate([np.concatenate([tone, gap]) for _ in range(dice.whole(1, 3))])


def siren(dice: Dice) -> np.ndarray:
    """A wailing or two-tone siren, or an alarm's fast beeps."""
    length = dice.uniform(1.5, 3.5)
    time = seconds(length)
    swing = np.sin(2 * np.pi * dice.log(0.3, 5) * time)
    swing = np.sign(swing) if dice.chance(0.4) else swing
    pitch = dice.log(500, 1600) * (1 + dice.uniform(0.1, 0.45) * swing)
    wave = band(pulse(phase(pitch, time)), 200, dice.log(2500, 9000))
    if dice.chance(0.3):
        wave = wave * (np.sin(2 * np.pi * dice.uniform(2, 9) * time) > 0)
    return wave


def glitch(dice: Dice) -> np.ndarray:
    """Fragments of noise, tones and silence cut hard."""
    samples = int(dice.uniform(0.2, 1.2) * RATE)
    pieces: list[np.ndarray] = []
    while sum(map(len, pieces)) < samples:
        time = seconds(dice.log(0.004, 0.09))
        tone = sine(dice.log(50, 6000), time)
        kinds = (dice.noise(len(time)), np.sign(tone), np.round(tone * 3) / 3, np.zeros(len(time)))
        piece = kinds[dice.whole(0, 3)]
        pieces.extend([piece] * (dice.whole(2, 6) if dice.chance(0.3) else 1))
    return np.concatenate(pieces)[:samples] + 1e-4


def vinyl_crackle(dice: Dice) -> np.ndarray:
    """Dust and ticks over faint hiss."""
    length = dice.uniform(1.5, 3.5)
    samples = int(length * RATE)
    sound = band(dice.noise(samples), 300, 6000) * dice.uniform(0.005, 0.06)
    ticks = dice.rng.integers(0, samples, int(length * dice.log(8, 90)))
    sound[ticks] += dice.rng.standard_normal(len(ticks)) * dice.rng.random(len(ticks)) ** 2
    return band(sound, 80, dice.log(4000, 15000), 1)


def scratch(dice: Dice) -> np.ndarray:
    """A record moved by hand: noise and tone whose pitch follows the hand."""
    length = dice.uniform(0.15, 0.9)
    time = seconds(length)
    hand = np.abs(np.sin(np.pi * dice.whole(1, 4) * time / length)) + 0.03
    noise = moving_band(dice.noise(len(time)), 200 + 2500 * hand, 1.0) * 2
    tone = saw(phase(dice.log(150, 700) * hand, time)) * dice.uniform(0.1, 0.6)
    return (noise + tone) * np.minimum(1, hand * 2)


def robot(dice: Dice) -> np.ndarray:
    """A machine's syllables: a buzzing tone through moving formants, ring-modulated."""
    length = dice.uniform(0.4, 1.8)
    time = seconds(length)
    steps = np.repeat(dice.rng.uniform(0.6, 1.7, 40), 1 + len(time) // 40)[: len(time)]
    buzz = pulse(phase(dice.log(70, 220) * steps, time), 0.2)
    formant = np.repeat(dice.rng.uniform(400, 2600, 40), 1 + len(time) // 40)[: len(time)]
    gate = np.sin(2 * np.pi * dice.uniform(2, 7) * time) > -0.6
    ring = np.sin(2 * np.pi * dice.log(30, 400) * time) if dice.chance(0.5) else 1.0
    return moving_band(buzz, formant, 0.5) * gate * ring + 1e-5


def notification(dice: Dice) -> np.ndarray:
    """A few soft chimes."""
    sound = np.zeros(int(1.5 * RATE))
    base = dice.log(450, 1700)
    for index in range(dice.whole(1, 4)):
        time = seconds(0.7)
        start = int(index * dice.uniform(0.08, 0.18) * RATE)
        chime = sine(base * dice.pick([1, 1.25, 1.335, 1.5, 2]), time) * decay(
            time, dice.log(0.05, 0.2)
        )
        sound[start : start + len(chime)] += chime
    return sound


def phone_ring(dice: Dice) -> np.ndarray:
    """A bell or electronic ringer, on and off."""
    time = seconds(dice.uniform(1.5, 3.5))
    rate = dice.uniform(12, 28)
    first, second = dice.log(500, 1600), dice.log(600, 2200)
    trill = np.where(np.sin(2 * np.pi * rate * time) > 0, sine(first, time), sine(second, time))
    if dice.chance(0.5):
        strikes = decay((time * rate) % 1 / rate, 0.03)
        trill = (sine(first * 1.6, time) + sine(second * 1.7, time)) * strikes
    return trill * (time % 1.5 < dice.uniform(0.5, 1.2)) + 1e-5


def phone_tone(dice: Dice) -> np.ndarray:
    """Dial tone, busy signal or touch tones."""
    time = seconds(dice.uniform(1.0, 3.0))
    if dice.chance(0.4):
        first, second = dice.pick([(350, 440), (425, 425), (400, 450), (480, 620)])
        on = (time % 1.0 < 0.5) if dice.chance(0.5) else np.ones(len(time))
        return (sine(first, time) + sine(second, time)) * on + 1e-5
    step = dice.uniform(0.1, 0.25)
    place = (time / step).astype(int)
    low = np.array(_DTMF_LOW)[dice.rng.integers(0, 4, place.max() + 1)][place]
    high = np.array(_DTMF_HIGH)[dice.rng.integers(0, 3, place.max() + 1)][place]
    return (sine(low, time) + sine(high, time)) * (time % step < 0.7 * step) + 1e-5


def rain(dice: Dice) -> np.ndarray:
    """Steady hiss with drops."""
    length = dice.uniform(2.0, 4.0)
    samples = int(length * RATE)
    sound = band(dice.noise(samples), dice.log(300, 1500), dice.log(6000, 14000), 1)
    drops = np.zeros(samples)
    places = dice.rng.integers(0, samples, int(length * dice.log(30, 600)))
    drops[places] = dice.rng.random(len(places)) * dice.uniform(5, 40)
    return sound + band(drops, dice.log(600, 1500), dice.log(3000, 9000))


def wind(dice: Dice) -> np.ndarray:
    """Noise through a band that wanders."""
    length = dice.uniform(2.5, 4.5)
    time = seconds(length)
    gust = sum(
        np.sin(2 * np.pi * (dice.uniform(0.1, 0.9) * time + dice.uniform(0, 1))) for _ in range(3)
    )
    course = dice.log(200, 700) * 2 ** (gust * 0.35)
    return moving_band(dice.noise(len(time)), course, dice.uniform(0.2, 0.8)) * (1.3 + 0.3 * gust)


def thunder(dice: Dice) -> np.ndarray:
    """A crack, then rolling rumble."""
    time = seconds(dice.uniform(2.5, 5))
    roll = 1 + 2 * np.abs(band(dice.noise(len(time)), 0.5, 6)) / 0.01
    rumble = (
        band(dice.noise(len(time)), 25, dice.log(100, 400)) * np.minimum(roll, 6) * decay(time, 1.2)
    )
    crack = band(dice.noise(len(time)), 300, 6000) * decay(time, 0.15) * dice.uniform(0, 0.6)
    return rumble + crack


def water(dice: Dice) -> np.ndarray:
    """Bubbles and drops: short tones that rise in pitch."""
    length = dice.uniform(0.3, 2.5)
    sound = np.zeros(int((length + 0.3) * RATE))
    for _ in range(dice.whole(1, 2) if length < 0.8 else dice.whole(6, 60)):
        time = seconds(dice.uniform(0.03, 0.15))
        drop = sine(dice.log(350, 2200) * (1 + dice.uniform(0.5, 6) * time), time) * decay(
            time, 0.02
        )
        start = int(dice.uniform(0, length) * RATE)
        sound[start : start + len(drop)] += drop[: len(sound) - start] * dice.uniform(0.1, 1)
    return sound


def heartbeat(dice: Dice) -> np.ndarray:
    """Two low thumps, again and again."""
    gap = dice.uniform(0.65, 1.1)
    sound = np.zeros(int(3 * RATE))
    thump = band(kick(dice), 20, 180)[: int(0.25 * RATE)]
    for start in np.arange(0, 2.6, gap):
        for delay, level in ((0.0, 1.0), (0.28 * gap, 0.7)):
            first = int((start + delay) * RATE)
            piece = thump[: max(0, len(sound) - first)]
            sound[first : first + len(piece)] += level * piece
    return sound


def door(dice: Dice) -> np.ndarray:
    """Knocks, or a slam."""
    if dice.chance(0.4):
        time = seconds(0.7)
        slam = band(dice.noise(len(time)), 60, dice.log(700, 3000)) * decay(
            time, dice.log(0.03, 0.1)
        )
        return room(drive(slam, 3), dice, dice.log(0.3, 1.2), dice.uniform(0.1, 0.6))
    sound = np.zeros(int(1.3 * RATE))
    knock = band(tom(dice), 80, dice.log(600, 2500))[: int(0.15 * RATE)]
    for index in range(dice.whole(2, 4)):
        start = int(index * dice.uniform(0.14, 0.26) * RATE)
        sound[start : start + len(knock)] += knock * dice.uniform(0.6, 1)
    return room(sound, dice, dice.log(0.15, 0.7), dice.uniform(0.05, 0.4))


def engine(dice: Dice) -> np.ndarray:
    """Pulses of combustion at a changing rate."""
    time = seconds(dice.uniform(1.5, 3.5))
    rate = dice.log(18, 90) * (1 + dice.uniform(-0.3, 0.8) * time / time[-1])
    wave = saw(phase(rate, time)) ** 3 + 0.5 * pulse(phase(rate / 2, time), 0.2)
    air = dice.noise(len(time)) * (0.5 + 0.5 * saw(phase(rate, time)))
    return band(wave + dice.uniform(0.1, 0.8) * air, 30, dice.log(300, 2500))


def applause(dice: Dice) -> np.ndarray:
    """Many hands at random."""
    length = dice.uniform(2.0, 4.0)
    samples = int(length * RATE)
    impulses = np.zeros(samples)
    places = dice.rng.integers(0, samples, int(length * dice.log(80, 1500)))
    impulses[places] = dice.rng.random(len(places))
    hand = dice.noise(int(0.02 * RATE)) * np.exp(-np.arange(int(0.02 * RATE)) / 150)
    return band(np.convolve(impulses, hand)[:samples], 500, dice.log(3000, 9000), 1)


def sea(dice: Dice) -> np.ndarray:
    """Waves: noise that swells and falls back."""
    time = seconds(4.5)
    swell = np.sin(
        np.pi * ((time / dice.uniform(2.5, 5) + dice.uniform(0, 1)) % 1)
    ) ** dice.uniform(1, 3)
    return moving_band(dice.noise(len(time)), dice.log(250, 600) + 2500 * swell, 1.3) * (
        0.15 + swell
    )


def birds(dice: Dice) -> np.ndarray:
    """Chirps: quick bends of a high tone."""
    sound = np.zeros(int(2.5 * RATE))
    base = dice.log(2000, 5000)
    start = 0.0
    while start < 2.1:
        time = seconds(dice.uniform(0.04, 0.18))
        bend = 1 + dice.uniform(-0.4, 0.5) * np.sin(np.pi * dice.uniform(0.5, 4) * time / time[-1])
        chirp = sine(base * bend, time) * np.sin(np.pi * time / time[-1])
        first = int(start * RATE)
        sound[first : first + len(chirp)] += chirp * dice.uniform(0.3, 1)
        start += dice.uniform(0.05, 0.5)
    return sound


def helicopter(dice: Dice) -> np.ndarray:
    """Rotor blades: bursts of low noise in an even row."""
    time = seconds(dice.uniform(2.0, 4.0))
    rate = dice.uniform(8, 18)
    blades = decay((time * rate) % 1 / rate, dice.uniform(0.008, 0.03))
    return band(dice.noise(len(time)), 40, dice.log(500, 2500)) * (0.15 + blades)


def camera_shutter(dice: Dice) -> np.ndarray:
    """Two or three mechanical clicks."""
    sound = np.zeros(int(0.6 * RATE))
    for start in (0.0, dice.uniform(0.04, 0.12), dice.uniform(0.14, 0.25)):
        time = seconds(0.15)
        click = band(dice.noise(len(time)), dice.log(800, 3000), 12000) * decay(
            time, dice.log(0.004, 0.02)
        )
        first = int(start * RATE)
        sound[first : first + len(click)] += click * dice.uniform(0.3, 1)
    return sound
