"""The aggregate functions, for all drivers."""

from __future__ import annotations

import heapq
import warnings
from typing import TYPE_CHECKING

from sqlclap.db.vectors import usable_rows
from sqlclap.errors import QueryError, VectorWarning
from sqlclap.sqlfunctions.arguments import want_count, want_number, want_vector

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class MeanTopK:
    """Mean of the k largest values."""

    def __init__(self) -> None:
        self._largest: list[float] = []
        self._k: int | None = None

    def step(self, value: object, k: object) -> None:
        """Add a value; NULL, or NULL for k, is ignored."""
        if value is None or k is None:
            return
        count = want_count("clap_mean_topk", "k", k)
        if self._k not in (None, count):
            raise QueryError(f"clap_mean_topk: expected one k, got {self._k} and {count}")
        self._k = count
        number = want_number("clap_mean_topk", "value", value)
        if len(self._largest) < count:
            heapq.heappush(self._largest, number)
        else:
            heapq.heappushpop(self._largest, number)

    def finalize(self) -> float | None:
        """Return the mean, or None where there was no value."""
        return sum(self._largest) / len(self._largest) if self._largest else None


class Centroid:
    """Normalised mean of vectors."""

    def __init__(self) -> None:
        self._sum: npt.NDArray[np.float64] | None = None
        self._skipped = 0

    def step(self, blob: object) -> None:
        """Add a vector; NULL, zeros and non-finite vectors are ignored."""
        if blob is None:
            return
        vector = want_vector("clap_centroid", "vector", blob)
        if not usable_rows(vector[None])[0]:
            self._skipped += 1
            return
        if self._sum is None:
            self._sum = vector.astype("f8")
        elif len(self._sum) == len(vector):
            self._sum = self._sum + vector
        else:
            raise QueryError(
                f"clap_centroid: expected vectors of one length, got {len(self._sum)} and "
                f"{len(vector)} floats"
            )

    def finalize(self) -> bytes | None:
        """Return the unit vector; None if there was none, or if they cancel out."""
        import numpy as np

        if self._skipped:
            text = f"clap_centroid: skipped {self._skipped} vectors that hold what is no number"
            warnings.warn(text, VectorWarning, stacklevel=2)
        if self._sum is None:
            return None
        norm = float(np.linalg.norm(self._sum))
        return (self._sum / norm).astype("<f4").tobytes() if norm > 0 else None
