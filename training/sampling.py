"""How often each training window is drawn."""

from __future__ import annotations

from collections import Counter

import numpy as np

from training.evaluation.packs import SOUND_CLASSES

_TAIL_WEIGHT = 0.4
_DRUMS, _RECORDED = 1.6, 1.5
"""How much more often drums, and recorded packs, are drawn than balance alone would have it."""


def sampling_weights(keys: list[tuple[str, str]], index: np.ndarray) -> np.ndarray:
    """Balance classes, and sources within a class, by the root of their sizes.

    Parameters
    ----------
    keys : list of (label, source)
        One a window.
    index : np.ndarray
        Place of the window in its sound; tails count less.
    """
    by_class = Counter(label for label, _ in keys)
    by_source = Counter(keys)
    shares = Counter()
    for (label, _source), count in by_source.items():
        shares[label] += count**0.5
    weights = np.array(
        [
            by_class[label] ** 0.5 * by_source[label, source] ** -0.5 / shares[label]
            for label, source in keys
        ]
    )
    weights *= np.where(index > 0, _TAIL_WEIGHT, 1.0)
    weights *= [_DRUMS if label in SOUND_CLASSES else 1.0 for label, _ in keys]
    weights *= [_RECORDED if source.startswith("recorded/") else 1.0 for _, source in keys]
    return weights / weights.sum()
