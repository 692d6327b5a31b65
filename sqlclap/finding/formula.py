"""The formula by which a composed query scores sounds.

A term ``i`` is a unit vector ``v_i`` with a weight ``w_i``, and ``c_i = x . v_i`` is a sound's
cosine to it. Its scale in the library (`sqlclap.finding.scales`) says what that is worth: ``m_i``
is what the median sound has, ``m_i + r_i`` what the best hundredth reaches, ``u_i`` what about two
thirds stay below. With P for the positive terms and N for the others::

    S(x) = sum_P w_i (c_i - m_i) / r_i  -  sum_N |w_j| max(0, c_j - u_j) / r_j

So a term counts by how far it tells sounds of this library apart, and not by how high its cosines
happen to be. A negative term takes away from what is like it, and gives nothing to what is not:
were it subtracted as it is, the sounds least like it would win, whatever they are.

The positive terms together are one vector, ``q = sum_P w_i v_i / r_i``. What is told as the score
is ``(S(x) + sum_P w_i m_i / r_i) / |q|``: the same order, and without negative terms the cosine to
``q``, as every search tells it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sqlclap.errors import QueryError

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array, Float64Array
    from sqlclap.finding.scales import Scale

SHORTEST_SUM = 1e-6
DECIMALS = 9
"""Of scores: sounds with the same vector have the same score, however it was worked out."""


@dataclass(frozen=True)
class WeighedTerm:
    """A term as a formula takes it.

    Attributes
    ----------
    vector : np.ndarray [shape=(dim,), dtype=float32]
        A unit vector.
    weight : float
    scale : Scale
    """

    vector: Float32Array
    weight: float
    scale: Scale


@dataclass(frozen=True, eq=False)
class Bound:
    """A ranking by one vector that no score of the formula exceeds.

    For every sound, the score is at most ``factor * cosine + constant``.

    Attributes
    ----------
    vector : np.ndarray [shape=(dim,), dtype=float32]
        A unit vector.
    factor, constant : float
    """

    vector: Float32Array
    factor: float
    constant: float

    def beyond(self, cosine: float) -> float:
        """Return what sounds with at most this cosine score at most."""
        return self.factor * cosine + self.constant


@dataclass(frozen=True, eq=False)
class Formula:
    """A query's formula.

    Attributes
    ----------
    vector : np.ndarray [shape=(dim,), dtype=float32]
        The positive terms as one unit vector.
    against : np.ndarray [shape=(negative terms, dim), dtype=float64]
        The negative terms' unit vectors.
    prices : np.ndarray [shape=(negative terms,), dtype=float64]
        What a cosine above its level costs.
    levels : np.ndarray [shape=(negative terms,), dtype=float64]
    unit : float
        What 1 of S is in the score that is told: ``1 / |q|``.
    share : float
        Of the score in the whole, where other aspects count beside the vectors.
    """

    vector: Float32Array
    against: Float64Array
    prices: Float64Array
    levels: Float64Array
    unit: float
    share: float = 1.0

    @property
    def is_vector(self) -> bool:
        """Whether there are no negative terms, so that it ranks by its vector alone."""
        return not len(self.prices)

    def scores(self, vectors: Float32Array) -> Float64Array:
        """Return the scores of sounds, shape (n,), by their stored vectors of shape (n, dim).

        A sound's score is the same whichever others are scored with it.
        """
        rows = vectors.astype(np.float64)
        rows /= np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
        wanted = np.einsum("ij,j->i", rows, self.vector.astype(np.float64))
        above = np.maximum(np.einsum("ij,kj->ik", rows, self.against) - self.levels, 0.0)
        found: Float64Array = np.round(self.share * (wanted - above @ self.prices), DECIMALS)
        return found

    def bounds(self) -> tuple[Bound, ...]:
        """Return vectors by whose order the best can be found.

        Taking nothing away only adds to a score, which gives the first; taking a negative term away
        below its level as well adds, too, which gives the second.
        """
        plain = Bound(self.vector, self.share, 0.0)
        pushed = self.vector.astype(np.float64) - self.prices @ self.against
        length = float(np.linalg.norm(pushed))
        if self.is_vector or length < SHORTEST_SUM:
            return (plain,)
        paid = float(self.prices @ self.levels)
        direction: Float32Array = (pushed / length).astype(np.float32)
        return (plain, Bound(direction, self.share * length, self.share * paid))


def make_formula(terms: Sequence[WeighedTerm]) -> Formula:
    """Make the formula of terms.

    Raises
    ------
    QueryError
        The positive terms cancel each other out.
    """
    wanted = [term for term in terms if term.weight > 0]
    others = [term for term in terms if term.weight < 0]
    dim = len(wanted[0].vector)
    shares = np.array([term.weight / term.scale.reach for term in wanted])
    together = shares @ np.array([term.vector for term in wanted], dtype=np.float64)
    length = float(np.linalg.norm(together))
    if length < SHORTEST_SUM * float(shares.sum()):
        raise QueryError("the terms that are wanted are opposites: together they point nowhere")
    one_alone = len(wanted) == 1  # keeps its very numbers
    vector = wanted[0].vector if one_alone else (together / length).astype(np.float32)
    prices = [-term.weight / term.scale.reach / length for term in others]
    return Formula(
        vector=vector,
        against=np.array([term.vector for term in others], dtype=np.float64).reshape(-1, dim),
        prices=np.array(prices, dtype=np.float64),
        levels=np.array([term.scale.level for term in others], dtype=np.float64),
        unit=1 / length,
    )
