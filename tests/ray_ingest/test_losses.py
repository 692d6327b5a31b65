"""A hundred ingests whose workers, command and disk fail: nothing is lost or there twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import apsw
import pytest

import sqlclap
from sqlclap.db.sqlite_errors import in_words
from sqlclap.errors import LibraryError

TRIALS = 102


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """A folder; small disks can be mounted in it."""
    place = tmp_path / "tried"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a disk of its own can't be mounted here")
    subprocess.run(["umount", str(place)], check=True)
    return tmp_path


@pytest.mark.slow
def test_a_hundred_trials_with_a_full_disk_lose_nothing(scratch: Path) -> None:
    command = [sys.executable, "-m", "tests.support.ray_trials", str(scratch), str(TRIALS)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-3000:]
    counts = json.loads(ended.stdout.splitlines()[-1])
    assert counts["well"] == TRIALS
    assert min(counts["killed"], counts["full"]) > TRIALS / 10, counts


def test_a_full_disk_is_named_whatever_failed_of_it(
    sounds: Path, tmp_path: Path, fake_bundle: Path
) -> None:
    told = []
    for more in (6, 8, 10, 13, 20, 30):  # sqlite-vec's tables and first chunk fail among them
        path = tmp_path / f"{more}.db"
        with sqlclap.open(path, model=str(fake_bundle)) as library:
            pages: Any = library.connection.execute("PRAGMA page_count").get
            library.connection.execute(f"PRAGMA max_page_count = {pages + more}")
            try:
                library.ingest([sounds])
            except LibraryError as error:
                told.append(str(error))
        with sqlclap.open(path, model=str(fake_bundle)) as library:
            library.ingest([sounds])
            assert library.info().counts["samples"] == 6
    assert told
    assert all("room" in one and ".db" in one for one in told), told


def test_what_sqlite_vec_says_of_a_full_disk_is_the_librarys_error() -> None:
    error = apsw.SQLError("Internal sqlite-vec error: Could not insert a new vector chunk")
    clear = in_words(error, "sounds.db")
    assert isinstance(clear, LibraryError)
    assert "the room on it" in str(clear)
    full = apsw.SQLError("Could not create '_chunks' shadow table: database or disk is full")
    assert "free some disk space" in str(in_words(full, "sounds.db"))
    assert in_words(apsw.SQLError("no such column: x"), "sounds.db") is None
