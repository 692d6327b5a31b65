"""``sqlclap ingest`` and ``sqlclap info``: what they report."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.cli.running import fail, rows_of, run, succeed
from tests.support.patience import PATIENCE_S
from tests.support.sounds import noise, tone, write_sound


@pytest.fixture
def model(fake_bundle: Path) -> tuple[str, Path]:
    return "--model", fake_bundle


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sounds.db"


def test_the_report_counts_what_was_done(path: Path, sounds: Path, model: tuple[str, Path]) -> None:
    assert succeed("ingest", path, sounds, *model).startswith("6 new; 2.40 s of sound in ")
    assert succeed("ingest", path, *model).startswith("6 unchanged; 0.00 s of sound in ")
    (sounds / "tones/tone-110.wav").rename(sounds / "bass.wav")
    (sounds / "tones/tone-220.wav").unlink()
    write_sound(sounds / "tones/tone-440.wav", tone(441))
    printed = succeed("ingest", path, *model)
    assert printed.startswith("1 changed, 1 moved, 3 unchanged, 1 missing; ")
    assert succeed("ingest", path, "--prune", *model).startswith("5 unchanged, 1 pruned; ")


def test_the_report_as_json(path: Path, sounds: Path, model: tuple[str, Path]) -> None:
    (sounds / "broken.wav").write_bytes(b"broken")
    report = rows_of("ingest", path, sounds, *model)
    assert (report["new"], report["interrupted"]) == (6, False)
    (failed,) = report["failed"]
    assert (failed["path"], failed["stage"]) == (str(sounds / "broken.wav"), "decode")


def test_failures_are_shown_at_the_end_and_by_info(
    path: Path, sounds: Path, model: tuple[str, Path]
) -> None:
    for number in range(25):
        (sounds / f"broken\x1b{number}.wav").write_bytes(b"broken")
    result = run("ingest", path, sounds, *model)

    assert result.exit_code == 0
    assert "6 new, 25 failed" in result.stdout
    lines = result.stderr.splitlines()
    assert len(lines) == 21
    assert lines[0].startswith(f"  decode: {sounds}/broken\\x1b0.wav: ")
    assert lines[-1] == f"  and 5 more: sqlclap info {path} --failures"
    printed = succeed("info", path, "--failures")
    assert printed.count("decode") >= 25
    assert "\x1b" not in printed
    assert "6 unchanged, 25 failed before" in succeed("ingest", path, *model)
    assert "25 failed;" in succeed("ingest", path, "--retry-failed", *model)


def test_nothing_found_is_said(path: Path, tmp_path: Path, model: tuple[str, Path]) -> None:
    (tmp_path / "nothing").mkdir()
    assert succeed("ingest", path, tmp_path / "nothing", *model).startswith("no sounds found; ")


def test_info_sums_a_library_up(path: Path, sounds: Path, model: tuple[str, Path]) -> None:
    succeed("ingest", path, sounds, *model)
    write_sound(sounds / "silent.wav", 0 * noise())
    (sounds / "tones/tone-110.wav").unlink()
    succeed("ingest", path, *model)

    printed = succeed("info", path)

    assert printed.startswith("7 sounds, 2.80 s in all; the library takes ")
    for text in ("1 silent (no vector)", "1 missing (file gone", str(sounds), "fake (default)"):
        assert text in printed
    summary = rows_of("info", path)
    assert summary["counts"]["samples"] == 7
    (source,) = summary["sources"]
    assert (source["root"], source["kind"], source["samples"]) == (str(sounds), "tree", 7)
    assert (source["missing"], source["is_there"], source["exclude"]) == (1, True, [])
    assert summary["models"][0]["samples"] == 6
    assert rows_of("info", path, "--failures")["failures"] == []


def test_errors_are_one_line(
    path: Path, sounds: Path, tmp_path: Path, model: tuple[str, Path]
) -> None:
    assert "has no folders yet" in fail("ingest", path, *model)
    assert "is not there; is its disk plugged in?" in fail("ingest", path, "nowhere", *model)
    assert "no library at" in fail("info", tmp_path / "none.db")
    os.mkfifo(tmp_path / "pipe.wav")
    assert "neither a folder nor a file" in fail("ingest", path, tmp_path / "pipe.wav", *model)
    (tmp_path / "text.txt").write_text("not a library")
    assert "is not a SQLite file" in fail("ingest", tmp_path / "text.txt", sounds, *model)
    assert run("ingest", path, sounds, "--threads", "-1").exit_code == 2


def has_begun(path: Path) -> bool:
    with (
        suppress(sqlite3.OperationalError),
        closing(sqlite3.connect(path, timeout=PATIENCE_S)) as plain,
    ):
        return plain.execute("SELECT count(*) FROM sources").fetchone() == (1,)
    return False


# The command, which does not come to its end: whoever presses Ctrl-C need not be quick.
ENDLESS = """
import time
from sqlclap.cli import main
from sqlclap.ingest.store import Writer

def wait(*_):
    while True:  # a signal that comes just before one sleep ends the next
        time.sleep(0.01)

Writer.settle_gone = wait
main()
"""


def interrupt(*arguments: str | Path, after: Callable[[], bool]) -> tuple[int, str, str]:
    """Press Ctrl-C once `after` holds."""
    process = subprocess.Popen(
        [sys.executable, "-c", ENDLESS, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    ends = time.monotonic() + PATIENCE_S
    while process.poll() is None and not after() and time.monotonic() < ends:
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=PATIENCE_S)
    return process.returncode, output, errors


@pytest.mark.slow
def test_ctrl_c_exits_with_130_and_says_how_to_go_on(
    path: Path, tmp_path: Path, model: tuple[str, Path]
) -> None:
    many = tmp_path / "many"
    for number in range(20):
        write_sound(many / f"{number}.wav", noise(number, seconds=60))
    code, output, errors = interrupt(
        "ingest", path, many, *model, "--json", after=lambda: has_begun(path)
    )
    assert code == 130
    assert json.loads(output)["interrupted"] is True
    assert errors == ""
    log = path.with_name("sounds.db-wal")  # there as long as the library is open
    assert not log.exists()
    code, output, errors = interrupt("ingest", path, many, *model, after=log.exists)
    assert code == 130
    assert errors.startswith("stopped")  # before or while it reads sounds
    assert errors.count("\n") == 1
