"""Every command, given a file that is no library, is damaged, locked or can't be written."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sqlclap import watching
from sqlclap.cli import main
from sqlclap.db import connection
from tests.cli.running import error_of, run
from tests.support.command_tree import Leaf, leaves
from tests.support.hostile_files import DAMAGED, NO_DATABASE, Maker, state_of
from tests.support.patience import PATIENCE_S
from tests.support.unprivileged import run_unprivileged

HOLD = """
import sqlite3, sys
library = sqlite3.connect(sys.argv[1], isolation_level=None)
if sys.argv[2] == "reading too":
    library.execute("PRAGMA locking_mode = EXCLUSIVE")
library.execute("BEGIN EXCLUSIVE")
library.execute("PRAGMA user_version")
print("held", flush=True)
sys.stdin.read()
"""
COMMANDS = [leaf for leaf in leaves() if leaf.takes_library]
ON_A_TERMINAL = ("review",)
"""Commands that ask, without ``--json``."""

every_command = pytest.mark.parametrize("leaf", COMMANDS, ids=lambda leaf: leaf.name)


@pytest.fixture(autouse=True)
def served(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What would be served until Ctrl-C; and no one waits for a lock."""
    import uvicorn

    calls: list[object] = []
    monkeypatch.setattr(uvicorn.Server, "run", lambda *_, **__: calls.append(1))
    monkeypatch.setattr("webbrowser.open", lambda *_: True)
    monkeypatch.setattr(connection, "BUSY_TIMEOUT_MS", 1)
    monkeypatch.setattr(watching.Watcher, "_watch_those_there", lambda _, stop: stop.set())
    return calls


def check_refusal(result: Result, path: Path) -> None:
    """One line that names the file, exit code 1, nothing on standard output."""
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1, result.stderr
    assert _shown_name(path) in error_of(result)
    assert len(result.stderr) < 1000, "a line that nobody reads"


def _shown_name(path: Path) -> str:
    if len(str(path)) > 250:
        return str(path)[:20]
    name = os.fsencode(path.name).decode("utf-8", "backslashreplace")
    return name.replace("\n", "\\n").replace("\0", "\\x00")


def calls_of(leaf: Leaf, given: Mapping[str, str | Path]) -> Iterator[list[str]]:
    """Call a command as people do, and for programs."""
    called = leaf.call(given)
    if leaf.name not in ON_A_TERMINAL:
        yield called
    if leaf.for_programs:
        yield [*leaf.words, *leaf.for_programs, *called[len(leaf.words) :]]


@every_command
def test_what_is_no_library_is_refused_in_one_line(
    leaf: Leaf, scene: Mapping[str, Path], tmp_path: Path
) -> None:
    wrong = []
    for kind, (name, make) in NO_DATABASE.items():
        home = tmp_path / kind.replace(" ", "-").replace("'", "")
        home.mkdir()
        path = home / name
        make(path, scene["library"])
        before = state_of(home)
        for call in calls_of(leaf, {**scene, "library": path}):
            try:
                check_refusal(run(*call, stdin=b""), path)
                assert state_of(home) == before, "something was made or changed"
            except Exception as error:
                wrong.append(f"{kind}: {call}: {type(error).__name__}: {error}")
    assert not wrong, "\n".join(wrong)


def check_an_answer(result: Result, path: Path) -> None:
    """Whatever came of it: no traceback, and an error is one line."""
    assert result.exit_code in (0, 1), result.output
    lines = result.stderr.splitlines()
    errors = [line for line in lines if line.startswith(("Error: ", '{"error"'))]
    assert len(errors) <= result.exit_code
    if errors:
        assert result.stdout == ""
        assert error_of(result)


@contextmanager
def held(path: Path, how: str) -> Iterator[None]:
    """Let another program hold a library's lock."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path), how],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        try:
            yield
        finally:
            holder.stdin.close()
            holder.wait(PATIENCE_S)


@pytest.fixture
def copied(scene: Mapping[str, Path], tmp_path: Path) -> Path:
    """A copy of the library, alone in a folder."""
    (tmp_path / "home").mkdir()
    return Path(shutil.copyfile(scene["library"], tmp_path / "home" / "sounds.db"))


def test_a_library_that_nobody_else_may_read_is_locked(
    scene: Mapping[str, Path], copied: Path
) -> None:
    with held(copied, "reading too"):
        before = state_of(copied.parent)
        for leaf in COMMANDS:
            for call in calls_of(leaf, {**scene, "library": copied}):
                result = run(*call, stdin=b"")
                check_refusal(result, copied)
                assert "is locked by another program" in result.stderr
        assert state_of(copied.parent) == before


def test_a_library_that_another_writes_can_be_read_and_is_not_written(
    scene: Mapping[str, Path], copied: Path
) -> None:
    locked = set()
    with held(copied, "writing"):
        before = without_logs(copied.parent)
        for leaf in COMMANDS:
            for call in calls_of(leaf, {**scene, "library": copied}):
                result = run(*call, stdin=b"")
                check_an_answer(result, copied)
                if "is locked by another program" in result.stderr:
                    check_refusal(result, copied)
                    locked.add(leaf.name)
                assert without_logs(copied.parent) == before, call
    assert {"ingest", "label add", "anchor add", "vote", "tag", "map", "index build"} <= locked
    assert not locked.intersection({"search", "similar", "query", "info", "label list", "doctor"})


def without_logs(folder: Path) -> dict[str, object]:
    """Return what lies below a folder, without what is kept beside a library in use."""
    there = state_of(folder).items()
    kept = ("-wal", "-shm", "-hnsw", "-hnsw/lock", "-work")
    return {name: state for name, state in there if not name.endswith(kept)}


@pytest.mark.parametrize("make", DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_library_gives_no_traceback(
    scene: Mapping[str, Path], tmp_path: Path, make: Maker
) -> None:
    refused = 0
    for number, leaf in enumerate(COMMANDS):
        for call in calls_of(leaf, {**scene, "library": tmp_path / f"{number}.db"}):
            path = tmp_path / f"{number}.db"
            make(path, scene["library"])
            result = run(*call, stdin=b"")
            check_an_answer(result, path)
            if "is damaged" in result.stderr:
                check_refusal(result, path)
                refused += 1
    assert refused > len(COMMANDS) / 2


READ_ONLY = """
from tests.cli.test_hostile_libraries import print_outcomes
print_outcomes(*sys.argv[1:])
"""


def print_outcomes(library: str, folder: str, file: str) -> None:
    """Try all commands on a library, and print how each ended."""
    import uvicorn

    uvicorn.Server.run = lambda *_, **__: None  # type: ignore[method-assign]  # none is to run
    watching.Watcher._watch_those_there = lambda _, stop: stop.set()  # type: ignore[assignment,method-assign]
    given = {"library": library, "a folder": folder, "a file": file}
    outcomes = []
    for leaf in COMMANDS:
        for call in calls_of(leaf, given):
            before = state_of(Path(library).parent)
            result = CliRunner().invoke(main, [*call], input=b"")
            died = result.exception if not isinstance(result.exception, SystemExit) else None
            same = state_of(Path(library).parent) == before
            outcomes.append([leaf.name, call, result.exit_code, result.stderr, repr(died), same])
    print(json.dumps(outcomes))


@pytest.mark.parametrize(("file_mode", "folder_mode"), [(0o444, 0o555), (0o444, 0o755)])
def test_a_library_that_is_not_ours_to_write_is_read_and_left_alone(
    scene: Mapping[str, Path], copied: Path, file_mode: int, folder_mode: int
) -> None:
    copied.chmod(file_mode)
    copied.parent.chmod(folder_mode)
    given = (copied, scene["a folder"], scene["a file"])
    ended = run_unprivileged(READ_ONLY, *given)
    copied.parent.chmod(0o755)
    assert ended.returncode == 0, ended.stderr
    refused = set()
    for name, call, exit_code, stderr, died, same in json.loads(ended.stdout.splitlines()[-1]):
        assert died == "None", f"{call}: {died}"
        assert exit_code in (0, 1), f"{call}: {stderr}"
        assert stderr.count("Error: ") <= exit_code
        assert same or folder_mode == 0o755, call
        if "can't be written" in stderr:
            assert stderr.count("\n") == 1
            assert copied.name in stderr
            refused.add(name)
    assert {"label set", "anchor add", "vote", "tag", "map", "index build"} <= refused
    assert not refused.intersection({"search", "similar", "query", "info", "label list", "doctor"})


@pytest.mark.parametrize("command", ["info", "ingest", "search"])
@pytest.mark.parametrize("kind", ["truncated", "name not in UTF-8", "pipe"])
def test_programs_that_are_run_say_the_same(
    scene: Mapping[str, Path], tmp_path: Path, command: str, kind: str
) -> None:
    name, make = NO_DATABASE[kind]
    make(tmp_path / name, scene["library"])
    words = ["hum"] if command == "search" else []
    ended = subprocess.run(
        [sys.executable, "-m", "sqlclap", command, os.fsencode(tmp_path / name), *words],
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (1, b"")
    assert ended.stderr.startswith(b"Error: ")
    assert ended.stderr.count(b"\n") == 1
    assert _shown_name(tmp_path / name).encode() in ended.stderr
