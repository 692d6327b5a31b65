"""High confidence needs evidence: a rival or a calibration; who holds what back is said."""

from __future__ import annotations

import json

import numpy as np
import pytest

from sqlclap.db.statements import statement, write_transaction
from sqlclap.errors import LabelValueError, NoAnchorsError, PrecisionTooLowError
from sqlclap.index.build import build_index
from sqlclap.index.generation import BuildLocation
from sqlclap.index.settings import IndexParams
from sqlclap.labels.calibration import CalibrationRequest
from sqlclap.labels.calibrations import Calibrations
from sqlclap.labels.tagging import TagRequest
from sqlclap.labels.votes import CastVote
from sqlclap.sqlfunctions.adapters import register_functions
from tests.labels.conftest import MakeScene
from tests.support.label_scene import LabelScene, at_angles
from tests.support.vector_library import unit_vectors


@pytest.fixture
def alone(make_scene: MakeScene) -> LabelScene:
    """One label with an anchor at 0 degrees, and sounds at 1 to 60 degrees."""
    scene = make_scene(at_angles(0, *range(1, 61)))
    scene.label("a", [1], threshold=0.9)
    return scene


def confidences(scene: LabelScene, label: str = "a") -> set[str]:
    return {match.confidence for match in scene.labels.matches(label, 100)}


def test_without_rival_and_calibration_nothing_is_high(alone: LabelScene) -> None:
    matches = alone.labels.matches("a", 100)
    assert {match.confidence for match in matches} == {"medium", "low"}
    assert matches[0].held_back_by == "no rival"
    assert matches[-1].held_back_by == "score, no rival"
    assert alone.labels.matches("a", 100, confidence="high") == []
    register_functions(alone.file.connection)
    query = "SELECT clap_confidence('a', 2), clap_held_back_by('a', 2), clap_rival('a', 2)"
    assert alone.rows(query) == [("medium", "no rival", None)]
    view = "SELECT confidence, held_back_by, rival_label FROM label_matches WHERE sample_id = 2"
    assert alone.rows(view) == [("medium", "no rival", None)]
    (found,) = json.loads(alone.rows("SELECT clap_matches('a', 1)")[0][0])
    assert (found["confidence"], found["held_back_by"]) == ("medium", "no rival")
    item = alone.labels.review("a", 40).items[0]
    assert item.confidence != "high"


@pytest.mark.parametrize("how", ["another label", "a negative anchor"])
def test_a_rival_of_either_kind_is_evidence(alone: LabelScene, how: str) -> None:
    if how == "another label":
        alone.label("b", [61])
    else:
        alone.labels.add_anchors("a", [61], "negative")
    assert "high" in confidences(alone)


def test_a_label_that_cannot_score_is_no_rival(alone: LabelScene) -> None:
    alone.labels.add("empty")
    alone.label("only negative", [], [61])
    assert "high" not in confidences(alone)


def test_a_calibration_is_evidence_until_the_threshold_is_set_by_hand(alone: LabelScene) -> None:
    alone.labels.vote("a", list(range(2, 42)), CastVote("accept"))
    alone.labels.vote("a", list(range(42, 62)), CastVote("reject"))
    own = Calibrations(alone.session)
    own.apply(own.fit("a", CalibrationRequest(search_top_k=False)))
    assert "high" in confidences(alone)
    assert ("high",) in alone.rows("SELECT DISTINCT confidence FROM label_scores")
    alone.labels.change("a", threshold=0.9)
    assert "high" not in confidences(alone)
    assert ("high",) not in alone.rows("SELECT DISTINCT confidence FROM label_scores")


def test_a_lone_label_is_ranked_alike_by_index_and_scan(make_scene: MakeScene) -> None:
    """All its matches are at most medium, so that the index can settle them too."""
    rng = np.random.default_rng(3)
    centres = unit_vectors(6, 16, seed=4)
    vectors = centres[rng.integers(6, size=3000)] + 0.1 * rng.standard_normal((3000, 16))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    scene = make_scene(vectors)
    scene.label("a", [1], threshold=0.5)
    build_index(BuildLocation(scene.file.connection, scene.model, IndexParams()))
    by_index = scene.labels.matches("a", 50)
    by_scan = scene.labels.matches("a", 50, exact=True)
    assert [match.sample_id for match in by_index] == [match.sample_id for match in by_scan]
    assert {match.confidence for match in by_index} == {"medium"}


def test_who_holds_back_is_named_everywhere(make_scene: MakeScene) -> None:
    scene = make_scene(at_angles(0, 10, 20, 30, 80, 90))
    scene.label("a", [1], [4], threshold=0.9, gap=0.1)
    scene.label("b", [6])
    matches = {match.sample_id: match for match in scene.labels.matches("a", 10)}
    near = matches[3]  # at 20 degrees: 10 from the negative anchor, 70 from label b
    assert (near.held_back_by, near.rival_label) == ("rival", None)
    assert (near.rival_sample_id, near.rival_path) == (4, "3.wav")
    far = matches[5]  # at 80 degrees
    assert (far.held_back_by, far.rival_label, far.rival_path) == ("score, rival", "b", None)
    view = "SELECT rival_label, rival_sample_id FROM label_scores WHERE label = 'a' AND sample_id ="
    assert scene.rows(f"{view} 3") == [(None, 4)]
    assert scene.rows(f"{view} 5") == [("b", None)]
    register_functions(scene.file.connection)
    assert scene.rows("SELECT clap_rival('a', 3), clap_rival('a', 5)") == [("not 3.wav", "b")]
    assert scene.rows("SELECT clap_held_back_by('a', 5)") == [("score, rival",)]
    query = "SELECT rival_label, rival_sample_id FROM clap_label_matches('a', 10)"
    assert set(scene.rows(query)) == {(None, 4), ("b", None)}
    report = scene.labels.rivals("a")
    assert [(one.label, one.path, one.matches) for one in report.held_back] == [(None, "3.wav", 2)]
    assert [(one.kind, one.name) for one in report.suggested] == [("label", "b")]
    assert (report.has_rival, report.can_be_high) == (True, True)


def test_rivals_are_suggested_from_clusters_and_else_from_the_least_like(
    alone: LabelScene,
) -> None:
    report = alone.labels.rivals("a")
    assert (report.has_rival, report.can_be_high, report.held_back) == (False, False, [])
    (least,) = report.suggested
    assert (least.kind, least.sample_ids[0]) == ("sounds", 41)  # cos 40 is 0.85 * 0.9
    with write_transaction(alone.file.connection) as connection:
        connection.execute(
            "INSERT INTO clusterings (model_id, method, params, seed, seconds, is_current) "
            "VALUES (?, 'm', '{}', 0, 0, 1)",
            (alone.model.model_id,),
        )
        connection.execute(
            "INSERT INTO clusters (clustering_id, sample_id, cluster, probability) "
            "SELECT 1, sample_id, sample_id > 20, 1 FROM samples"
        )
        connection.execute(
            "INSERT INTO cluster_names (clustering_id, cluster, name) VALUES (1, 1, 'hats')"
        )
    (cluster,) = alone.labels.rivals("a").suggested
    assert (cluster.kind, cluster.name, cluster.sample_ids) == ("cluster", "hats", [21, 22, 23])
    assert cluster.score == pytest.approx(21 / report.looked_at)


def test_rivals_of_a_label_without_anchors(alone: LabelScene) -> None:
    alone.labels.add("empty")
    with pytest.raises(NoAnchorsError):
        alone.labels.rivals("empty")


@pytest.fixture
def imprecise(alone: LabelScene) -> LabelScene:
    """A label with a rival, whose finds were mostly rejected."""
    alone.label("b", [61])
    alone.labels.vote("a", [2], CastVote("accept"))
    alone.labels.vote("a", list(range(3, 22)), CastVote("reject"))
    return alone


def test_the_precision_of_a_run_is_measured(imprecise: LabelScene) -> None:
    (run,) = imprecise.labels.tag(TagRequest(labels=("a",), dry_run=True))
    assert run.precision is not None
    found = run.precision
    assert (found.votes, found.above, found.precision) == (20, 20, pytest.approx(0.05))
    assert found.low is not None
    assert found.high is not None
    assert 0 < found.low < 0.05 < found.high < 0.25
    assert (run.refused, run.target) == (True, 0.9)
    assert run.warning is not None
    assert "measured precision 0.05" in run.warning
    assert "below the target of 0.9" in run.warning


def test_a_run_that_votes_contradict_is_refused(imprecise: LabelScene) -> None:
    request = TagRequest(labels=("a", "b"))
    with pytest.raises(PrecisionTooLowError, match=r"a: measured precision 0\.05.*--force"):
        imprecise.labels.tag(request)
    assert imprecise.rows("SELECT * FROM tag_runs") == []
    forced, _ = imprecise.labels.tag(TagRequest(labels=("a", "b"), force=True))
    assert forced.tagged > 0
    assert forced.warning
    params = json.loads(imprecise.rows("SELECT params FROM tag_runs WHERE run_id = 1")[0][0])
    assert params["forced"] is True
    assert params["precision"]["above"] == 20


def test_a_low_target_lets_a_run_pass(imprecise: LabelScene) -> None:
    (run,) = imprecise.labels.tag(TagRequest(labels=("a",), target=0.04))
    assert run.tagged > 0
    assert run.warning is None
    with pytest.raises(LabelValueError, match="target"):
        TagRequest(target=1.5)


def test_a_precision_that_may_reach_the_target_only_warns(alone: LabelScene) -> None:
    alone.label("b", [61])
    alone.labels.vote("a", list(range(2, 19)), CastVote("accept"))
    alone.labels.vote("a", [19, 20, 21], CastVote("reject"))
    (run,) = alone.labels.tag(TagRequest(labels=("a",)))
    assert run.run_id is not None
    assert run.warning is not None
    assert "measured precision 0.85" in run.warning


def test_one_rejected_sound_refuses_no_run(alone: LabelScene) -> None:
    alone.label("b", [61])
    alone.labels.vote("a", [2], CastVote("reject"))
    (run,) = alone.labels.tag(TagRequest(labels=("a",)))
    assert run.run_id is not None
    assert run.warning is not None
    assert 2 not in {tag.sample_id for tag in alone.labels.tags("a")}


def test_the_target_is_that_of_the_calibration(alone: LabelScene) -> None:
    alone.labels.vote("a", list(range(2, 42)), CastVote("accept"))
    alone.labels.vote("a", list(range(42, 62)), CastVote("reject"))
    own = Calibrations(alone.session)
    own.apply(own.fit("a", CalibrationRequest(target=0.8, search_top_k=False)))
    (run,) = alone.labels.tag(TagRequest(labels=("a",)))
    assert (run.target, run.unproven, run.warning) == (0.8, 0, None)
    assert run.tagged > 30


def test_a_lone_label_tags_nothing_as_high_and_says_why(alone: LabelScene) -> None:
    (run,) = alone.labels.tag(TagRequest(labels=("a",)))
    assert (run.tagged, run.unproven) == (0, 26)  # cos 25 degrees is 0.906
    assert run.warning is not None
    assert "no rival" in run.warning
    (medium,) = alone.labels.tag(TagRequest(labels=("a",), confidence="medium"))
    assert medium.tagged > 26


def test_files_are_not_written_with_tags_that_votes_contradict(imprecise: LabelScene) -> None:
    imprecise.labels.tag(TagRequest(labels=("a",), force=True))
    tags = imprecise.labels.tags("a")
    with pytest.raises(PrecisionTooLowError):
        imprecise.labels.write_files(tags)
    report = imprecise.labels.write_files(tags, force=True)  # these files are not there
    assert (report.written, len(report.failed)) == (0, len(tags))
    imprecise.labels.tag_by_hand("b", [5])
    assert imprecise.labels.write_files(imprecise.labels.tags("b")).written == 0


def test_clusters_nearby_are_looked_up_sound_by_sound(alone: LabelScene) -> None:
    """Going through all clusters for each match takes hours where there are 10,000 sounds."""
    query = "EXPLAIN QUERY PLAN " + statement("labels/clusters_of")
    bindings = {"model_id": 1, "samples": "[1, 2]"}
    plan = [row[3] for row in alone.file.connection.execute(query, bindings)]
    looked_at = [step for step in plan if "clusters" in step or step.split()[1] == "c"]
    assert looked_at
    assert all("clustering_id=? AND sample_id=?" in step for step in looked_at), plan
