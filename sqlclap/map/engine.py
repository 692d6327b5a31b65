"""The engine: initial positions, a and b, stochastic gradient descent, placing new points."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlclap.map.compiling import import_compiled
from sqlclap.map.fuzzy_simplicial_set import KnnGraph, membership_strengths
from sqlclap.progress import ProgressListener

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sqlclap.arrays import Float32Array
    from sqlclap.map.options import LayoutOptions

SPREAD = 1.0
FURTHEST = 3.0 * SPREAD
STEPS = 300


@cache
def fit_ab(min_dist: float) -> tuple[float, float]:
    """Return the a and b that come closest to: 1 up to `min_dist`, then falling off.

    As umap-learn's `find_ab_params` with a spread of 1 (McInnes, Healy, Melville 2018, section
    3.2).
    """
    import numpy as np
    from scipy.optimize import curve_fit

    distances = np.linspace(0, FURTHEST, STEPS)
    wanted = np.where(distances < min_dist, 1.0, np.exp(-(distances - min_dist) / SPREAD))
    (a, b), _ = curve_fit(lambda d, a, b: 1.0 / (1.0 + a * d ** (2 * b)), distances, wanted)
    return float(a), float(b)


HALF_WIDTH = 5.0  # of a map before it is drawn, as umap-learn's
NOISE = 1e-4  # of the same: tells identical sounds apart
BLOCK = 65_536
ENOUGH = 20_000  # vectors tell the main directions of many more


def principal_directions(vectors: Float32Array, axes: int, seed: int) -> Float32Array:
    """Project vectors onto their main directions (principal components).

    Parameters
    ----------
    vectors : np.ndarray [shape=(n, dim), dtype=float32]
    axes : int
    seed : int

    Returns
    -------
    np.ndarray [shape=(n, axes), dtype=float32]
        Between -5 and 5, with a little noise; where all vectors are the same, noise alone.
    """
    import numpy as np

    dim = vectors.shape[1]
    some = vectors[:: max(1, len(vectors) // ENOUGH)]
    mean = some.mean(axis=0, dtype=np.float64)
    spread = np.zeros((dim, dim))
    for start in range(0, len(some), BLOCK):
        part = some[start : start + BLOCK].astype(np.float64) - mean
        spread += part.T @ part
    _, directions = np.linalg.eigh(spread)
    chosen = directions[:, ::-1][:, :axes]
    # A direction and its opposite are equally good: the largest entry decides.
    largest = np.abs(chosen).argmax(axis=0)
    chosen = chosen * np.sign(chosen[largest, np.arange(chosen.shape[1])])
    positions = np.zeros((len(vectors), axes), dtype=np.float32)
    for start in range(0, len(vectors), BLOCK):
        part = slice(start, start + BLOCK)
        placed = (vectors[part] - mean.astype(np.float32)) @ chosen.astype(np.float32)
        positions[part, : placed.shape[1]] = placed
    return scattered(_widened(positions), seed)


def _widened(positions: Float32Array) -> Float32Array:
    import numpy as np

    furthest = float(np.abs(positions).max(initial=0.0))
    return positions * np.float32(HALF_WIDTH / furthest) if furthest > 1e-6 else positions * 0


def scattered(positions: Float32Array, seed: int) -> Float32Array:
    """Add a little noise, so that no two points coincide."""
    import numpy as np

    noise = np.random.default_rng(seed).normal(scale=NOISE * HALF_WIDTH, size=positions.shape)
    moved: Float32Array = (positions + noise).astype(np.float32)
    return moved


SMALL = 10_000
EPOCHS_SMALL = 500
EPOCHS_LARGE = 200
INITIAL_ALPHA = 1.0


@dataclass(frozen=True)
class DescentSchedule:
    """How points are moved.

    Attributes
    ----------
    seed : int
    min_dist : float
        How close neighbours may lie, in units of the map.
    epochs : int
    first_step : float
        Step size at the start; it falls to 0 in a straight line.
    """

    seed: int
    min_dist: float
    epochs: int
    first_step: float = INITIAL_ALPHA


def default_epochs(points: int) -> int:
    """Return how many epochs a map of so many points takes."""
    return EPOCHS_SMALL if points <= SMALL else EPOCHS_LARGE


def optimize_all(
    start: Float32Array,
    ties: Any,
    course: DescentSchedule,
    advance: Callable[[int], None] | None = None,
) -> Float32Array:
    """Move points to where their ties and their strangers want them.

    Parameters
    ----------
    start : np.ndarray [shape=(n, axes), dtype=float32]
        Positions to start from; no two the same.
    ties : scipy.sparse.csr_matrix [shape=(n, n)]
        Symmetric, 0 to 1.
    course : DescentSchedule
    advance : callable, optional
        Told after each epoch.

    Returns
    -------
    np.ndarray [shape=(n, axes), dtype=float32]
        The same for the same arguments, however many threads there are.

    Raises
    ------
    MissingExtraError
        What compiles the forces is not installed.
    """
    return _run(start, None, ties, course, advance)


def optimize_beside(
    start: Float32Array,
    fixed: Float32Array,
    ties: Any,
    course: DescentSchedule,
    advance: Callable[[int], None],
) -> Float32Array:
    """Move new points of a map whose old ones stay where they are.

    Parameters
    ----------
    start : np.ndarray [shape=(n, axes), dtype=float32]
    fixed : np.ndarray [shape=(m, axes), dtype=float32]
        The old points.
    ties : scipy.sparse.csr_matrix [shape=(n, m)]
    course : DescentSchedule
    advance : callable
    """
    return _run(start, fixed, ties, course, advance)


def _run(
    start: Float32Array,
    fixed: Float32Array | None,
    ties: Any,
    course: DescentSchedule,
    advance: Callable[[int], None] | None,
) -> Float32Array:
    import numpy as np

    forces = import_compiled("sqlclap.map.optimize_layout")
    turns = forces.deal_ties(ties, course.epochs)
    tables = forces.strength_tables(*fit_ab(course.min_dist))
    run = forces.run_flat_turn if start.shape[1] == 2 else forces.run_deep_turn
    points, still = forces.padded(start), None if fixed is None else forces.padded(fixed)
    moved = np.empty_like(points)
    threads = forces.choose_threads(len(points))
    try:
        for epoch, seeds in enumerate(_seeds(course, len(turns))):
            step = np.float32(course.first_step * (1 - epoch / course.epochs))
            for dealt, seed in zip(turns, seeds, strict=True):
                places = (points, points if still is None else still)
                run(moved, places, dealt, tables, (epoch, step, seed))
                points, moved = moved, points
            if advance is not None:
                advance(1)
    finally:
        forces.restore_threads(threads)
    positions: npt.NDArray[np.float32] = points.reshape(len(points), -1)[:, : start.shape[1]].copy()
    return positions


def _seeds(course: DescentSchedule, turns: int) -> npt.NDArray[np.uint64]:
    """Return a seed for each turn of each epoch."""
    import numpy as np

    drawn = np.random.SeedSequence(course.seed).generate_state(course.epochs * turns, np.uint64)
    return drawn.astype(np.uint64, copy=False).reshape(course.epochs, turns)


EPOCHS_FEW = 100
EPOCHS_MANY = 30
TRANSFORM_ALPHA = 0.25  # as umap-learn's transform: a quarter of a fit's
PLACING_BLOCK = 8_192


def place(
    neighbours: KnnGraph, fixed: Float32Array, options: LayoutOptions, listener: ProgressListener
) -> Float32Array:
    """Return where new points go.

    Parameters
    ----------
    neighbours : KnnGraph
        Of the new points; rows of `fixed`.
    fixed : np.ndarray [shape=(m, 2), dtype=float32]
        Where the old points lie; at least one.
    options : LayoutOptions
    listener : ProgressListener

    Returns
    -------
    np.ndarray [shape=(n, 2), dtype=float32]
    """
    strengths = membership_strengths(neighbours)
    start = scattered(central_neighbours(neighbours, strengths, fixed), options.seed)
    epochs = EPOCHS_FEW if len(start) <= SMALL else EPOCHS_MANY
    course = DescentSchedule(options.seed, options.min_dist, epochs, TRANSFORM_ALPHA)
    listener.started("placing", epochs)
    ties = _ties(neighbours, strengths, len(fixed))
    return optimize_beside(start, fixed, ties, course, listener.advanced)


def central_neighbours(
    neighbours: KnnGraph, strengths: Float32Array, fixed: Float32Array
) -> Float32Array:
    """Return the position of that neighbour which lies nearest to all the others.

    A mean would put points whose neighbours lie on two islands into the sea between them.
    """
    import numpy as np

    positions = np.empty((len(strengths), fixed.shape[1]), dtype=np.float32)
    for start in range(0, len(strengths), PLACING_BLOCK):
        part = slice(start, start + PLACING_BLOCK)
        weights = strengths[part]
        there = fixed[neighbours.rows[part]]  # -1 has no weight
        apart = np.linalg.norm(there[:, :, None] - there[:, None, :], axis=-1)
        cost = (apart * weights[:, None, :]).sum(axis=2)
        cost[weights <= 0] = np.inf
        chosen = cost.argmin(axis=1)
        positions[part] = there[np.arange(len(there)), chosen]
    return positions


def _ties(neighbours: KnnGraph, strengths: Float32Array, others: int) -> Any:
    import numpy as np
    from scipy.sparse import csr_matrix

    kept = strengths > 0
    starts = np.concatenate([[0], np.cumsum(kept.sum(axis=1))])
    columns = neighbours.rows[kept].astype(np.int32)
    return csr_matrix((strengths[kept], columns, starts), shape=(len(kept), others))
