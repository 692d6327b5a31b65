"""All sounds' vectors, their neighbours, and how strongly each holds on to them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlclap.db.statements import read_transaction
from sqlclap.db.stored_models import StoredModel
from sqlclap.db.vectors import count_own, own_vectors, unit_rows
from sqlclap.errors import NoVectorsError
from sqlclap.index.knn import NeighborSearch, neighbor_search
from sqlclap.index.reader import IndexReader
from sqlclap.map.compiling import import_compiled
from sqlclap.progress import ProgressListener

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array, Int64Array
    from sqlclap.db.database import Database
    from sqlclap.index.reader import IndexView


@dataclass(frozen=True)
class Sounds:
    """Samples with their own vectors.

    Attributes
    ----------
    embedding_ids : np.ndarray [shape=(n,), dtype=int64]
        Ascending.
    sample_ids : np.ndarray [shape=(n,), dtype=int64]
    vectors : np.ndarray [shape=(n, dim), dtype=float32]
        Unit vectors.
    index : IndexView or None
        The library's index.
    """

    embedding_ids: Int64Array
    sample_ids: Int64Array
    vectors: Float32Array
    index: IndexView | None

    def __len__(self) -> int:
        return len(self.sample_ids)

    def take(self, rows: Int64Array) -> Sounds:
        """Return some of them; `rows` ascending."""
        if len(rows) == len(self):
            return self
        taken = (self.embedding_ids[rows], self.sample_ids[rows], self.vectors[rows])
        return Sounds(*taken, self.index)

    def field(self) -> NeighborSearch:
        """Return these sounds as what neighbours are looked for in."""
        return neighbor_search(self.index, self.embedding_ids, self.vectors)


def read_sounds(database: Database, model: StoredModel) -> Sounds:
    """Read all samples' own vectors in one state of the library.

    Raises
    ------
    NoVectorsError
        There are none.
    """
    import numpy as np

    with read_transaction(database):
        index, _ = IndexReader().view(database, model)
        count, at = count_own(database, model), 0
        vectors = np.empty((count, model.dim), dtype=np.float32)
        ids = np.empty((2, count), dtype=np.int64)
        for page in own_vectors(database, model):
            part = slice(at, at + len(page.sample_ids))
            vectors[part] = unit_rows(page.vectors)
            ids[0, part], ids[1, part] = page.embedding_ids, page.sample_ids
            at = part.stop
    vectors, ids = vectors[:at], ids[:, :at]  # those that can't be compared are left out
    if not at:
        raise NoVectorsError(
            f"no sound has a vector under {model.name} ({model.model_version}): "
            f"add sounds with `sqlclap ingest {database.filename} FOLDER`"
        )
    return Sounds(ids[0], ids[1], vectors, index)


def neighbours_of_all(sounds: Sounds, k: int, listener: ProgressListener) -> KnnGraph:
    """Return the `k` nearest others of each sound; fewer where there are not so many."""
    listener.started("neighbours", len(sounds))
    score = import_compiled("sqlclap.map.compiled_knn").score
    field = replace(sounds.field(), score=score)
    k = min(k, len(sounds) - 1)
    scores, rows = field.search(sounds.vectors, k + 1, listener.advanced)
    return _without_self(scores, rows)


def neighbours_among(
    field: NeighborSearch, vectors: Float32Array, k: int, listener: ProgressListener
) -> KnnGraph:
    """Return the `k` nearest of a field to vectors outside it."""
    listener.started("neighbours", len(vectors))
    scores, rows = field.search(vectors, min(k, len(field.vectors)), listener.advanced)
    return KnnGraph(rows, _distances(scores))


def _without_self(scores: Float32Array, rows: Int64Array) -> KnnGraph:
    """Leave each point out of its own neighbours; where it is not among them, the last goes."""
    import numpy as np

    others = rows != np.arange(len(rows))[:, None]
    others[others.all(axis=1), -1] = False
    shape = (len(rows), rows.shape[1] - 1)
    return KnnGraph(rows[others].reshape(shape), _distances(scores[others].reshape(shape)))


def _distances(scores: Float32Array) -> Float32Array:
    import numpy as np

    distances: Float32Array = np.maximum(np.float32(1.0) - scores, 0).astype(np.float32)
    # 32-bit floats can't tell closer sounds from equal ones.
    distances[distances < 1e-6] = 0.0
    return distances


BLOCK = 4_096
STEPS = 64
SLOWEST = 1e-300
SMALLEST_SCALE = 1e-3  # of the mean distance: equal distances would leave no scale at all
PRECISION = 1e-5


@dataclass(frozen=True)
class KnnGraph:
    """Each point's nearest others.

    Attributes
    ----------
    rows : np.ndarray [shape=(n, k), dtype=int64]
        -1 where there are fewer than `k`.
    distances : np.ndarray [shape=(n, k), dtype=float32]
        Cosine distances (0 to 2), ascending; infinite there.
    """

    rows: Int64Array
    distances: Float32Array


def membership_strengths(neighbours: KnnGraph) -> Float32Array:
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


def _strengths(distances: Float32Array, overall: float) -> Float32Array:
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
    strengths: Float32Array = np.where(beyond > 0, falling, 1.0).astype(np.float32)
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


def fuzzy_simplicial_set(neighbours: KnnGraph, strengths: Float32Array) -> Any:
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
