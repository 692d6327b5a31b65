"""The forces between points of a map, compiled; only `sqlclap.map.engine` imports this.

A turn reads where all points were when it began, and writes where each goes; each point draws its
own random numbers: the result doesn't depend on how many threads share the work.

The strengths of the forces are powers of distances, read from tables: 64 steps an octave, in
between a straight line, at most 4e-4 of the strength away from the formula.

McInnes, Healy, Melville: UMAP: Uniform Manifold Approximation and Projection for Dimension
Reduction (2018), algorithm 5; negative sampling after Mikolov et al. (2013).
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

LONGEST_STEP = np.float32(4.0)
NEAREST = 0.001  # keeps the push between points that nearly coincide finite
PUSHES = 5  # random points that each pull of a tie is weighed against
FULL = 1 << 16
"""The rate of a tie that pulls in every epoch."""
TURNS = 8
"""Parts of an epoch: each sees where the ones before have moved the points to."""
PART = 256  # points that a thread takes at once
LANES = 4  # numbers of a position that are worked on at once, above two dimensions

STEP_BITS = 6
LOWEST_OCTAVE, HIGHEST_OCTAVE = -24, 24
_LOWEST = np.float32(2.0**LOWEST_OCTAVE)
_HIGHEST = np.float32(2.0**HIGHEST_OCTAVE * (1 - 2.0**-20))
_SHIFT = 23 - STEP_BITS  # of a 32-bit float's fraction
_FIRST = (127 + LOWEST_OCTAVE) << STEP_BITS

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_FACTOR = np.uint64(6364136223846793005)
_ADDEND = np.uint64(1442695040888963407)
_27, _30, _31, _32 = (np.uint64(bits) for bits in (27, 30, 31, 32))


def strength_tables(a: float, b: float) -> tuple[Any, Any]:
    """Return how strongly points pull and push each other, by their squared distance.

    Parameters
    ----------
    a, b : float
        Nearness on the map is 1 / (1 + a d^2b).

    Returns
    -------
    pulls, pushes : np.ndarray [shape=(steps, 2), dtype=float32]
        Straight lines: strength = first + second * squared distance.
    """
    steps = (HIGHEST_OCTAVE - LOWEST_OCTAVE) << STEP_BITS
    octave, fraction = np.divmod(np.arange(steps + 1), 1 << STEP_BITS)
    squared = (1 + fraction / (1 << STEP_BITS)) * 2.0 ** (octave + LOWEST_OCTAVE)
    power = squared**b
    pull = -2.0 * a * b * power / squared / (a * power + 1.0)
    push = 2.0 * b / ((NEAREST + squared) * (a * power + 1.0))
    return _lines(squared, pull), _lines(squared, push)


def _lines(squared: Any, strength: Any) -> Any:
    slope = np.diff(strength) / np.diff(squared)
    return np.stack([strength[:-1] - slope * squared[:-1], slope], axis=1).astype(np.float32)


def _mixed(state: Any) -> Any:
    """Return 64 random bits (splitmix64: Steele, Lea, Flood 2014)."""
    mixed = (state ^ (state >> _30)) * _MIX_1
    mixed = (mixed ^ (mixed >> _27)) * _MIX_2
    return mixed ^ (mixed >> _31)


_draw = numba.njit(_mixed, inline="always")


def _looked_up(table: Any, squared: Any) -> Any:
    """Return a strength at a squared distance."""
    inside = min(max(squared, _LOWEST), _HIGHEST)
    step = (np.float32(inside).view(np.int32) >> _SHIFT) - _FIRST
    return table[step, 0] + table[step, 1] * inside


_strength = numba.njit(_looked_up, fastmath=True, inline="always")


def _both_pulls(squared: Any, pulls: Any, alpha: Any) -> Any:
    """Return by what share of their distance a tie moves each of its two ends.

    A tie is stored from both its ends, so it pulls twice; each pull moves both ends, and the
    second sees what the first has done. The ends move by the same amount: so what is tied moves
    as a whole when something far away pulls at a part of it.
    """
    first = alpha * _strength(pulls, squared)
    left = np.float32(1.0) + np.float32(2.0) * first
    return first + alpha * _strength(pulls, squared * left * left) * left


_pull = numba.njit(_both_pulls, fastmath=True, inline="always")


def _limited(step: Any) -> Any:
    return min(max(step, -LONGEST_STEP), LONGEST_STEP)


_limit = numba.njit(_limited, fastmath=True, inline="always")


def _times(rate: Any, epoch: Any) -> Any:
    """Return how often something of `rate` / FULL times an epoch happens in this one."""
    return (((epoch * rate) & (FULL - 1)) + rate) // FULL


_count = numba.njit(_times, inline="always")


def _pulling(ties: Any, row: Any, epoch: Any, active: Any) -> Any:
    """Write down whom a point is pulled to in this epoch; return how many."""
    starts, neighbours, rates, _ = ties
    count = 0
    for tie in range(starts[row], starts[row + 1]):
        active[count] = neighbours[tie]
        count += _count(np.int64(rates[tie]), epoch)  # a branch would be foretold wrongly
    return count


_active = numba.njit(_pulling, inline="always")


def _flat_turn(moved: Any, places: Any, ties: Any, tables: Any, now: Any) -> None:
    """Move points of two dimensions once.

    Parameters
    ----------
    moved : np.ndarray [shape=(n, 2), dtype=float32]
        Written.
    places : (np.ndarray, np.ndarray)
        Where the points are, and what they are pulled to and pushed from: the same points, or
        points that stay where they are.
    ties : (np.ndarray, np.ndarray, np.ndarray, np.ndarray)
        See `deal_ties`.
    tables : (np.ndarray, np.ndarray)
        See `strength_tables`.
    now : (int, float32, uint64)
        The epoch, the step size, the seed.
    """
    points, others = places
    epoch, alpha, seed = now
    many, starts = np.uint64(len(others)), ties[0]
    for part in numba.prange((len(points) + PART - 1) // PART):
        end = min(part * PART + PART, len(points))
        active = np.empty(starts[end] - starts[part * PART] + 1, np.int32)
        for row in range(part * PART, end):
            x, y = points[row, 0], points[row, 1]
            to_x = to_y = np.float32(0.0)
            for tie in range(_active(ties, row, epoch, active)):
                across, along = x - others[active[tie], 0], y - others[active[tie], 1]
                share = _pull(across * across + along * along, tables[0], alpha)
                to_x, to_y = to_x + share * across, to_y + share * along
            state = _draw(seed + np.uint64(row) * _GOLDEN)
            for _ in range(_count(ties[3][row], epoch)):
                state = state * _FACTOR + _ADDEND
                drawn = np.int64(((state >> _32) * many) >> _32)
                across, along = x - others[drawn, 0], y - others[drawn, 1]
                share = _strength(tables[1], across * across + along * along)
                to_x += alpha * _limit(share * across)
                to_y += alpha * _limit(share * along)
            moved[row, 0], moved[row, 1] = x + to_x, y + to_y


run_flat_turn = numba.njit(_flat_turn, parallel=True, fastmath=True, cache=True)


def _squared_distance(here: Any, there: Any) -> Any:
    one = two = three = four = np.float32(0.0)
    for quad in range(len(here)):
        one += (here[quad, 0] - there[quad, 0]) ** 2
        two += (here[quad, 1] - there[quad, 1]) ** 2
        three += (here[quad, 2] - there[quad, 2]) ** 2
        four += (here[quad, 3] - there[quad, 3]) ** 2
    return (one + two) + (three + four)


_distance = numba.njit(_squared_distance, fastmath=True, inline="always")


def _weighed(moves: Any, places: Any, row: Any, tables: Any, now: Any) -> None:
    """Draw whom a point is pushed from; write down by what shares of the distances it moves."""
    who, shares, pulls, pushes = moves
    here, others = places[0][row], places[1]
    for move in range(pulls):
        shares[move] = _pull(_distance(here, others[who[move]]), tables[0], now[1])
    many = np.uint64(len(others))
    state = _draw(now[2] + np.uint64(row) * _GOLDEN)
    for move in range(pulls, pulls + pushes):
        state = state * _FACTOR + _ADDEND
        who[move] = np.int32(((state >> _32) * many) >> _32)
        shares[move] = _strength(tables[1], _distance(here, others[who[move]]))


_weigh = numba.njit(_weighed, fastmath=True, inline="always")


def _added_up(moved: Any, moves: Any, places: Any, row: Any, alpha: Any) -> None:
    """Move a point, four dimensions at a time: the processor works on them at once."""
    who, shares, pulls, pushes = moves
    here, others, to = places[0][row], places[1], moved[row]
    for quad in range(len(here)):
        a, b, c, d = here[quad, 0], here[quad, 1], here[quad, 2], here[quad, 3]
        to_a = to_b = to_c = to_d = np.float32(0.0)
        for move in range(pulls):
            there, share = others[who[move]], shares[move]
            to_a += share * (a - there[quad, 0])
            to_b += share * (b - there[quad, 1])
            to_c += share * (c - there[quad, 2])
            to_d += share * (d - there[quad, 3])
        for move in range(pulls, pulls + pushes):
            there, share = others[who[move]], shares[move]
            to_a += alpha * _limit(share * (a - there[quad, 0]))
            to_b += alpha * _limit(share * (b - there[quad, 1]))
            to_c += alpha * _limit(share * (c - there[quad, 2]))
            to_d += alpha * _limit(share * (d - there[quad, 3]))
        to[quad, 0], to[quad, 1] = a + to_a, b + to_b
        to[quad, 2], to[quad, 3] = c + to_c, d + to_d


_add_up = numba.njit(_added_up, fastmath=True, inline="always")


def _deep_turn(moved: Any, places: Any, ties: Any, tables: Any, now: Any) -> None:
    """Move points of more than two dimensions once; see `_flat_turn`.

    Arrays of positions have the shape (n, dimensions / 4, 4).
    """
    points, starts, epoch = places[0], ties[0], now[0]
    for part in numba.prange((len(points) + PART - 1) // PART):
        end = min(part * PART + PART, len(points))
        most = (1 + PUSHES) * (starts[end] - starts[part * PART]) + 1
        who, shares = np.empty(most, np.int32), np.empty(most, np.float32)
        for row in range(part * PART, end):
            pulls = _active(ties, row, epoch, who)
            moves = (who, shares, pulls, _count(ties[3][row], epoch))
            _weigh(moves, places, row, tables, now)
            _add_up(moved, moves, places, row, now[1])


run_deep_turn = numba.njit(_deep_turn, parallel=True, fastmath=True, cache=True)


def _turn_between(one: Any, other: Any) -> Any:
    low, high = np.int64(min(one, other)), np.int64(max(one, other))
    return (((low * 73_856_093) ^ (high * 19_349_663)) >> 7) % TURNS


_turn_of = numba.njit(_turn_between, inline="always")


def _counted(ties: Any, slowest: Any) -> Any:
    """Return where each row's ties of each turn start, shape (TURNS, n + 1)."""
    indptr, indices, rates = ties
    starts = np.zeros((TURNS, len(indptr)), np.int64)
    for row in range(len(indptr) - 1):
        for tie in range(indptr[row], indptr[row + 1]):
            if rates[tie] >= slowest:
                starts[_turn_of(row, indices[tie]), row + 1] += 1
    for turn in range(TURNS):
        starts[turn] = np.cumsum(starts[turn])
    return starts


def _dealt(ties: Any, slowest: Any, starts: Any) -> Any:
    """Return neighbours and rates of each turn, and how often points are pushed in it."""
    indptr, indices, rates = ties
    at, most = starts.copy(), starts[:, -1].max()
    neighbours = np.zeros((TURNS, most), np.int32)
    dealt = np.zeros((TURNS, most), np.int32)
    pushes = np.zeros((TURNS, len(indptr) - 1), np.int64)
    for row in range(len(indptr) - 1):
        for tie in range(indptr[row], indptr[row + 1]):
            if rates[tie] >= slowest:
                turn = _turn_of(row, indices[tie])
                neighbours[turn, at[turn, row]] = indices[tie]
                dealt[turn, at[turn, row]] = rates[tie]
                pushes[turn, row] += PUSHES * rates[tie]
                at[turn, row] += 1
    return neighbours, dealt, pushes


_count_ties = numba.njit(_counted, cache=True)
_deal = numba.njit(_dealt, cache=True)


def deal_ties(ties: Any, epochs: int) -> list[tuple[Any, Any, Any, Any]]:
    """Deal ties out to turns, both ends of each to the same; those that never pull are left out.

    Parameters
    ----------
    ties : scipy.sparse.csr_matrix [shape=(n, m)]
    epochs : int

    Returns
    -------
    list of (starts, neighbours, rates, pushes)
        Rows' starts (n + 1) and neighbours; how often an epoch each tie pulls, and each point is
        pushed: whole numbers, of `FULL`.
    """
    strongest = float(ties.data.max(initial=0.0)) or 1.0
    rates = np.rint(ties.data * (FULL / strongest)).astype(np.int32)
    graph = (ties.indptr, ties.indices, rates)
    slowest = -(-FULL // epochs)
    starts = _count_ties(graph, slowest)
    return list(zip(starts, *_deal(graph, slowest, starts), strict=True))


def padded(points: Any) -> Any:
    """Return a copy of positions as turns read them: two dimensions as they are, more in fours."""
    n, axes = points.shape
    if axes == 2:
        return np.array(points, order="C")
    wide = np.zeros((n, -(-axes // LANES) * LANES), dtype=np.float32)
    wide[:, :axes] = points
    return wide.reshape(n, -1, LANES)


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
