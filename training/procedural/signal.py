"""Building blocks of the procedural sounds: oscillators, filters, envelopes, rooms."""

from __future__ import annotations

import numpy as np

RATE = 44_100
_HOP = 1024
_BLOCK = 512


class Dice:
    """Random numbers with the few shapes that sound design needs."""

    def __init__(self, seed: int | list[int]) -> None:
        self.rng = np.random.default_rng(seed)

    def uniform(self, low: float, high: float) -> float:
        """Return a number between `low` and `high`."""
        return float(self.rng.uniform(low, high))

    def log(self, low: float, high: float) -> float:
        """Return a number between `low` and `high`, even on a logarithmic scale."""
        return float(np.exp(self.rng.uniform(np.log(low), np.log(high))))

    def chance(self, probability: float) -> bool:
        """Return True with a probability."""
        return bool(self.rng.random() < probability)

    def whole(self, low: int, high: int) -> int:
        """Return an integer from `low` to `high`, both included."""
        return int(self.rng.integers(low, high + 1))

    def pick(self, options: list | tuple) -> object:
        """Return one of the options."""
        return options[int(self.rng.integers(len(options)))]

    def noise(self, samples: int) -> np.ndarray:
        """Return white noise."""
        return self.rng.standard_normal(samples).astype(np.float32)


def seconds(duration: float) -> np.ndarray:
    """Return the time axis of a sound (in seconds)."""
    return np.arange(int(duration * RATE)) / RATE


def decay(time: np.ndarray, constant: float) -> np.ndarray:
    """Return an exponential decay that falls to 1/e in `constant` seconds."""
    return np.exp(-time / constant)


def phase(frequency: np.ndarray | float, time: np.ndarray) -> np.ndarray:
    """Return the phase (in cycles) of a constant or moving frequency (in Hz)."""
    return np.cumsum(np.broadcast_to(frequency, time.shape)) / RATE


def sine(frequency: np.ndarray | float, time: np.ndarray) -> np.ndarray:
    """Return a sine of a constant or moving frequency."""
    return np.sin(2 * np.pi * phase(frequency, time))


def saw(cycles: np.ndarray) -> np.ndarray:
    """Return a sawtooth of a phase in cycles."""
    return 2 * (cycles % 1) - 1


def pulse(cycles: np.ndarray, width: float = 0.5) -> np.ndarray:
    """Return a pulse wave of a phase in cycles."""
    return np.where(cycles % 1 < width, 1.0, -1.0)


def fast_length(samples: int) -> int:
    """Return a length of at least `samples` whose FFT is fast: a few times a power of two."""
    step = 1 << max(0, samples.bit_length() - 3)
    return -(-samples // step) * step


def band(sound: np.ndarray, low: float, high: float, order: int = 2) -> np.ndarray:
    """Filter to a band (in Hz) with slopes of 12 dB an octave times `order` / 2."""
    size = fast_length(len(sound))
    frequency = np.fft.rfftfreq(size, 1 / RATE)
    gain = 1 / (1 + (low / np.maximum(frequency, 1)) ** (2 * order))
    gain /= 1 + (frequency / high) ** (2 * order)
    return np.fft.irfft(np.fft.rfft(sound, size) * gain, size)[: len(sound)]


def moving_band(sound: np.ndarray, centre: np.ndarray, octaves: float) -> np.ndarray:
    """Filter with a bell of a width in octaves whose centre moves along the sound (in Hz)."""
    size = 2 * _HOP
    padded = np.concatenate([sound, np.zeros(size)])
    out, window = np.zeros(len(padded)), np.hanning(size)
    log_f = np.log2(np.fft.rfftfreq(size, 1 / RATE) + 1)
    for start in range(0, len(sound), _HOP):
        f0 = centre[min(start + _HOP, len(centre) - 1)]
        gain = np.exp(-0.5 * ((log_f - np.log2(f0)) / octaves) ** 2)
        piece = padded[start : start + size] * window
        out[start : start + size] += np.fft.irfft(np.fft.rfft(piece) * gain, size)
    return out[: len(sound)]


def moving_lowpass(sound: np.ndarray, cutoff: np.ndarray, resonance: float = 0.0) -> np.ndarray:
    """Filter with a lowpass whose cutoff moves along the sound (in Hz), with a resonant bump."""
    size = 2 * _HOP
    padded = np.concatenate([sound, np.zeros(size)])
    out, window = np.zeros(len(padded)), np.hanning(size)
    frequency = np.fft.rfftfreq(size, 1 / RATE) + 1
    for start in range(0, len(sound), _HOP):
        f0 = cutoff[min(start + _HOP, len(cutoff) - 1)]
        gain = 1 / (1 + (frequency / f0) ** 4)
        gain += resonance * np.exp(-0.5 * (np.log2(frequency / f0) / 0.12) ** 2)
        piece = padded[start : start + size] * window
        out[start : start + size] += np.fft.irfft(np.fft.rfft(piece) * gain, size)
    return out[: len(sound)]


def modes(
    time: np.ndarray, frequencies: np.ndarray, amplitudes: np.ndarray, constants: np.ndarray
) -> np.ndarray:
    """Sum decaying sines: the sound of a struck body with these modes."""
    sound = np.zeros(-(-len(time) // _BLOCK) * _BLOCK)
    offsets = (frequencies * 7.13) % 1  # phases that differ but need no dice
    for f, a, c, offset in zip(frequencies, amplitudes, constants, offsets, strict=True):
        if f >= RATE / 2.1:
            continue
        blocks = min(len(sound), int(7 * c * RATE) + _BLOCK) // _BLOCK
        # exp(z t) over a long t is the outer product of a few exponentials: far cheaper
        turn = (2j * np.pi * f - 1 / c) / RATE
        within = np.exp(turn * np.arange(_BLOCK))
        starts = a * np.exp(turn * _BLOCK * np.arange(blocks) + 2j * np.pi * offset)
        part = np.outer(starts.imag, within.real) + np.outer(starts.real, within.imag)
        sound[: blocks * _BLOCK] += part.ravel()
    return sound[: len(time)]


def convolve(sound: np.ndarray, response: np.ndarray) -> np.ndarray:
    """Convolve by FFT, in single precision: that takes half as long and is as good to the ear."""
    sound, response = sound.astype(np.float32), response.astype(np.float32)
    length = len(sound) + len(response) - 1
    size = fast_length(length)
    product = np.fft.rfft(sound, size) * np.fft.rfft(response, size)
    return np.fft.irfft(product, size)[:length]


def room(sound: np.ndarray, dice: Dice, length: float, wet: float) -> np.ndarray:
    """Add a room: decaying noise that darkens, with a short gap before it."""
    count = int(length * RATE)
    time = np.arange(count) / RATE
    tail = dice.noise(count) * np.exp(-6.9 * time / length)
    tail = band(tail, 120, dice.log(2000, 9000), 1)
    gap = int(dice.uniform(0.001, 0.02) * RATE)
    response = np.concatenate([np.zeros(gap), tail])
    response /= np.sqrt((response**2).sum()) + 1e-9
    wet_sound = convolve(sound, response)
    out = wet * wet_sound
    out[: len(sound)] += sound
    return out


def fade_out(sound: np.ndarray, duration: float) -> np.ndarray:
    """Fade the end of a sound."""
    count = min(len(sound), max(1, int(duration * RATE)))
    out = np.array(sound, float)
    out[-count:] *= np.linspace(1, 0, count)
    return out


def drive(sound: np.ndarray, gain: float) -> np.ndarray:
    """Saturate a sound whose peak is first brought to `gain`."""
    peak = np.abs(sound).max() + 1e-9
    return np.tanh(sound / peak * gain)
