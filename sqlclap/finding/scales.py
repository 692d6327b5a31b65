"""The scale of each term: how similar to it the library's own sounds are.

Words and sounds lie on different scales: in the embedded model, sounds score .15 to .35 with words
and .33 with each other on average, and spread differently. So a term's cosines are measured against
those of the library's sounds: 0 is what their median scores, 1 what the best hundredth reaches.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from sqlclap.db.exact import ONE_THREAD
from sqlclap.db.statements import statement
from sqlclap.db.vectors import unit_rows, vectors_of
from sqlclap.search.background import FEWEST, IN_MEMORY, sampled_course

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array
    from sqlclap.db.database import Database
    from sqlclap.db.stored_models import StoredModel

BEST_SHARE = 0.01
"""Share of the library's sounds that reach 1 on a term's scale."""

UNLIKE_SHARE = 0.35
"""Share of the library's sounds that a term may push away: all others are as unlike it as they
need to be, and to be still less like it makes none of them better."""

SHORTEST_REACH = 0.02
"""Of a term that all sounds are equally like: what they differ by is no difference."""


@dataclass(frozen=True)
class Scale:
    """Where a term's cosines lie in a library.

    Attributes
    ----------
    median : float
        Cosine of the library's median sound.
    level : float
        Cosine above which a negative term pushes away.
    reach : float
        From the median to what the best hundredth has; above 0.
    best : float
        The highest cosine of the sounds looked at.
    """

    median: float = 0.0
    level: float = 0.0
    reach: float = 1.0
    best: float = 1.0


UNSCALED = Scale()
"""In a library of too few sounds to tell: cosines as they are."""


PIECE = 256
"""Vectors that are compared with all terms before the next ones are."""

SCALES_KEPT = 1_024
"""Of terms asked lately, for each model: a few hundred bytes each, and a vector as the key."""


@dataclass(frozen=True, eq=False)
class _Spread:
    """Evenly spread vectors of a library at one time, and the scales measured against them."""

    state: str
    vectors: Float32Array
    scales: OrderedDict[bytes, Scale] = field(default_factory=OrderedDict)


class Scales:
    """A cache of terms' scales in a library as it is; safe with several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cache: dict[int, _Spread] = {}

    def of(self, database: Database, model: StoredModel, terms: Float32Array) -> tuple[Scale, ...]:
        """Return the scales of terms, given as unit vectors of shape (terms, dim)."""
        spread = self._spread(database, model)
        if len(spread.vectors) < FEWEST:
            return (UNSCALED,) * len(terms)
        by_term = {term.tobytes(): term for term in terms}
        known: dict[bytes, Scale] = {}
        with self._lock:
            for key in by_term.keys() & spread.scales.keys():
                spread.scales.move_to_end(key)
                known[key] = spread.scales[key]
        new = [key for key in by_term if key not in known]
        measured = map(scale_of, _cosines(spread.vectors, [by_term[key] for key in new]))
        known |= zip(new, measured, strict=True)
        with self._lock:
            spread.scales.update((key, known[key]) for key in new)
            while len(spread.scales) > SCALES_KEPT:
                spread.scales.popitem(last=False)
        return tuple(known[term.tobytes()] for term in terms)

    def cosines(self, database: Database, model: StoredModel, terms: Float32Array) -> Float32Array:
        """Return what scales are measured against, shape (terms, sounds): cosines to each term."""
        return _cosines(self._spread(database, model).vectors, list(terms))

    def _spread(self, database: Database, model: StoredModel) -> _Spread:
        state = sampled_course(database, model)
        with self._lock:
            cached = self._cache.get(model.model_id)
        if cached is not None and cached.state == state:
            return cached
        query = statement("search/own_ids_spread")
        ids = [row[0] for row in database.execute(query, (model.model_id, IN_MEMORY))]
        spread = _Spread(state, unit_rows(vectors_of(database, model, ids)[1]))
        with self._lock:
            self._cache[model.model_id] = spread
        return spread


def _cosines(vectors: Float32Array, terms: list[Float32Array]) -> Float32Array:
    """Return the cosines of vectors to each term, which don't depend on the other terms.

    They are made in pieces that stay in the processor's cache for all of the terms.
    """
    found: Float32Array = np.empty((len(terms), len(vectors)), dtype=np.float32)
    with ONE_THREAD:
        for start in range(0, len(vectors), PIECE):
            piece = vectors[start : start + PIECE]
            for row, term in zip(found, terms, strict=True):
                np.matmul(piece, term, out=row[start : start + PIECE])
    return found


def scale_of(cosines: Float32Array) -> Scale:
    """Return a term's scale of its cosines to some sounds, shape (sounds,), at least one."""
    in_order = np.sort(cosines)
    places = np.array([0.5, 1 - UNLIKE_SHARE, 1 - BEST_SHARE]) * (len(in_order) - 1)
    # Quantiles as NumPy interpolates them, without its import of masked arrays (10 ms).
    median, level, top = np.interp(places, np.arange(len(in_order)), in_order).tolist()
    return Scale(median, level, max(top - median, SHORTEST_REACH), float(in_order[-1]))
