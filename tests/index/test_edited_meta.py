"""An ``index_meta`` that another program wrote: exact answers, one warning, no error."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import apsw
import numpy as np
import pytest

from sqlclap.db.library_file import LibraryFile
from sqlclap.db.vector_extension import load_sqlite_vec
from sqlclap.doctor import examine, repair
from sqlclap.index.inspection import index_status, verify_index
from sqlclap.search.planner import Planner
from tests.cli.running import run, succeed
from tests.support.indexed_library import (
    TOLERANCE,
    ask,
    build,
    make_indexed,
    scores_of,
    the_model,
    true_scores,
    warnings_of_the_index,
)
from tests.support.vector_library import add_samples, one_window, unit_vectors

EDITS = {
    "params: no JSON": "params = '{'",
    "params: a list": "params = '[1]'",
    "params: empty": "params = '{}'",
    "params: a number": "params = 7",
    "params: a BLOB": "params = x'00ff'",
    "width: text": "params = json_set(params, '$.ef_search', 'wide')",
    "width: none": "params = json_remove(params, '$.ef_search')",
    "width: one": "params = json_set(params, '$.ef_search', 1)",
    "width: negative": "params = json_set(params, '$.ef_search', -64)",
    "width: huge": "params = json_set(params, '$.ef_far', 1e300)",
    "changed: negative": "params = json_set(params, '$.changed', -1)",
    "score: text": "params = json_set(params, '$.near_score', 'x')",
    "windows: none": "params = json_remove(params, '$.windows')",
    "windows: a number": "params = json_set(params, '$.windows', 4)",
    "windows: count wrong": "params = json_set(params, '$.windows.count', 4)",
    "windows: dead negative": "params = json_set(params, '$.windows.dead', -1)",
    "windows: width none": "params = json_remove(params, '$.windows.ef_search')",
    "windows: recall a number": "recall = json_set(recall, '$.windows', 4)",
    "windows: recall text": "recall = json_set(recall, '$.windows.mean', 'x')",
    "recall: no JSON": "recall = 'good'",
    "recall: empty": "recall = '{}'",
    "recall: text": "recall = json_set(recall, '$.mean', 'x')",
    "recall: far is a number": "recall = json_set(recall, '$.far', 1)",
    "path: absolute": "path = '/etc'",
    "path: out of the folder": "path = '../../etc'",
    "path: empty": "path = ''",
    "path: NUL": "path = char(109, 49, 0)",
    "path: of another model": "path = replace(path, 'm1-', 'm2-')",
    "path: not there": "path = 'm1-g000009-0123456789ab'",
    "path: a number": "path = 5",
    "seq: text": "seq = 'many'",
    "seq: negative": "seq = -1",
    "seq: huge": "seq = 9223372036854775807",
    "seq: a little less": "seq = seq - 1",
    "seq: a little more": "seq = seq + 1",
    "count: wrong": "count = count + 1",
    "count: text": "count = 'all'",
    "dead: wrong": "dead = 3",
    "dead: negative": "dead = -1",
    "generation: text": "generation = 'first'",
    "generation: negative": "generation = -4",
    "checksum: text": "checksum = 'abc'",
    "checksum: a BLOB": "checksum = x'00'",
}
MISSING = {
    "a NULL in each column": "generation = NULL, path = NULL, seq = NULL, params = NULL",
    "two rows": None,
}


WITHOUT_SCHEMA = """
CREATE TABLE other AS
SELECT model_id, generation, path, count, dead, seq, checksum, params, recall, built_at
FROM index_meta;
DROP TABLE index_meta;
ALTER TABLE other RENAME TO index_meta;
"""


def edit(path: Path, change: str | None) -> None:
    """Edit the row as another program does; where the schema won't have it, without the schema."""
    other = apsw.Connection(str(path))
    load_sqlite_vec(other)
    if change not in EDITS.values():
        other.execute(WITHOUT_SCHEMA)
    update = f"UPDATE index_meta SET {change}"  # noqa: S608
    other.execute(update if change else "INSERT INTO index_meta SELECT * FROM index_meta")
    other.close()


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of 300 vectors with an index and a tail of three."""
    path = tmp_path_factory.mktemp("meta") / "library.db"
    make_indexed(path)
    with LibraryFile(path) as file:
        newer = [one_window(vector) for vector in unit_vectors(3, 16, seed=5)]
        add_samples(file, the_model(file), newer)
        file.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture
def path(original: Path, tmp_path: Path) -> Path:
    """A copy of it, to be edited."""
    copy = tmp_path / "library.db"
    shutil.copy(original, copy)
    shutil.copytree(f"{original}-hnsw", f"{copy}-hnsw")
    return copy


def stored() -> dict[int, np.ndarray]:
    vectors = [*unit_vectors(300, 16), *unit_vectors(3, 16, seed=5)]
    return dict(enumerate(vectors, start=1))


@pytest.mark.parametrize("change", [*EDITS.values(), *MISSING.values()], ids=[*EDITS, *MISSING])
def test_an_edit_gives_exact_answers_and_one_warning(path: Path, change: str | None) -> None:
    edit(path, change)
    planner = Planner()
    with LibraryFile(path, "read") as file, warnings_of_the_index() as told:
        for query in unit_vectors(4, 16, seed=3):
            answer = ask(file, query, planner=planner)
            assert answer.plan.path == "exact"
            wanted = true_scores(stored(), query, 10)
            assert scores_of(answer) == pytest.approx(wanted, abs=TOLERANCE)
    assert len(told) == 1, told
    assert f"sqlclap index build {path}" in told[0]


@pytest.mark.parametrize("change", [*EDITS.values(), *MISSING.values()], ids=[*EDITS, *MISSING])
def test_it_is_named_and_a_build_puts_it_right(path: Path, change: str | None) -> None:
    edit(path, change)
    with LibraryFile(path) as file, warnings_of_the_index() as told:
        assert index_status(file.connection, the_model(file)).problem
        assert verify_index(file.connection, the_model(file)).problems
        assert any(f.level == "problem" and f.what == "index" for f in examine(file.connection))
        build(file)
        answer = ask(file, unit_vectors(1, 16)[0])
    assert (answer.plan.path, answer.plan.indexed, told) == ("graph", 303, [])


def test_commands_tell_of_an_edit_in_a_line(path: Path) -> None:
    edit(path, EDITS["path: out of the folder"])
    assert "can't be used: index_meta.path is" in succeed("index", "status", path)
    assert json.loads(succeed("index", "status", path, "--json"))["problem"]
    assert run("index", "verify", path).exit_code == 1
    assert "index_meta.path is" in run("doctor", path).output
    with LibraryFile(path) as file:
        assert any("broken index" in line for line in repair(file.connection))
    assert succeed("info", path)


def test_a_change_that_names_no_embedding(path: Path) -> None:
    other = apsw.Connection(str(path))
    other.execute(
        "INSERT INTO embedding_changes (model_id, embedding_id, op) VALUES (1, 'x', 'add')"
    )
    other.execute(
        "INSERT INTO embedding_changes (model_id, embedding_id, op) VALUES (1, 'y', 'remove')"
    )
    other.close()
    query = unit_vectors(1, 16, seed=3)[0]
    with LibraryFile(path, "read") as file, warnings_of_the_index() as told:
        answer = ask(file, query)
    assert scores_of(answer) == pytest.approx(true_scores(stored(), query, 10), abs=TOLERANCE)
    assert len(told) == 1


@pytest.mark.parametrize("trigger", ["embeddings_added", "embeddings_removed", "samples_removed"])
def test_without_its_triggers_an_index_is_not_trusted(path: Path, trigger: str) -> None:
    other = apsw.Connection(str(path))
    other.execute(f"DROP TRIGGER {trigger}")
    other.close()
    with LibraryFile(path, "read") as file, warnings_of_the_index() as told:
        assert ask(file, unit_vectors(1, 16)[0]).plan.path == "exact"
    assert len(told) == 1
    assert "triggers" in told[0]


def test_a_vector_that_was_written_over_is_noticed(path: Path) -> None:
    """No trigger sees vec0's own tables; that the index finds what isn't there tells."""
    vectors = unit_vectors(300, 16)
    other = apsw.Connection(str(path))
    load_sqlite_vec(other)
    other.execute("UPDATE vec_1 SET vector = ? WHERE embedding_id = 7", (vectors[9].tobytes(),))
    other.close()
    truth = stored() | {7: vectors[9]}
    planner = Planner()
    with LibraryFile(path, "read") as file, warnings_of_the_index() as told:
        for query in (vectors[6], vectors[6], vectors[9]):
            answer = ask(file, query, planner=planner)
            assert answer.plan.path == "exact"
            wanted = true_scores(truth, query, 10)
            assert scores_of(answer) == pytest.approx(wanted, abs=TOLERANCE)
    assert len(told) == 1
    assert f"sqlclap index build {path} --rebuild" in told[0]
