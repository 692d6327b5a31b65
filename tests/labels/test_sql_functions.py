"""The label functions: on apsw and on pysqlite3, equal to Python and to the views."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import apsw
import pysqlite3
import pytest

from sqlclap.errors import UnknownLabelError
from sqlclap.labels.votes import CastVote
from sqlclap.records import record, records
from sqlclap.sqlfunctions.adapters import register_functions
from tests.labels.conftest import MakeScene
from tests.support.label_scene import LabelScene
from tests.support.vector_library import unit_vectors

CLOSE = 2e-6


@pytest.fixture
def scene(make_scene: MakeScene) -> LabelScene:
    scene = make_scene(unit_vectors(80, 8))
    scene.label("mean", [1, 2, 3, 4], [5], threshold=0.4, gap=0.0)
    scene.label("max", [6, 7], aggregation="max", threshold=0.4)
    scene.labels.add("empty")
    scene.rows("DELETE FROM embeddings WHERE sample_id = 80")
    return scene


@pytest.fixture(params=["apsw", "pysqlite3"])
def host(request: pytest.FixtureRequest, scene: LabelScene) -> Iterator[Any]:
    """A connection of another program, with sqlclap's functions."""
    path = str(scene.file.path)
    connection = apsw.Connection(path) if request.param == "apsw" else pysqlite3.connect(path)
    register_functions(connection)
    yield connection
    connection.close()


def test_scores_are_those_of_the_view(scene: LabelScene, host: Any) -> None:
    query = (
        "SELECT sample_id, clap_score(?1, sample_id), clap_gap(?1, sample_id), "
        "clap_confidence(?1, sample_id) FROM samples"
    )
    for label in ("mean", "max"):
        view = scene.view_scores(label)
        for sample_id, score, gap, confidence in host.execute(query, (label,)).fetchall():
            if sample_id == 80:
                assert (score, gap, confidence) == (None, None, None)
                continue
            assert score == pytest.approx(view[sample_id][0], abs=CLOSE)
            assert gap == pytest.approx(view[sample_id][2], abs=CLOSE)
            assert confidence == view[sample_id][3]


def test_matches_are_those_of_python(scene: LabelScene, host: Any) -> None:
    expected = records(scene.labels.matches("mean", 12), remote=True)
    assert json.loads(host.execute("SELECT clap_matches('mean', 12)").fetchone()[0]) == expected
    options = json.dumps({"confidence": "high", "with_anchors": True})
    found = json.loads(host.execute("SELECT clap_matches('mean', 12, ?)", (options,)).fetchone()[0])
    wanted = scene.labels.matches("mean", 12, confidence="high", with_anchors=True)
    assert [one["sample_id"] for one in found] == [match.sample_id for match in wanted]


def test_matches_as_a_table(scene: LabelScene) -> None:
    register_functions(scene.file.connection)
    rows = scene.rows("SELECT sample_id, rank, path FROM clap_label_matches('mean', 5)")
    matches = scene.labels.matches("mean", 5)
    assert rows == [(match.sample_id, match.rank, match.path) for match in matches]


def test_new_anchors_count_at_once(scene: LabelScene, host: Any) -> None:
    query = "SELECT clap_score('max', 20)"
    (before,) = host.execute(query).fetchone()
    scene.labels.add_anchors("max", [20])
    (after,) = host.execute(query).fetchone()
    assert before < after == pytest.approx(1.0)


def test_own_uncommitted_anchors_count_and_go_with_a_rollback(host: Any) -> None:
    query = "SELECT clap_score('max', 20)"
    (before,) = host.execute(query).fetchone()
    host.execute("BEGIN")
    host.execute("INSERT INTO anchors (label_id, sample_id) VALUES (2, 20)")
    assert host.execute(query).fetchone()[0] == pytest.approx(1.0)
    host.execute("ROLLBACK")
    assert host.execute(query).fetchone()[0] == pytest.approx(before)


def test_scores_can_be_stored_by_one_statement(scene: LabelScene, host: Any) -> None:
    host.execute("CREATE TEMP TABLE kept AS SELECT 1 AS sample_id, 0.5 AS score WHERE 0")
    host.execute("INSERT INTO kept SELECT sample_id, clap_score('mean', sample_id) FROM samples")
    kept = dict(host.execute("SELECT sample_id, score FROM kept").fetchall())
    view = scene.view_scores("mean")
    assert kept[9] == pytest.approx(view[9][0], abs=CLOSE)
    assert len(kept) == 80


def test_any_order_of_rows_gives_the_same(scene: LabelScene, host: Any) -> None:
    forward = "SELECT sample_id, clap_score('mean', sample_id) FROM samples ORDER BY sample_id"
    mixed = (
        "SELECT sample_id, clap_score('mean', sample_id) FROM "
        "(SELECT sample_id FROM samples ORDER BY (sample_id * 7919) % 83 LIMIT -1)"
    )
    first = dict(host.execute(forward).fetchall())
    host.execute("CREATE TEMP TABLE change AS SELECT 1 AS one")  # starts anew
    second = dict(host.execute(mixed).fetchall())
    assert {key: value for key, value in first.items() if value is not None} == pytest.approx(
        {key: value for key, value in second.items() if value is not None}, abs=CLOSE
    )


def test_nothing_to_score_gives_null(host: Any) -> None:
    for call in (
        "clap_score('empty', 1)",
        "clap_score('mean', NULL)",
        "clap_score(NULL, 1)",
        "clap_gap('mean', 12345)",
        "clap_confidence('mean', -1)",
    ):
        assert host.execute(f"SELECT {call}").fetchone() == (None,)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ("clap_score('nothing', 1)", "no label 'nothing'"),
        ("clap_score('mean', 'one')", "expected sample_id to be an integer, got the text 'one'"),
        ("clap_score(7, 1)", "no label '7'"),
        ("clap_matches('mean', 0)", "expected k to be an integer of at least 1"),
        ("clap_matches('empty', 5)", "no positive anchor"),
        ("clap_matches('mean', 5, '{\"loud\": 1}')", "expected options among confidence"),
        ("clap_matches('mean', 5, '{\"confidence\": \"sure\"}')", "expected a confidence of"),
        ("clap_matches('mean', 5, '{\"exact\": \"no\"}')", "expected exact to be true or false"),
        ("clap_matches('mean', 5, '{\"exact\": 1, \"exact\": 0}')", "each option once"),
        ('clap_neighbors(clap_vector(1), 5, \'{"lable": "mean"}\')', "got lable"),
        ('clap_neighbors(clap_vector(1), 5, \'{"label": "nothing"}\')', "no label 'nothing'"),
        (
            'clap_neighbors(clap_vector(1), 5, \'{"folder": "no"}\')',
            "no sound of the library lies below",
        ),
        ("clap_neighbors(clap_vector(1), 5, '{\"exact\": 2}')", "exact to be true or false"),
        (
            "clap_neighbors(clap_vector(1), 5, '{\"min_length\": true}')",
            "min_length to be a number",
        ),
        (
            'clap_neighbors(clap_vector(1), 5, \'{"min_length": 2, "max_length": 1}\')',
            "min_length is above max_length",
        ),
    ],
)
def test_wrong_arguments_say_what_was_expected(scene: LabelScene, call: str, says: str) -> None:
    register_functions(scene.file.connection)
    with pytest.raises(Exception, match=says):
        scene.rows(f"SELECT {call}")


def test_rivals_are_those_of_python(scene: LabelScene, host: Any) -> None:
    for label in ("mean", "max"):
        told = json.loads(host.execute("SELECT clap_rivals(?)", (label,)).fetchone()[0])
        assert told == record(scene.labels.rivals(label))
        assert told["suggested"]
    assert host.execute("SELECT clap_rivals('empty'), clap_rivals(NULL)").fetchone() == (None, None)


def test_precision_is_that_of_python(scene: LabelScene, host: Any) -> None:
    best = [match.sample_id for match in scene.labels.matches("max", 5)]
    scene.labels.vote("max", best[:4], CastVote("accept"))
    scene.labels.vote("max", best[4:], CastVote("reject"))
    for confidence in ("high", "medium", "low"):
        query = "SELECT clap_precision('max', ?)"
        told = json.loads(host.execute(query, (confidence,)).fetchone()[0])
        assert told == record(scene.labels.precision("max", confidence))
    assert told["precision"] == pytest.approx(0.8, abs=0.01)
    assert host.execute("SELECT clap_precision('max') = clap_precision('max', 'high')").fetchone()[
        0
    ]
    assert host.execute("SELECT clap_precision('empty')").fetchone() == (None,)


def test_rivals_as_rows(scene: LabelScene) -> None:
    connection = apsw.Connection(str(scene.file.path))
    register_functions(connection)
    report = scene.labels.rivals("mean")
    rows: list[Any] = connection.execute(
        "SELECT role, kind, name, sample_id, matches, score, sample_ids "
        "FROM clap_label_rivals('mean')"
    ).fetchall()
    held = [row for row in rows if row[0] == "holds back"]
    suggested = [row for row in rows if row[0] == "suggested"]
    assert [row[3:5] for row in held] == [(one.sample_id, one.matches) for one in report.held_back]
    assert [row[2] for row in held] == [one.label or one.path for one in report.held_back]
    assert [(row[1], row[2], row[5], json.loads(row[6])) for row in suggested] == [
        (one.kind, one.name, one.score, one.sample_ids) for one in report.suggested
    ]
    assert held
    assert suggested
    assert connection.execute("SELECT * FROM clap_label_rivals('empty')").fetchall() == []
    with pytest.raises(UnknownLabelError):
        connection.execute("SELECT * FROM clap_label_rivals('nobody')").fetchall()
