"""The graph that a map is drawn from: how strongly each sound is tied to its neighbours.

McInnes, Healy, Melville: UMAP: Uniform Manifold Approximation and Projection for Dimension
Reduction (2018), algorithms 2 and 3. The numbers are umap-learn's; a test compares them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]
    Ids = npt.NDArray[np.int64]

BLOCK = 4_096
STEPS = 64
SLOWEST = 1e-300
SMALLEST_SCALE = 1e-3  # of the mean distance: equal distances would leave no scale at all
PRECISION = 1e-5


@dataclass(frozen=True)
class Neighbours:
    """Each point's nearest others.

    Attributes
    ----------
    rows : np.ndarray [shape=(n, k), dtype=int64]
        -1 where there are fewer than `k`.
    distances : np.ndarray [shape=(n, k), dtype=float32]
        Cosine distances (0 to 2), ascending; infinite there.
    """

    rows: Ids
    distances: Floats


def membership(neighbours: Neighbours) -> Floats:
    """Return how strongly each point holds on to each neighbour, shape (n, k), 0 to 1.

    The nearest counts fully; further ones fall off on a scale of the point's own, chosen so that
    a point's strengths add up to log2(k + 1).
    """
    import numpy as np

    finite = np.isfinite(neighbours.distances)
    overall = float(neighbours.distances[finite].mean()) if finite.any() else 0.0
    strengths = np.empty_like(neighbours.distances)
    for start in range(0, len(strengths), BLOCK):
        part = slice(start, start + BLOCK)
        strengths[part] = _strengths(neighbours.distances[part], overall)
    return strengths


def _strengths(distances: Floats, overall: float) -> Floats:
    import numpy as np

    k = distances.shape[1]
    positive = np.where(distances > 0, distances, np.inf)
    nearest = positive.min(axis=1, initial=np.inf, keepdims=True)
    nearest = np.where(np.isfinite(nearest), nearest, 0.0)
    beyond = np.maximum(distances.astype(np.float64) - nearest, 0.0)
    scale = _scales(beyond, np.log2(k + 1))
    known = np.where(np.isfinite(distances), distances, 0.0)
    # The point itself, at distance 0, is one of the k + 1.
    own = np.where(nearest > 0, known.sum(axis=1, keepdims=True) / (k + 1), overall)
    scale = np.maximum(scale, SMALLEST_SCALE * own)
    with np.errstate(divide="ignore", invalid="ignore"):
        falling = np.exp(-beyond / scale)
    strengths: Floats = np.where(beyond > 0, falling, 1.0).astype(np.float32)
    strengths[~np.isfinite(distances)] = 0.0
    return strengths


def _scales(beyond: Any, target: float) -> Any:
    """Find each row's scale by Newton's method, on 1 / scale: from 0 it never goes too far."""
    import numpy as np

    finite = np.where(np.isfinite(beyond), beyond, 0.0)
    speeds, left = np.full(len(beyond), SLOWEST), np.arange(len(beyond))
    for _ in range(STEPS):
        falling = np.exp(-beyond[left] * speeds[left, None])
        missing = falling.sum(axis=1) - target
        slopes = (finite[left] * falling).sum(axis=1)
        far = np.abs(missing) >= PRECISION
        left, missing, slopes = left[far], missing[far], slopes[far]
        if not len(left):
            break
        speeds[left] += missing / np.maximum(slopes, SLOWEST)
        speeds[left] = np.clip(speeds[left], SLOWEST, 1 / SLOWEST)
    return 1.0 / speeds[:, None]


def symmetric_graph(neighbours: Neighbours, strengths: Floats) -> Any:
    """Return ties as a symmetric sparse matrix (scipy CSR, n by n): a + b - ab of both ways."""
    import numpy as np
    from scipy.sparse import csr_matrix

    n = len(neighbours.rows)
    kept = strengths > 0
    starts = np.concatenate([[0], np.cumsum(kept.sum(axis=1))])
    columns = neighbours.rows[kept].astype(np.int32)
    one_way = csr_matrix((strengths[kept], columns, starts), shape=(n, n))
    other_way = one_way.T.tocsr()
    ties = one_way + other_way - one_way.multiply(other_way)
    ties.sort_indices()
    return ties.tocsr().astype(np.float32)
