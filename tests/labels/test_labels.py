"""Labels and anchors: making, changing, refusing, and what becomes of sounds that go."""

from __future__ import annotations

from typing import Any

import pytest

from sqlclap.errors import (
    LabelExistsError,
    LabelValueError,
    NoAnchorsError,
    UnknownLabelError,
    UnknownSoundError,
)
from tests.labels.conftest import MakeScene
from tests.support.label_scene import LabelScene, at_angles
from tests.support.vector_library import add_samples, one_window


@pytest.fixture
def scene(make_scene: MakeScene) -> LabelScene:
    return make_scene(at_angles(0, 10, 20, 30, 40, 50))


def test_names_are_told_apart_whatever_their_case(scene: LabelScene) -> None:
    scene.labels.add(" Kick ")
    assert scene.labels.get("kick").name == "Kick"
    with pytest.raises(LabelExistsError, match="already"):
        scene.labels.add("KICK")


@pytest.mark.parametrize("name", ["", "  ", "a\nb"])
def test_a_name_needs_letters(scene: LabelScene, name: str) -> None:
    with pytest.raises(LabelValueError, match="expected a name"):
        scene.labels.add(name)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("threshold", 1.5),
        ("threshold", float("nan")),
        ("gap", -0.1),
        ("top_k", 0),
        ("top_k", 2.5),
        ("aggregation", "median"),
        ("color", "red"),
        ("colour", "#ffffff"),
    ],
)
def test_settings_out_of_range_are_refused(scene: LabelScene, setting: str, value: Any) -> None:
    wrong: dict[str, Any] = {setting: value}
    with pytest.raises(LabelValueError, match="expected"):
        scene.labels.add("kick", **wrong)
    assert scene.labels.list() == []


def test_an_unknown_label_is_told_with_those_there_are(scene: LabelScene) -> None:
    scene.labels.add("kick")
    with pytest.raises(UnknownLabelError, match="the library has: kick"):
        scene.labels.matches("snare")


def test_settings_by_hand_come_and_go(scene: LabelScene) -> None:
    scene.label("kick", [1])
    assert scene.labels.settings("kick").threshold_from == "default"
    scene.labels.change("kick", threshold=0.6, aggregation="max")
    settings = scene.labels.settings("kick")
    assert (settings.threshold, settings.top_k, settings.threshold_from) == (0.6, 1, "hand")
    scene.labels.change("kick", threshold=None, aggregation="mean")
    settings = scene.labels.settings("kick")
    assert (settings.threshold, settings.top_k, settings.threshold_from) == (0.75, 3, "default")


def test_renaming_keeps_what_hangs_on_a_label(scene: LabelScene) -> None:
    scene.label("kick", [1, 2])
    scene.labels.rename("kick", "Kick")
    scene.labels.rename("kick", "bass drum")
    assert len(scene.labels.anchors("bass drum")) == 2
    with pytest.raises(UnknownLabelError):
        scene.labels.get("kick")


def test_removing_a_label_removes_what_hangs_on_it_alone(scene: LabelScene) -> None:
    for name in ("kick", "snare"):
        scene.label(name, [1, 2])
        scene.rows(
            "INSERT INTO votes (label_id, sample_id, verdict) "
            "SELECT label_id, 3, 'accept' FROM labels WHERE name = ?",
            name,
        )
    scene.labels.remove("kick")
    assert scene.rows("SELECT count(*) FROM anchors") == [(2,)]
    assert scene.rows("SELECT count(*) FROM votes") == [(1,)]
    assert len(scene.labels.anchors("snare")) == 2


def test_an_anchor_again_takes_the_new_polarity_and_weight(scene: LabelScene) -> None:
    scene.labels.add("kick")
    assert scene.labels.add_anchors("kick", [1, 2]) == 2
    assert scene.labels.add_anchors("kick", [1]) == 0
    assert scene.labels.add_anchors("kick", [1], "negative", 0.5) == 1
    first, second = scene.labels.anchors("kick")
    assert (first.polarity, first.weight) == ("negative", 0.5)
    assert (second.polarity, second.weight) == ("positive", 1.0)


def test_anchors_are_named_by_id_path_or_pattern(scene: LabelScene) -> None:
    scene.labels.add("kick")
    scene.labels.add_anchors("kick", ["2", "0.wav", "[34].wav"])
    assert [anchor.sample_id for anchor in scene.labels.anchors("kick")] == [2, 1, 4, 5]
    assert scene.labels.remove_anchors("kick", ["0.wav", 4, 99]) == 2


@pytest.mark.parametrize("sound", [99, "nowhere.wav", "nothing/*"])
def test_sounds_that_are_not_there_make_no_anchor_at_all(
    scene: LabelScene, sound: int | str
) -> None:
    scene.labels.add("kick")
    with pytest.raises(UnknownSoundError):
        scene.labels.add_anchors("kick", [1, sound])
    assert scene.labels.anchors("kick") == []


@pytest.mark.parametrize("weight", [-0.1, 1.1])
def test_a_weight_lies_within_0_and_1(scene: LabelScene, weight: float) -> None:
    scene.labels.add("kick")
    with pytest.raises(LabelValueError, match="weight"):
        scene.labels.add_anchors("kick", [1], weight=weight)


def test_a_label_without_anchors_says_so(scene: LabelScene) -> None:
    scene.labels.add("kick")
    scene.labels.add_anchors("kick", [1], "negative")
    with pytest.raises(NoAnchorsError, match="no positive anchor"):
        scene.labels.matches("kick")


def test_an_anchor_whose_vector_or_sample_is_gone_says_so_and_does_not_score(
    scene: LabelScene,
) -> None:
    scene.label("kick", [1, 2, 3])
    before = scene.labels.matches("kick", 1)[0].score
    scene.rows("DELETE FROM embeddings WHERE sample_id = 1")
    scene.rows("DELETE FROM samples WHERE sample_id = 2")
    states = [anchor.state for anchor in scene.labels.anchors("kick")]
    assert states == ["no vector", "gone", "ok"]
    assert scene.labels.matches("kick", 1)[0].score > before
    scene.rows("DELETE FROM samples WHERE sample_id = 3")
    with pytest.raises(NoAnchorsError):
        scene.labels.matches("kick")


def test_a_changed_file_is_told(scene: LabelScene) -> None:
    scene.rows("UPDATE samples SET content_hash = 'old' WHERE sample_id = 1")
    scene.label("kick", [1])
    scene.rows("UPDATE samples SET content_hash = 'new' WHERE sample_id = 1")
    assert [anchor.state for anchor in scene.labels.anchors("kick")] == ["changed"]


def test_anchors_and_votes_find_their_sound_again(scene: LabelScene) -> None:
    scene.rows("UPDATE samples SET content_hash = 'c' || sample_id")
    scene.label("kick", [1, 2])
    scene.rows("INSERT INTO votes (label_id, sample_id, verdict) VALUES (1, 3, 'reject')")
    scene.rows("DELETE FROM samples WHERE sample_id IN (2, 3)")
    (new,) = add_samples(scene.file, scene.model, [one_window(at_angles(20)[0])])
    assert [anchor.state for anchor in scene.labels.anchors("kick")] == ["ok", "gone"]
    insert = (
        "INSERT INTO samples (source_id, path, content_hash, bytes, mtime_ns) "
        "VALUES (1, 'again' || ?, ?, 0, 0) RETURNING sample_id"
    )
    ((anchor_again,),) = scene.rows(insert, 1, "c2")
    ((vote_again,),) = scene.rows(insert, 2, "c3")
    assert new < anchor_again < vote_again
    assert [anchor.sample_id for anchor in scene.labels.anchors("kick")] == [1, anchor_again]
    assert scene.rows("SELECT sample_id FROM label_verdicts") == [(vote_again,)]
