"""Vectors newer than the index take nothing away from what labels find."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from sqlclap.index.build import build_index
from sqlclap.index.generation import BuildLocation
from sqlclap.index.reader import IndexReader
from sqlclap.index.search import find_candidates
from sqlclap.index.settings import IndexParams
from tests.support.label_scene import LabelScene
from tests.support.vector_library import add_samples, one_window, unit_vectors

LABELS = 8
NEWER = (1, 5, 300)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """6,000 sounds of 40 kinds, 8 labels of 5 anchors, and an index."""
    path = tmp_path_factory.mktemp("tail") / "library.db"
    rng = np.random.default_rng(5)
    kinds = unit_vectors(40, 32, seed=6)[rng.integers(40, size=6000)]
    vectors = kinds + 0.25 * rng.standard_normal((6000, 32))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    scene = LabelScene(path, vectors)
    for number in range(LABELS):
        anchors = rng.choice(6000, 5, replace=False) + 1
        scene.label(f"l{number}", anchors.tolist(), top_k=3, threshold=0.7, gap=0.02)
    build_index(BuildLocation(scene.file.connection, scene.model, IndexParams()))
    scene.file.close()
    return path


@pytest.fixture
def scene(original: Path, tmp_path: Path) -> Iterator[LabelScene]:
    """A copy of it, to be added to."""
    copy = Path(shutil.copyfile(original, tmp_path / "library.db"))
    shutil.copytree(f"{original}-hnsw", f"{copy}-hnsw")
    opened = LabelScene(copy, np.empty((0, 32), np.float32))
    yield opened
    opened.file.close()


def rows(scene: LabelScene, label: str, exact: bool) -> list[tuple[int, float, float | None, str]]:
    found = scene.labels.matches(label, 20, exact=exact)
    return [(one.sample_id, one.score, one.gap, one.confidence) for one in found]


@pytest.mark.parametrize("newer", NEWER)
def test_rankings_with_a_tail_are_the_exact_ones(scene: LabelScene, newer: int) -> None:
    # Away from every label's anchors as well as among them.
    add_samples(scene.file, scene.model, [one_window(v) for v in unit_vectors(newer, 32, seed=9)])
    lost = {
        label: len(set(rows(scene, label, True)) - set(rows(scene, label, False)))
        for label in (f"l{number}" for number in range(LABELS))
    }
    assert lost == dict.fromkeys(lost, 0)
    for label in lost:
        assert rows(scene, label, False) == rows(scene, label, True)


@pytest.mark.parametrize("newer", NEWER)
@pytest.mark.parametrize("pool", [10, 64, 200, 10_000])
def test_candidates_are_the_best_of_graph_and_tail(
    scene: LabelScene, newer: int, pool: int
) -> None:
    vectors = unit_vectors(newer, 32, seed=9)
    added = add_samples(scene.file, scene.model, [one_window(v) for v in vectors])
    view, _ = IndexReader().view(scene.file.connection, scene.model)
    assert view is not None
    found = find_candidates(view, vectors[0], pool)
    assert len(found.scores) == min(pool, 6000 + newer)
    assert found.complete == (pool > 6000)
    assert (np.diff(found.scores) <= 0).all()
    worse = found.scores[-1] if not found.complete else -2.0
    nearer = [sample for sample, v in zip(added, vectors, strict=True) if v @ vectors[0] > worse]
    assert set(nearer) <= set(found.sample_ids.tolist())
