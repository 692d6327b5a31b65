"""A label's moments: scored as sounds are, merged into events, the same by index and by scan."""

from __future__ import annotations

import dataclasses
import json
import math
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlclap.db.spans import Span, speaks_for
from sqlclap.db.statements import write_transaction
from sqlclap.errors import QueryError
from sqlclap.labels import moments, ranking
from sqlclap.labels.match_request import MatchRequest
from sqlclap.labels.moments import LabelEvent
from sqlclap.labels.scorer_cache import scorer_of
from sqlclap.records import records
from sqlclap.search.events import MatchedWindows, find_events
from sqlclap.search.request import Filter
from tests.cli.running import rows_of, succeed
from tests.labels.conftest import MakeScene
from tests.support.indexed_library import build, walk_everywhere
from tests.support.label_scene import LabelScene, at_angles
from tests.support.vector_library import add_samples, one_window, unit_vectors, windows_of


def events_of(scene: LabelScene, label: str, n: int = 20, **how: Any) -> list[LabelEvent]:
    return cast("list[LabelEvent]", scene.labels.matches(label, n, moments=True, **how))


def spans(events: list[LabelEvent]) -> list[tuple[int, float, float, float, int]]:
    return [(e.sample_id, e.start_s, e.end_s, e.peak_s, e.windows) for e in events]


@pytest.fixture
def scene(make_scene: MakeScene) -> LabelScene:
    """Anchors 1 (at 0 degrees) and 2 (its rival, at 90); a long sound 3, and a short one 4."""
    scene = make_scene(at_angles(0, 90))
    angles = at_angles(70, 20, 10, 30, 80, 80, 25, 90)
    add_samples(scene.file, scene.model, [windows_of(angles), one_window(at_angles(15)[0])])
    scene.label("call", [1], threshold=0.9, gap=0.2)
    scene.label("wind", [2])
    return scene


def test_windows_that_follow_each_other_are_one_event(scene: LabelScene) -> None:
    events = events_of(scene, "call")
    assert spans(events) == [(3, 1, 4, 2.5, 3), (4, 0, 1, 0.5, 1), (3, 6, 7, 6.5, 1)]
    best = events[0]
    cosines = [math.cos(math.radians(10)), math.cos(math.radians(80))]
    assert (best.score, best.rival) == pytest.approx(cosines, abs=1e-6)
    assert (best.rank, best.confidence, best.held_back_by) == (1, "high", None)
    assert (best.rival_label, best.path) == ("wind", "2.wav")


def test_how_far_apart_and_how_long(scene: LabelScene) -> None:
    assert spans(events_of(scene, "call", merge_gap=2.0))[0] == (3, 1, 7, 2.5, 4)
    assert spans(events_of(scene, "call", merge_gap=1.9))[0] == (3, 1, 4, 2.5, 3)
    assert spans(events_of(scene, "call", min_event=2.0)) == [(3, 1, 4, 2.5, 3)]


def test_confidence_decides_which_windows_count(scene: LabelScene) -> None:
    assert spans(events_of(scene, "call", confidence="high"))[0] == (3, 1, 3, 2.5, 2)
    assert spans(events_of(scene, "wind")) == [
        (3, 7, 8, 7.5, 1),
        (3, 4, 6, 4.5, 2),
        (3, 0, 1, 0.5, 1),
    ]


def test_low_confidence_takes_in_windows_whose_rival_is_better(scene: LabelScene) -> None:
    scene.label("near", [4])
    assert events_of(scene, "call") == []
    assert spans(events_of(scene, "call", confidence="low"))[0][:3] == (3, 1.0, 4.0)


def test_each_window_by_itself(scene: LabelScene) -> None:
    windows = events_of(scene, "call", windows=True)
    assert len(windows) == 10
    assert {e.windows for e in windows} == {1}
    assert [(e.sample_id, e.start_s) for e in windows[:4]] == [(3, 2), (4, 0), (3, 1), (3, 6)]
    assert events_of(scene, "call", 3, windows=True) == windows[:3]
    high = events_of(scene, "call", windows=True, confidence="high")
    assert high == [one for one in windows if one.confidence == "high"]


def test_anchors_and_rejected_sounds_have_no_moments(scene: LabelScene) -> None:
    with_anchors = events_of(scene, "call", with_anchors=True)
    assert (1, 0, 1, 0.5, 1) in spans(with_anchors)
    scene.rows("INSERT INTO votes (label_id, sample_id, verdict) VALUES (1, 3, 'reject')")
    assert spans(events_of(scene, "call")) == [(4, 0, 1, 0.5, 1)]


def test_filters_are_those_of_searches(scene: LabelScene) -> None:
    only_long = Filter(where="sample_id = :id", params={"id": 3})
    assert {e.sample_id for e in events_of(scene, "call", only=only_long)} == {3}
    assert {m.sample_id for m in scene.labels.matches("call", only=only_long)} == {3}
    nothing = scene.labels.matches("call", moments=True, only=Filter(where="sample_id > 99"))
    assert (list(nothing), nothing.plan.allowed) == ([], 0)
    assert nothing.plan.note == "the filter lets no sound through"


@pytest.mark.parametrize(
    "how", [{"windows": True}, {"merge_gap": 1.0}, {"min_event": 1.0}, {"merge_gap": math.nan}]
)
def test_options_of_events_are_for_moments(scene: LabelScene, how: dict[str, Any]) -> None:
    with pytest.raises(QueryError):
        scene.labels.matches("call", **how)


def test_a_window_is_scored_as_a_sound_of_its_vector(make_scene: MakeScene) -> None:
    vectors = unit_vectors(60, 8, seed=4)
    anchors = unit_vectors(8, 8, seed=5)
    as_sounds, as_windows = make_scene(anchors), make_scene(anchors)
    add_samples(as_sounds.file, as_sounds.model, [one_window(one) for one in vectors])
    long = [windows_of(one) for one in vectors.reshape(6, 10, 8)]
    add_samples(as_windows.file, as_windows.model, long)
    for scene in (as_sounds, as_windows):
        scene.label("a", [1, 2, 3], [4], threshold=0.4, gap=0.05)
        scene.label("b", [5, 6], aggregation="max")
    sounds = {m.sample_id - 9: m for m in as_sounds.labels.matches("a", 99)}
    numbers = ("score", "rival", "gap")
    words = ("confidence", "held_back_by", "rival_label", "rival_sample_id")
    windows = [
        e for e in events_of(as_windows, "a", 99, windows=True) if e.sample_id > len(anchors)
    ]
    assert len(windows) == len(vectors)
    for window in windows:
        place = 10 * (window.sample_id - 9) + int(window.start_s)
        sound = sounds[place]
        assert [getattr(window, name) for name in words] == [getattr(sound, n) for n in words]
        expected = [getattr(sound, name) for name in numbers]
        # A sound's own vector is its window's, scaled to length 1 once more.
        assert [getattr(window, name) for name in numbers] == pytest.approx(expected, abs=1e-6)


# By index.

DIM, LONG, WINDOWS, SHORT = 12, 20, 15, 40


def recordings(count: int, seed: int) -> np.ndarray:
    """Return windows of recordings that change slowly among a few kinds of sound."""
    rng = np.random.default_rng(seed)
    kinds = unit_vectors(6, DIM, seed=1)
    stays = rng.random((count, WINDOWS)) < 0.6
    which = rng.integers(6, size=(count, WINDOWS))
    for at in range(1, WINDOWS):
        which[:, at] = np.where(stays[:, at], which[:, at - 1], which[:, at])
    noisy = kinds[which] + 0.18 * rng.standard_normal((count, WINDOWS, DIM))
    return (noisy / np.linalg.norm(noisy, axis=2, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Long and short sounds, two labels, and an index whose walks find all."""
    path = tmp_path_factory.mktemp("moments") / "scene.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(moments, "FIRST_DEPTH", 2)
        patch.setattr(ranking, "WINDOW_POOLS", (12, 48, 400))
        walk_everywhere(patch)
        scene = LabelScene(path, recordings(SHORT, 3)[:, 0])
        add_samples(scene.file, scene.model, [windows_of(one) for one in recordings(LONG, 2)])
        anchors = [one_window(one) for one in unit_vectors(6, DIM, seed=1)]
        first = add_samples(scene.file, scene.model, anchors)
        scene.label("one", [first[0], first[1]], [first[2]], top_k=1, threshold=0.8, gap=0.05)
        scene.label("two", [first[3], 2, 3], top_k=2, threshold=0.6, gap=0.02)
        build(scene.file)
        scene.file.close()
        yield path


@contextmanager
def copy_of(original: Path) -> Iterator[LabelScene]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(shutil.copyfile(original, Path(folder) / "scene.db"))
        shutil.copytree(f"{original}-hnsw", f"{path}-hnsw")
        scene = LabelScene(path, np.empty((0, DIM), np.float32))
        try:
            yield scene
        finally:
            scene.file.close()


def change(scene: LabelScene, operation: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    if operation == "add":
        add_samples(scene.file, scene.model, [windows_of(one) for one in recordings(3, seed)])
        add_samples(scene.file, scene.model, [one_window(one[0]) for one in recordings(3, seed)])
    elif operation == "build":
        build(scene.file)
    with write_transaction(scene.file.connection) as connection:
        ids = [row[0] for row in connection.execute("SELECT sample_id FROM samples")]
        some = (int(rng.choice(ids)),)
        if operation == "delete":
            connection.execute("DELETE FROM samples WHERE sample_id = ?", some)
        elif operation == "lose windows":
            connection.execute(
                "DELETE FROM embeddings WHERE sample_id = ? AND window_index IS NOT NULL", some
            )
        elif operation == "lose a window":
            connection.execute(
                "DELETE FROM embeddings WHERE sample_id = ? AND window_index = 3", some
            )
        elif operation == "reject":
            vote = "INSERT INTO votes (label_id, sample_id, verdict) VALUES (1, ?, 'reject')"
            connection.execute(vote, some)
        elif operation in ("reject a span", "anchor a span"):
            start = float(rng.integers(0, 2 * WINDOWS)) / 2
            span = (*some, start, start + float(rng.choice([0.5, 1.0, 3.5])))
            statement = REJECT_SPAN if operation == "reject a span" else ANCHOR_SPAN
            connection.execute(statement, span)


REJECT_SPAN = """
    INSERT INTO votes (label_id, sample_id, verdict, start_s, end_s) VALUES (1, ?, 'reject', ?, ?)
"""
ANCHOR_SPAN = """
    INSERT OR IGNORE INTO anchors (label_id, sample_id, start_s, end_s) VALUES (2, ?, ?, ?)
"""
SPOKEN_FOR = """
    SELECT sample_id, start_s, end_s FROM votes WHERE start_s IS NOT NULL AND label_id = ?1
    UNION
    SELECT sample_id, start_s, end_s FROM anchors
    WHERE start_s IS NOT NULL AND label_id = ?1 AND ?2
"""
OPERATIONS = (
    "reject a span",
    "anchor a span",
    "add",
    "build",
    "delete",
    "lose windows",
    "lose a window",
    "reject",
)
requests = st.fixed_dictionaries(
    {
        "limit": st.integers(1, 30),
        "windows": st.booleans(),
        "confidence": st.sampled_from([None, "low", "medium", "high"]),
        "merge_gap": st.sampled_from([0.0, 1.0, 2.5]),
        "min_event": st.sampled_from([0.0, 2.0]),
        "with_anchors": st.booleans(),
        "only": st.sampled_from(
            [Filter(), Filter(where="sample_id % 2"), Filter(where="sample_id % 9 = 1")]
        ),
    }
)


@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(OPERATIONS), st.integers(0, 999)), max_size=5),
    st.lists(requests, min_size=4, max_size=4),
)
def test_the_index_gives_what_scoring_everything_gives(
    original: Path, operations: list[tuple[str, int]], asked: list[dict[str, Any]]
) -> None:
    with copy_of(original) as scene:
        for operation, seed in operations:
            change(scene, operation, seed)
        for label, how in product(("one", "two"), asked):
            request = MatchRequest(label, moments=True, **how)
            exact = found(scene, dataclasses.replace(request, exact=True))
            assert found(scene, request) == exact, how
            assert exact == reference(scene, request), how


def found(scene: LabelScene, request: MatchRequest) -> list[tuple[Any, ...]]:
    matches = moments.label_matches(scene.session, request)
    return [
        (e.sample_id, e.start_s, e.end_s, e.peak_s, e.windows, e.score, e.gap, e.confidence)
        for e in cast("list[LabelEvent]", matches)
    ]


MOMENTS = """
    SELECT e.embedding_id, e.sample_id, e.start_s, e.end_s, v.vector
    FROM embeddings AS e JOIN vec_1 AS v USING (embedding_id)
    WHERE (e.window_index IS NOT NULL OR NOT EXISTS (
        SELECT 1 FROM embeddings AS w
        WHERE w.sample_id = e.sample_id AND w.window_index IS NOT NULL
    )) AND e.sample_id IN (SELECT sample_id FROM samples WHERE {})
    ORDER BY e.embedding_id
"""


def reference(scene: LabelScene, request: MatchRequest) -> list[tuple[Any, ...]]:
    """Score everything that SQL calls a moment, and merge what counts."""
    rows = scene.rows(MOMENTS.format(request.only.where or "1"))
    scorer = scorer_of(scene.session)
    at = scorer.position(request.label)
    out = set(scorer.left_out(scene.file.connection, at, request.with_anchors).tolist())
    spoken = scene.rows(SPOKEN_FOR, at + 1, not request.with_anchors)
    rows = [
        row
        for row in rows
        if row[1] not in out
        and not any(row[1] == s and speaks_for(Span(*span), Span(*row[2:4])) for s, *span in spoken)
    ]
    if not rows:
        return []
    vectors = np.stack([np.frombuffer(row[4], dtype="<f4") for row in rows])
    scores = scorer.score(vectors)
    levels, score = scorer.levels(scores, at), scores.score[:, at]
    order = sorted(range(len(rows)), key=lambda n: (-levels[n], -score[n], rows[n][1], rows[n][0]))
    floor = 0.85 * scorer.labels[at].threshold if request.are_events else -2
    order = [n for n in order if levels[n] >= request.lowest_level and score[n] >= floor]
    columns = [np.array([rows[n][k] for n in order]) for k in (1, 2, 3)]
    windows = MatchedWindows(columns[0].astype(np.int64), columns[1], columns[2])
    merged = [
        (e.start_s, e.end_s, e.peak, len(e.windows)) for e in find_events(windows, request.rule)
    ]
    if request.windows:
        merged = [(rows[n][2], rows[n][3], at, 1) for at, n in enumerate(order)]
    names = ("low", "medium", "high")
    return [
        (
            rows[order[peak]][1],
            start,
            end,
            (rows[order[peak]][2] + rows[order[peak]][3]) / 2,
            count,
            score[order[peak]],
            None if math.isnan(scores.gap[order[peak], at]) else scores.gap[order[peak], at],
            names[levels[order[peak]]],
        )
        for start, end, peak, count in merged[: request.limit]
    ]


def test_the_index_is_taken_and_told(original: Path) -> None:
    with copy_of(original) as scene:
        plan = scene.labels.matches("one", 3, moments=True).plan
        assert (plan.path, plan.indexed) == ("graph", LONG * WINDOWS)
        assert 0 < plan.ranked < LONG * WINDOWS
        exact = scene.labels.matches("one", 3, moments=True, exact=True).plan
        assert (exact.path, exact.reason) == ("exact", "asked for")


def test_every_surface_gives_the_same_events(scene: LabelScene) -> None:
    from sqlclap.sqlfunctions.adapters import register_functions
    from sqlclap.sqlfunctions.label_scalars import EVENT_COLUMNS

    names = [one.name for one in dataclasses.fields(LabelEvent)]
    assert tuple(names[-4:]) == EVENT_COLUMNS
    register_functions(scene.file.connection)
    options = json.dumps({"moments": True, "merge_gap": 2, "where": "sample_id > 2"})
    events = events_of(scene, "call", merge_gap=2.0, only=Filter(where="sample_id > 2"))
    assert len(events) == 2
    told = json.loads(scene.rows("SELECT clap_matches('call', 9, ?)", options)[0][0])
    assert told == records(events, remote=True)
    table = (
        "SELECT sample_id, score, start_s, end_s, peak_s, windows FROM clap_label_matches(?, 9, ?)"
    )
    assert scene.rows(table, "call", options) == [
        (e.sample_id, e.score, e.start_s, e.end_s, e.peak_s, e.windows) for e in events
    ]
    assert scene.rows("SELECT max(start_s) FROM clap_label_matches('call')") == [(None,)]
    shown = rows_of("matches", scene.file.path, "call", "--moments", "--merge-gap", "2",
                    "--where", "sample_id > :n", "-p", "n", "2")  # fmt: skip
    assert shown == records(events)
    line = succeed("matches", scene.file.path, "call", "--moments").splitlines()[2]
    assert "0:01.0-0:04.0" in line
    assert "0:02.5" in line
