"""Our engine beside umap-learn's on real sounds, and what only umap-learn's can do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sqlclap
from sqlclap.errors import LayoutValueError
from sqlclap.map.fuzzy_simplicial_set import read_sounds
from sqlclap.map.options import LayoutOptions
from tests.support.map_scene import MapScene, grouped_vectors

DEMO = Path(__file__).parents[2] / "demo" / "sounds"
SEEDS = range(8)
pytestmark = pytest.mark.slow  # umap-learn compiles when it is imported


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> sqlclap.Library:
    """The demonstration's sounds under the embedded model."""
    library = sqlclap.open(tmp_path_factory.mktemp("real") / "library.db")
    library.ingest([DEMO])
    return library


def figures_of(library: sqlclap.Library, **options: Any) -> np.ndarray:
    """Draw a map for each seed; return their trustworthiness, continuity, agreement (seeds, 3)."""
    rows: list[Any] = []
    for seed in SEEDS:
        status = library.map.fit(LayoutOptions(seed=seed, from_scratch=True, **options)).status
        rows.append((status.trustworthiness, status.continuity, status.agreement))
    return np.array(rows)


def test_our_maps_are_as_good_as_those_of_umap_learn(real: sqlclap.Library) -> None:
    """Our engine's maps of so few sounds differ by processor and seed."""
    ours, theirs = figures_of(real), figures_of(real, engine="umap-learn")
    spread = np.sqrt((ours.var(axis=0, ddof=1) + theirs.var(axis=0, ddof=1)) / len(SEEDS))
    worse = theirs.mean(axis=0) - ours.mean(axis=0)
    assert (worse < (0.002, 0.005, 0.01) + 2 * spread).all(), "trust, continuity, agreement"


def spread_kept(library: sqlclap.Library, **options: Any) -> float:
    """Return how well the map tells dense places from sparse ones (a correlation of ranks)."""
    library.map.fit(LayoutOptions(seed=1, from_scratch=True, engine="umap-learn", **options))
    sounds = read_sounds(library.connection, library.session.model)
    positions, k = library.map.points().positions, 16
    by_sound = np.sort(1 - sounds.vectors @ sounds.vectors.T, axis=1)[:, 1:k].mean(axis=1)
    apart = np.linalg.norm(positions[:, None] - positions[None], axis=2)
    on_map = np.sort(apart, axis=1)[:, 1:k].mean(axis=1)
    ranks = np.array([np.argsort(np.argsort(values)) for values in (by_sound, on_map)])
    return float(np.corrcoef(ranks)[0, 1])


def test_a_map_by_density_keeps_what_is_dense_dense(real: sqlclap.Library) -> None:
    assert spread_kept(real, density=True) > spread_kept(real) + 0.1


def test_a_map_by_labels_draws_a_labels_sounds_together(tmp_path: Path) -> None:
    scene = MapScene(tmp_path / "library.db", grouped_vectors(120))
    named = np.arange(120) % 2  # says nothing of the groups
    connection = scene.file.connection
    connection.execute("INSERT INTO labels (label_id, name) VALUES (1, 'odd'), (2, 'even')")
    connection.executemany(
        "INSERT INTO anchors (label_id, sample_id, polarity) VALUES (?, ?, 'positive')",
        [(1 + int(one), sample) for one, sample in zip(named, scene.sample_ids, strict=True)],
    )

    def nearest_of_the_same_label() -> float:
        positions = scene.map.points().positions
        apart = np.linalg.norm(positions[:, None] - positions[None], axis=2)
        np.fill_diagonal(apart, np.inf)
        return float((named[apart.argmin(axis=1)] == named).mean())

    scene.map.fit(LayoutOptions(engine="umap-learn", epochs=200))
    alone = nearest_of_the_same_label()
    scene.map.fit(LayoutOptions(engine="umap-learn", epochs=200, supervise=True))
    assert nearest_of_the_same_label() > alone + 0.2
    assert scene.map.status().params["supervise"] is True


def test_a_map_of_few_sounds_is_drawn_all_the_same(tmp_path: Path) -> None:
    for count in (1, 2, 3, 4, 5):
        scene = MapScene(tmp_path / f"{count}.db", grouped_vectors(count))
        report = scene.map.fit(LayoutOptions(engine="umap-learn", epochs=20))
        assert report.status.points == count
        assert np.isfinite(scene.map.points().positions).all()


@pytest.mark.parametrize("wrong", [{"density": True}, {"supervise": True}, {"engine": "tsne"}])
def test_what_an_engine_can_not_do_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(LayoutValueError, match="expected the engine"):
        LayoutOptions(**wrong).check()
