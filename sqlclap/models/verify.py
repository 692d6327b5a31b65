"""Verifies a bundle: all hashes, its towers, and sanity checks of their output."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sqlclap.errors import ModelSanityError
from sqlclap.models.bundle import Bundle
from sqlclap.models.encoder import Encoder
from sqlclap.models.sanity import UNLIKE_PROMPTS, probe_sounds, unlike_sounds


@dataclass(frozen=True)
class Verdict:
    """Result of verifying a usable bundle.

    Attributes
    ----------
    name, model_version : str
    precision : str
    dim : int
    files : int
        Number of files whose hashes match the contract.
    sound_cosine, text_cosine : float
        Cosine between two unlike sounds, and between two unlike prompts (None for a model without
        words): the lower, the better the model discriminates.
    """

    name: str
    model_version: str
    precision: str
    dim: int
    files: int
    sound_cosine: float
    text_cosine: float | None


def verify_bundle(bundle: Bundle) -> Verdict:
    """Check all of a bundle's files and run its towers.

    Raises
    ------
    BundleError
        A file is missing, altered, or can't be loaded.
    ModelSanityError
        A tower's output fails the sanity check.
    """

    for file in bundle.contract.files:
        bundle.read(file)
    encoder = Encoder(bundle)
    spec = encoder.front_end.spec
    sounds = unlike_sounds(spec.sample_rate, min(spec.sample_rate, spec.window_samples))
    sound_vectors = encoder.embed_windows(np.stack([encoder.front_end.features(s) for s in sounds]))
    read = encoder.embed_texts(UNLIKE_PROMPTS) if bundle.contract.has_words else None
    return Verdict(
        name=bundle.name,
        model_version=bundle.model_version,
        precision=bundle.contract.precision,
        dim=bundle.contract.dim,
        files=len(bundle.contract.files),
        sound_cosine=float(sound_vectors[0] @ sound_vectors[1]),
        text_cosine=None if read is None else float(read[0] @ read[1]),
    )


LEAST_SAME = 0.9999
"""Lowest cosine between vectors of one window in several runs and batches."""


def check_repeatable(bundle: Bundle) -> None:
    """Check that a window's vector depends on nothing but the window.

    Probe sounds are embedded twice in one batch of more windows than a run takes, and alone.

    Raises
    ------
    BundleError
        The audio tower can't be run.
    ModelSanityError
        The vectors differ.
    """
    encoder = Encoder(bundle, threads=1)
    spec = encoder.front_end.spec
    sounds = [sound[: spec.window_samples] for sound in probe_sounds(spec.sample_rate)]
    features = np.stack([encoder.front_end.features(sound) for sound in sounds])
    rows = np.resize(np.arange(len(sounds)), max(len(sounds), encoder.windows_per_run + 1))
    first, second = (encoder.embed_windows(features[rows]) for _ in range(2))
    alone = np.concatenate([encoder.embed_windows(one[None]) for one in features])[rows]
    again, apart = ((first * other).sum(axis=1).min() for other in (second, alone))
    if again < LEAST_SAME:
        raise ModelSanityError(
            f"{bundle.name}: one sound gave two vectors in two runs (cosine {again:.4f}): part of "
            "the graph is random, such as dropout; export it for inference"
        )
    if apart < LEAST_SAME:
        raise ModelSanityError(
            f"{bundle.name}: a sound's vector depends on the others of its batch (cosine "
            f"{apart:.4f}): export it for inference, or with a batch axis of 1"
        )
