"""Tag runs on events: spans with start and end, undone run by run; feedback on spans counts."""

from __future__ import annotations

from typing import cast

import pytest

import sqlclap
from sqlclap.db.spans import SampleSpan, Span
from sqlclap.db.statements import write_transaction
from sqlclap.errors import QueryError
from sqlclap.labels.moments import LabelEvent
from sqlclap.labels.scorer_cache import scorer_of
from sqlclap.labels.tagging import tag_by_hand
from tests.cli.running import fail, rows_of, succeed
from tests.labels.conftest import MakeScene
from tests.support.label_scene import LabelScene, at_angles
from tests.support.vector_library import add_samples, one_window, windows_of

TAGS = "SELECT sample_id, start_s, end_s, run_id, confidence FROM tags ORDER BY rowid"


@pytest.fixture
def scene(make_scene: MakeScene) -> LabelScene:
    """Anchors 1 (at 0 degrees) and 2 (its rival, at 90); a long sound 3, and a short one 4."""
    scene = make_scene(at_angles(0, 90))
    angles = at_angles(70, 20, 10, 15, 80, 80, 22, 90)
    add_samples(scene.file, scene.model, [windows_of(angles), one_window(at_angles(12)[0])])
    scene.rows("UPDATE samples SET duration_s = 8 WHERE sample_id = 3")
    scene.label("call", [1], threshold=0.9, gap=0.2)
    scene.label("wind", [2], threshold=0.9, gap=0.2)
    return scene


def run(scene: LabelScene, **how: object) -> sqlclap.TagRequest:
    return sqlclap.TagRequest(("call",), moments=True, **how)  # type: ignore[arg-type]


def events(scene: LabelScene, label: str = "call") -> list[tuple[int, float, float]]:
    found = cast("list[LabelEvent]", scene.labels.matches(label, moments=True))
    return [(one.sample_id, one.start_s, one.end_s) for one in found]


def reject(scene: LabelScene, sample_id: int, start_s: float | None, end_s: float | None) -> None:
    vote = """
        INSERT INTO votes (label_id, sample_id, verdict, start_s, end_s)
        VALUES (1, ?, 'reject', ?, ?)
    """
    scene.rows(vote, sample_id, start_s, end_s)


def test_events_are_tagged_with_start_and_end_and_taken_back(scene: LabelScene) -> None:
    anchors = scene.rows("SELECT * FROM anchors")
    (tagged,) = scene.labels.tag(run(scene))
    assert (tagged.label, tagged.tagged) == ("call", 4)
    assert scene.rows(TAGS) == [
        (1, 0, 1, 1, "high"), (3, 1, 4, 1, "high"), (4, 0, 1, 1, "high"), (3, 6, 7, 1, "high"),
    ]  # fmt: skip
    by_matches = scene.labels.matches("call", moments=True, with_anchors=True, confidence="high")
    scores = scene.rows("SELECT score, gap FROM tags ORDER BY rowid")
    assert scores == [(one.score, one.gap) for one in by_matches]
    assert scene.labels.tags("call")[1].start_s == 1
    scene.labels.tag(run(scene, merge_gap=2.0, min_event=2.0))
    assert [row[:4] for row in scene.rows(TAGS)][4:] == [(3, 1, 7, 2)]
    assert scene.labels.untag(1) == 4
    assert [row[3] for row in scene.rows(TAGS)] == [2]
    assert scene.rows("SELECT * FROM anchors") == anchors


def test_a_dry_run_tells_and_writes_nothing(scene: LabelScene) -> None:
    (told,) = scene.labels.tag(run(scene, dry_run=True, confidence="medium"))
    assert (told.run_id, told.tagged) == (None, 4)
    assert scene.rows(TAGS) == []


def test_conflicts_are_left_out_if_asked_for(scene: LabelScene) -> None:
    with write_transaction(scene.file.connection) as connection:
        places = [SampleSpan(3, Span(1.5, 3.5)), SampleSpan(4)]
        label = scene.labels.get("wind")
        tag_by_hand(connection, label, places, scorer_of(scene.session))
    (told,) = scene.labels.tag(run(scene, skip_conflicts=True))
    (conflict,) = told.conflicts  # a tag on a whole sound says nothing of its events
    assert (conflict.sample_id, conflict.start_s, conflict.end_s) == (3, 1.0, 4.0)
    assert (conflict.label, conflict.other, conflict.path) == ("call", "wind", "2.wav")
    kept = scene.rows("SELECT sample_id, start_s FROM tags WHERE confidence = 'high'")
    assert sorted(kept) == [(1, 0.0), (3, 6.0), (4, 0.0)]


def test_rejected_spans_and_sounds_have_no_events(scene: LabelScene) -> None:
    reject(scene, 3, 2.0, 3.0)
    reject(scene, 4, None, None)
    assert events(scene) == [(3, 3.0, 4.0), (3, 1.0, 2.0), (3, 6.0, 7.0)]
    assert scene.labels.tag(run(scene))[0].tagged == 4  # those, and the anchor's
    # Half of the shorter one is enough; less is not.
    reject(scene, 3, 6.6, 8.0)
    assert (3, 6.0, 7.0) in events(scene)
    reject(scene, 3, 6.4, 8.0)
    assert (3, 6.0, 7.0) not in events(scene)


def test_anchors_that_are_spans_are_left_out_as_whole_ones_are(scene: LabelScene) -> None:
    anchor = "INSERT INTO anchors (label_id, sample_id, start_s, end_s) VALUES (1, 3, 6.0, 7.0)"
    scene.rows(anchor)
    assert events(scene) == [(3, 1.0, 4.0), (4, 0.0, 1.0)]
    with_anchors = scene.labels.matches("call", moments=True, with_anchors=True)
    assert (3, 6.0) in {(e.sample_id, e.start_s) for e in cast("list[LabelEvent]", with_anchors)}


def test_the_command_line_tags_events(scene: LabelScene) -> None:
    file = str(scene.file.path)
    told = succeed("tag", file, "call", "--moments", "--merge-gap", "2", "--dry-run")
    assert told.startswith("call: 3 events would be tagged")
    assert rows_of("tag", file, "call", "--moments")[0]["tagged"] == 4
    tags = rows_of("tags", file)
    assert [(row["start_s"], row["end_s"]) for row in tags if row["sample_id"] == 3] == [
        (1.0, 4.0), (6.0, 7.0),
    ]  # fmt: skip
    assert "are of moments: ask for moments" in fail("tag", file, "call", "--merge-gap", "1")


def test_options_of_events_are_checked() -> None:
    with pytest.raises(QueryError, match="expected a min_event of at least 0 seconds, got -1"):
        sqlclap.TagRequest(("call",), moments=True, min_event=-1.0)
