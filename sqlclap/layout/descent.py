"""Moving points until ties are short and strangers apart: stochastic gradient descent.

McInnes, Healy, Melville: UMAP (2018), algorithm 5.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlclap.layout.compiling import import_compiled
from sqlclap.layout.curve import fit_curve

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]
    Ids = npt.NDArray[np.int64]

SMALL = 10_000
EPOCHS_SMALL = 500
EPOCHS_LARGE = 200
FIRST_STEP = 1.0
TURNS = 8
"""Parts of an epoch: each sees where the ones before have moved the points to."""


@dataclass(frozen=True)
class Course:
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
    first_step: float = FIRST_STEP


def usual_epochs(points: int) -> int:
    """Return how many epochs a map of so many points takes."""
    return EPOCHS_SMALL if points <= SMALL else EPOCHS_LARGE


def settle(
    start: Floats, ties: Any, course: Course, advance: Callable[[int], None] | None = None
) -> Floats:
    """Move points to where their ties and their strangers want them.

    Parameters
    ----------
    start : np.ndarray [shape=(n, axes), dtype=float32]
        Positions to start from; no two the same.
    ties : scipy.sparse.csr_matrix [shape=(n, n)]
        Symmetric, 0 to 1.
    course : Course
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
    return _run(start.copy(), None, ties, course, advance)


def settle_among(
    start: Floats, fixed: Floats, ties: Any, course: Course, advance: Callable[[int], None]
) -> Floats:
    """Move new points of a map whose old ones stay where they are.

    Parameters
    ----------
    start : np.ndarray [shape=(n, axes), dtype=float32]
    fixed : np.ndarray [shape=(m, axes), dtype=float32]
        The old points.
    ties : scipy.sparse.csr_matrix [shape=(n, m)]
    course : Course
    advance : callable
    """
    return _run(start.copy(), fixed, ties, course, advance)


def _run(
    points: Floats,
    fixed: Floats | None,
    ties: Any,
    course: Course,
    advance: Callable[[int], None] | None,
) -> Floats:
    import numpy as np

    forces = import_compiled("sqlclap.layout.forces")
    turns = _turns(ties, course.epochs)
    curve = tuple(np.float32(value) for value in fit_curve(course.min_dist))
    seeds = np.random.SeedSequence(course.seed).generate_state(course.epochs * TURNS, np.uint64)
    seeds = seeds.reshape(course.epochs, TURNS)
    threads = forces.choose_threads(len(points))
    try:
        for epoch in range(course.epochs):
            step = np.float32(course.first_step * (1 - epoch / course.epochs))
            for turn, edges in enumerate(turns):
                others = points.copy() if fixed is None else fixed
                now = (epoch, step, seeds[epoch, turn], fixed is None)
                forces.run_turn(points, others, edges, curve, now)
            if advance is not None:
                advance(1)
    finally:
        forces.restore_threads(threads)
    return points


def _turns(ties: Any, epochs: int) -> list[tuple[Ids, Any, Floats]]:
    """Deal ties out to turns, both ends of each to the same; those that never pull are left out.

    Returns
    -------
    list of (starts, neighbours, rates)
        Rows' starts, neighbours, and how often an epoch each tie pulls.
    """
    import numpy as np

    strongest = float(ties.data.max(initial=0.0)) or 1.0
    rates = (ties.data / strongest).astype(np.float32)
    rows = np.repeat(np.arange(ties.shape[0], dtype=np.int64), np.diff(ties.indptr))
    low, high = np.minimum(rows, ties.indices), np.maximum(rows, ties.indices)
    mixed = (low * 73_856_093) ^ (high * 19_349_663)
    dealt = np.where(rates * epochs >= 1, (mixed >> 7) % TURNS, -1)
    turns = []
    for turn in range(TURNS):
        kept = dealt == turn
        before = np.concatenate([[0], np.cumsum(kept)])
        turns.append((before[ties.indptr].astype(np.int64), ties.indices[kept], rates[kept]))
    return turns
