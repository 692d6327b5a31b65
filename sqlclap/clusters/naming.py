"""Names for clusters, from the text tower over a vocabulary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sqlclap.clusters.vocabulary import Name, Vocabulary

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]
    Ids = npt.NDArray[np.int64]

Embed = Callable[[Sequence[str]], Any]

BATCH = 64


@dataclass(frozen=True)
class Named:
    """A cluster's name.

    Attributes
    ----------
    cluster : int
    name : str
    base : str
        The vocabulary's own, without what tells it apart from others.
    score : float
        How much nearer the words lie to the cluster than to the library at large (cosine).
    """

    cluster: int
    name: str
    base: str
    score: float


def name_clusters(
    vectors: Floats, labels: Ids, vocabulary: Vocabulary, embed: Embed
) -> list[Named]:
    """Name each cluster after the words that fit it best; no two clusters get the same name.

    Clusters that the same words fit best are told apart by a qualifier, or else by a number.

    Parameters
    ----------
    vectors : np.ndarray [shape=(n, dim), dtype=float32]
        Unit vectors.
    labels : np.ndarray [shape=(n,), dtype=int64]
    vocabulary : Vocabulary
    embed : callable
        Gives unit vectors of texts.
    """
    import numpy as np

    clusters = np.unique(labels[labels >= 0])
    if not len(clusters):
        return []
    middles = np.stack([vectors[labels == cluster].mean(axis=0) for cluster in clusters])
    fit, lead = _fit(vectors, middles, _embedded(vocabulary.names, embed))
    best = fit.argmax(axis=1)
    sizes = np.array([(labels == cluster).sum() for cluster in clusters])
    names = [vocabulary.names[word].name for word in best]
    chosen = list(names)
    for word in np.unique(best):
        alike = np.flatnonzero(best == word)
        if len(alike) > 1:
            alike = alike[np.argsort(-sizes[alike], kind="stable")]
            told = _told_apart(middles[alike], names[alike[0]], vocabulary.qualifiers, embed)
            for at, name in zip(alike, told, strict=True):
                chosen[at] = name
    return [
        Named(int(cluster), name, names[at], round(float(lead[at, best[at]]), 4))
        for at, (cluster, name) in enumerate(zip(clusters, _distinct(chosen), strict=True))
    ]


def _embedded(names: Sequence[Name], embed: Embed) -> Floats:
    """Return a vector a name: the mean of its prompts', shape (names, dim)."""
    import numpy as np

    prompts = [prompt for name in names for prompt in name.prompts]
    parts = [embed(prompts[at : at + BATCH]) for at in range(0, len(prompts), BATCH)]
    rows = np.concatenate(parts)
    starts = np.cumsum([0] + [len(name.prompts) for name in names])
    means: Floats = np.stack([rows[a:b].mean(axis=0) for a, b in pairwise(starts)])
    return means


def _fit(vectors: Floats, middles: Floats, words: Floats) -> tuple[Floats, Floats]:
    """Return how well words fit clusters, and their lead, both of shape (clusters, words).

    The lead is how much nearer the words lie to a cluster than to the library at large. It counts
    beside the cosine itself: some words lie near to everything.
    """
    import numpy as np

    words = words / np.linalg.norm(words, axis=1, keepdims=True)
    cosines = middles @ words.T
    lead: Floats = cosines - vectors.mean(axis=0) @ words.T
    return cosines + lead, lead


def _told_apart(middles: Floats, name: str, qualifiers: Sequence[Name], embed: Embed) -> list[str]:
    """Put qualifiers before a name that several clusters share, as far as there are any."""
    from scipy.optimize import linear_sum_assignment

    if not qualifiers:
        return [name] * len(middles)
    phrases = [
        Name(entry.name, tuple(f"{prompt} {name}" for prompt in entry.prompts), "")
        for entry in qualifiers
    ]
    nearness = (middles - middles.mean(axis=0)) @ _embedded(phrases, embed).T
    rows, columns = linear_sum_assignment(-nearness)
    told = [name] * len(middles)
    for row, column in zip(rows, columns, strict=True):
        told[row] = f"{qualifiers[column].name} {name}"
    return told


def _distinct(names: Sequence[str]) -> list[str]:
    """Number names that are still the same."""
    seen: Counter[str] = Counter()
    numbered = []
    for name in names:
        seen[name] += 1
        numbered.append(name if seen[name] == 1 else f"{name} {seen[name]}")
    return numbered
