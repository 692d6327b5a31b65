"""Neighbours by the thousand are the exact ones, whichever way they are found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sqlclap.index.handle import LibraryIndex
from sqlclap.index.knn import neighbor_search
from sqlclap.map.fuzzy_simplicial_set import read_sounds
from tests.support.map_scene import MapScene, grouped_vectors


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> MapScene:
    """A library with an index, and sounds that came and went since it was built."""
    path = tmp_path_factory.mktemp("field") / "library.db"
    scene = MapScene(path, grouped_vectors(700))
    LibraryIndex(scene.file.connection, scene.model).build()
    scene.add(grouped_vectors(60, seed=4))
    scene.file.connection.execute("DELETE FROM samples WHERE sample_id % 7 = 0")
    return scene


@pytest.mark.parametrize("way", ["compare", "index", "part of the index", "own graph"])
def test_neighbours_are_exact(scene: MapScene, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sounds = read_sounds(scene.file.connection, scene.model)
    assert sounds.index is not None
    if way == "part of the index":
        sounds = sounds.take(np.arange(len(sounds))[::2])
    if way != "compare":
        monkeypatch.setattr("sqlclap.index.knn.EXACT_BELOW", 100)
    index = None if way == "own graph" else sounds.index
    field = neighbor_search(index, sounds.embedding_ids, sounds.vectors)
    assert (field.graph is None) == (way == "compare")
    scores, rows = field.search(sounds.vectors, 10)
    exact = np.sort(sounds.vectors @ sounds.vectors.T, axis=1)[:, ::-1][:, :10]
    assert np.mean(np.isclose(scores, exact, atol=1e-5)) > 0.99
    assert (np.diff(scores, axis=1) <= 0).all()
    assert rows.min() >= 0


def test_fewer_than_asked_for_are_told(tmp_path: Path) -> None:
    scene = MapScene(tmp_path / "library.db", grouped_vectors(3))
    sounds = read_sounds(scene.file.connection, scene.model)
    scores, rows = sounds.neighbor_search().search(sounds.vectors, 5)
    assert (rows[:, 3:] == -1).all()
    assert np.isneginf(scores[:, 3:]).all()
