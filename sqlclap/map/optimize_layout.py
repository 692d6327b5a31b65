"""UMAP's gradient descent, compiled with numba; only `sqlclap.map.engine` imports this.

An epoch has several substeps. A substep reads the positions of all points and writes the new ones
to another array, and each point has its own random numbers: so the result doesn't depend on the
number of threads.

The gradient's coefficients are powers of distances. They are interpolated linearly in tables with
64 steps per octave; the error is at most 4e-4 of the coefficient.

McInnes, Healy, Melville: UMAP: Uniform Manifold Approximation and Projection for Dimension
Reduction (2018), algorithm 5; negative sampling after Mikolov et al. (2013).
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

MAX_STEP = np.float32(4.0)
REPULSION_EPSILON = 0.001  # keeps the repulsion of points that nearly coincide finite
NEGATIVE_SAMPLES = 5  # random points per active edge that repel, as in umap-learn
EVERY_EPOCH = 1 << 16
"""Rate of an edge that is active in every epoch; other rates are shares of this."""
SUBSTEPS = 8
"""Parts of an epoch: each starts from the positions that the previous one has written."""
CHUNK = 256  # points that a thread works on at once
LANES = 4  # coordinates worked on at once (SIMD), above two dimensions

STEP_BITS = 6
MIN_OCTAVE, MAX_OCTAVE = -24, 24
_MIN_SQUARED = np.float32(2.0**MIN_OCTAVE)
_MAX_SQUARED = np.float32(2.0**MAX_OCTAVE * (1 - 2.0**-20))
_SHIFT = 23 - STEP_BITS  # of a 32-bit float's fraction
_FIRST_STEP = (127 + MIN_OCTAVE) << STEP_BITS

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_FACTOR = np.uint64(6364136223846793005)
_ADDEND = np.uint64(1442695040888963407)
_27, _30, _31, _32 = (np.uint64(bits) for bits in (27, 30, 31, 32))


def gradient_tables(a: float, b: float) -> tuple[Any, Any]:
    """Return tables of the attractive and repulsive coefficients by squared distance.

    Parameters
    ----------
    a, b : float
        Parameters of the similarity on the map, 1 / (1 + a d^2b); see `sqlclap.map.engine.fit_ab`.

    Returns
    -------
    attraction, repulsion : np.ndarray [shape=(steps, 2), dtype=float32]
        Line segments: coefficient = first + second * squared distance.
    """
    steps = (MAX_OCTAVE - MIN_OCTAVE) << STEP_BITS
    octave, fraction = np.divmod(np.arange(steps + 1), 1 << STEP_BITS)
    squared = (1 + fraction / (1 << STEP_BITS)) * 2.0 ** (octave + MIN_OCTAVE)
    power = squared**b
    attraction = -2.0 * a * b * power / squared / (a * power + 1.0)
    repulsion = 2.0 * b / ((REPULSION_EPSILON + squared) * (a * power + 1.0))
    return _line_segments(squared, attraction), _line_segments(squared, repulsion)


def _line_segments(squared: Any, strength: Any) -> Any:
    slope = np.diff(strength) / np.diff(squared)
    return np.stack([strength[:-1] - slope * squared[:-1], slope], axis=1).astype(np.float32)


def _splitmix64(state: Any) -> Any:
    """Return 64 random bits (splitmix64: Steele, Lea, Flood 2014)."""
    mixed = (state ^ (state >> _30)) * _MIX_1
    mixed = (mixed ^ (mixed >> _27)) * _MIX_2
    return mixed ^ (mixed >> _31)


_random_bits = numba.njit(_splitmix64, inline="always")


def _interpolated(table: Any, squared: Any) -> Any:
    """Return the coefficient at a squared distance."""
    clamped = min(max(squared, _MIN_SQUARED), _MAX_SQUARED)
    step = (np.float32(clamped).view(np.int32) >> _SHIFT) - _FIRST_STEP
    return table[step, 0] + table[step, 1] * clamped


_coefficient = numba.njit(_interpolated, fastmath=True, inline="always")


def _attraction_of_both_ends(squared: Any, table: Any, alpha: Any) -> Any:
    """Return the share of their difference by which an edge moves each of its two points.

    An edge is stored in both directions, so it is applied twice; each time moves both points, and
    the second starts where the first ended. Both points move by the same amount, so that connected
    points move as a whole when a distant point attracts some of them.
    """
    first = alpha * _coefficient(table, squared)
    remaining = np.float32(1.0) + np.float32(2.0) * first
    return first + alpha * _coefficient(table, squared * remaining * remaining) * remaining


_attraction = numba.njit(_attraction_of_both_ends, fastmath=True, inline="always")


def _clipped(step: Any) -> Any:
    return min(max(step, -MAX_STEP), MAX_STEP)


_clip = numba.njit(_clipped, fastmath=True, inline="always")


def _occurrences_in_epoch(rate: Any, epoch: Any) -> Any:
    """Return how many of an edge's updates, `rate` / EVERY_EPOCH per epoch, are in this one."""
    return (((epoch * rate) & (EVERY_EPOCH - 1)) + rate) // EVERY_EPOCH


_occurrences = numba.njit(_occurrences_in_epoch, inline="always")


def _edges_active_in_epoch(graph: Any, row: Any, epoch: Any, active: Any) -> Any:
    """Write the neighbours that attract a point in this epoch into `active`; return how many."""
    starts, neighbours, rates, _ = graph
    count = 0
    for edge in range(starts[row], starts[row + 1]):
        active[count] = neighbours[edge]
        # Without a branch, which would often be mispredicted.
        count += _occurrences(np.int64(rates[edge]), epoch)
    return count


_active_edges = numba.njit(_edges_active_in_epoch, inline="always")


def _substep_2d(moved: Any, positions: Any, graph: Any, tables: Any, schedule: Any) -> None:
    """Update the positions of points in two dimensions once.

    Parameters
    ----------
    moved : np.ndarray [shape=(n, 2), dtype=float32]
        The new positions; written.
    positions : (np.ndarray, np.ndarray)
        Positions of the points that move, and of the points that attract and repel them: the same
        array, or points that stay fixed.
    graph : (np.ndarray, np.ndarray, np.ndarray, np.ndarray)
        The edges of this substep, see `distribute_edges`.
    tables : (np.ndarray, np.ndarray)
        See `gradient_tables`.
    schedule : (int, float32, uint64)
        Epoch, step size, seed.
    """
    points, others = positions
    epoch, alpha, seed = schedule
    n_others, starts = np.uint64(len(others)), graph[0]
    for chunk in numba.prange((len(points) + CHUNK - 1) // CHUNK):
        end = min(chunk * CHUNK + CHUNK, len(points))
        active = np.empty(starts[end] - starts[chunk * CHUNK] + 1, np.int32)
        for row in range(chunk * CHUNK, end):
            x, y = points[row, 0], points[row, 1]
            step_x = step_y = np.float32(0.0)
            for edge in range(_active_edges(graph, row, epoch, active)):
                dx, dy = x - others[active[edge], 0], y - others[active[edge], 1]
                coefficient = _attraction(dx * dx + dy * dy, tables[0], alpha)
                step_x, step_y = step_x + coefficient * dx, step_y + coefficient * dy
            state = _random_bits(seed + np.uint64(row) * _GOLDEN)
            for _ in range(_occurrences(graph[3][row], epoch)):
                state = state * _FACTOR + _ADDEND
                drawn_row = np.int64(((state >> _32) * n_others) >> _32)
                dx, dy = x - others[drawn_row, 0], y - others[drawn_row, 1]
                coefficient = _coefficient(tables[1], dx * dx + dy * dy)
                step_x += alpha * _clip(coefficient * dx)
                step_y += alpha * _clip(coefficient * dy)
            moved[row, 0], moved[row, 1] = x + step_x, y + step_y


run_substep_2d = numba.njit(_substep_2d, parallel=True, fastmath=True, cache=True)


def _squared_distance(point: Any, other: Any) -> Any:
    total_a = total_b = total_c = total_d = np.float32(0.0)
    for quad in range(len(point)):
        total_a += (point[quad, 0] - other[quad, 0]) ** 2
        total_b += (point[quad, 1] - other[quad, 1]) ** 2
        total_c += (point[quad, 2] - other[quad, 2]) ** 2
        total_d += (point[quad, 3] - other[quad, 3]) ** 2
    return (total_a + total_b) + (total_c + total_d)


_distance = numba.njit(_squared_distance, fastmath=True, inline="always")


def _coefficients_of_point(
    moves: Any, positions: Any, row: Any, tables: Any, schedule: Any
) -> None:
    """Draw the points that repel a point, and write the coefficients of all its updates."""
    targets, coefficients, n_attracting, n_repelling = moves
    point, others = positions[0][row], positions[1]
    for which in range(n_attracting):
        coefficients[which] = _attraction(
            _distance(point, others[targets[which]]), tables[0], schedule[1]
        )
    n_others = np.uint64(len(others))
    state = _random_bits(schedule[2] + np.uint64(row) * _GOLDEN)
    for which in range(n_attracting, n_attracting + n_repelling):
        state = state * _FACTOR + _ADDEND
        targets[which] = np.int32(((state >> _32) * n_others) >> _32)
        coefficients[which] = _coefficient(tables[1], _distance(point, others[targets[which]]))


_coefficients = numba.njit(_coefficients_of_point, fastmath=True, inline="always")


def _moved_point(moved: Any, moves: Any, positions: Any, row: Any, alpha: Any) -> None:
    """Update the position of a point, four dimensions at a time (SIMD)."""
    targets, coefficients, n_attracting, n_repelling = moves
    point, others, moved_point = positions[0][row], positions[1], moved[row]
    for quad in range(len(point)):
        a, b, c, d = point[quad, 0], point[quad, 1], point[quad, 2], point[quad, 3]
        step_a = step_b = step_c = step_d = np.float32(0.0)
        for which in range(n_attracting):
            other, coefficient = others[targets[which]], coefficients[which]
            step_a += coefficient * (a - other[quad, 0])
            step_b += coefficient * (b - other[quad, 1])
            step_c += coefficient * (c - other[quad, 2])
            step_d += coefficient * (d - other[quad, 3])
        for which in range(n_attracting, n_attracting + n_repelling):
            other, coefficient = others[targets[which]], coefficients[which]
            step_a += alpha * _clip(coefficient * (a - other[quad, 0]))
            step_b += alpha * _clip(coefficient * (b - other[quad, 1]))
            step_c += alpha * _clip(coefficient * (c - other[quad, 2]))
            step_d += alpha * _clip(coefficient * (d - other[quad, 3]))
        moved_point[quad, 0], moved_point[quad, 1] = a + step_a, b + step_b
        moved_point[quad, 2], moved_point[quad, 3] = c + step_c, d + step_d


_move_point = numba.njit(_moved_point, fastmath=True, inline="always")


def _substep_nd(moved: Any, positions: Any, graph: Any, tables: Any, schedule: Any) -> None:
    """Update the positions of points in more than two dimensions once; see `_substep_2d`.

    Arrays of positions have the shape (n, dimensions / 4, 4).
    """
    points, starts, epoch = positions[0], graph[0], schedule[0]
    for chunk in numba.prange((len(points) + CHUNK - 1) // CHUNK):
        end = min(chunk * CHUNK + CHUNK, len(points))
        capacity = (1 + NEGATIVE_SAMPLES) * (starts[end] - starts[chunk * CHUNK]) + 1
        targets, coefficients = np.empty(capacity, np.int32), np.empty(capacity, np.float32)
        for row in range(chunk * CHUNK, end):
            n_attracting = _active_edges(graph, row, epoch, targets)
            moves = (targets, coefficients, n_attracting, _occurrences(graph[3][row], epoch))
            _coefficients(moves, positions, row, tables, schedule)
            _move_point(moved, moves, positions, row, schedule[1])


run_substep_nd = numba.njit(_substep_nd, parallel=True, fastmath=True, cache=True)


def _substep_of_pair(row: Any, neighbour: Any) -> Any:
    low, high = np.int64(min(row, neighbour)), np.int64(max(row, neighbour))
    return (((low * 73_856_093) ^ (high * 19_349_663)) >> 7) % SUBSTEPS


_substep_of = numba.njit(_substep_of_pair, inline="always")


def _edge_offsets_of(graph: Any, min_rate: Any) -> Any:
    """Return the offsets of each row's edges in each substep, shape (SUBSTEPS, n + 1)."""
    indptr, indices, rates = graph
    starts = np.zeros((SUBSTEPS, len(indptr)), np.int64)
    for row in range(len(indptr) - 1):
        for edge in range(indptr[row], indptr[row + 1]):
            if rates[edge] >= min_rate:
                starts[_substep_of(row, indices[edge]), row + 1] += 1
    for substep in range(SUBSTEPS):
        starts[substep] = np.cumsum(starts[substep])
    return starts


def _edges_of_substeps(graph: Any, min_rate: Any, starts: Any) -> Any:
    """Return each substep's neighbours, rates, and rates of repulsion per point."""
    indptr, indices, rates = graph
    next_slot, capacity = starts.copy(), starts[:, -1].max()
    neighbours = np.zeros((SUBSTEPS, capacity), np.int32)
    substep_rates = np.zeros((SUBSTEPS, capacity), np.int32)
    pushes = np.zeros((SUBSTEPS, len(indptr) - 1), np.int64)
    for row in range(len(indptr) - 1):
        for edge in range(indptr[row], indptr[row + 1]):
            if rates[edge] >= min_rate:
                substep = _substep_of(row, indices[edge])
                neighbours[substep, next_slot[substep, row]] = indices[edge]
                substep_rates[substep, next_slot[substep, row]] = rates[edge]
                pushes[substep, row] += NEGATIVE_SAMPLES * rates[edge]
                next_slot[substep, row] += 1
    return neighbours, substep_rates, pushes


_edge_offsets = numba.njit(_edge_offsets_of, cache=True)
_distribute = numba.njit(_edges_of_substeps, cache=True)


def distribute_edges(graph: Any, epochs: int) -> list[tuple[Any, Any, Any, Any]]:
    """Distribute edges over substeps, both directions to the same; leave out inactive edges.

    Parameters
    ----------
    graph : scipy.sparse.csr_matrix [shape=(n, m)]
    epochs : int

    Returns
    -------
    list of (starts, neighbours, rates, pushes)
        Per substep: offsets of the rows (n + 1) and their neighbours; how often per epoch each edge
        is active and each point is repelled, in units of 1 / `EVERY_EPOCH`.
    """
    max_weight = float(graph.data.max(initial=0.0)) or 1.0
    rates = np.rint(graph.data * (EVERY_EPOCH / max_weight)).astype(np.int32)
    edges = (graph.indptr, graph.indices, rates)
    min_rate = -(-EVERY_EPOCH // epochs)
    starts = _edge_offsets(edges, min_rate)
    return list(zip(starts, *_distribute(edges, min_rate, starts), strict=True))


def pad_dimensions(points: Any) -> Any:
    """Return a copy of positions, in more than two dimensions as groups of four (zero-padded)."""
    n, dimensions = points.shape
    if dimensions == 2:
        return np.array(points, order="C")
    padded = np.zeros((n, -(-dimensions // LANES) * LANES), dtype=np.float32)
    padded[:, :dimensions] = points
    return padded.reshape(n, -1, LANES)


MIN_POINTS_FOR_THREADS = 4096
"""With fewer points, one thread is faster than several."""


def limit_threads(points: int) -> int:
    """Use one thread for small maps; return the previous number of threads."""
    before = int(numba.get_num_threads())
    numba.set_num_threads(1 if points < MIN_POINTS_FOR_THREADS else before)
    return before


def restore_threads(before: int) -> None:
    """Undo `limit_threads`."""
    numba.set_num_threads(before)
