"""The UMAP engine: initial positions, a and b, gradient descent, placing new points."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from sqlclap.map.compiling import import_compiled
from sqlclap.map.fuzzy_simplicial_set import KnnGraph, membership_strengths
from sqlclap.progress import ProgressListener

if TYPE_CHECKING:
    import numpy.typing as npt

    from sqlclap.arrays import Float32Array
    from sqlclap.map.options import LayoutOptions

SPREAD = 1.0
MAX_DISTANCE = 3.0 * SPREAD
CURVE_POINTS = 300


@cache
def fit_ab(min_dist: float) -> tuple[float, float]:
    """Return a and b of 1 / (1 + a d^2b), fitted to: 1 up to `min_dist`, then exponential decay.

    As umap-learn's `find_ab_params` with a spread of 1 (McInnes, Healy, Melville 2018, section
    3.2).
    """
    from scipy.optimize import curve_fit

    distances = np.linspace(0, MAX_DISTANCE, CURVE_POINTS)
    target = np.where(distances < min_dist, 1.0, np.exp(-(distances - min_dist) / SPREAD))
    (a, b), _ = curve_fit(lambda d, a, b: 1.0 / (1.0 + a * d ** (2 * b)), distances, target)
    return float(a), float(b)


INITIAL_EXTENT = 5.0  # of the initial positions, as in umap-learn
NOISE = 1e-4  # as a share of the same: separates identical sounds
BLOCK = 65_536
ENOUGH_FOR_COVARIANCE = 20_000  # vectors determine the principal components well enough


def principal_components(vectors: Float32Array, dimensions: int, seed: int) -> Float32Array:
    """Project vectors onto their principal components.

    Parameters
    ----------
    vectors : np.ndarray [shape=(n, dim), dtype=float32]
    dimensions : int
    seed : int

    Returns
    -------
    np.ndarray [shape=(n, axes), dtype=float32]
        Between -5 and 5, with a little noise; only noise if all vectors are the same.
    """

    dim = vectors.shape[1]
    subset = vectors[:: max(1, len(vectors) // ENOUGH_FOR_COVARIANCE)]
    mean = subset.mean(axis=0, dtype=np.float64)
    covariance = np.zeros((dim, dim))
    for start in range(0, len(subset), BLOCK):
        block = subset[start : start + BLOCK].astype(np.float64) - mean
        covariance += block.T @ block
    _, eigenvectors = np.linalg.eigh(covariance)
    components = eigenvectors[:, ::-1][:, :dimensions]
    # The sign of a component is arbitrary: its largest entry is made positive.
    largest = np.abs(components).argmax(axis=0)
    components = components * np.sign(components[largest, np.arange(components.shape[1])])
    positions = np.zeros((len(vectors), dimensions), dtype=np.float32)
    for start in range(0, len(vectors), BLOCK):
        block = slice(start, start + BLOCK)
        projected = (vectors[block] - mean.astype(np.float32)) @ components.astype(np.float32)
        positions[block, : projected.shape[1]] = projected
    return jitter(_scaled(positions), seed)


def _scaled(positions: Float32Array) -> Float32Array:
    extent = float(np.abs(positions).max(initial=0.0))
    return positions * np.float32(INITIAL_EXTENT / extent) if extent > 1e-6 else positions * 0


def jitter(positions: Float32Array, seed: int) -> Float32Array:
    """Add a little noise, so that no two points coincide."""

    noise = np.random.default_rng(seed).normal(scale=NOISE * INITIAL_EXTENT, size=positions.shape)
    moved: Float32Array = (positions + noise).astype(np.float32)
    return moved


SMALL_MAP = 10_000
EPOCHS_SMALL = 500
EPOCHS_LARGE = 200
INITIAL_ALPHA = 1.0


@dataclass(frozen=True)
class DescentSchedule:
    """Parameters of the gradient descent.

    Attributes
    ----------
    seed : int
    min_dist : float
        How close neighbours may lie, in units of the map.
    epochs : int
    initial_alpha : float
        Initial step size; it decreases linearly to 0.
    """

    seed: int
    min_dist: float
    epochs: int
    initial_alpha: float = INITIAL_ALPHA


def default_epochs(points: int) -> int:
    """Return the default number of epochs for this many points."""
    return EPOCHS_SMALL if points <= SMALL_MAP else EPOCHS_LARGE


def optimize_layout(
    initial: Float32Array,
    graph: Any,
    schedule: DescentSchedule,
    advance: Callable[[int], None] | None = None,
) -> Float32Array:
    """Optimize positions: neighbours attract each other, randomly drawn points repel.

    Parameters
    ----------
    initial : np.ndarray [shape=(n, axes), dtype=float32]
        Initial positions; no two may coincide.
    graph : scipy.sparse.csr_matrix [shape=(n, n)]
        The fuzzy simplicial set: symmetric, 0 to 1.
    schedule : DescentSchedule
    advance : callable, optional
        Called after each epoch with 1.

    Returns
    -------
    np.ndarray [shape=(n, axes), dtype=float32]
        Positions; they don't depend on the number of threads.

    Raises
    ------
    MissingExtraError
        The extra ``map`` is not installed.
    """
    return _descend(initial, None, graph, schedule, advance)


def optimize_new_points(
    initial: Float32Array,
    fixed: Float32Array,
    graph: Any,
    schedule: DescentSchedule,
    advance: Callable[[int], None],
) -> Float32Array:
    """Optimize the positions of new points while existing ones stay fixed.

    Parameters
    ----------
    initial : np.ndarray [shape=(n, axes), dtype=float32]
    fixed : np.ndarray [shape=(m, axes), dtype=float32]
        Positions of the existing points.
    graph : scipy.sparse.csr_matrix [shape=(n, m)]
    schedule : DescentSchedule
    advance : callable
    """
    return _descend(initial, fixed, graph, schedule, advance)


def _descend(
    initial: Float32Array,
    fixed: Float32Array | None,
    graph: Any,
    schedule: DescentSchedule,
    advance: Callable[[int], None] | None,
) -> Float32Array:
    compiled = import_compiled("sqlclap.map.optimize_layout")
    substeps = compiled.distribute_edges(graph, schedule.epochs)
    tables = compiled.gradient_tables(*fit_ab(schedule.min_dist))
    run_substep = compiled.run_substep_2d if initial.shape[1] == 2 else compiled.run_substep_nd
    points: Float32Array = compiled.pad_dimensions(initial)
    fixed_points = None if fixed is None else compiled.pad_dimensions(fixed)
    moved = np.empty_like(points)
    threads = compiled.limit_threads(len(points))
    try:
        for epoch, seeds in enumerate(_seeds(schedule, len(substeps))):
            alpha = np.float32(schedule.initial_alpha * (1 - epoch / schedule.epochs))
            for edges, seed in zip(substeps, seeds, strict=True):
                both = (points, points if fixed_points is None else fixed_points)
                run_substep(moved, both, edges, tables, (epoch, alpha, seed))
                points, moved = moved, points
            if advance is not None:
                advance(1)
    finally:
        compiled.restore_threads(threads)
    return points.reshape(len(points), -1)[:, : initial.shape[1]].copy()


def _seeds(schedule: DescentSchedule, substeps: int) -> npt.NDArray[np.uint64]:
    """Return a seed for each substep of each epoch."""

    seeds = np.random.SeedSequence(schedule.seed).generate_state(
        schedule.epochs * substeps, np.uint64
    )
    return seeds.astype(np.uint64, copy=False).reshape(schedule.epochs, substeps)


PLACING_EPOCHS_SMALL = 100
PLACING_EPOCHS_LARGE = 30
TRANSFORM_ALPHA = 0.25  # as umap-learn's transform: a quarter of a fit's
PLACING_BLOCK = 8_192


def place_points(
    neighbours: KnnGraph, fixed: Float32Array, options: LayoutOptions, listener: ProgressListener
) -> Float32Array:
    """Return positions for new points of a map.

    Parameters
    ----------
    neighbours : KnnGraph
        Neighbours of the new points, as rows of `fixed`.
    fixed : np.ndarray [shape=(m, 2), dtype=float32]
        Positions of the existing points; at least one.
    options : LayoutOptions
    listener : ProgressListener

    Returns
    -------
    np.ndarray [shape=(n, 2), dtype=float32]
    """
    strengths = membership_strengths(neighbours)
    initial = jitter(medoid_of_neighbours(neighbours, strengths, fixed), options.seed)
    epochs = PLACING_EPOCHS_SMALL if len(initial) <= SMALL_MAP else PLACING_EPOCHS_LARGE
    schedule = DescentSchedule(options.seed, options.min_dist, epochs, TRANSFORM_ALPHA)
    listener.started("placing", epochs)
    graph = _bipartite_graph(neighbours, strengths, len(fixed))
    return optimize_new_points(initial, fixed, graph, schedule, listener.advanced)


def medoid_of_neighbours(
    neighbours: KnnGraph, strengths: Float32Array, fixed: Float32Array
) -> Float32Array:
    """Return the position of the neighbour that lies nearest to all other neighbours (medoid).

    A mean would put a point whose neighbours lie in two groups into the gap between them.
    """

    positions = np.empty((len(strengths), fixed.shape[1]), dtype=np.float32)
    for start in range(0, len(strengths), PLACING_BLOCK):
        block = slice(start, start + PLACING_BLOCK)
        weights = strengths[block]
        neighbour_positions = fixed[neighbours.rows[block]]  # -1 has no weight
        distances = np.linalg.norm(
            neighbour_positions[:, :, None] - neighbour_positions[:, None, :], axis=-1
        )
        cost = (distances * weights[:, None, :]).sum(axis=2)
        cost[weights <= 0] = np.inf
        medoids = cost.argmin(axis=1)
        positions[block] = neighbour_positions[np.arange(len(neighbour_positions)), medoids]
    return positions


def _bipartite_graph(neighbours: KnnGraph, strengths: Float32Array, n_fixed: int) -> Any:
    from scipy.sparse import csr_matrix

    is_edge = strengths > 0
    starts = np.concatenate([[0], np.cumsum(is_edge.sum(axis=1))])
    columns = neighbours.rows[is_edge].astype(np.int32)
    return csr_matrix((strengths[is_edge], columns, starts), shape=(len(is_edge), n_fixed))
