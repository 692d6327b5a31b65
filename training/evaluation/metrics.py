"""Retrieval metrics on unit vectors."""

from __future__ import annotations

import numpy as np


def unit(vectors: np.ndarray) -> np.ndarray:
    """Scale rows to length 1."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def pool(windows: np.ndarray, clip: np.ndarray, seconds: np.ndarray, clips: int) -> np.ndarray:
    """Return each clip's vector: the normalised mean of its windows, weighted by seconds.

    Parameters
    ----------
    windows : np.ndarray [shape=(n, dim)]
        Unit vectors of windows.
    clip : np.ndarray [shape=(n,)]
        Which clip a window belongs to.
    seconds : np.ndarray [shape=(n,)]
        Sound in each window.
    clips : int
        Number of clips.
    """
    sums = np.zeros((clips, windows.shape[1]), np.float64)
    np.add.at(sums, clip, windows * seconds[:, None])
    return unit(sums).astype(np.float32)


def average_precision(ranked: np.ndarray) -> float:
    """Return the average precision of a ranking (True where relevant, best first)."""
    places = np.nonzero(ranked)[0]
    if not len(places):
        return 0.0
    return float(((np.arange(len(places)) + 1) / (places + 1)).mean())


def rankings(
    sounds: np.ndarray, labels: np.ndarray, queries: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Rank all sounds for the query of each class that is present: True where the class fits."""
    present = sorted(set(labels.tolist()) & set(queries))
    return {
        label: (labels == label)[np.argsort(-(sounds @ queries[label]), kind="stable")]
        for label in present
    }


def text_to_sound(
    sounds: np.ndarray, labels: np.ndarray, queries: dict[str, np.ndarray]
) -> dict[str, float]:
    """Search by words: one query per class that is present.

    Parameters
    ----------
    sounds : np.ndarray [shape=(n, dim)]
        Unit vectors.
    labels : np.ndarray [shape=(n,), dtype=str]
    queries : dict
        Unit vector of each class's query.

    Returns
    -------
    dict
        "mAP", "R@1", "hit@10" (means over queries), "queries" and "sounds".
    """
    ranked = rankings(sounds, labels, queries).values()
    return {
        "mAP": float(np.mean([average_precision(ranking) for ranking in ranked])),
        "R@1": float(np.mean([ranking[0] for ranking in ranked])),
        "hit@10": float(np.mean([ranking[:10].any() for ranking in ranked])),
        "queries": len(ranked),
        "sounds": len(sounds),
    }


def sound_to_sound(vectors: np.ndarray, labels: np.ndarray, groups: np.ndarray) -> dict[str, float]:
    """Search by sound, leaving out the query's own group (its kit or pack).

    Parameters
    ----------
    vectors : np.ndarray [shape=(n, dim)]
    labels, groups : np.ndarray [shape=(n,), dtype=str]

    Returns
    -------
    dict
        "mAP", "R@1", "P@10" (means over queries) and "queries".
    """
    similarity = unit(vectors) @ unit(vectors).T
    precision, first, ten = [], [], []
    for query in range(len(vectors)):
        others = groups != groups[query]
        relevant = labels[others] == labels[query]
        if not relevant.any():
            continue
        ranked = relevant[np.argsort(-similarity[query][others], kind="stable")]
        precision.append(average_precision(ranked))
        first.append(ranked[0])
        ten.append(ranked[:10].mean())
    return {
        "mAP": float(np.mean(precision)),
        "R@1": float(np.mean(first)),
        "P@10": float(np.mean(ten)),
        "queries": len(precision),
    }


def area_under_roc(positive: np.ndarray, negative: np.ndarray) -> float:
    """Return the probability that a positive scores over a negative (ties count half)."""
    wins = (positive[:, None] > negative[None]).mean()
    return float(wins + 0.5 * (positive[:, None] == negative[None]).mean())
