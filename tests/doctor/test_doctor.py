"""The doctor finds what is wrong, puts right what can be, and never needs a sound index."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path

import apsw
import numpy as np
import pytest

from sqlclap.db.library_file import LibraryFile
from sqlclap.db.vector_extension import load_sqlite_vec
from sqlclap.doctor import Finding, examine, repair
from sqlclap.errors import SchemaWarning
from tests.cli.running import run, succeed
from tests.index.test_damage import DAMAGES, Damage
from tests.support.indexed_library import ask, build, generations, make_indexed, sidecar
from tests.support.vector_library import add_model, add_samples, one_window, unit_vectors

Change = Callable[[apsw.Connection], object]


def problems(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(found.what, found.text) for found in findings if found.level == "problem"]


def change(path: Path, *statements: str, bindings: tuple[object, ...] = ()) -> None:
    """Change a library as a careless client would: no foreign keys, no sqlclap."""
    connection = apsw.Connection(str(path))
    load_sqlite_vec(connection)
    for statement in statements:
        connection.execute(statement, bindings)
    connection.close()


def look(path: Path) -> list[Finding]:
    with LibraryFile(path, "read") as file:
        return examine(file.connection)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "library.db"
    make_indexed(path)
    return path


def test_a_healthy_library(path: Path) -> None:
    assert {found.what for found in look(path)} == {
        "file",
        "schema",
        "rows",
        "vectors",
        "index",
        "disk",
    }
    assert problems(look(path)) == []
    assert "generation 1 is whole" in succeed("doctor", path)


def test_an_empty_library(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    LibraryFile(path, "create").close()
    assert problems(look(path)) == []
    assert repaired(path) == []


def repaired(path: Path) -> list[str]:
    """Return what opening for writing and then repairing have done."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SchemaWarning)
        with LibraryFile(path) as file:
            return [*file.restored, *repair(file.connection)]


ORPHANS = {
    "embeddings without a sample": ("DROP TRIGGER samples_removed", "DELETE FROM samples"),
    "embeddings without a vector": ("DELETE FROM vec_1 WHERE embedding_id % 2",),
    "vectors without an embedding": (
        "DROP TRIGGER embeddings_removed_vec_1",
        "DELETE FROM embeddings WHERE embedding_id % 3 = 0",
    ),
}


@pytest.mark.parametrize(("what", "statements"), ORPHANS.items(), ids=ORPHANS.keys())
def test_rows_that_belong_to_nothing(path: Path, what: str, statements: tuple[str, ...]) -> None:
    change(path, *statements)
    assert any(what in text for _, text in problems(look(path)))
    assert any("rows that belong" in line for line in repaired(path))
    assert problems(look(path)) == []


def test_missing_triggers_are_made_anew(path: Path) -> None:
    change(path, "DROP TRIGGER embeddings_added", "DROP INDEX embeddings_own")
    assert [what for what, _ in problems(look(path))] == ["schema", "schema", "index"]
    assert {"trigger embeddings_added", "index embeddings_own"} <= {*repaired(path)}
    assert problems(look(path)) == []


def test_vectors_of_another_length(path: Path) -> None:
    odd = np.full(16, 0.5, np.float32).tobytes()
    change(path, "UPDATE vec_1 SET vector = ? WHERE embedding_id = 7", bindings=(odd,))
    assert ("vectors", "m00: 1 vectors are not of length 1") in problems(look(path))
    repaired(path)
    assert problems(look(path)) == []
    assert any("1 sounds wait to be embedded" in found.text for found in look(path))


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_broken_index_is_named_and_dropped(path: Path, damage: Damage) -> None:
    damage(generations(path)[0])
    assert [what for what, _ in problems(look(path))] == ["index"]
    assert any("dropped the broken index" in line for line in repaired(path))
    assert problems(look(path)) == []
    assert not sidecar(path).exists() or generations(path) == []


def test_leftovers_are_named_and_removed(path: Path) -> None:
    shutil.copytree(generations(path)[0], sidecar(path) / "draft-123")
    assert any("draft-123" in found.text for found in look(path))
    assert repaired(path) == ["removed draft-123, left behind"]
    assert len(generations(path)) == 1


def test_changes_that_no_trigger_saw(path: Path) -> None:
    """An index that doesn't know of a change is built anew."""
    change(path, "DELETE FROM samples WHERE sample_id <= 5", "DELETE FROM embedding_changes")
    assert any("don't add up" in text for _, text in problems(look(path)))
    repaired(path)
    assert problems(look(path)) == []


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    with LibraryFile(path, "create") as file:
        sounds = [one_window(vector) for vector in unit_vectors(500, 16)]
        add_samples(file, add_model(file, 16), sounds)
        page_size = file.connection.pragma("page_size")
        query = "SELECT rootpage FROM sqlite_schema WHERE name = 'samples_by_content'"
        page = file.connection.execute(query).get
    content = bytearray(path.read_bytes())
    content[(page - 1) * page_size : page * page_size] = b"\x07" * page_size
    path.write_bytes(content)
    ended = run("doctor", path)
    assert ended.exit_code == 1
    assert "damaged" in ended.output or "malformed" in ended.output


def test_the_command_repairs_and_reports_as_json(path: Path) -> None:
    change(path, "DELETE FROM vec_1 WHERE embedding_id = 3")
    ended = run("doctor", path, "--json")
    report = json.loads(ended.stdout)
    assert (ended.exit_code, report["repaired"]) == (1, [])
    report = json.loads(succeed("doctor", path, "--repair", "--json"))
    assert report["repaired"] != []
    assert all(found["level"] != "problem" for found in report["findings"])
    with LibraryFile(path) as file:
        build(file)
        found = ask(file, unit_vectors(300, 16)[2], None)
    assert 3 not in [one.sample_id for one in found.nearest]
