"""One meaning of a score: in Python, in the SQL views, with and without an index."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sqlclap.index.build import build_index
from sqlclap.index.generation import BuildLocation
from sqlclap.index.settings import IndexParams
from tests.labels.conftest import MakeScene
from tests.support.label_scene import LabelScene, at_angles
from tests.support.vector_library import unit_vectors

WHY = """
    SELECT held_back_by, rival_label, rival_sample_id FROM label_scores
    WHERE label = ? AND sample_id = ?
"""
CLOSE = 2e-6  # float32 cosines, summed in another order


def labelled(scene: LabelScene) -> LabelScene:
    scene.label("mean", [1, 2, 3, 4], [5])
    scene.label("max", [6, 7], aggregation="max", threshold=0.2, gap=0.05)
    scene.label("deep", [8, 9, 10], top_k=2, threshold=0.3, gap=0.0)
    scene.labels.add_anchors("mean", [2], weight=0.5)
    scene.labels.add("empty")
    scene.label("only negative", [], [11])
    return scene


def test_hand_worked_scores_of_angles(make_scene: MakeScene) -> None:
    # The sound lies at 0 degrees; cosines are those of the anchors' angles.
    scene = make_scene(at_angles(0, 60, 90, 60, 120, 180))
    scene.label("a", [2, 3], top_k=2)  # (0.5 + 0) / 2
    scene.label("b", [4], [5])  # 0.5; negative: cos 120 = -0.5
    scene.label("c", [6])  # -1
    expected = {"a": (0.25, 0.5, -0.25), "b": (0.5, 0.25, 0.25), "c": (-1.0, 0.5, -1.5)}
    for label, numbers in expected.items():
        assert scene.view_scores(label)[1][:3] == pytest.approx(numbers, abs=1e-6)
        match = next(m for m in scene.labels.matches(label, 9) if m.sample_id == 1)
        assert (match.score, match.rival, match.gap) == pytest.approx(numbers, abs=1e-6)


def test_matches_agree_with_the_view(make_scene: MakeScene) -> None:
    scene = labelled(make_scene(unit_vectors(60, 8)))
    for label in ("mean", "max", "deep"):
        view = scene.view_scores(label)
        matches = scene.labels.matches(label, 100, with_anchors=True)
        assert {match.sample_id for match in matches} == set(view)
        for match in matches:
            score, rival, gap, confidence = view[match.sample_id]
            assert match.score == pytest.approx(score, abs=CLOSE)
            assert match.rival == pytest.approx(rival, abs=CLOSE)
            assert match.gap == pytest.approx(gap, abs=CLOSE)
            assert match.confidence == confidence
            why = scene.rows(WHY, label, match.sample_id)
            told = (match.held_back_by, match.rival_label, match.rival_sample_id)
            assert why == [told]


def test_the_view_of_matches_has_the_same_order(make_scene: MakeScene) -> None:
    scene = labelled(make_scene(unit_vectors(60, 8)))
    scene.rows("INSERT INTO votes (label_id, sample_id, verdict) VALUES (1, 20, 'reject')")
    rows = scene.rows("SELECT label, sample_id FROM label_matches")
    for label in ("mean", "max", "deep"):
        found = [match.sample_id for match in scene.labels.matches(label, 100)]
        assert [sample_id for name, sample_id in rows if name == label] == found
    assert ("mean", 20) not in rows


def test_one_lone_label_has_no_gap_anywhere(make_scene: MakeScene) -> None:
    scene = make_scene(at_angles(0, 10, 80))
    scene.label("only", [1], threshold=0.9)
    (first, second) = scene.labels.matches("only", 5)
    assert (first.gap, first.rival, first.confidence) == (None, None, "medium")
    assert second.confidence == "low"
    assert scene.view_scores("only")[2][1:] == (None, None, "medium")


def test_labels_that_cannot_score_are_in_nobodys_way(make_scene: MakeScene) -> None:
    scene = make_scene(at_angles(0, 10, 80))
    scene.label("a", [1])
    scene.labels.add("empty")
    assert {row[0] for row in scene.rows("SELECT DISTINCT label FROM label_scores")} == {"a"}
    assert all(match.gap is None for match in scene.labels.matches("a", 5))


@pytest.mark.parametrize("depth", [1, 3])
def test_the_index_gives_what_a_scan_gives(make_scene: MakeScene, depth: int) -> None:
    rng = np.random.default_rng(1)
    centres = unit_vectors(12, 16, seed=2)
    vectors = centres[rng.integers(12, size=3000)] + 0.2 * rng.standard_normal((3000, 16))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    scene = make_scene(vectors)
    for number in range(4):
        anchors = range(1 + 10 * number, 6 + 10 * number)
        scene.label(f"l{number}", list(anchors), top_k=depth, threshold=0.5, gap=0.01)
    build_index(BuildLocation(scene.file.connection, scene.model, IndexParams()))
    for number in range(4):
        by_index = scene.labels.matches(f"l{number}", 50)
        by_scan = scene.labels.matches(f"l{number}", 50, exact=True)
        shared = {m.sample_id for m in by_index} & {m.sample_id for m in by_scan}
        assert len(shared) >= 49
        for first, second in zip(by_index, by_scan, strict=True):
            assert first.score == pytest.approx(second.score, abs=1e-2)
            assert not math.isnan(first.score)
