"""Files that are there as a whole or not at all, and locks that end with their process."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from sqlclap.durable import draft_of, lock_file, write_whole
from tests.support.killed_steps import each_kill
from tests.support.patience import PATIENCE_S
from tests.support.unprivileged import run_unprivileged

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


def write_half(target: Path) -> None:
    with draft_of(target) as draft:
        draft.write_text("half of the sec")
        target.with_name("nowhere").read_text()


def test_a_draft_becomes_the_file_or_leaves_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "map.svg"
    with draft_of(target) as draft:
        draft.write_text("first")
        assert not target.exists()
        assert draft.suffix == ".svg"
    with pytest.raises(FileNotFoundError):
        write_half(target)
    assert target.read_text() == "first"
    assert list(tmp_path.iterdir()) == [target]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "map.svg")
    with draft_of(tmp_path / "link") as draft:
        draft.write_text("drawn")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "map.svg").read_text() == "drawn"


def test_a_file_keeps_its_mode(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    write_whole(target, "{}")
    target.chmod(0o640)
    write_whole(target, "[]")
    assert target.stat().st_mode & 0o777 == 0o640


def test_a_pipe_is_written_to_directly(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    write_whole(pipe, "drawn")
    reader.join(PATIENCE_S)
    assert read == ["drawn"]
    assert list(tmp_path.iterdir()) == [pipe]


def test_a_name_as_long_as_names_may_be_is_written(tmp_path: Path) -> None:
    target = tmp_path / ("ü" * 125 + ".json")
    write_whole(target, "{}")
    write_whole(target, "[]")
    assert [entry.name for entry in tmp_path.iterdir()] == [target.name]


@needs_fork
def test_a_kill_at_any_step_leaves_the_old_file_or_the_new(tmp_path: Path) -> None:
    target = tmp_path / "files" / "map.svg"
    target.parent.mkdir()
    old, new = "old" * 50_000, "new" * 60_000
    work = each_kill(tmp_path, lambda: write_whole(target, old), lambda: write_whole(target, new))
    found = [target.read_text() for _ in work]
    assert set(found) == {old, new}
    assert found == sorted(found, key=[old, new].index)
    assert list(target.parent.iterdir()) == [target]  # the next writing removed what was left


def test_drafts_of_killed_writers_are_removed_and_those_of_others_are_not(tmp_path: Path) -> None:
    target = tmp_path / "map.svg"
    stale = tmp_path / ".map-draft-0123456789ab.svg"
    others = [tmp_path / ".map-draft-mine.svg", tmp_path / ".map-draft-0123456789ab.png"]
    for path in (stale, *others):
        path.write_text("x")
    with draft_of(target) as living:
        living.write_text("first")
        write_whole(target, "second")
        assert living.read_text() == "first"
    assert sorted(tmp_path.iterdir()) == sorted([*others, target])
    assert target.read_text() == "first"


def test_what_cannot_be_written_is_left_as_it_was(tmp_path: Path) -> None:
    target = tmp_path / "closed" / "map.svg"
    target.parent.mkdir()
    target.write_text("old")
    target.parent.chmod(0o555)
    code = "import sys; from sqlclap.durable import *; write_whole(Path(sys.argv[1]), 'new')"
    try:
        ended = run_unprivileged(code, target)
    finally:
        target.parent.chmod(0o755)
    assert "PermissionError" in ended.stderr
    assert target.read_text() == "old"
    assert list(target.parent.iterdir()) == [target]


COUNT_UP = """
import sys
from sqlclap.durable import *
counter = Path(sys.argv[1])
for _ in range(50):
    with lock_file(counter.with_name("lock")):
        write_whole(counter, str(int(counter.read_text()) + 1))
"""


def test_what_is_changed_under_a_lock_loses_nothing(tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    counter.write_text("0")
    command = [sys.executable, "-c", COUNT_UP, str(counter)]
    processes = [subprocess.Popen(command) for _ in range(3)]
    assert [one.wait(PATIENCE_S) for one in processes] == [0, 0, 0]
    assert counter.read_text() == "150"


HOLD = """
import sys
from sqlclap.durable import *
with lock_file(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_lock_ends_with_the_process_that_holds_it(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path / "lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        got = threading.Event()

        def wait_for_it() -> None:
            with lock_file(tmp_path / "lock"):
                got.set()

        waiting = threading.Thread(target=wait_for_it)
        waiting.start()
        assert not got.is_set()
        holder.kill()
        waiting.join(PATIENCE_S)
    assert got.is_set()


def test_a_lock_whose_file_was_removed_is_taken_on_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    both = []

    def wait_for_it() -> None:
        with lock_file(path):
            both.append(path.exists())

    with lock_file(path):
        waiting = threading.Thread(target=wait_for_it)
        waiting.start()
        path.unlink()
    waiting.join(PATIENCE_S)
    assert both == [True]
