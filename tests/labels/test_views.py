"""The views follow the default model, and heal when an older program left them behind."""

from __future__ import annotations

from pathlib import Path

import pysqlite3
import pytest
import sqlite_vec

import sqlclap
from sqlclap.db.statements import write_transaction
from sqlclap.db.stored_models import StoredModel, make_default, register_model
from sqlclap.db.vectors import replace_vectors
from tests.labels.conftest import MakeScene
from tests.support.label_scene import LabelScene, at_angles
from tests.support.vector_library import one_window, unit_vectors

VIEWS = {"label_matches", "label_scores", "label_settings", "label_verdicts"}


def views(scene: LabelScene) -> set[str]:
    return {row[0] for row in scene.rows("SELECT name FROM sqlite_schema WHERE type = 'view'")}


@pytest.fixture
def scene(make_scene: MakeScene) -> LabelScene:
    scene = make_scene(at_angles(0, 30, 60))
    scene.label("a", [1])
    scene.label("b", [3])
    return scene


def test_an_empty_library_has_the_views_that_need_no_vectors(tmp_path: Path) -> None:
    with sqlclap.open(tmp_path / "empty.db") as library:
        found = library.connection.execute("SELECT name FROM sqlite_schema WHERE type = 'view'")
        assert {row[0] for row in found} >= {"label_settings", "label_verdicts"}


def test_another_default_model_makes_the_views_anew(scene: LabelScene) -> None:
    assert views(scene) >= VIEWS
    before = scene.view_scores("a")
    with write_transaction(scene.file.connection) as connection:
        other = register_model(connection, StoredModel(0, "other", "1" * 16, 3, "{}"))
        for sample_id, vector in enumerate(unit_vectors(3, 3, seed=9), start=1):
            replace_vectors(connection, other, sample_id, one_window(vector))
    assert scene.view_scores("a") == before
    with write_transaction(scene.file.connection) as connection:
        make_default(connection, other.model_id)
    after = scene.view_scores("a")
    assert after[2] != before[2]
    assert after[1][0] == pytest.approx(1.0, abs=1e-6)


def test_a_change_that_is_rolled_back_leaves_the_views(scene: LabelScene) -> None:
    before = scene.rows("SELECT name, sql FROM sqlite_schema WHERE type = 'view'")
    connection = scene.file.connection
    connection.execute("BEGIN IMMEDIATE")
    other = register_model(connection, StoredModel(0, "other", "1" * 16, 3, "{}"))
    make_default(connection, other.model_id)
    assert scene.rows("SELECT name, sql FROM sqlite_schema WHERE type = 'view'") != before
    connection.execute("ROLLBACK")
    assert scene.rows("SELECT name, sql FROM sqlite_schema WHERE type = 'view'") == before


def test_missing_and_old_views_are_made_when_the_library_is_opened(scene: LabelScene) -> None:
    expected = scene.view_scores("a")
    scene.rows("DROP VIEW label_scores")
    scene.rows("DROP VIEW label_settings")
    scene.rows("CREATE VIEW label_settings AS SELECT 1 AS old")
    scene.file.close()
    with sqlclap.open(scene.file.path, mode="write") as library:
        query = "SELECT sample_id, score, rival, gap, confidence FROM label_scores WHERE label='a'"
        found = {row[0]: row[1:] for row in library.connection.execute(query)}
    assert found == expected


def test_a_library_with_old_views_is_read_without_being_written(scene: LabelScene) -> None:
    (text,) = scene.rows("SELECT sql FROM sqlite_schema WHERE name = 'label_settings'")[0]
    before = text.rpartition(",\n    CASE l.aggregation")[0]
    old = f"{before}\nFROM labels{text.rpartition('FROM labels')[2]}"
    assert "AS top_k" not in old
    scene.rows("DROP VIEW label_settings")
    scene.rows(old)
    scene.file.close()
    with sqlclap.open(scene.file.path, mode="read") as library:
        assert [row["top_k"] for row in library.labels.overview()] == [3, 3]
        assert library.labels.settings("a").top_k == 3
        assert library.labels.matches("a", 1)


def test_any_client_with_sqlite_vec_can_read_them(scene: LabelScene) -> None:
    client = pysqlite3.connect(scene.file.path)
    client.enable_load_extension(True)
    client.load_extension(sqlite_vec.loadable_path())
    query = "SELECT score, rival, gap, confidence FROM label_scores WHERE sample_id = 2"
    rows = client.execute(f"{query} ORDER BY label").fetchall()
    client.close()
    assert rows == [scene.view_scores("a")[2], scene.view_scores("b")[2]]


def test_one_samples_scores_do_not_score_all(scene: LabelScene) -> None:
    query = "EXPLAIN QUERY PLAN SELECT * FROM label_scores WHERE sample_id = 2"
    plan = [row[3] for row in scene.rows(query)]
    assert any("SEARCH e USING INDEX embeddings_one_each (sample_id=?" in step for step in plan)
