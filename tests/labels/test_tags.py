"""Tags: whole runs or none, exact undo, conflicts, and hands off anchors."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sqlclap.errors import (
    LabelValueError,
    NoAnchorsError,
    QueryError,
    UnknownLabelError,
    UnknownRunError,
    UnknownSoundError,
)
from sqlclap.labels.tagging import TagRequest
from sqlclap.labels.votes import CastVote
from sqlclap.progress import NullProgress
from tests.labels.conftest import MakeScene
from tests.support.label_scene import LabelScene, at_angles

KILLED = 9
CRASH = """
import os, sys
import sqlclap
from sqlclap.progress import NullProgress
from sqlclap.labels.tagging import TagRequest

with sqlclap.open(sys.argv[1], mode="write") as library:
    written = []

    def die_at_the_tenth_row(*change):
        written.append(change)
        if len(written) == 10:
            os.kill(os.getpid(), 9)

    # SQLite calls this after each row that it writes: one run is written, the next one half.
    library.connection.set_update_hook(die_at_the_tenth_row)
    library.labels.tag(TagRequest(confidence="low"))
"""


@pytest.fixture
def scene(make_scene: MakeScene) -> LabelScene:
    scene = make_scene(at_angles(0, 5, 10, 45, 80, 85, 90))
    scene.label("a", [1], threshold=0.9, gap=0.0)
    scene.label("b", [7], threshold=0.9, gap=0.0)
    return scene


def tags(scene: LabelScene) -> list[tuple]:
    query = "SELECT label_id, sample_id, run_id FROM tags ORDER BY label_id, sample_id, run_id"
    return scene.rows(query)


def test_a_run_tags_what_is_confident_enough(scene: LabelScene) -> None:
    runs = scene.labels.tag(TagRequest())
    assert [(run.label, run.tagged, run.run_id) for run in runs] == [("a", 3, 1), ("b", 3, 2)]
    assert tags(scene) == [(1, 1, 1), (1, 2, 1), (1, 3, 1), (2, 5, 2), (2, 6, 2), (2, 7, 2)]
    (tag, *_) = scene.labels.tags("a")
    assert (tag.sample_id, tag.confidence, tag.run_id) == (1, "high", 1)
    assert tag.score == pytest.approx(1.0)
    assert tag.gap == pytest.approx(1.0)


def test_a_dry_run_writes_nothing_and_says_the_same(scene: LabelScene) -> None:
    dry = scene.labels.tag(TagRequest(dry_run=True))
    assert tags(scene) == []
    wet = scene.labels.tag(TagRequest())
    assert [(run.label, run.tagged) for run in dry] == [(run.label, run.tagged) for run in wet]
    assert [run.run_id for run in dry] == [None, None]


def test_undo_is_exact(scene: LabelScene) -> None:
    scene.labels.tag(TagRequest(labels=("a",)))
    before = scene.rows("SELECT * FROM tags")
    (again,) = scene.labels.tag(TagRequest(labels=("a",), confidence="low"))
    assert len(scene.labels.tags("a")) == 7
    assert again.run_id is not None
    assert scene.labels.untag(again.run_id) == 7
    assert scene.rows("SELECT * FROM tags") == before
    with pytest.raises(UnknownRunError, match="no run"):
        scene.labels.untag(again.run_id)
    assert [bool(run["undone_at"]) for run in scene.labels.runs()] == [False, True]


def test_rejected_pairs_are_not_tagged(scene: LabelScene) -> None:
    scene.labels.vote("a", [2], CastVote("reject"))
    scene.labels.tag(TagRequest(labels=("a",)))
    assert tags(scene) == [(1, 1, 1), (1, 3, 1)]


def test_tagging_touches_neither_anchors_nor_votes_nor_scores(scene: LabelScene) -> None:
    scene.labels.vote("a", [3], CastVote("accept"))
    kept = (
        "SELECT * FROM anchors",
        "SELECT * FROM votes",
        "SELECT * FROM labels",
        "SELECT * FROM label_scores",
    )
    before = [scene.rows(query) for query in kept]
    for _ in range(3):
        scene.labels.tag(TagRequest(confidence="low"))
    assert [scene.rows(query) for query in kept] == before


def test_conflicts_are_told_and_can_be_skipped(scene: LabelScene) -> None:
    scene.labels.tag(TagRequest(labels=("a",)))
    scene.labels.change("b", aggregation="max")
    scene.labels.add_anchors("b", [2], "positive")
    (run,) = scene.labels.tag(TagRequest(labels=("b",), confidence="medium", dry_run=True))
    told = {(conflict.sample_id, conflict.label, conflict.other) for conflict in run.conflicts}
    assert told
    assert {other for _, _, other in told} == {"a"}
    (skipping,) = scene.labels.tag(
        TagRequest(labels=("b",), confidence="medium", skip_conflicts=True)
    )
    assert skipping.tagged == run.tagged - len({sample_id for sample_id, _, _ in told})


def test_progress_is_told(scene: LabelScene) -> None:
    told: list[tuple[object, ...]] = []

    class Recorder(NullProgress):
        def started(self, stage: str, total: int) -> None:
            told.append((stage, total))

        def advanced(self, steps: int, seconds_of_sound: float = 0.0) -> None:
            told.append((steps,))

    scene.labels.tag(TagRequest(dry_run=True), Recorder())
    assert told == [("score", 7), (7,)]


def test_what_cannot_be_tagged_is_refused(scene: LabelScene) -> None:
    scene.labels.add("empty")
    with pytest.raises(NoAnchorsError):
        scene.labels.tag(TagRequest(labels=("a", "empty")))
    with pytest.raises(LabelValueError, match="confidence"):
        scene.labels.tag(TagRequest(confidence="certain"))  # type: ignore[arg-type]  # there is none
    assert scene.rows("SELECT * FROM tag_runs") == []


def test_tags_by_hand_are_a_run_that_is_undone_exactly(scene: LabelScene) -> None:
    scene.labels.tag(TagRequest(labels=("a",)))
    before = scene.rows("SELECT * FROM tags")
    run = scene.labels.tag_by_hand("a", [7, 2])
    assert (run.label, run.tagged, run.conflicts) == ("a", 2, [])
    told = {tag.sample_id: tag.confidence for tag in scene.labels.tags("a")}
    assert told == {1: "high", 2: "hand", 3: "high", 7: "hand"}
    scored = "SELECT count(score) FROM tags WHERE run_id = ?"
    assert scene.rows(scored, run.run_id) == [(2,)]
    assert scene.labels.runs()[-1]["confidence"] == "hand"
    assert run.run_id is not None
    assert scene.labels.untag(run.run_id) == 2
    assert scene.rows("SELECT * FROM tags") == before


def test_tags_by_hand_need_no_anchors_and_make_none(scene: LabelScene) -> None:
    before = scene.rows("SELECT * FROM anchors")
    with pytest.raises(UnknownLabelError):
        scene.labels.tag_by_hand("c", [1])
    scene.labels.tag_by_hand("c", [1], create=True)
    (tag,) = scene.labels.tags("c")
    assert (tag.score, tag.gap, tag.confidence) == (None, None, "hand")
    assert scene.rows("SELECT * FROM anchors") == before
    with pytest.raises(UnknownSoundError):
        scene.labels.tag_by_hand("d", [1, 99], create=True)
    assert [label.name for label in scene.labels.list()] == ["a", "b", "c"]


def test_a_removed_sample_takes_its_tags_along(scene: LabelScene) -> None:
    scene.labels.tag(TagRequest())
    scene.rows("DELETE FROM samples WHERE sample_id = 2")
    assert 2 not in {row[1] for row in tags(scene)}


def test_a_crash_between_rows_leaves_no_half_run(scene: LabelScene, tmp_path: Path) -> None:
    script = tmp_path / "crash.py"
    script.write_text(CRASH, encoding="utf-8")
    scene.file.close()
    done = subprocess.run([sys.executable, str(script), str(scene.file.path)], check=False)
    assert done.returncode == -KILLED
    import sqlclap

    with sqlclap.open(scene.file.path) as library:
        for query in ("SELECT count(*) FROM tags", "SELECT count(*) FROM tag_runs"):
            assert library.connection.execute(query).get == 0
        assert len(library.labels.tag(TagRequest())) == 2


def test_a_dry_run_lists_what_it_would_tag_lowest_margin_first(scene: LabelScene) -> None:
    scene.labels.tag(TagRequest(labels=("a",)))
    how = TagRequest(labels=("b",), confidence="low", dry_run=True, preview=100)
    (run,) = scene.labels.tag(how)
    assert len(run.preview) == run.tagged
    margins = [one.margin for one in run.preview]
    assert margins == sorted(margins)
    assert margins[0] < 0 < margins[-1]
    label = next(one for one in scene.labels.overview() if one["name"] == "b")
    for one in run.preview:
        assert one.gap is not None
        assert label.threshold is not None
        assert label.gap is not None
        assert one.margin == pytest.approx(min(one.score - label.threshold, one.gap - label.gap))
        assert (one.confidence == "high") == (one.margin >= 0)
    assert {one.sample_id for one in run.preview if one.others} == {
        conflict.sample_id for conflict in run.conflicts
    }
    (fewer,) = scene.labels.tag(TagRequest(("b",), "low", dry_run=True, preview=2))
    assert [one.sample_id for one in fewer.preview] == [one.sample_id for one in run.preview[:2]]
    with pytest.raises(QueryError, match="dry run"):
        TagRequest(labels=("b",), preview=2)
    with pytest.raises(QueryError, match="preview of 0 to"):
        TagRequest(dry_run=True, preview=-1)
