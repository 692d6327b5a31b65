"""Names of clusters and of their groups, from an editable vocabulary."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlclap.errors import VocabularyError
from sqlclap.models.vocabulary import TaughtVocabulary, content_words

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array, Int64Array

QUALIFIERS = "qualifiers"


MOST_CHARACTERS = 16 << 20  # of a file of names


@dataclass(frozen=True)
class VocabularyName:
    """A name for clusters.

    Attributes
    ----------
    name : str
    prompts : tuple of str
        What the text tower is asked; the name itself is one of them.
    section : str
        The heading that it stands under.
    """

    name: str
    prompts: tuple[str, ...]
    section: str


@dataclass(frozen=True)
class Vocabulary:
    """Names, and words that tell apart clusters of the same name.

    Attributes
    ----------
    names : tuple of VocabularyName
    qualifiers : tuple of VocabularyName
    """

    names: tuple[VocabularyName, ...]
    qualifiers: tuple[VocabularyName, ...]


def read_vocabulary(path: Path | None = None) -> Vocabulary:
    """Read a vocabulary file; without a path, the one that comes with sqlclap.

    A line is a name, or ``name: other words for it, more of them``. ``[heading]`` starts a
    section; what stands under ``[qualifiers]`` tells apart clusters of the same name. ``#`` starts
    a comment.

    Raises
    ------
    VocabularyError
        The file can't be read, holds no names, or the same one twice.
    """
    where = str(path) if path is not None else "the vocabulary"
    try:
        source = path if path is not None else files("sqlclap.map") / "vocabulary.txt"
        with source.open(encoding="utf-8") as names:
            text = names.read(MOST_CHARACTERS + 1)  # a device may never end
    except (OSError, UnicodeDecodeError) as error:
        raise VocabularyError(f"can't read {where}: {error}") from error
    if len(text) > MOST_CHARACTERS:
        raise VocabularyError(
            f"{where} holds more than {MOST_CHARACTERS >> 20} MB: no list of names"
        )
    return parse_vocabulary(text, where)


def known_names(vocabulary: Vocabulary, taught: TaughtVocabulary) -> Vocabulary:
    """Leave out the names of which no word was taught to the model; all, where that isn't known.

    Such a name would still lie near to some sounds: it would name them, and mean nothing.
    """
    if not taught.is_complete:
        return vocabulary
    known = tuple(
        entry
        for entry in vocabulary.names
        if any(map(taught.holds, content_words(" ".join(entry.prompts))))
    )
    return Vocabulary(known, vocabulary.qualifiers) if known else vocabulary


def parse_vocabulary(text: str, where: str) -> Vocabulary:
    """Read a vocabulary's text; see `read_vocabulary`.

    >>> vocabulary = parse_vocabulary("[drums]\\nkick drum: kick\\n[qualifiers]\\ndeep", "here")
    >>> vocabulary.names[0].prompts, vocabulary.qualifiers[0].name
    (('kick drum', 'kick'), 'deep')
    """
    section, found = "", []
    for line in text.splitlines():
        content = line.partition("#")[0].strip()
        if content.startswith("[") and content.endswith("]"):
            section = content[1:-1].strip().lower()
        elif content:
            name, _, others = content.partition(":")
            prompts = [name, *others.split(",")]
            asked = tuple(dict.fromkeys(text.strip() for text in prompts if text.strip()))
            found.append(VocabularyName(name.strip(), asked, section))
    if any(not entry.name for entry in found):
        raise VocabularyError(f"{where}: expected a name before ':'")
    names = tuple(entry for entry in found if entry.section != QUALIFIERS)
    qualifiers = tuple(entry for entry in found if entry.section == QUALIFIERS)
    if not names:
        raise VocabularyError(f"{where} holds no names: write one a line, such as 'kick drum'")
    seen: set[str] = set()
    for entry in names:
        if entry.name.lower() in seen:
            raise VocabularyError(f"{where} holds {entry.name!r} twice")
        seen.add(entry.name.lower())
    return Vocabulary(names, qualifiers)


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
        The vocabulary's own, without what tells it apart from others.
    score : float
        How much nearer the words lie to the cluster than to the library at large (cosine).
    """

    cluster: int
    name: str
    base: str
    score: float


def name_clusters(
    vectors: Float32Array, labels: Int64Array, vocabulary: Vocabulary, embed: Embed
) -> list[ClusterName]:
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
        ClusterName(int(cluster), name, names[at], round(float(lead[at, best[at]]), 4))
        for at, (cluster, name) in enumerate(zip(clusters, _distinct(chosen), strict=True))
    ]


def _embedded(names: Sequence[VocabularyName], embed: Embed) -> Float32Array:
    """Return a vector a name: the mean of its prompts', shape (names, dim)."""
    import numpy as np

    prompts = [prompt for name in names for prompt in name.prompts]
    parts = [embed(prompts[at : at + BATCH]) for at in range(0, len(prompts), BATCH)]
    rows = np.concatenate(parts)
    starts = np.cumsum([0] + [len(name.prompts) for name in names])
    means: Float32Array = np.stack([rows[a:b].mean(axis=0) for a, b in pairwise(starts)])
    return means


def _fit(
    vectors: Float32Array, middles: Float32Array, words: Float32Array
) -> tuple[Float32Array, Float32Array]:
    """Return how well words fit clusters, and their lead, both of shape (clusters, words).

    The lead is how much nearer the words lie to a cluster than to the library at large. It counts
    beside the cosine itself: some words lie near to everything.
    """
    import numpy as np

    words = words / np.linalg.norm(words, axis=1, keepdims=True)
    cosines = middles @ words.T
    lead: Float32Array = cosines - vectors.mean(axis=0) @ words.T
    return cosines + lead, lead


def _told_apart(
    middles: Float32Array, name: str, qualifiers: Sequence[VocabularyName], embed: Embed
) -> list[str]:
    """Put qualifiers before a name that several clusters share, as far as there are any."""
    from scipy.optimize import linear_sum_assignment

    if not qualifiers:
        return [name] * len(middles)
    phrases = [
        VocabularyName(entry.name, tuple(f"{prompt} {name}" for prompt in entry.prompts), "")
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


FEWEST = 6
"""Clusters below which there is nothing to group."""


@dataclass(frozen=True)
class Group:
    """Clusters that lie near each other.

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
    """Group clusters by their middles: about the root of their number, by average linkage.

    A group is called after the names that most of its sounds go by.
    """
    import numpy as np
    from scipy.cluster.hierarchy import fcluster, linkage

    if len(named) < FEWEST:
        return []
    middles = np.stack([vectors[labels == entry.cluster].mean(axis=0) for entry in named])
    middles = middles - vectors.mean(axis=0)
    tree = linkage(middles, method="average", metric="cosine")
    belongs = fcluster(tree, t=math.isqrt(2 * len(named)), criterion="maxclust")
    sizes = {entry.cluster: int((labels == entry.cluster).sum()) for entry in named}
    groups: list[Group] = []
    taken: set[str] = set()
    for number in np.unique(belongs):
        members = [entry for entry, group in zip(named, belongs, strict=True) if group == number]
        name = _called(members, sizes, taken)
        taken.add(name)
        groups.append(Group(tuple(entry.cluster for entry in members), name))
    return groups


def _called(members: Sequence[ClusterName], sizes: dict[int, int], taken: set[str]) -> str:
    weights: Counter[str] = Counter()
    for entry in members:
        weights[entry.base] += sizes[entry.cluster]
    words = [base for base, _ in weights.most_common()]
    for many in (2, 1, *range(3, len(words) + 1)):
        name = ", ".join(words[:many])
        if name not in taken:
            return name
    number = 2
    while f"{words[0]} {number}" in taken:
        number += 1
    return f"{words[0]} {number}"
