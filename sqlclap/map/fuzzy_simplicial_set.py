"""The neighbour graph of all sounds and its fuzzy simplicial set (McInnes et al. 2018)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sqlclap.db.statements import read_transaction
from sqlclap.db.stored_models import StoredModel
from sqlclap.db.vectors import count_own, own_vectors, unit_rows
from sqlclap.errors import NoVectorsError
from sqlclap.index.knn import NeighborSearch, neighbor_search
from sqlclap.index.reader import IndexReader
from sqlclap.map.compiling import import_compiled
from sqlclap.progress import ProgressListener
from sqlclap.quantities import typed

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
        """Return the sounds of some rows; `rows` must be ascending."""
        if len(rows) == len(self):
            return self
        columns = (self.embedding_ids[rows], self.sample_ids[rows], self.vectors[rows])
        return Sounds(*columns, self.index)

    def neighbor_search(self) -> NeighborSearch:
        """Return a neighbour search over these sounds."""
        return neighbor_search(self.index, self.embedding_ids, self.vectors)


def read_sounds(database: Database, model: StoredModel) -> Sounds:
    """Read all samples' own vectors in one read transaction.

    Raises
    ------
    NoVectorsError
        No sound has a vector under this model.
    """

    with read_transaction(database):
        index, _ = IndexReader().view(database, model)
        count, end = count_own(database, model), 0
        vectors = np.empty((count, model.dim), dtype=np.float32)
        ids = np.empty((2, count), dtype=np.int64)
        for page in own_vectors(database, model):
            page_rows = slice(end, end + len(page.sample_ids))
            vectors[page_rows] = unit_rows(page.vectors)
            ids[0, page_rows], ids[1, page_rows] = page.embedding_ids, page.sample_ids
            end = page_rows.stop
    vectors, ids = vectors[:end], ids[:, :end]  # unusable vectors are left out
    if not end:
        raise NoVectorsError(
            f"no sound has a vector under {model.name} ({model.model_version}): "
            f"add sounds with `sqlclap ingest {typed(database.filename)} FOLDER`"
        )
    return Sounds(ids[0], ids[1], vectors, index)


def neighbours_of_all(sounds: Sounds, k: int, listener: ProgressListener) -> KnnGraph:
    """Return the `k` nearest other sounds of each sound; fewer if there are fewer sounds."""
    listener.started("neighbours", len(sounds))
    score = import_compiled("sqlclap.map.compiled_knn").score
    search = replace(sounds.neighbor_search(), score=score)
    k = min(k, len(sounds) - 1)
    scores, rows = search.search(sounds.vectors, k + 1, listener.advanced)
    return _without_self(scores, rows)


def neighbours_among(
    search: NeighborSearch, vectors: Float32Array, k: int, listener: ProgressListener
) -> KnnGraph:
    """Return the `k` nearest vectors of a search to each of other vectors."""
    listener.started("neighbours", len(vectors))
    scores, rows = search.search(vectors, min(k, len(search.vectors)), listener.advanced)
    return KnnGraph(rows, _cosine_distances(scores))


def _without_self(scores: Float32Array, rows: Int64Array) -> KnnGraph:
    """Remove each point from its own neighbours; if it is not among them, remove the last one."""

    others = rows != np.arange(len(rows))[:, None]
    others[others.all(axis=1), -1] = False
    shape = (len(rows), rows.shape[1] - 1)
    return KnnGraph(rows[others].reshape(shape), _cosine_distances(scores[others].reshape(shape)))


def _cosine_distances(scores: Float32Array) -> Float32Array:
    distances: Float32Array = np.maximum(np.float32(1.0) - scores, 0).astype(np.float32)
    # Smaller distances are rounding errors of 32-bit floats.
    distances[distances < 1e-6] = 0.0
    return distances


ROWS_AT_ONCE = 4_096
MAX_NEWTON_STEPS = 64
MIN_INVERSE_SIGMA = 1e-300
MIN_SIGMA_SHARE = 1e-3  # of the mean distance: with equal distances, sigma would be 0
TOLERANCE = 1e-5


@dataclass(frozen=True)
class KnnGraph:
    """The k nearest neighbours of each point.

    Attributes
    ----------
    rows : np.ndarray [shape=(n, k), dtype=int64]
        Rows of the neighbours; -1 where there are fewer than `k`.
    distances : np.ndarray [shape=(n, k), dtype=float32]
        Cosine distances (0 to 2), ascending; infinite where the row is -1.
    """

    rows: Int64Array
    distances: Float32Array


def membership_strengths(neighbours: KnnGraph) -> Float32Array:
    """Return the membership strength of each point's edges, shape (n, k), 0 to 1.

    The strength is exp(-(distance - rho) / sigma), where rho is the distance to the nearest
    neighbour and sigma is such that a point's strengths add up to log2(k + 1).
    """

    finite = np.isfinite(neighbours.distances)
    mean_distance = float(neighbours.distances[finite].mean()) if finite.any() else 0.0
    strengths = np.empty_like(neighbours.distances)
    for start in range(0, len(strengths), ROWS_AT_ONCE):
        block = slice(start, start + ROWS_AT_ONCE)
        strengths[block] = _strengths(neighbours.distances[block], mean_distance)
    return strengths


def _strengths(distances: Float32Array, mean_distance: float) -> Float32Array:
    k = distances.shape[1]
    positive = np.where(distances > 0, distances, np.inf)
    rho = positive.min(axis=1, initial=np.inf, keepdims=True)
    rho = np.where(np.isfinite(rho), rho, 0.0)
    beyond_rho = np.maximum(distances.astype(np.float64) - rho, 0.0)
    sigma = _fit_sigmas(beyond_rho, np.log2(k + 1))
    known_distances = np.where(np.isfinite(distances), distances, 0.0)
    # The point itself, at distance 0, is one of the k + 1.
    own_mean = np.where(
        rho > 0, known_distances.sum(axis=1, keepdims=True) / (k + 1), mean_distance
    )
    sigma = np.maximum(sigma, MIN_SIGMA_SHARE * own_mean)
    with np.errstate(divide="ignore", invalid="ignore"):
        decay = np.exp(-beyond_rho / sigma)
    strengths: Float32Array = np.where(beyond_rho > 0, decay, 1.0).astype(np.float32)
    strengths[~np.isfinite(distances)] = 0.0
    return strengths


def _fit_sigmas(beyond_rho: Any, target: float) -> Any:
    """Find each row's sigma by Newton's method on 1 / sigma, which from 0 never overshoots."""

    finite = np.where(np.isfinite(beyond_rho), beyond_rho, 0.0)
    inverse_sigmas, unsolved = (
        np.full(len(beyond_rho), MIN_INVERSE_SIGMA),
        np.arange(len(beyond_rho)),
    )
    for _ in range(MAX_NEWTON_STEPS):
        decay = np.exp(-beyond_rho[unsolved] * inverse_sigmas[unsolved, None])
        residuals = decay.sum(axis=1) - target
        slopes = (finite[unsolved] * decay).sum(axis=1)
        unconverged = np.abs(residuals) >= TOLERANCE
        unsolved, residuals, slopes = (
            unsolved[unconverged],
            residuals[unconverged],
            slopes[unconverged],
        )
        if not len(unsolved):
            break
        inverse_sigmas[unsolved] += residuals / np.maximum(slopes, MIN_INVERSE_SIGMA)
        inverse_sigmas[unsolved] = np.clip(
            inverse_sigmas[unsolved], MIN_INVERSE_SIGMA, 1 / MIN_INVERSE_SIGMA
        )
    return 1.0 / inverse_sigmas[:, None]


def fuzzy_simplicial_set(neighbours: KnnGraph, strengths: Float32Array) -> Any:
    """Return the symmetric graph (scipy CSR, n by n): a + b - ab of both directions' strengths."""
    from scipy.sparse import csr_matrix

    n = len(neighbours.rows)
    is_edge = strengths > 0
    starts = np.concatenate([[0], np.cumsum(is_edge.sum(axis=1))])
    columns = neighbours.rows[is_edge].astype(np.int32)
    directed = csr_matrix((strengths[is_edge], columns, starts), shape=(n, n))
    reversed_edges = directed.T.tocsr()
    graph = directed + reversed_edges - directed.multiply(reversed_edges)
    graph.sort_indices()
    return graph.tocsr().astype(np.float32)
