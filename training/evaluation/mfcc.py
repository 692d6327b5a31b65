"""The baseline: statistics of mel-frequency cepstra, as sample managers have long used them."""

from __future__ import annotations

import numpy as np

from training.features import FeatureTable

COEFFICIENTS = 20
_AUDIBLE_DB = -60.0


def _cosines(n_mels: int) -> np.ndarray:
    k, n = np.arange(COEFFICIENTS)[:, None], np.arange(n_mels)[None]
    return np.cos(np.pi * k * (2 * n + 1) / (2 * n_mels)) / np.sqrt(n_mels)


def window_statistics(mel: np.ndarray) -> np.ndarray:
    """Return mean and deviation of the coefficients and of their changes, over audible frames.

    Parameters
    ----------
    mel : np.ndarray [shape=(frames, n_mels)]
        Log-mel (in dB).
    """
    mel = mel.astype(np.float32)
    loudness = mel.max(axis=1)
    audible = np.nonzero(loudness > loudness.max() + _AUDIBLE_DB)[0]
    cepstra = mel[: audible[-1] + 1] @ _cosines(mel.shape[1]).T
    change = np.diff(cepstra, axis=0) if len(cepstra) > 1 else np.zeros((1, COEFFICIENTS))
    return np.concatenate([cepstra.mean(0), cepstra.std(0), change.mean(0), change.std(0)])


def clip_statistics(table: FeatureTable) -> np.ndarray:
    """Return the statistics of each clip: the mean over its windows, shape (clips, 80)."""
    sums = np.zeros((len(table.infos), 4 * COEFFICIENTS))
    counts = np.zeros(len(table.infos))
    for clip, mel in zip(table.clip, table.mels, strict=True):
        sums[clip] += window_statistics(mel)
        counts[clip] += 1
    return sums / np.maximum(counts, 1)[:, None]


def standardised(values: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Centre and scale by the mean and deviation of a reference set."""
    return (values - reference.mean(axis=0)) / (reference.std(axis=0) + 1e-6)


def ridge(inputs: np.ndarray, targets: np.ndarray, penalty: float) -> np.ndarray:
    """Return the weights of a linear map with a squared penalty."""
    gram = inputs.T @ inputs + penalty * np.eye(inputs.shape[1])
    return np.linalg.solve(gram, inputs.T @ targets)
