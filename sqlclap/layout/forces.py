"""The forces between points of a map, compiled; only `sqlclap.layout.descent` imports this.

A turn moves every point against the others' positions as they were when it began, and each point
draws its own random numbers: the result doesn't depend on how many threads share the work.

McInnes, Healy, Melville: UMAP: Uniform Manifold Approximation and Projection for Dimension
Reduction (2018), algorithm 5; negative sampling after Mikolov et al. (2013).
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

LONGEST_STEP = np.float32(4.0)
NEAREST = np.float32(0.001)  # keeps the push between points that nearly coincide finite
PUSHES = np.float32(5.0)  # random points that each pull of an edge is weighed against

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_27, _30, _31, _32 = (np.uint64(bits) for bits in (27, 30, 31, 32))


def _mixed(state: Any) -> Any:
    """Return 64 random bits (splitmix64: Steele, Lea, Flood 2014)."""
    mixed = (state ^ (state >> _30)) * _MIX_1
    mixed = (mixed ^ (mixed >> _27)) * _MIX_2
    return mixed ^ (mixed >> _31)


_draw = numba.njit(_mixed, inline="always")


def _squared_distance(here: Any, there: Any) -> Any:
    squared = np.float32(0.0)
    for axis in range(len(here)):
        squared += (here[axis] - there[axis]) ** 2
    return squared


_distance = numba.njit(_squared_distance, fastmath=True, inline="always")


def _pull_strength(squared: Any, curve: Any) -> Any:
    a, b = curve
    if squared <= 0:
        return np.float32(0.0)
    power = squared ** (b - np.float32(1.0))
    return np.float32(-2.0) * a * b * power / (a * power * squared + np.float32(1.0))


_strength = numba.njit(_pull_strength, fastmath=True, inline="always")


def _both_pulls(squared: Any, curve: Any, alpha: Any) -> Any:
    """Return by what share of their distance a tie moves each of its two ends.

    A tie is stored from both its ends, so it pulls twice; each pull moves both ends, and the
    second sees what the first has done. The ends move by the same amount: so what is tied moves
    as a whole when something far away pulls at a part of it.
    """
    first = alpha * _strength(squared, curve)
    left = np.float32(1.0) + np.float32(2.0) * first
    return first + alpha * _strength(squared * left * left, curve) * left


_pulls = numba.njit(_both_pulls, fastmath=True, inline="always")


def _pushed(here: Any, there: Any, curve: Any, alpha: Any) -> None:
    """Move a point away from another."""
    a, b = curve
    squared = _distance(here, there)
    if squared > 0:
        strength = np.float32(2.0) * b
        strength /= (NEAREST + squared) * (a * squared**b + np.float32(1.0))
        for axis in range(len(here)):
            step = strength * (here[axis] - there[axis])
            here[axis] += alpha * min(max(step, -LONGEST_STEP), LONGEST_STEP)


_push = numba.njit(_pushed, fastmath=True, inline="always")


def _times(rate: Any, epoch: Any) -> Any:
    """Return how often something of `rate` times an epoch happens in this one."""
    return int((epoch + 1) * rate) - int(epoch * rate)


_count = numba.njit(_times, inline="always")


def _turn(points: Any, others: Any, edges: Any, curve: Any, now: Any) -> None:
    """Move `points` once; `others` is what they are pulled to and pushed from.

    Parameters
    ----------
    points : np.ndarray [shape=(n, axes), dtype=float32]
        Changed in place.
    others : np.ndarray [shape=(m, axes), dtype=float32]
        The same points as they were before, or points that stay where they are.
    edges : (np.ndarray, np.ndarray, np.ndarray)
        Rows' starts (n + 1), neighbours among `others`, and how often an epoch each edge pulls.
    curve : (float32, float32)
        a and b: nearness on the map is 1 / (1 + a d^2b).
    now : (int, float32, uint64, bool)
        The epoch, the step size, the seed, and whether the others move too.
    """
    starts, neighbours, rates = edges
    epoch, alpha, seed, all_move = now
    many = np.uint64(len(others))
    for row in numba.prange(len(points)):
        state = _draw(seed + np.uint64(row) * _GOLDEN)
        here = points[row]
        for edge in range(starts[row], starts[row + 1]):
            there = others[neighbours[edge]]
            if _count(rates[edge], epoch):
                before = others[row] if all_move else here
                share = _pulls(_distance(before, there), curve, alpha)
                for axis in range(len(here)):
                    here[axis] += share * (before[axis] - there[axis])
            for _ in range(_count(PUSHES * rates[edge], epoch)):
                state += _GOLDEN
                drawn = np.int64(((_draw(state) >> _32) * many) >> _32)
                if drawn != row:  # its own place of before would kick a point away
                    _push(here, others[drawn], curve, alpha)


run_turn = numba.njit(_turn, parallel=True, fastmath=True, cache=True)

THREADING_PAYS = 4096
"""Points below which one thread is faster than sharing the work."""


def choose_threads(points: int) -> int:
    """Let small maps be drawn by one thread; return how many there were before."""
    before = int(numba.get_num_threads())
    numba.set_num_threads(1 if points < THREADING_PAYS else before)
    return before


def restore_threads(before: int) -> None:
    """Undo `choose_threads`."""
    numba.set_num_threads(before)
