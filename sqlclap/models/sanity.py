"""Telling a model that works from one that only runs.

A public checkpoint is known whose text tower gives nearly the same vector for every prompt
(cosine 0.9993 between unlike prompts): nothing fails, and every search is nonsense.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from sqlclap.audio import FrontEnd
from sqlclap.errors import ModelSanityError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]

MAX_UNLIKE_COSINE = 0.98
UNLIKE_PROMPTS = ("a deep kick drum", "birds singing in a forest")


def unlike_sounds(sample_rate: int, samples: int) -> list[Floats]:
    """Make a decaying low tone and white noise of so many samples, in [-1, 1]."""
    import numpy as np

    seconds = np.arange(samples, dtype=np.float32) / sample_rate
    tone = np.sin(2 * np.pi * 60 * seconds) * np.exp(-6 * seconds)
    noise = np.random.default_rng(0).uniform(-0.9, 0.9, samples)
    return [tone.astype(np.float32), noise.astype(np.float32)]


def check_sounds(name: str, front_end: FrontEnd, embed: Callable[[Floats], Floats]) -> None:
    """Refuse an audio tower that can't tell two unlike sounds apart.

    Raises
    ------
    ModelSanityError
        Their cosine is above `MAX_UNLIKE_COSINE`.
    """
    import numpy as np

    spec = front_end.spec
    sounds = unlike_sounds(spec.sample_rate, min(spec.sample_rate, spec.window_samples))
    features = np.stack([front_end.features(sound) for sound in sounds])
    _refuse_collapse(name, "audio", embed(features))


def check_texts(name: str, embed: Callable[[Sequence[str]], Floats]) -> None:
    """Refuse a text tower that can't tell two unlike prompts apart.

    Raises
    ------
    ModelSanityError
        Their cosine is above `MAX_UNLIKE_COSINE`.
    """
    _refuse_collapse(name, "text", embed(UNLIKE_PROMPTS))


def _refuse_collapse(name: str, tower: str, vectors: Floats) -> None:
    cosine = float(vectors[0] @ vectors[1])
    if cosine > MAX_UNLIKE_COSINE:
        raise ModelSanityError(
            f"{name}: the {tower} tower gives unlike inputs nearly the same vector "
            f"(cosine {cosine:.4f}, expected under {MAX_UNLIKE_COSINE}); use another model"
        )
