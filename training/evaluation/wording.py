"""Do words like "deep" and "long" order sounds of a class as a measurement would?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from training.evaluation.report import clip_labels
from training.features import FeatureTable
from training.measures import MEASURES

CLASSES = ("kick", "snare", "tom", "closed hat", "crash", "synth bass")
WORDS = {
    "deep": ("brightness", -1.0),
    "bright": ("brightness", 1.0),
    "short": ("length", -1.0),
    "long": ("length", 1.0),
}
"""What each word should follow, and in which direction."""


def rank_correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Return Spearman's correlation (ties in order of appearance)."""
    ranks = [np.argsort(np.argsort(values)) for values in (first, second)]
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def wording_correlations(
    table: FeatureTable, clips: np.ndarray, embed: Callable[[list[str]], np.ndarray]
) -> dict[str, float]:
    """Return, by word, the mean correlation of its cosines with the measurement it stands for.

    Parameters
    ----------
    table : FeatureTable
    clips : np.ndarray [shape=(clips, dim)]
        Unit vectors of the table's clips.
    embed : callable
        From texts to unit vectors.
    """
    labels = clip_labels(table)
    held = np.array([info["split"] == "test" for info in table.infos])
    heard, rows = np.unique(table.clip, return_index=True)
    measures = np.zeros((len(labels), len(MEASURES)))
    measures[heard] = table.measures[rows]
    found = {}
    for word, (measure, sign) in WORDS.items():
        queries = embed([f"{word} {name}" for name in CLASSES])
        values = sign * measures[:, MEASURES.index(measure)]
        members = [np.nonzero(held & (labels == name))[0] for name in CLASSES]
        pairs = zip(members, queries, strict=True)
        found[word] = float(
            np.mean([rank_correlation(clips[own] @ query, values[own]) for own, query in pairs])
        )
    return found
