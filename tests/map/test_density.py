"""Clusters take their borders in; what lies further off stays noise."""

from __future__ import annotations

import numpy as np
import pytest

from sqlclap.map.clustering import ClusterAssignment, assign_borders, hdbscan_clusters

ROOM = 10
GAP = 40.0 * ROOM**0.5


@pytest.fixture(scope="module")
def points() -> np.ndarray:
    """Two dense groups, each nearly half of all, and a sparse cloud far around both."""
    rng = np.random.default_rng(0)
    groups = [rng.standard_normal((150, ROOM)) + 40.0 * side for side in (0, 1)]
    return np.concatenate([*groups, cloud(rng)]).astype(np.float32)


def cloud(rng: np.random.Generator) -> np.ndarray:
    """Make points that are further from everything than the groups are from each other."""
    directions = rng.standard_normal((20, ROOM))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return GAP * (3 + 3 * np.arange(20)[:, None]) * directions


@pytest.fixture(scope="module")
def found(points: np.ndarray) -> ClusterAssignment:
    return hdbscan_clusters(points, 15)


def test_noise_stays_noise(found: ClusterAssignment) -> None:
    assert (found.labels[300:] == -1).all()
    assert (found.probabilities[300:] == 0).all()


def test_groups_are_whole(found: ClusterAssignment) -> None:
    for group in (found.labels[:150], found.labels[150:300]):
        assert (group == group.max()).mean() > 0.97
    assert found.labels[0] != found.labels[150]
    assert (found.probabilities[found.labels >= 0] > 0).all()


def test_a_border_belongs_but_not_firmly() -> None:
    """Five sounds a step apart, one within a step of the last where it is sparser, one beyond."""
    points = np.array([[0.0], [1], [2], [3], [4], [4.8], [9]], dtype=np.float32)
    steps = np.array([[n, n + 1, 1.0] for n in range(4)] + [[4, 5, 2.0], [5, 6, 5.0]])
    core = np.array([1.0] * 5 + [2.0, 5.0])
    labels = np.array([0] * 5 + [-1, -1])
    firm = np.array([1.0] * 4 + [0.8, 0, 0], dtype=np.float32)
    found = assign_borders(points, ClusterAssignment(labels, firm), (steps, core))
    assert found.labels.tolist() == [0, 0, 0, 0, 0, 0, -1]
    assert found.probabilities[5:].tolist() == pytest.approx([0.4, 0])


def test_one_cluster_beside_points_of_none_is_found() -> None:
    """The library's own labels end in a KeyError for some of these."""
    sizes = set()
    for seed in range(60):
        points = np.random.default_rng(seed).standard_normal((12, 2)).astype(np.float32)
        labels = hdbscan_clusters(points, 3).labels
        counts = np.bincount(labels[labels >= 0])
        assert all(count >= 3 for count in counts)
        sizes.add(len(counts))
    assert len(sizes) > 1
