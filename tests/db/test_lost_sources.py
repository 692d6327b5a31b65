"""A source whose row another program deleted: its sounds are told of, and brought back."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

import sqlclap
from sqlclap.errors import LibraryError, SchemaWarning
from tests.cli.running import fail, run, succeed
from tests.support.sounds import tone, write_sound


@pytest.fixture
def cut(tmp_path: Path) -> Path:
    """A library of two sources with a labelled sound, of which one was deleted by hand."""
    for folder, hz in (("one", 110), ("two", 220), ("two/deep", 330)):
        write_sound(tmp_path / folder / f"tone-{hz}.wav", tone(hz))
    path = tmp_path / "sounds.db"
    with sqlclap.open(path) as library:
        library.ingest([tmp_path / "one", tmp_path / "two"])
        library.labels.add("tone")
        library.labels.add_anchors("tone", ["*110*", "*220*"])
    connection = sqlite3.connect(path)  # foreign keys are off
    with connection:
        connection.execute("DELETE FROM sources WHERE root LIKE '%two'")
    connection.close()
    return path


def test_reading_says_what_is_wrong_and_how_it_is_mended(cut: Path) -> None:
    with pytest.raises(LibraryError, match=r"deleted rows of sources \(2\).*doctor .* --repair"):
        sqlclap.open(cut, mode="read")
    assert "another program deleted rows of sources" in fail("matches", cut, "tone")


def test_opening_for_writing_brings_it_back_and_relocate_says_where_its_sounds_lie(
    cut: Path, tmp_path: Path
) -> None:
    told = run("doctor", cut, "--repair")
    assert told.exit_code == 0, told.output
    assert "repaired: made anew: source /deleted-source-2" in told.stdout
    assert "`sqlclap relocate LIBRARY /deleted-source-2 FOLDER`" in told.stderr
    with sqlclap.open(cut) as library:
        assert library.restored == []
        matches = {one.path for one in library.labels.matches("tone")}
        assert "deep/tone-330.wav" in matches
    assert "moved 2 of 2 sounds" in succeed("relocate", cut, "/deleted-source-2", tmp_path / "two")
    with sqlclap.open(cut) as library:
        assert all(one.file.exists() for one in library.samples())
        report = library.ingest()
        assert (report.unchanged, report.new, report.missing) == (3, 0, 0)


def test_a_warning_is_given_in_python(cut: Path) -> None:
    with pytest.warns(SchemaWarning, match="source /deleted-source-2"):
        sqlclap.open(cut).close()
