"""Calibrating a label of a library: out of sample, applied, reverted, reported."""

from __future__ import annotations

import json
from typing import Any
from xml.parsers import expat

import numpy as np
import pytest

from sqlclap.errors import (
    LabelValueError,
    NotEnoughVotesError,
    SettingsChangedError,
    UnknownRunError,
)
from sqlclap.labels.calibration import CalibrationRequest
from sqlclap.labels.calibrations import Calibrations, draw_report
from sqlclap.labels.labelled_examples import read_votes, score_votes
from sqlclap.labels.scorer_cache import scorer_of
from sqlclap.labels.votes import CastVote, Verdict
from tests.labels.conftest import MakeScene
from tests.support.label_scene import LabelScene, at_angles

ANCHORS = [1, 2]


def calibrations(scene: LabelScene) -> Calibrations:
    return Calibrations(scene.session)


@pytest.fixture
def scene(make_scene: MakeScene) -> LabelScene:
    """Anchors at 0 and 2 degrees; sounds up to 40 degrees are right, beyond they are wrong."""
    angles = np.linspace(3, 80, 78)
    scene = make_scene(at_angles(0, 2, 90, *angles))
    scene.label("a", ANCHORS, top_k=1)
    scene.label("b", [3])
    for number, angle in enumerate(angles, start=4):
        verdict: Verdict = "accept" if angle <= 40 else "reject"
        scene.labels.vote("a", [number], CastVote(verdict))
    return scene


def test_the_threshold_lies_where_right_ends(scene: LabelScene) -> None:
    found = calibrations(scene).fit("a", CalibrationRequest(search_top_k=False))
    assert found.point is not None
    # 38 right ones alone show 0.933; the best anchor (2 degrees) sees 40 degrees at 38.
    assert np.cos(np.radians(45)) < found.point.threshold <= np.cos(np.radians(38))
    assert found.point.precision_low >= 0.9
    assert found.votes_used == 78
    assert found.report["votes"] == {"used": 78, "accepted": 38, "rejected": 40, "sampled": 0}


def test_nothing_is_stored_until_it_is_applied(scene: LabelScene) -> None:
    before = scene.labels.settings("a")
    calibrations(scene).fit("a")
    assert scene.labels.settings("a") == before
    assert scene.rows("SELECT * FROM calibrations") == []


def test_applied_reverted_and_kept_as_history(scene: LabelScene) -> None:
    own = calibrations(scene)
    scene.labels.change("a", threshold=0.5, gap=0.2)
    by_hand = scene.labels.settings("a")
    first = own.fit("a", CalibrationRequest(target=0.8))
    second = own.fit("a", CalibrationRequest(target=0.9))
    assert own.apply(first) == 1
    settings = scene.labels.settings("a")
    assert (settings.threshold_from, settings.calibration_id) == ("calibrated", 1)
    assert first.point is not None
    assert settings.threshold == pytest.approx(first.point.threshold)
    assert own.apply(second) == 2
    assert [one.in_force for one in own.history("a")] == [0, 1]
    assert own.revert("a") == 1
    assert scene.labels.settings("a") == settings
    assert own.revert("a") is None
    assert scene.labels.settings("a") == by_hand
    with pytest.raises(UnknownRunError, match="no calibration"):
        own.revert("a")
    assert len(own.history("a")) == 2


@pytest.mark.parametrize(
    ("since", "told"),
    [
        ({"threshold": 0.42}, r"threshold 0\.42.*--unset threshold"),
        ({"gap": 0.0}, r"gap 0\).*--unset gap"),
        ({"top_k": 2}, r"top-k 2.*--unset top-k"),
    ],
)
def test_what_was_set_by_hand_since_is_not_overwritten(
    scene: LabelScene, since: dict[str, Any], told: str
) -> None:
    own = calibrations(scene)
    scene.labels.change("a", threshold=0.5)
    by_hand = scene.labels.settings("a")
    own.apply(own.fit("a"))
    changed = scene.labels.change("a", **since)
    with pytest.raises(SettingsChangedError, match=told):
        own.revert("a")
    assert scene.labels.get("a") == changed
    assert [one.in_force for one in own.history("a")] == [1]
    assert own.revert("a", force=True) is None
    assert scene.labels.settings("a") == by_hand


def test_what_was_set_since_can_be_taken_back(scene: LabelScene) -> None:
    own = calibrations(scene)
    by_hand = scene.labels.settings("a")
    own.apply(own.fit("a"))
    scene.labels.change("a", threshold=0.42)
    scene.labels.change("a", threshold=None, notes="as calibrated, after all")
    assert own.revert("a") is None
    assert scene.labels.settings("a") == by_hand


def test_the_view_follows_a_calibration(scene: LabelScene) -> None:
    own = calibrations(scene)
    own.apply(own.fit("a", CalibrationRequest(search_top_k=False)))
    view = scene.view_scores("a")
    for match in scene.labels.matches("a", 100):
        assert match.confidence == view[match.sample_id][3]
    assert {view[key][3] for key in (4, 20)} == {"high"}


def test_no_anchor_scores_itself_or_its_copy(scene: LabelScene) -> None:
    scene.rows("UPDATE samples SET content_hash = 'same' WHERE sample_id IN (1, 10)")
    for sample_id in ANCHORS:
        scene.labels.vote("a", [sample_id], CastVote("accept"))
    scorer = scorer_of(scene.session)
    votes = read_votes(scene.file.connection, scorer, 1)
    scored = score_votes(scorer, 0, votes, top_k=1)
    by_sample = dict(zip(votes.sample_ids, scored.score.tolist(), strict=True))
    cosine = float(np.cos(np.radians(2)))
    assert by_sample[1] == pytest.approx(cosine, abs=1e-6)  # by the other anchor
    assert by_sample[2] == pytest.approx(cosine, abs=1e-6)
    assert by_sample[10] == pytest.approx(np.cos(np.radians(9 - 2)), abs=1e-6)  # not by its copy


def test_too_few_votes_say_how_many_are_needed(scene: LabelScene) -> None:
    scene.labels.vote("b", [4, 5, 6, 7, 8], CastVote("accept"))
    scene.labels.vote("b", [9, 10], CastVote("reject"))
    with pytest.raises(
        NotEnoughVotesError, match=r"have 7 \(5 accepted\), need about 25 .* 0.9 with 95%"
    ):
        calibrations(scene).fit("b")


def test_votes_that_show_no_precision_say_why(scene: LabelScene) -> None:
    for sample_id in range(4, 60):
        scene.labels.vote("b", [sample_id], CastVote("accept" if sample_id % 2 else "reject"))
    found = calibrations(scene).fit("b")
    assert found.point is None
    assert "no threshold's precision is shown to reach 0.9" in (found.problem or "")
    with pytest.raises(NotEnoughVotesError, match="nothing to apply"):
        calibrations(scene).apply(found)
    assert "no threshold meets it" in draw_report(found.report)


@pytest.mark.parametrize("settings", [{"target": 0.3}, {"target": 1.0}, {"level": 1.0}])
def test_requests_out_of_range_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(LabelValueError, match=r"expected a number from 0.5 to 0.999"):
        CalibrationRequest(**settings)


def test_the_report_is_json_and_the_picture_is_well_formed(scene: LabelScene) -> None:
    scene.labels.rename("a", "a <&> b")
    report = calibrations(scene).fit("a <&> b").report
    assert json.loads(json.dumps(report, allow_nan=False)) == report
    assert report["method"]["bound"] == "Wilson score interval, one-sided"
    assert sum(report["histogram"]["accepted"]) == pytest.approx(38)
    assert sum(report["histogram"]["rejected"]) == pytest.approx(40)
    tags: set[str] = set()
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, _: tags.add(name)
    parser.Parse(draw_report(report), True)
    assert {"rect", "polygon", "polyline", "circle", "text"} <= tags


def test_reviews_answers_carry_their_weights(scene: LabelScene) -> None:
    for vote in scene.labels.votes("a"):
        scene.labels.withdraw(vote.vote_id)
    review = scene.labels.review("a", 40, seed=0)
    for item in review.items:
        angle = 3 + (item.sample_id - 4)
        ballot = CastVote(
            "accept" if angle <= 40 else "reject", "review", review.review_id, item.stratum
        )
        scene.labels.vote("a", [item.sample_id], ballot)
    scorer = scorer_of(scene.session)
    votes = read_votes(scene.file.connection, scorer, 1)
    assert votes.sampled == 40
    assert votes.weights.min() >= 1
    assert votes.weights.sum() == pytest.approx(78, rel=0.25)  # they stand for all pairs
