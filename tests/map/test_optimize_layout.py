"""Optimizing a layout: gradients of the formula, the same for any number of threads; quality."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from sqlclap.map import optimize_layout as compiled
from sqlclap.map import quality
from sqlclap.map.engine import DescentSchedule, fit_ab, optimize_layout, principal_components
from sqlclap.map.fuzzy_simplicial_set import fuzzy_simplicial_set, membership_strengths
from tests.map.test_geometry import nearest
from tests.support.map_scene import grouped_vectors


@pytest.mark.parametrize("min_dist", [0.0, 0.1, 0.99])
def test_strengths_are_those_of_the_formula(min_dist: float) -> None:
    a, b = fit_ab(min_dist)
    distances = np.geomspace(0.001, 1000, 5000)
    squared = (distances**2).astype(np.float32)
    read = numba.njit(
        lambda table, values: [compiled._coefficient(table, value) for value in values]
    )
    attraction, repulsion = (np.array(read(t, squared)) for t in compiled.gradient_tables(a, b))
    exact, power = squared.astype(np.float64), squared.astype(np.float64) ** b
    assert attraction == pytest.approx(-2 * a * b * power / exact / (a * power + 1), rel=4e-4)
    assert repulsion == pytest.approx(2 * b / ((0.001 + exact) * (a * power + 1)), rel=4e-4)


def test_points_beyond_the_tables_stay_finite() -> None:
    vectors = grouped_vectors(60)
    neighbours = nearest(vectors, 5)
    graph = fuzzy_simplicial_set(neighbours, membership_strengths(neighbours))
    initial = np.zeros((60, 2), np.float32)
    initial[:30] = 1e7
    assert np.isfinite(optimize_layout(initial, graph, DescentSchedule(0, 0.1, 20))).all()
    assert (initial[:30] == 1e7).all(), "where it started from is left as it was"


@pytest.mark.parametrize("axes", [2, 10])
def test_the_number_of_threads_makes_no_difference(axes: int) -> None:
    vectors = grouped_vectors(4200)
    neighbours = nearest(vectors, 5)
    graph = fuzzy_simplicial_set(neighbours, membership_strengths(neighbours))
    initial, before, maps = principal_components(vectors, axes, 0), numba.get_num_threads(), []
    for threads in (1, min(2, before)):
        numba.set_num_threads(threads)
        maps.append(optimize_layout(initial, graph, DescentSchedule(1, 0.1, 3)))
    numba.set_num_threads(before)
    assert np.array_equal(maps[0], maps[1])
    assert not np.array_equal(maps[0], initial)


def test_more_dimensions_follow_the_same_rule_as_two() -> None:
    vectors = grouped_vectors(300)
    neighbours = nearest(vectors, 8)
    graph = fuzzy_simplicial_set(neighbours, membership_strengths(neighbours))
    flat = principal_components(vectors, 2, 0)
    deep = np.zeros((300, 5), np.float32)
    deep[:, [0, 3]] = flat
    schedule = DescentSchedule(3, 0.1, 4, 0.1)
    expected, moved = optimize_layout(flat, graph, schedule), optimize_layout(deep, graph, schedule)
    assert moved[:, [0, 3]] == pytest.approx(expected, abs=1e-3)
    assert not moved[:, [1, 2, 4]].any()
    assert np.abs(expected - flat).max() > 0.1


def test_both_directions_of_an_edge_are_in_the_same_substep() -> None:
    neighbours = nearest(grouped_vectors(200), 6)
    graph = fuzzy_simplicial_set(neighbours, membership_strengths(neighbours))
    seen = np.zeros((200, 200))
    for starts, others, rates, repulsion in compiled.distribute_edges(graph, 200):
        substep = np.zeros((200, 200))
        heads = np.repeat(np.arange(200), np.diff(starts))
        substep[heads, others[: starts[-1]]] = rates[: starts[-1]]
        assert (substep == substep.T).all()
        assert (repulsion == compiled.NEGATIVE_SAMPLES * substep.sum(axis=1)).all()
        seen += substep
    wanted = graph.toarray() / graph.data.max()
    wanted[wanted < 1 / 200] = 0
    assert seen / compiled.EVERY_EPOCH == pytest.approx(wanted, abs=1e-5)


def test_strengths_add_up_to_what_each_point_has_to_give() -> None:
    strengths = membership_strengths(nearest(grouped_vectors(500), 15))
    assert strengths.sum(axis=1) == pytest.approx(np.full(500, 4.0), abs=1e-4)


def test_the_error_of_a_sample_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = grouped_vectors(1500)
    positions = principal_components(vectors, 2, 0)
    whole = quality.measure_quality(vectors, positions, 0).trustworthiness
    monkeypatch.setattr(quality, "POINTS_SAMPLED", (200, 200))
    parts = [quality.measure_quality(vectors, positions, seed) for seed in range(20)]
    assert {part.points for part in parts} == {200}
    assert whole is not None
    off = [abs((part.trustworthiness or 0) - whole) / (part.error or 0) for part in parts]
    assert 0.2 < np.mean(off) < 1.5
