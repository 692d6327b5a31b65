"""Copies of a library by all the ways that people make them: each answers as the original does."""

from __future__ import annotations

import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from sqlite3 import dump
from typing import NamedTuple

import apsw
import pytest
import sqlite_vec
from datasette.utils.sqlite import sqlite3

from sqlclap.db.library_file import LibraryFile
from sqlclap.db.statements import write_transaction
from sqlclap.db.vector_extension import load_sqlite_vec
from sqlclap.doctor import examine
from sqlclap.errors import LibraryError, SchemaWarning
from sqlclap.search.request import Request
from tests.cli.running import run
from tests.support.indexed_library import (
    ask,
    make_indexed,
    sidecar,
    the_model,
    warnings_of_the_index,
)
from tests.support.vector_library import add_samples, one_window, unit_vectors

QUERIES = unit_vectors(6, 16, seed=3)
VEC0 = sqlite_vec.loadable_path()
LABELLED = """
INSERT INTO labels (name) VALUES ('kick'), ('snare');
INSERT INTO anchors (label_id, sample_id) VALUES (1, 7), (1, 9), (2, 11);
INSERT INTO votes (label_id, sample_id, verdict) VALUES (1, 3, 'accept'), (1, 330, 'reject');
DELETE FROM samples WHERE sample_id IN (5, 330);
DELETE FROM labels WHERE name = 'snare';
"""
GONE = {"samples": 330, "embeddings": 330, "labels": 2}
"""The last ids that were given, of rows that are gone: a copy must not give them again."""


class Seen(NamedTuple):
    """What is asked of a library."""

    nearest: list[list[int]]
    rows: list[tuple]


def seen(file: LibraryFile) -> Seen:
    """Ask by the path that fits and by the exact one, which must agree."""
    answers = []
    for query in QUERIES:
        answers.append([one.sample_id for one in ask(file, query).nearest])
        exact = ask(file, query, Request(exact=True))
        assert answers[-1] == [one.sample_id for one in exact.nearest]
    rows = file.connection.execute(
        "SELECT 'anchor', label_id, sample_id FROM anchors UNION ALL "
        "SELECT verdict, label_id, sample_id FROM votes ORDER BY 1, 2, 3"
    ).fetchall()
    return Seen(answers, rows)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of 330 vectors with labels, an index and changes since; not to be written to."""
    path = tmp_path_factory.mktemp("original") / "library.db"
    make_indexed(path)
    with LibraryFile(path) as file:
        add_samples(file, the_model(file), [one_window(v) for v in unit_vectors(30, 16, seed=7)])
        file.connection.execute(LABELLED)
    return path


@pytest.fixture(scope="module")
def expected(original: Path) -> Seen:
    with LibraryFile(original, "read") as file:
        return seen(file)


def command(*arguments: str | Path, given: bytes | None = None) -> bytes:
    done = subprocess.run([*map(str, arguments)], input=given, capture_output=True, check=True)
    return done.stdout


def shell_dump(source: Path, target: Path) -> None:
    command("sqlite3", target, given=command("sqlite3", source, ".dump"))


def shell_dump_with_vec0(source: Path, target: Path) -> None:
    load = ("sqlite3", "-cmd", f".load {VEC0}")
    command(*load, target, given=command(*load, source, ".dump"))


def apsw_dump(source: Path, target: Path) -> None:
    shell = (sys.executable, "-m", "apsw")
    command(*shell, target, given=command(*shell, source, ".dump"))


def shell_backup(source: Path, target: Path) -> None:
    command("sqlite3", source, f".backup '{target}'")


def shell_clone(source: Path, target: Path) -> None:
    command("sqlite3", source, f".clone '{target}'")


def vacuum_into(source: Path, target: Path) -> None:
    command("sqlite3", source, f"VACUUM INTO '{target}'")


def copy_with_log(source: Path, target: Path) -> None:
    for suffix in ("", "-wal"):
        if (source.parent / (source.name + suffix)).exists():
            shutil.copyfile(f"{source}{suffix}", f"{target}{suffix}")


def utils(source: Path, target: Path, *arguments: str) -> None:
    copy_with_log(source, target)
    tool = (sys.executable, "-m", "sqlite_utils")
    command(*tool, arguments[0], target, *arguments[1:])


def utils_vacuum(source: Path, target: Path) -> None:
    utils(source, target, "vacuum")


def utils_duplicate(source: Path, target: Path) -> None:
    utils(source, target, "duplicate", "samples", "samples_before")


def utils_transform(source: Path, target: Path) -> None:
    utils(source, target, "transform", "samples")


Way = Callable[[Path, Path], None]
WAYS: dict[str, tuple[Way, bool]] = {
    "shell .dump": (shell_dump, True),
    "shell .dump, vec0 loaded": (shell_dump_with_vec0, True),
    "apsw .dump": (apsw_dump, False),
    "shell .backup": (shell_backup, False),
    "VACUUM INTO": (vacuum_into, False),
    "copy": (copy_with_log, False),
    "sqlite-utils vacuum": (utils_vacuum, False),
    "sqlite-utils duplicate": (utils_duplicate, False),
    "sqlite-utils transform": (utils_transform, True),
    "shell .clone": (shell_clone, True),
}
"""Each with whether opening for writing has something to say about it."""


def open_quietly(path: Path) -> LibraryFile:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return LibraryFile(path)


def no_id_is_given_twice(file: LibraryFile) -> None:
    (new,) = add_samples(file, the_model(file), [one_window(unit_vectors(1, 16, seed=70)[0])])
    assert new > GONE["samples"]
    asked = file.connection.execute
    assert asked("SELECT max(embedding_id) FROM embeddings").get > GONE["embeddings"]
    label = asked("INSERT INTO labels (name) VALUES ('hat') RETURNING label_id").get
    assert label > GONE["labels"]
    assert asked("SELECT count(*) FROM votes WHERE sample_id = ?", (new,)).get == 0


@pytest.mark.parametrize("with_sidecar", [False, True], ids=["alone", "with its sidecar"])
@pytest.mark.parametrize("name", WAYS)
def test_a_copy_answers_as_the_original(
    original: Path, expected: Seen, tmp_path: Path, name: str, with_sidecar: bool
) -> None:
    way, tells = WAYS[name]
    copy = tmp_path / "elsewhere" / "sounds.db"
    copy.parent.mkdir()
    way(original, copy)
    if with_sidecar:
        shutil.copytree(sidecar(original), sidecar(copy))
    if way is not shell_clone:  # its vector table is gone: see below
        with LibraryFile(copy, "read") as file, warnings_of_the_index() as told:
            assert seen(file) == expected
        assert (told == []) == (with_sidecar and way is not utils_transform)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        file = LibraryFile(copy)
    assert any(issubclass(one.category, SchemaWarning) for one in caught) == tells
    with file:
        with warnings_of_the_index():
            assert seen(file) == expected
        no_id_is_given_twice(file)
        problems = [one for one in examine(file.connection) if one.level == "problem"]
        assert {one.what for one in problems} <= {"index"}
        assert file.connection.pragma("journal_mode") == "wal"
    with open_quietly(copy) as file:
        assert file.restored == []


def test_a_copy_table_by_table_says_what_to_do(
    original: Path, expected: Seen, tmp_path: Path
) -> None:
    copy = tmp_path / "clone.db"
    shell_clone(original, copy)
    with pytest.raises(LibraryError, match=r"lacks its table vec_1.*doctor .* --repair"):
        LibraryFile(copy, "read")
    repaired = run("doctor", copy, "--repair")
    assert "repaired: made anew: table vec_1\n" in repaired.stdout
    with LibraryFile(copy, "read") as file, warnings_of_the_index():
        assert seen(file) == expected


def test_a_copy_that_lost_its_vectors_opens_without_them(original: Path, tmp_path: Path) -> None:
    copy = tmp_path / "library.db"
    shell_backup(original, copy)
    with closing(apsw.Connection(str(copy))) as other:
        load_sqlite_vec(other)
        other.execute("DROP TABLE vec_1")
    with pytest.raises(LibraryError, match="lacks its table vec_1"):
        LibraryFile(copy, "read")
    assert "made anew: table vec_1" in run("doctor", copy, "--repair").stdout
    with LibraryFile(copy) as file:
        assert file.connection.execute("SELECT count(*) FROM samples").get == 328
        assert file.connection.execute("SELECT count(*) FROM embeddings").get == 0


def test_pythons_iterdump_is_no_way_and_says_so(original: Path, tmp_path: Path) -> None:
    """It writes rows into a virtual table that its own script has not made."""
    with (
        closing(sqlite3.connect(original)) as old,
        closing(sqlite3.connect(tmp_path / "copy.db")) as new,
    ):
        for one in (old, new):
            one.enable_load_extension(True)
            one.load_extension(VEC0)
        with pytest.raises(sqlite3.OperationalError, match="vec_1"):
            new.executescript("\n".join(vars(dump)["_iterdump"](old)))


def test_a_main_file_without_its_log_is_an_earlier_state(tmp_path: Path) -> None:
    """What lay in the log alone is not in the copy; what is there answers rightly."""
    path, copy = tmp_path / "library.db", tmp_path / "copy.db"
    make_indexed(path)
    with LibraryFile(path) as file:
        file.connection.wal_autocheckpoint(0)
        add_samples(file, the_model(file), [one_window(v) for v in unit_vectors(30, 16, seed=7)])
        shutil.copyfile(path, copy)
        shutil.copytree(sidecar(path), sidecar(copy))
    with LibraryFile(copy) as file, warnings_of_the_index() as told:
        assert file.connection.execute("SELECT count(*) FROM samples").get == 300
        seen(file)
        add_samples(file, the_model(file), [one_window(v) for v in unit_vectors(9, 16, seed=8)])
        seen(file)
    assert told == []


WRITER = """
import sys
from pathlib import Path
from sqlclap.db.library_file import LibraryFile
from sqlclap.db.statements import write_transaction
from tests.support.indexed_library import the_model
from tests.support.vector_library import add_samples, one_window, unit_vectors
with LibraryFile(sys.argv[1]) as file:
    file.connection.wal_autocheckpoint(20)
    print("begun", flush=True)
    for seed in range(10_000):
        add_samples(file, the_model(file), [one_window(v) for v in unit_vectors(5, 16, seed)])
        if seed % 3 == 0:
            with write_transaction(file.connection) as connection:
                connection.execute("DELETE FROM samples WHERE sample_id % 7 = ?", (seed % 7,))
"""


def test_copies_beside_a_writer_are_right_or_said_to_be_damaged(tmp_path: Path) -> None:
    """A plain copy of a file that is being written is no backup: it may be of two states."""
    path = tmp_path / "library.db"
    make_indexed(path)
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert writer.stdout is not None
        writer.stdout.readline()
        for number in range(12):
            safe, plain = tmp_path / f"safe-{number}.db", tmp_path / f"plain-{number}.db"
            (shell_backup if number % 2 else vacuum_into)(path, safe)
            copy_with_log(path, plain)
    finally:
        writer.kill()
        writer.communicate()
    for copy in tmp_path.glob("safe-*.db"):
        with open_quietly(copy) as file, warnings_of_the_index():
            seen(file)
            assert problems_but_of_the_index(file) == []
    for copy in tmp_path.glob("plain-*.db"):
        right_or_said_to_be_damaged(copy)


def problems_but_of_the_index(file: LibraryFile) -> list[str]:
    found = examine(file.connection)
    return [one.text for one in found if one.level == "problem" and one.what != "index"]


def right_or_said_to_be_damaged(copy: Path) -> None:
    try:
        with open_quietly(copy) as file, warnings_of_the_index():
            if not problems_but_of_the_index(file):
                seen(file)
    except (LibraryError, apsw.CorruptError):
        return


def test_two_copies_part_and_each_keeps_its_own_index(
    original: Path, expected: Seen, tmp_path: Path
) -> None:
    one, other = tmp_path / "one.db", tmp_path / "other.db"
    for copy in (one, other):
        shell_backup(original, copy)
        shutil.copytree(sidecar(original), sidecar(copy))
    with LibraryFile(one) as first, LibraryFile(other) as second, warnings_of_the_index() as told:
        for number, file in enumerate((first, second)):
            vectors = unit_vectors(20, 16, seed=40 + number)
            add_samples(file, the_model(file), [one_window(v) for v in vectors])
            with write_transaction(file.connection) as connection:
                connection.execute("DELETE FROM samples WHERE sample_id = ?", (20 + number,))
        assert seen(first) != seen(second)
    assert told == []
