"""The parts of a map: fuzzy simplicial set, a and b, alignment, quality."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sqlclap.map.engine import fit_ab, principal_components
from sqlclap.map.fuzzy_simplicial_set import KnnGraph, fuzzy_simplicial_set, membership_strengths
from sqlclap.map.procrustes import diameter, procrustes
from sqlclap.map.quality import measure_quality
from tests.support.map_scene import grouped_vectors

STORED = Path(__file__).parent / "data" / "umap_learn_graph.npz"


def nearest(vectors: np.ndarray, k: int) -> KnnGraph:
    distances = np.maximum(1 - vectors @ vectors.T, 0)
    np.fill_diagonal(distances, np.inf)
    rows = np.argsort(distances, axis=1)[:, :k]
    return KnnGraph(rows, np.take_along_axis(distances, rows, 1).astype(np.float32))


def test_the_fuzzy_simplicial_set_is_that_of_umap_learn() -> None:
    with np.load(STORED) as stored:
        neighbours = KnnGraph(stored["rows"], stored["distances"])
        graph = fuzzy_simplicial_set(neighbours, membership_strengths(neighbours))
        assert graph.toarray() == pytest.approx(stored["graph"], abs=1e-5)


def test_the_curve_is_that_of_umap_learn() -> None:
    assert fit_ab(0.1) == pytest.approx((1.57694, 0.89506), abs=1e-4)


@pytest.mark.parametrize("mirror", [1, -1])
def test_alignment_undoes_turning_mirroring_and_scaling(mirror: int) -> None:
    before = np.random.default_rng(0).standard_normal((50, 2)).astype(np.float32)
    turn = np.array([[0.6, 0.8], [-0.8, 0.6]]) @ np.diag([1, mirror])
    moved = (3 * before @ turn + [5, -2]).astype(np.float32)
    aligned = procrustes(moved, moved[:40], before[:40])
    assert aligned.positions == pytest.approx(before, abs=1e-4)
    assert aligned.movement == pytest.approx(0, abs=1e-5)
    assert aligned.scale == pytest.approx(1 / 3, rel=1e-4)


@pytest.mark.parametrize("shared", [0, 1, 2])
def test_alignment_of_hardly_anything_keeps_the_shape(shared: int) -> None:
    positions = np.array([[0, 0], [1, 0], [0, 1]], np.float32)
    aligned = procrustes(positions, positions[:shared], positions[:shared] + 2)
    assert np.isfinite(aligned.positions).all()
    assert diameter(aligned.positions) == pytest.approx(diameter(positions), rel=1e-4)


def test_quality_is_that_of_scikit_learn() -> None:
    from sklearn.manifold import trustworthiness

    vectors = grouped_vectors(200)
    positions = principal_components(vectors, 2, 0)
    quality = measure_quality(vectors, positions, 0)
    trust = trustworthiness(vectors, positions, n_neighbors=15, metric="cosine")
    assert quality.trustworthiness == pytest.approx(trust, abs=1e-4)
    assert quality.points == 200


def test_a_map_that_keeps_all_distances_is_perfect() -> None:
    angles = np.sort(np.random.default_rng(0).uniform(0, 1, 100))
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    quality = measure_quality(circle, circle, 0)
    assert quality.trustworthiness == pytest.approx(1, abs=1e-3)
    assert quality.continuity == pytest.approx(1, abs=1e-3)
