"""The map: repeatable, placed on, refitted without moving much, whole whatever it is drawn of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sqlclap.errors import LayoutValueError, NoMapError, NoVectorsError
from sqlclap.map.options import LayoutOptions
from tests.support.map_scene import MapScene, grouped_vectors

QUICK = LayoutOptions(epochs=120)


@pytest.fixture(scope="session")
def vectors() -> np.ndarray:
    return grouped_vectors(420)


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory, vectors: np.ndarray) -> MapScene:
    """All sounds, fitted."""
    scene = MapScene(tmp_path_factory.mktemp("full") / "library.db", vectors)
    scene.map.fit(QUICK)
    return scene


def test_same_seed_same_map(tmp_path: Path, full: MapScene, vectors: np.ndarray) -> None:
    again = MapScene(tmp_path / "again.db", vectors)
    again.map.fit(QUICK)
    assert np.array_equal(again.map.points().positions, full.map.points().positions)
    again.map.fit(LayoutOptions(epochs=5, seed=7, from_scratch=True))
    assert not np.array_equal(again.map.points().positions, full.map.points().positions)


def test_what_was_measured_is_kept(full: MapScene) -> None:
    status = full.map.status()
    assert (status.seed, status.params["neighbors"], status.placed) == (42, 15, 0)
    assert status.trustworthiness is not None
    assert status.continuity is not None
    assert min(status.trustworthiness, status.continuity) > 0.9
    assert status.seconds > 0


def test_placed_sounds_land_near_where_a_fit_puts_them(
    tmp_path: Path, full: MapScene, vectors: np.ndarray
) -> None:
    held_out = np.arange(len(vectors)) % 5 == 0
    scene = MapScene(tmp_path / "library.db", vectors[~held_out])
    scene.map.fit(QUICK)
    before = scene.map.points()
    scene.add(vectors[held_out])
    report = scene.map.update()
    assert (report.fitted, report.new, report.status.placed) == (False, 84, 84)
    after = scene.map.points()
    assert np.array_equal(after.positions[: len(before.positions)], before.positions)
    query = "SELECT avg(agreement) FROM map_points WHERE placed = 1"
    placed = float(scene.file.connection.execute(query).get)
    assert placed >= 0.9 * full.agreement()


def test_a_refit_after_adding_a_few_moves_little(tmp_path: Path, vectors: np.ndarray) -> None:
    scene = MapScene(tmp_path / "library.db", vectors[:400])
    scene.map.fit(QUICK)
    scene.add(vectors[400:])
    report = scene.map.fit(QUICK)
    assert report.status.movement is not None
    assert report.status.movement <= 0.05
    assert (report.new, report.status.placed, report.status.aligned_to) == (20, 0, 1)


def test_a_changed_sound_is_placed_again(tmp_path: Path, vectors: np.ndarray) -> None:
    scene = MapScene(tmp_path / "library.db", vectors[:200])
    scene.map.fit(QUICK)
    before = scene.map.points().positions
    elsewhere = int(np.argmax(np.linalg.norm(before - before[0], axis=1)))
    scene.change({scene.sample_ids[0]: vectors[elsewhere]})
    report = scene.map.update()
    assert (report.fitted, report.new, report.status.placed) == (False, 1, 1)
    after = scene.map.points()
    assert after.placed.tolist() == [True] + 199 * [False]
    assert np.array_equal(after.positions[1:], before[1:])
    apart = np.linalg.norm(before[[0, elsewhere]] - after.positions[0], axis=1)
    assert apart[1] < apart[0] / 5
    assert scene.map.update().new == 0


def test_a_refit_forgets_where_changed_sounds_lay(tmp_path: Path, vectors: np.ndarray) -> None:
    scene = MapScene(tmp_path / "library.db", vectors[:200])
    scene.map.fit(QUICK)
    scene.change(dict(zip(scene.sample_ids[:20], vectors[200:220], strict=True)))
    report = scene.map.fit(QUICK)
    assert (report.new, report.status.placed) == (20, 0)
    assert report.status.movement is not None
    assert report.status.movement <= 0.05
    assert scene.map.update().new == 0


def test_when_all_sounds_have_changed_the_map_is_drawn_anew(
    tmp_path: Path, vectors: np.ndarray
) -> None:
    scene = MapScene(tmp_path / "library.db", vectors[:60])
    scene.map.fit(QUICK)
    scene.change(dict(zip(scene.sample_ids, vectors[60:120], strict=True)))
    report = scene.map.update()
    assert (report.fitted, report.new, report.status.movement) == (True, 60, None)


def test_many_placed_sounds_give_advice(tmp_path: Path, vectors: np.ndarray) -> None:
    scene = MapScene(tmp_path / "library.db", vectors[:40])
    scene.map.fit(QUICK)
    scene.add(vectors[40:60])
    assert "--refit" in scene.map.place().advice


def test_a_sample_is_fitted_and_the_rest_placed(tmp_path: Path, vectors: np.ndarray) -> None:
    scene = MapScene(tmp_path / "library.db", vectors[:100])
    report = scene.map.fit(LayoutOptions(epochs=50, sample=60))
    assert (report.status.points, report.status.placed, report.advice) == (100, 40, "")


def test_an_interruption_leaves_the_old_map(tmp_path: Path, vectors: np.ndarray) -> None:
    class Impatient:
        def started(self, stage: str, total: int) -> None:
            if stage == "quality":
                raise KeyboardInterrupt

        def advanced(self, steps: int, seconds_of_sound: float = 0.0) -> None:
            pass

        def failed(self, what: str, reason: str) -> None:
            pass

    scene = MapScene(tmp_path / "library.db", vectors[:50])
    scene.map.fit(QUICK)
    before = (scene.map.status(), scene.map.points().positions)
    with pytest.raises(KeyboardInterrupt):
        scene.map.fit(LayoutOptions(epochs=5, seed=1), Impatient())
    assert scene.map.status() == before[0]
    assert np.array_equal(scene.map.points().positions, before[1])


@pytest.mark.parametrize("count", [1, 2, 3, 5, 15, 40])
def test_small_libraries_have_maps_without_holes(tmp_path: Path, count: int) -> None:
    scene = MapScene(tmp_path / "library.db", grouped_vectors(count))
    for _ in range(2):
        scene.map.fit(LayoutOptions(epochs=20))
        points = scene.map.points()
        assert points.positions.shape == (count, 2)
        assert np.isfinite(points.positions).all()
    scene.add(grouped_vectors(3, seed=5))
    assert scene.map.place().status.points == count + 3
    assert np.isfinite(scene.map.points().positions).all()


def test_identical_sounds_have_a_map(tmp_path: Path) -> None:
    scene = MapScene(tmp_path / "library.db", np.tile(np.eye(8)[0], (30, 1)).astype(np.float32))
    scene.map.fit(LayoutOptions(epochs=20))
    scene.map.fit(LayoutOptions(epochs=20))
    assert np.isfinite(scene.map.points().positions).all()


@pytest.mark.filterwarnings("ignore::sqlclap.errors.VectorWarning")
def test_vectors_without_a_direction_are_left_out(tmp_path: Path) -> None:
    scene = MapScene(tmp_path / "library.db", np.zeros((30, 24), np.float32))
    with pytest.raises(NoVectorsError):
        scene.map.fit(LayoutOptions(epochs=20))
    there = list(scene.add(grouped_vectors(20)))
    scene.map.fit(LayoutOptions(epochs=20))
    assert scene.map.points().sample_ids.tolist() == there


def test_an_empty_library_says_what_to_do(tmp_path: Path) -> None:
    scene = MapScene(tmp_path / "library.db", np.empty((0, 8), np.float32))
    with pytest.raises(NoMapError, match="sqlclap map"):
        scene.map.status()
    with pytest.raises(NoVectorsError, match="sqlclap ingest"):
        scene.map.fit()


def test_removed_sounds_leave_the_map(tmp_path: Path, vectors: np.ndarray) -> None:
    scene = MapScene(tmp_path / "library.db", vectors[:30])
    scene.map.fit(LayoutOptions(epochs=5))
    scene.file.connection.execute("DELETE FROM samples WHERE sample_id <= 10")
    assert scene.map.status().points == 20


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (LayoutOptions(neighbors=1), "neighbors"),
        (LayoutOptions(min_dist=1.0), "min_dist"),
        (LayoutOptions(sample=0), "sample"),
        (LayoutOptions(seed=-1), "seed"),
    ],
)
def test_options_out_of_range_are_refused(
    full: MapScene, options: LayoutOptions, named: str
) -> None:
    with pytest.raises(LayoutValueError, match=named):
        full.map.fit(options)
