"""`sqlclap explore`: a page while sounds are taken in, and what a killed process leaves."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from sqlclap.running_work import running_work
from sqlclap.shards import open_set
from sqlclap.shards.inspection import verify_set
from sqlclap.shards.making import init_set
from tests.page.visiting import found_in
from tests.support.patience import PATIENCE_S
from tests.support.sounds import tone, write_sound

SOUNDS = 700
"""Enough that the page is there long before the last of them is in."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("explored") / "sounds"
    for number in range(SOUNDS):
        write_sound(folder / f"tone-{number:03}.wav", tone(80 + 5 * number, seconds=0.2))
    (folder / "broken.wav").write_bytes(b"RIFF no sound")
    return folder


class Explored:
    """A running `sqlclap explore`."""

    def __init__(self, folder: Path, library: Path) -> None:
        command = [sys.executable, "-u", "-m", "sqlclap", "explore", str(folder)]
        options = ["--library", str(library), "--no-browser", "--port", "0"]
        self.library = library
        self.process = subprocess.Popen(
            [*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.said: list[str] = []

    def base(self) -> str:
        """Wait until it serves."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            if line.startswith("Serving"):
                return found_in(r"on (http://\S+)/ ", line)
        raise AssertionError(f"it does not serve: {self.said}")

    def work(self, base: str) -> dict[str, Any]:
        address = f"{base}/-/sqlclap/{self.library.stem}/api/work"
        with urllib.request.urlopen(address, timeout=PATIENCE_S) as answer:  # noqa: S310 it is ours
            told: dict[str, Any] = json.load(answer)
        return told

    def worker(self) -> int:
        """Return the number of the process that works."""
        listed = subprocess.run(
            ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(self.process.pid)],
            capture_output=True,
            text=True,
            check=True,
        )
        found = [line for line in listed.stdout.splitlines() if "spawn_main" in line]
        assert len(found) == 1, listed.stdout
        return int(found[0].split()[0])

    def end(self) -> str:
        self.process.send_signal(signal.SIGINT)
        return self.process.communicate(timeout=PATIENCE_S)[1]


@pytest.fixture
def explore(tmp_path: Path) -> Iterator[Callable[..., Explored]]:
    started: list[Explored] = []

    def start(folder: Path, library: str = "new.db") -> Explored:
        started.append(Explored(folder, tmp_path / library))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.communicate()


def wait_until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)


def count(library: Path) -> int:
    with closing(sqlite3.connect(library, timeout=PATIENCE_S)) as connection:
        return int(connection.execute("SELECT count(*) FROM samples").fetchone()[0])


@pytest.mark.slow
def test_the_page_is_there_before_the_work_is_done(
    explore: Callable[[Path], Explored], folder: Path
) -> None:
    explored = explore(folder)
    base = explored.base()
    first = explored.work(base)
    assert first["samples"] >= 100
    assert first["work"]["state"] == "running"
    wait_until(lambda: explored.work(base)["work"] is None)
    last = explored.work(base)
    assert last["samples"] == SOUNDS
    assert last["layout"]
    ended = explored.end()
    assert "Traceback" not in ended
    assert running_work(explored.library) is None


@pytest.mark.slow
def test_a_set_is_filled_and_its_page_is_there_before_the_work_is_done(
    explore: Callable[..., Explored], folder: Path, tmp_path: Path
) -> None:
    init_set(tmp_path / "set.toml", 2).close()
    explored = explore(folder, "set.toml")
    base = explored.base()
    assert "set.toml, 2 shards," in explored.said[-1]
    assert explored.work(base)["samples"] >= 100
    wait_until(lambda: explored.work(base)["work"] is None)
    last = explored.work(base)
    assert last["samples"] == SOUNDS
    assert last["layout"]
    ended = explored.end()
    assert "Traceback" not in ended
    with open_set(tmp_path / "set.toml") as opened:
        assert [one.sounds > 0 for one in opened.info().shards] == [True, True]
        assert opened.map.status().points == SOUNDS
        assert opened.clusters.overview()
        assert verify_set(opened).problems == []
    (tmp_path / "set-0002.db").rename(tmp_path / "away.db")
    again = explore(folder, "set.toml")
    base = again.base()
    wait_until(lambda: again.work(base)["work"] is None)
    ended = again.end()
    assert ended.count("not written, shard 2: no library at") == 1
    assert "not answering, shard 2" in ended


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="it has no such signals")
def test_a_worker_that_is_killed_is_told_as_stopped_and_the_page_stays(
    explore: Callable[[Path], Explored], folder: Path
) -> None:
    explored = explore(folder)
    base = explored.base()
    os.kill(explored.worker(), signal.SIGKILL)
    wait_until(lambda: (explored.work(base)["work"] or {}).get("state") == "stopped")
    assert explored.work(base)["samples"] >= 100
    explored.end()
    again = explore(folder)
    base = again.base()
    wait_until(lambda: again.work(base)["work"] is None)
    assert count(again.library) == SOUNDS


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="it has no such signals")
def test_the_worker_ends_with_a_server_that_is_killed(
    explore: Callable[[Path], Explored], folder: Path
) -> None:
    explored = explore(folder)
    explored.base()
    worker = explored.worker()
    explored.process.kill()

    def is_gone() -> bool:
        try:
            os.kill(worker, 0)
        except ProcessLookupError:
            return True
        return False

    wait_until(is_gone)
    assert count(explored.library) >= 100


def test_what_cannot_be_taken_in_is_one_line(
    explore: Callable[[Path], Explored], tmp_path: Path
) -> None:
    (tmp_path / "new.db").write_text("no database, but long enough to be looked at as one " * 20)
    (tmp_path / "sounds").mkdir()
    explored = explore(tmp_path / "sounds")
    said, why = explored.process.communicate(timeout=PATIENCE_S)
    assert (explored.process.returncode, said) == (1, "")
    (line,) = why.splitlines()
    assert line.startswith("Error: ")
    assert "new.db" in line


def test_a_set_that_is_not_there_is_one_line(
    explore: Callable[..., Explored], tmp_path: Path
) -> None:
    (tmp_path / "sounds").mkdir()
    explored = explore(tmp_path / "sounds", "nothing.toml")
    said, why = explored.process.communicate(timeout=PATIENCE_S)
    assert (explored.process.returncode, said) == (1, "")
    (line,) = why.splitlines()
    assert line.startswith("Error: ")
    assert "nothing.toml" in line
    assert not (tmp_path / "nothing.toml").exists()


def test_ctrl_c_before_the_page_is_there(explore: Callable[[Path], Explored], folder: Path) -> None:
    explored = explore(folder)
    wait_until(explored.library.exists)
    ended = explored.end()
    assert explored.process.returncode == 130
    assert ended == "stopped\n"
    assert running_work(explored.library) is None or count(explored.library) < SOUNDS
