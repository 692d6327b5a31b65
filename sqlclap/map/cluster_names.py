"""Names clusters, and groups of clusters, by a vocabulary."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from sqlclap.map.vocabulary import Vocabulary, VocabularyName

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array, Int64Array


Embed = Callable[[Sequence[str]], Any]

BATCH = 64


@dataclass(frozen=True)
class ClusterName:
    """A cluster's name.

    Attributes
    ----------
    cluster : int
    name : str
    base : str
        The vocabulary's name, without qualifier or number.
    score : float or None
        Cosine similarity to the cluster, minus that to the mean of the library; None for a mere
        number.
    """

    cluster: int
    name: str
    base: str
    score: float | None


def name_clusters(
    vectors: Float32Array, labels: Int64Array, vocabulary: Vocabulary, embed: Embed
) -> list[ClusterName]:
    """Give each cluster the name that fits it best; no two clusters get the same name.

    Clusters with the same best name are distinguished by a qualifier, otherwise by a number.

    Parameters
    ----------
    vectors : np.ndarray [shape=(n, dim), dtype=float32]
        Unit vectors.
    labels : np.ndarray [shape=(n,), dtype=int64]
    vocabulary : Vocabulary
    embed : callable
        Returns unit vectors for a list of texts.
    """

    clusters = np.unique(labels[labels >= 0])
    if not len(clusters):
        return []
    centroids = np.stack([vectors[labels == cluster].mean(axis=0) for cluster in clusters])
    fit, contrast = _score_words(vectors, centroids, _embedded(vocabulary.names, embed))
    best = fit.argmax(axis=1)
    sizes = np.array([(labels == cluster).sum() for cluster in clusters])
    names = [vocabulary.names[word].name for word in best]
    chosen = list(names)
    for word in np.unique(best):
        alike = np.flatnonzero(best == word)
        if len(alike) > 1:
            alike = alike[np.argsort(-sizes[alike], kind="stable")]
            qualified = _qualify(centroids[alike], names[alike[0]], vocabulary.qualifiers, embed)
            for position, name in zip(alike, qualified, strict=True):
                chosen[position] = name
    scores = contrast[np.arange(len(best)), best].round(4).tolist()
    columns = (clusters.tolist(), _number_duplicates(chosen), names, scores)
    return [ClusterName(*row) for row in zip(*columns, strict=True)]


def number_clusters(labels: Int64Array) -> list[ClusterName]:
    """Call each cluster by its number, where nothing can name them.

    >>> import numpy as np
    >>> [entry.name for entry in number_clusters(np.array([1, -1, 0, 1]))]
    ['unnamed 0', 'unnamed 1']
    """
    numbers = np.unique(labels[labels >= 0]).tolist()
    return [ClusterName(one, f"unnamed {one}", f"unnamed {one}", None) for one in numbers]


def _embedded(names: Sequence[VocabularyName], embed: Embed) -> Float32Array:
    """Return one vector per name, the mean of its prompts' vectors, shape (names, dim)."""

    prompts = [prompt for name in names for prompt in name.prompts]
    parts = [embed(prompts[at : at + BATCH]) for at in range(0, len(prompts), BATCH)]
    rows = np.concatenate(parts)
    starts = np.cumsum([0] + [len(name.prompts) for name in names])
    means: Float32Array = np.stack([rows[a:b].mean(axis=0) for a, b in pairwise(starts)])
    return means


def _score_words(
    vectors: Float32Array, centroids: Float32Array, words: Float32Array
) -> tuple[Float32Array, Float32Array]:
    """Return how well words fit clusters, and their contrast, both of shape (clusters, words).

    The contrast is the cosine similarity to the cluster minus that to the library's mean. It is
    added to the cosine, because some words are similar to everything.
    """

    words = words / np.linalg.norm(words, axis=1, keepdims=True)
    cosines = centroids @ words.T
    contrast: Float32Array = cosines - vectors.mean(axis=0) @ words.T
    return cosines + contrast, contrast


def _qualify(
    centroids: Float32Array, name: str, qualifiers: Sequence[VocabularyName], embed: Embed
) -> list[str]:
    """Put different qualifiers before a name that several clusters share."""
    from scipy.optimize import linear_sum_assignment

    if not qualifiers:
        return [name] * len(centroids)
    phrases = [
        VocabularyName(entry.name, tuple(f"{prompt} {name}" for prompt in entry.prompts), "")
        for entry in qualifiers
    ]
    similarities = (centroids - centroids.mean(axis=0)) @ _embedded(phrases, embed).T
    rows, columns = linear_sum_assignment(-similarities)
    qualified = [name] * len(centroids)
    for row, column in zip(rows, columns, strict=True):
        qualified[row] = f"{qualifiers[column].name} {name}"
    return qualified


def _number_duplicates(names: Sequence[str]) -> list[str]:
    """Append numbers to names that are still the same."""
    counts: Counter[str] = Counter()
    numbered = []
    for name in names:
        counts[name] += 1
        numbered.append(name if counts[name] == 1 else f"{name} {counts[name]}")
    return numbered


MIN_CLUSTERS_TO_GROUP = 6
"""With fewer clusters than this, there are no groups."""


@dataclass(frozen=True)
class Group:
    """Clusters whose centroids lie near each other.

    Attributes
    ----------
    clusters : tuple of int
    name : str
    """

    clusters: tuple[int, ...]
    name: str


def group_clusters(
    vectors: Float32Array, labels: Int64Array, named: Sequence[ClusterName]
) -> list[Group]:
    """Group clusters by their centroids, with average linkage, into about sqrt(2 n) groups.

    A group's name is made of the names that most of its sounds have.
    """
    from scipy.cluster.hierarchy import fcluster, linkage

    if len(named) < MIN_CLUSTERS_TO_GROUP:
        return []
    centroids = np.stack([vectors[labels == entry.cluster].mean(axis=0) for entry in named])
    centroids = centroids - vectors.mean(axis=0)
    tree = linkage(centroids, method="average", metric="cosine")
    group_numbers = fcluster(tree, t=math.isqrt(2 * len(named)), criterion="maxclust")
    sizes = {entry.cluster: int((labels == entry.cluster).sum()) for entry in named}
    groups: list[Group] = []
    used: set[str] = set()
    for number in np.unique(group_numbers):
        members = [
            entry for entry, group in zip(named, group_numbers, strict=True) if group == number
        ]
        name = _group_name(members, sizes, used)
        used.add(name)
        groups.append(Group(tuple(entry.cluster for entry in members), name))
    return groups


def _group_name(members: Sequence[ClusterName], sizes: dict[int, int], used: set[str]) -> str:
    weights: Counter[str] = Counter()
    for entry in members:
        weights[entry.base] += sizes[entry.cluster]
    words = [base for base, _ in weights.most_common()]
    for count in (2, 1, *range(3, len(words) + 1)):
        name = ", ".join(words[:count])
        if name not in used:
            return name
    number = 2
    while f"{words[0]} {number}" in used:
        number += 1
    return f"{words[0]} {number}"
