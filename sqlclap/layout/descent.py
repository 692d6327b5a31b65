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

SMALL = 10_000
EPOCHS_SMALL = 500
EPOCHS_LARGE = 200
FIRST_STEP = 1.0


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
    return _run(start, None, ties, course, advance)


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
    return _run(start, fixed, ties, course, advance)


def _run(
    start: Floats,
    fixed: Floats | None,
    ties: Any,
    course: Course,
    advance: Callable[[int], None] | None,
) -> Floats:
    import numpy as np

    forces = import_compiled("sqlclap.layout.forces")
    turns = forces.deal_ties(ties, course.epochs)
    tables = forces.strength_tables(*fit_curve(course.min_dist))
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


def _seeds(course: Course, turns: int) -> npt.NDArray[np.uint64]:
    """Return a seed for each turn of each epoch."""
    import numpy as np

    drawn = np.random.SeedSequence(course.seed).generate_state(course.epochs * turns, np.uint64)
    return drawn.astype(np.uint64, copy=False).reshape(course.epochs, turns)
