"""What looks at a database's bytes leaves the locks that this process holds on it alone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import apsw
import pytest

import sqlclap
from sqlclap.attach.attachment import find_library, library_beside
from sqlclap.audio.decode import open_audio
from sqlclap.cli.settings import remember_library
from sqlclap.db.connection import has_left_write_ahead
from sqlclap.errors import AudioError, SqlclapError
from sqlclap.exchange.formats import read_annotations
from sqlclap.map.vocabulary import read_vocabulary
from sqlclap.own_vectors.npy import read_ids
from sqlclap.own_vectors.rows import FileChoice
from sqlclap.sqlite_files import content_hash, is_sqlite_file, no_database, read_header
from tests.support.audit import listening

OTHER = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None)
try:
    print(database.execute(sys.argv[2]).fetchall())
except sqlite3.OperationalError as error:
    print(error)
"""

LOOKS: dict[str, Callable[[Path], object]] = {
    "its header": read_header,
    "is it SQLite": is_sqlite_file,
    "its journal": has_left_write_ahead,
    "its library": find_library,
    "may it be opened": no_database,
    "its hash": content_hash,
    "its sound": open_audio,
    "its sound, in a word": lambda path: open_audio(str(path)),
    "annotations in it": read_annotations,
    "names in it": read_vocabulary,
    "ids in it": lambda path: read_ids(path, FileChoice(path)),
    "used last": lambda path: remember_library(str(path)),
}


def other_program(database: Path, statement: str) -> str:
    """Run a statement in another process, and return what it says."""
    command = [sys.executable, "-c", OTHER, str(database), statement]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Path]:
    """Another program's database, which this process is writing to."""
    path = tmp_path / "clips.db"
    connection = apsw.Connection(str(path))
    connection.execute("CREATE TABLE clips (id INTEGER PRIMARY KEY)")
    with sqlclap.open(library_beside(path)):
        pass
    connection.execute("BEGIN IMMEDIATE; INSERT INTO clips VALUES (1)")
    yield path
    connection.close()


@pytest.mark.parametrize("look", LOOKS)
def test_a_writer_keeps_its_lock(held: Path, look: str) -> None:
    with suppress(SqlclapError, OSError):
        LOOKS[look](held)
    assert other_program(held, "BEGIN IMMEDIATE") == "database is locked"


@pytest.mark.parametrize("look", LOOKS)
def test_a_library_keeps_its_lock(library: sqlclap.Library, look: str) -> None:
    path = Path(library.connection.filename)
    with suppress(SqlclapError, OSError):
        LOOKS[look](path)
    # Whoever gets the file alone takes the log away that is in use here.
    assert other_program(path, "PRAGMA journal_mode = delete") == "database is locked"


def test_a_library_opened_again_keeps_its_lock(library: sqlclap.Library, sounds: Path) -> None:
    path = Path(library.connection.filename)
    with pytest.raises(SqlclapError, match="is a SQLite file"):
        library.ingest([path])
    library.connection.execute("BEGIN IMMEDIATE")
    with sqlclap.open(path, mode="read") as again, pytest.raises(SqlclapError):
        again.similar(path)
    assert other_program(path, "BEGIN IMMEDIATE") == "database is locked"
    library.connection.execute("ROLLBACK")
    assert other_program(path, "PRAGMA journal_mode = delete") == "database is locked"


def test_a_row_that_names_its_own_database_is_a_failure(held: Path) -> None:
    with pytest.raises(OSError, match="it is a SQLite database"):
        content_hash(held)
    with pytest.raises(AudioError, match="it is a SQLite database"):
        open_audio(held)


def test_headers_of_what_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("no database" * 100)
    (tmp_path / "short.db").write_bytes(b"SQLite format 3\0")
    (tmp_path / "long").mkdir()
    for name in ("text.db", "short.db", "long", "missing.db", "n\0l", "x" * 5000, "\udcff.db"):
        assert read_header(tmp_path / name) == b""


def test_tests_notice_who_opens_a_database(held: Path) -> None:
    """The guard over all tests, see `tests.support.audit`, sees what it is for."""
    with listening() as seen, held.open("rb"):
        pass
    assert [path for path, _ in seen] == [str(held)]
