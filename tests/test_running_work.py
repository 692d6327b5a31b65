"""What is told of work on a library, and that what was killed is never told as running."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sqlclap import running_work as module
from sqlclap.progress import NullProgress
from sqlclap.running_work import ToldProgress, running_work, work_file
from tests.support.patience import PATIENCE_S

WORKER = """
import sys, time
from pathlib import Path
from sqlclap.progress import NullProgress
from sqlclap.running_work import ToldProgress
with ToldProgress(Path(sys.argv[1]), NullProgress()) as told:
    told.started("ingest", 40)
    told.failed("/home/ana/secret.wav", "no sound")
    time.sleep(0.5)  # it is told twice a second
    told.advanced(10)
    print("at work", flush=True)
    time.sleep(3600)
"""


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return tmp_path / "sounds.db"


def wait_for_state(library: Path, state: str) -> None:
    until = time.monotonic() + PATIENCE_S
    while getattr(running_work(library), "state", None) != state:
        assert time.monotonic() < until
        time.sleep(0.02)


def test_shards_of_a_set_take_in_in_turn(library: Path) -> None:
    with ToldProgress(library, NullProgress()) as told:
        for at, count in enumerate((30, 50), start=1):
            told.started(f"ingest (shard {at}, {at} of 2)", count)
            told.advanced(count)
            work = running_work(library)
            assert work is not None
            assert (work.phase, work.done, work.total) == ("sounds", count, count)
            told.started(f"index (shard {at}, {at} of 2)", count)
            assert running_work(library).phase == "index"  # type: ignore[union-attr]
        told.started("neighbours", 80)
        told.started("placing (shard 1, 1 of 2)", 0)
        work = running_work(library)
        assert work is not None
        assert (work.phase, work.to_come) == ("map", ["clusters"])
        told.finished()


def test_stages_rates_and_what_follows(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TELL_EVERY_S", 0)
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    assert running_work(library) is None
    with ToldProgress(library, NullProgress()) as told:
        told.started("ingest", 200)
        now[0] += 2
        told.advanced(50, 12.0)
        work = running_work(library)
        assert work is not None
        assert (work.state, work.phase, work.done, work.total) == ("running", "sounds", 50, 200)
        assert (work.per_second, work.left_s) == (25, 6)
        assert work.to_come == ["index", "map", "clusters"]
        told.started("layout", 500)
        told.started("index", 200)  # which the map looks for again
        told.advanced(20)
        work = running_work(library)
        assert work is not None
        assert (work.phase, work.done, work.to_come) == ("map", 20, ["clusters"])
        told.finished()
    assert running_work(library) is None
    assert not work_file(library).exists()


def test_work_that_was_killed_is_stopped_and_forgotten(library: Path) -> None:
    command = [sys.executable, "-c", WORKER, str(library)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
        try:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "at work\n"
            work = running_work(library)
            assert work is not None
            assert (work.state, work.failed) == ("running", 1)
            assert "ana" not in work_file(library).read_text()
        finally:
            worker.kill()
    work = running_work(library)
    assert work is not None
    assert (work.state, work.done) == ("stopped", 10)
    os.utime(work_file(library), (0, 0))
    assert running_work(library) is None


def test_others_work_untold_and_take_over_what_was_left(library: Path) -> None:
    with ToldProgress(library, NullProgress()) as first:
        first.started("ingest", 5)
        with ToldProgress(library, NullProgress()) as second:
            second.started("layout", 7)
            second.finished()
        work = running_work(library)
        assert work is not None
        assert (work.state, work.total) == ("running", 5)
    wait_for_state(library, "stopped")
    with ToldProgress(library, NullProgress()) as third:
        third.started("ingest", 9)
        wait_for_state(library, "running")
        third.finished()
    assert running_work(library) is None


def test_work_goes_on_where_it_cannot_be_told(tmp_path: Path) -> None:
    with ToldProgress(tmp_path / "none" / "sounds.db", NullProgress()) as told:
        told.started("ingest", 5)
        told.advanced(1)
    assert running_work(tmp_path / "none" / "sounds.db") is None


@pytest.mark.parametrize("content", [b"", b"[]", b'{"state": "running"}', b"\xff" * 9])
def test_what_is_no_such_file_tells_nothing(library: Path, content: bytes) -> None:
    work_file(library).write_bytes(content)
    assert running_work(library) is None
