"""Detaching leaves no trace; killed at any step, what is left opens and can be detached again."""

from __future__ import annotations

import json
import multiprocessing
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

import sqlclap
from sqlclap.attach.attachment import AttachedTable, pieces_folder
from sqlclap.attach.detach import detach, plan_detach
from sqlclap.cli import main
from sqlclap.errors import LibraryBusyError
from tests.attach.scenes import CLIPS, dump, keys, make_clips, write
from tests.support.killed_steps import each_kill
from tests.support.sounds import tone, write_sound

HOLD = """
import sqlite3, sys
held = sqlite3.connect(sys.argv[1])
held.execute("SELECT count(*) FROM samples").fetchall()
print("open", flush=True)
sys.stdin.read()
"""


def listing(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def test_no_trace_is_left(clips: Path, fake_bundle: Path) -> None:
    before, held = listing(clips.parent), dump(clips)
    with sqlclap.open(clips.with_name("clips.sqlclap.db"), model=str(fake_bundle)) as library:
        library.attachments.add(replace(CLIPS, database=clips))
        library.ingest()
        library.index.build()
    report = detach(clips.with_name("clips.sqlclap.db"))
    assert (report.rows, report.sounds, report.library_removed) == (4, 4, True)
    assert listing(clips.parent) == before
    assert dump(clips) == held


def test_sounds_can_stay(attached: sqlclap.Library) -> None:
    report = attached.attachments.remove(keep_sounds=True)
    assert (report.sounds, keys(attached)) == (0, {})
    assert attached.ingest().unchanged == 4


def test_other_sounds_of_a_library_stay(
    attached: sqlclap.Library, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    write_sound(other / "own.wav", tone(500))
    attached.ingest([other])
    attached.close()
    report = detach(attached.path)
    assert (report.sounds, report.library_removed) == (4, False)
    with sqlclap.open(attached.path, mode="read") as library:
        assert library.connection.execute("SELECT path FROM samples").fetchall() == [("own.wav",)]
        assert [source.root for source in library.sources.list()] == [str(other)]


def test_a_library_that_is_open_elsewhere_stays(attached: sqlclap.Library) -> None:
    # Of another process: locks of one process don't hold against itself.
    command = [sys.executable, "-c", HOLD, str(attached.path)]
    attached.close()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"open\n"
        with pytest.raises(LibraryBusyError, match="open in another program"):
            detach(attached.path)
        other.communicate(b"")
    assert detach(attached.path).library_removed


@pytest.mark.slow
def test_killed_before_any_step_of_detaching(tmp_path: Path, fake_bundle: Path) -> None:
    clips = make_clips(tmp_path)
    path = clips.with_name("clips.sqlclap.db")
    wav = (tmp_path / "sounds" / "tone 110.wav").read_bytes()
    write(clips, "CREATE TABLE blobs (id INTEGER PRIMARY KEY, data BLOB)")
    write(clips, "INSERT INTO blobs (data) VALUES (?), (?)", wav, wav)
    before = listing(tmp_path)

    def prepare() -> None:
        with sqlclap.open(path) as library:
            if not library.attachments.list():
                library.attachments.add(AttachedTable(clips, "blobs", "", blob="data"))

    steps = 0
    for _ in each_kill(tmp_path, prepare, lambda: detach(path)):
        steps += 1
        if path.exists():
            with sqlclap.open(path) as library:
                assert library.connection.pragma("integrity_check") == "ok"
            detach(path)
        assert not path.exists()
        assert not pieces_folder(path).exists()
    assert steps > 2
    assert listing(tmp_path) == before


@pytest.mark.slow
def test_killed_before_any_step_of_attaching(tmp_path: Path) -> None:
    clips = make_clips(tmp_path)
    path = clips.with_name("clips.sqlclap.db")
    wav = (tmp_path / "sounds" / "tone 110.wav").read_bytes()
    write(clips, "CREATE TABLE blobs (id INTEGER PRIMARY KEY, data BLOB)")
    write(clips, "INSERT INTO blobs (data) VALUES (?), (?)", wav, wav + b"x")
    held = dump(clips)

    def prepare() -> None:
        if path.exists():
            detach(path)

    def attach() -> None:
        with sqlclap.open(path) as library:
            library.attachments.add(AttachedTable(clips, "blobs", "", blob="data"))

    steps = 0
    for _ in each_kill(tmp_path, prepare, attach):
        steps += 1
        with sqlclap.open(path) as library:
            assert library.connection.pragma("integrity_check") == "ok"
            if not library.attachments.list():
                library.attachments.add(AttachedTable(clips, "blobs", "", blob="data"))
            library.attachments.follow()
            assert set(keys(library)) == {1, 2}
            assert len([*pieces_folder(path).rglob("*.wav")]) == 2
        assert dump(clips) == held
    assert steps > 2


def write_on(path: Path, until: float) -> None:
    """Insert, change and delete rows as fast as it goes, in a rollback journal."""
    with closing(sqlite3.connect(path, timeout=5)) as plain:
        number = 0
        while time.monotonic() < until:
            number += 1
            with plain:
                plain.execute(
                    "INSERT INTO clips (id, title, file_path) VALUES (?, ?, 'sounds/tone 110.wav')",
                    (1000 + number, f"more {number}"),
                )
                plain.execute("INSERT INTO history VALUES (?, 'now')", (number,))


def test_another_programs_writes_are_not_disturbed(attached: sqlclap.Library, clips: Path) -> None:
    until = time.monotonic() + 4
    writer = multiprocessing.get_context("spawn").Process(target=write_on, args=(clips, until))
    writer.start()
    looks = 0
    while writer.is_alive():
        attached.ingest()
        looks += 1
    writer.join()
    assert (writer.exitcode, looks > 1) == (0, True)
    attached.ingest()
    with closing(sqlite3.connect(clips)) as plain:
        written = plain.execute("SELECT count(*) FROM history").fetchone()[0]
        rows = {row[0] for row in plain.execute("SELECT id FROM clips")}
    assert len(rows) == written + 4
    assert set(keys(attached)) == rows


def test_the_command_line(clips: Path) -> None:
    def run(*arguments: str) -> str:
        done = CliRunner().invoke(main, [*arguments])
        assert done.exit_code == 0, done.output
        return done.stdout

    columns = ("--table", "clips", "--path", "file_path")
    before = listing(clips.parent)
    assert "nothing was made" in run("attach", str(clips), *columns, "--dry-run")
    assert listing(clips.parent) == before
    assert "4 new" in run("attach", str(clips), *columns)
    assert "4 new" in run("ingest", str(clips))
    similar = run("similar", str(clips), "sounds/tone 440.wav", "--json", "-n", "3")
    assert {row["row_key"] for row in json.loads(similar)} == {210, 320, 980}
    assert "row key" in run("search", str(clips), "deep kick")
    joined = "SELECT c.title FROM clips AS c JOIN attached_sounds ON row_key = c.id"
    assert "tone 110" in run("query", str(clips), joined)
    run("label", "add", str(clips), "kick")
    refused = CliRunner().invoke(main, ["detach", str(clips)], input="n\n")
    assert refused.exit_code == 1
    assert "1 labels" in refused.output
    assert '"library_removed": true' in run("detach", str(clips), "--yes", "--json")
    assert listing(clips.parent) == before
    told = CliRunner().invoke(main, ["search", str(clips), "deep kick"])
    assert "sqlclap attach" in told.output


def test_a_plan_counts_a_sound_of_two_tables_once(attached: sqlclap.Library, clips: Path) -> None:
    low = replace(CLIPS, database=clips, table="low", key="id")
    attached.attachments.add(low)
    database = attached.connection
    assert plan_detach(database).sounds == 4
    assert plan_detach(database, "low").sounds == 0  # rows of clips name them, too
    assert attached.attachments.remove("low").sounds == 0
