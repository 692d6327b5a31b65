"""Whether marked results make a query better, and by which formula: relevance feedback.

The first ten sounds that words or a sound find are marked by the truth: right, or not. The query is
asked again with them, and the next ten are judged, without those that were marked. Compared:

- ``unmarked``: the query as it was;
- ``Rocchio``: the query's vector, plus the mean of those that are right, minus the mean of the
  others (Rocchio 1971; weights 1, 0.75 and 0.15 are the usual ones);
- ``formula``: the same sounds as terms of `sqlclap find`, wanted or not wanted, each group with a
  weight in all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.kits import CLASSES

if TYPE_CHECKING:
    from benchmarks.finding import KitSounds, Terms
    from sqlclap.arrays import Float64Array, Int64Array

EXAMPLES = 12
MARKED = 10
WAYS = (
    ("unmarked", 0.0, 0.0),
    ("Rocchio", 0.75, 0.15),
    ("Rocchio", 1.0, 0.5),
    ("Rocchio", 2.0, 0.5),
    ("Rocchio", 2.0, 1.0),
    ("formula", 0.75, 0.15),
    ("formula", 1.0, 0.5),
    ("formula", 2.0, 0.5),
    ("formula", 2.0, 1.0),
)


@dataclass(frozen=True)
class Feedback:
    """What a query finds next when its first ten sounds were marked.

    Attributes
    ----------
    query : {"words", "sound"}
    way : str
    right, wrong : float
        Weights of all that is right together, and of all that is not; the query has 1.
    queries : int
    precision : float
        Mean share of the class among the next ten.
    """

    query: str
    way: str
    right: float
    wrong: float
    queries: int
    precision: float


def measure_feedback(sounds: KitSounds, words: dict[str, str]) -> list[Feedback]:
    """Mark the first ten of each query, and judge the next ten by each way."""
    found: dict[tuple[str, str, float, float], list[float]] = defaultdict(list)
    for kind, name, query, own in _queries(sounds, words):
        is_right = sounds.classes == name
        first = _next(sounds.vectors @ query, own)
        marks = [(row, bool(is_right[row])) for row in first.tolist()]
        gone = np.concatenate([own, first])
        for way, right, wrong in WAYS:
            scores = _scores(sounds, way, _terms(sounds, query, marks, (right, wrong)))
            found[kind, way, right, wrong].append(float(is_right[_next(scores, gone)].mean()))
    return [Feedback(*key, len(shares), float(np.mean(shares))) for key, shares in found.items()]


def _queries(
    sounds: KitSounds, words: dict[str, str]
) -> Iterator[tuple[str, str, Float64Array, Int64Array]]:
    """Yield the kind of a query, its class, its vector, and the row that it is itself."""
    random = np.random.default_rng(0)
    for name in CLASSES:
        members = sounds.members(name)
        if len(members) < 2 * MARKED + 1:
            continue
        yield "words", name, sounds.words(words[name]), np.array([], dtype=np.int64)
        for row in random.choice(members, min(EXAMPLES, len(members)), replace=False):
            yield "sound", name, sounds.vectors[row], np.array([row])


def _terms(
    sounds: KitSounds,
    query: Float64Array,
    marks: list[tuple[int, bool]],
    weights: tuple[float, float],
) -> Terms:
    """Return the query and its marked sounds as terms; each group shares its weight."""
    terms: Terms = [(query, 1.0)]
    for is_right, weight in zip((True, False), (weights[0], -weights[1]), strict=True):
        rows = [row for row, mark in marks if mark == is_right]
        if weight:
            terms += [(sounds.vectors[row], weight / len(rows)) for row in rows]
    return terms


def _scores(sounds: KitSounds, way: str, terms: Terms) -> Float64Array:
    return sounds.scores("formula" if way == "formula" else "plain", terms)


def _next(scores: Float64Array, gone: Int64Array) -> Int64Array:
    from benchmarks.finding import best

    return best(scores, MARKED, gone)
