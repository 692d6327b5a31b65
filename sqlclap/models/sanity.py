"""Sanity checks of a model's output, and sounds and prompts to compare models on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from sqlclap.errors import ModelSanityError

if TYPE_CHECKING:
    import numpy.typing as npt

    from sqlclap.arrays import Float32Array
    from sqlclap.audio.front_end import FrontEnd

PROMPTS = (
    "a deep kick drum",
    "birds singing in a forest while rain falls on leaves",
    "speech",
    "An electric guitar, heavily distorted, plays a riff; someone shouts over it.",
)


def probe_sounds(rate: int) -> list[Float32Array]:
    """Make mono probe sounds of 0.2 to 10 seconds, full scale ±1."""

    def seconds(length: float) -> npt.NDArray[np.float64]:
        return np.arange(round(length * rate)) / rate

    rng = np.random.default_rng(7)
    time = seconds(0.2)
    kick = np.sin(2 * np.pi * (50 * time + 6 * (1 - np.exp(-30 * time)))) * np.exp(-12 * time)
    time = seconds(3.7)
    sweep = 0.6 * np.sin(2 * np.pi * 40 * np.expm1(1.4 * time) / 1.4)
    time = seconds(10.0)
    bursts = rng.uniform(-0.8, 0.8, len(time)) * (np.sin(2 * np.pi * 1.3 * time) > 0.6)
    chord = sum(np.sin(2 * np.pi * hz * time) / (n + 2) for n, hz in enumerate((220, 277, 331)))
    wobble = 0.5 * chord * (1 + 0.5 * np.sin(2 * np.pi * 5 * time))
    hiss = rng.standard_normal(len(time)) * 0.02
    return [sound.astype(np.float32) for sound in (kick, sweep, bursts, wobble, hiss)]


def long_probe_sounds(rate: int, window_samples: int) -> list[Float32Array]:
    """Make mono probe sounds longer than a window: by a little, by less than twice, by thrice.

    Each changes along the way, so that it matters which part of it is taken.
    """
    rng = np.random.default_rng(11)
    made = []
    for number, samples in enumerate((3, 100, rate // 2, window_samples // 2, 2 * window_samples)):
        along = np.arange(window_samples + samples) / (window_samples + samples)
        hiss = rng.standard_normal(len(along)) * (0.02 + 0.3 * along**2)
        tone = np.sin(2 * np.pi * (110 * (number + 1) + 800 * along) * along * len(along) / rate)
        beat = np.sin(2 * np.pi * (3 + number) * along) > 0.2
        made.append((0.4 * tone * (1 - along) + hiss * beat).astype(np.float32))
    return made


MAX_UNLIKE_COSINE = 0.98
UNLIKE_PROMPTS = ("a deep kick drum", "birds singing in a forest")


def unlike_sounds(sample_rate: int, samples: int) -> list[Float32Array]:
    """Make a decaying low tone and white noise, each of `samples` samples, full scale ±1."""

    seconds = np.arange(samples, dtype=np.float32) / sample_rate
    tone = np.sin(2 * np.pi * 60 * seconds) * np.exp(-6 * seconds)
    noise = np.random.default_rng(0).uniform(-0.9, 0.9, samples)
    return [tone.astype(np.float32), noise.astype(np.float32)]


def check_sounds(
    name: str, front_end: FrontEnd, embed: Callable[[Float32Array], Float32Array]
) -> None:
    """Check that the audio tower gives two unlike sounds different vectors.

    Raises
    ------
    ModelSanityError
        Their cosine is above `MAX_UNLIKE_COSINE`.
    """

    spec = front_end.spec
    sounds = unlike_sounds(spec.sample_rate, min(spec.sample_rate, spec.window_samples))
    features = np.stack([front_end.features(sound) for sound in sounds])
    _refuse_collapse(name, "audio", embed(features))


def check_texts(name: str, embed: Callable[[Sequence[str]], Float32Array]) -> None:
    """Check that the text tower gives two unlike prompts different vectors.

    Raises
    ------
    ModelSanityError
        Their cosine is above `MAX_UNLIKE_COSINE`.
    """
    _refuse_collapse(name, "text", embed(UNLIKE_PROMPTS))


def _refuse_collapse(name: str, tower: str, vectors: Float32Array) -> None:
    cosine = float(vectors[0] @ vectors[1])
    if cosine > MAX_UNLIKE_COSINE:
        raise ModelSanityError(
            f"{name}: the {tower} tower gives unlike inputs nearly the same vector "
            f"(cosine {cosine:.4f}, expected under {MAX_UNLIKE_COSINE}); use another model"
        )
