"""One vector's search: what is looked for among what, and how the stored vectors answer it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal, NamedTuple

from sqlclap.db.exact import BELOW_ALL, VEC0_MAX_K, Scored, nearest, score_known, score_samples
from sqlclap.db.vectors import count_own

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array, Int64Array
    from sqlclap.db.database import Database
    from sqlclap.db.stored_models import StoredModel


FEW = 300
"""Up to this many allowed samples are compared directly, without the index."""

SPARE = 64
"""So many more are looked at than a filter's share of the library lets expect."""

NO_FLOOR = BELOW_ALL

Among = Literal["samples", "short samples", "windows"]
"""What is looked for: samples; those that have no windows, which are moments as a whole; windows
of the others."""

KINDS_OF_MOMENTS: tuple[Among, ...] = ("short samples", "windows")


class VectorQuery(NamedTuple):
    """One vector's search.

    Attributes
    ----------
    database : Database
    model : StoredModel
    vector : np.ndarray [shape=(dim,), dtype=float32]
        A unit vector.
    depth : int
        Number of nearest embeddings that must be determined.
    began : float
        When the search began, by `time.perf_counter`.
    among : {"samples", "short samples", "windows"}
    mixed, floor, share
        As in `Request`; a floor of `NO_FLOOR` leaves nothing out.
    """

    database: Database
    model: StoredModel
    vector: Float32Array
    depth: int
    began: float
    among: Among = "samples"
    mixed: bool = False
    floor: float = NO_FLOOR
    share: float = 1.0

    @property
    def seconds(self) -> float:
        """Seconds since the search began."""
        return time.perf_counter() - self.began

    def score_known(self, samples: dict[int, int]) -> list[Scored]:
        """Score embeddings by their stored vectors, best first."""
        return score_known(self.database, self.model, self.vector, samples)

    def best_among(self, allowed: Int64Array) -> list[Scored]:
        """Return the best of the allowed samples without an index.

        One scan that looks deep enough mostly finds them; where it doesn't, each is looked up.
        """
        if len(allowed) > FEW:
            everyone = max(count_own(self.database, self.model), 1)
            deep = int(2 * self.depth * everyone / len(allowed)) + SPARE
            if deep <= VEC0_MAX_K:
                found = nearest(self.database, self.model, self.vector, deep)
                among = set(allowed.tolist())
                fitting = [one for one in found if one.sample_id in among]
                if len(fitting) >= self.depth:
                    return fitting
        return score_samples(self.database, self.model, self.vector, allowed.tolist(), self.depth)
