"""Ingests that are stopped, killed or run side by side: nothing is lost, nothing is half stored."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

import sqlclap
from sqlclap.progress import NullProgress
from tests.ingest.scenes import check_same_contents, contents, rows
from tests.support.half_stored import half_stored
from tests.support.patience import PATIENCE_S
from tests.support.sounds import noise, tone, write_sound

ROOT = Path(__file__).parents[2]
FILES = 160

# Commits all the time, and says when the work begins. With an argument it does not come to its end
# before a signal has: whoever stops it need not be quick.
INGEST = """
import os
import signal
import sys
import sqlclap
from sqlclap.progress import NullProgress
from tests.support.patience import be_patient

be_patient()
heard, told = os.pipe()
os.set_blocking(told, False)
signal.set_wakeup_fd(told)  # a signal that comes just before it is waited for isn't missed

class Loud(NullProgress):
    waits = sys.argv[3] == "endless"

    def started(self, stage, total):
        if stage == "ingest":
            print("started", flush=True)
        self.stage, self.left = stage, total

    def advanced(self, steps, seconds_of_sound=0.0):
        self.left -= steps
        if self.waits and self.stage == "ingest" and self.left < 20:
            self.waits = not os.read(heard, 1)

library = sqlclap.open(sys.argv[1], model=sys.argv[2])
options = sqlclap.IngestOptions(commit_every_s=0.02, windows_under_way=4, threads=2)
report = library.ingest([sys.argv[4]], options, Loud())
print(report.new, "interrupted" if report.interrupted else "finished")
"""


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of sounds of one and of three windows."""
    folder = tmp_path_factory.mktemp("many")
    for number in range(FILES):
        sound = noise(number, seconds=1.5) if number % 4 == 0 else tone(60 + number)
        write_sound(folder / f"{number % 5}" / f"{number}.wav", sound)
    return folder


@pytest.fixture(scope="module")
def undisturbed(
    many: Path, fake_bundle: Path, tmp_path_factory: pytest.TempPathFactory
) -> list[tuple[object, ...]]:
    """What a library holds after an ingest that nothing happened to."""
    path = tmp_path_factory.mktemp("undisturbed") / "library.db"
    with sqlclap.open(path, model=str(fake_bundle)) as library:
        library.ingest([many])
        return contents(library)


def start(path: Path, bundle: Path, folder: Path, end: str = "ends") -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", INGEST, path, bundle, end, folder]
    return subprocess.Popen(
        [str(argument) for argument in arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_the_work(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"


def check_nothing_half_stored(library: sqlclap.Library) -> None:
    assert library.connection.pragma("integrity_check") == "ok"
    assert list(half_stored(library)) == []


def wait_for_samples(path: Path, count: int) -> None:
    ends = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends:
        with closing(sqlite3.connect(path, timeout=PATIENCE_S)) as plain:
            if plain.execute("SELECT count(*) FROM samples").fetchone()[0] >= count:
                return
        time.sleep(0.005)
    pytest.fail("no samples in time")


def test_ctrl_c_stores_what_is_ready_and_the_next_run_goes_on(
    many: Path, fake_bundle: Path, tmp_path: Path, undisturbed: list[tuple[object, ...]]
) -> None:
    path = tmp_path / "library.db"
    process = start(path, fake_bundle, many, "endless")
    wait_for_the_work(process)
    wait_for_samples(path, 10)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=PATIENCE_S)

    assert errors == ""
    new, how = output.split()
    assert (process.returncode, how, errors) == (0, "interrupted", "")
    with sqlclap.open(path, model=str(fake_bundle)) as library:
        check_nothing_half_stored(library)
        assert library.info().counts["samples"] == int(new) < FILES
        report = library.ingest([many])
        assert (report.unchanged, report.new) == (int(new), FILES - int(new))
        check_same_contents(contents(library), undisturbed)


@pytest.mark.slow
def test_ctrl_c_at_any_moment_ends_it_and_loses_nothing(fake_bundle: Path, tmp_path: Path) -> None:
    folder, work = tmp_path / "sounds", tmp_path / "work"
    work.mkdir()
    for number in range(6):
        sound = noise(number, seconds=1.5) if number % 3 == 0 else tone(60 + number)
        write_sound(folder / f"{number % 2}/{number}.wav", sound)
    command = [
        sys.executable,
        "-m",
        "tests.support.ctrl_c_trials",
        folder,
        fake_bundle,
        work,
        "150",
    ]
    done = subprocess.run(
        [str(one) for one in command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    *wrong, tried = done.stdout.splitlines() or [""]
    assert (done.returncode, wrong) == (0, []), done.stderr
    struck, _, moments = tried.split()
    assert int(struck) > 0.5 * int(moments)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_a_killed_ingest_goes_on_as_if_nothing_had_happened(
    many: Path,
    fake_bundle: Path,
    tmp_path: Path,
    undisturbed: list[tuple[object, ...]],
    seed: int,
) -> None:
    path = tmp_path / "library.db"
    process = start(path, fake_bundle, many)
    wait_for_the_work(process)
    time.sleep(random.Random(seed).uniform(0, 1.0))
    process.kill()
    process.communicate(timeout=PATIENCE_S)

    with sqlclap.open(path, model=str(fake_bundle)) as library:
        check_nothing_half_stored(library)
        stored = library.info().counts["samples"]
        report = library.ingest([many])
        assert (report.unchanged, report.new) == (stored, FILES - stored)
        check_nothing_half_stored(library)
        check_same_contents(contents(library), undisturbed)


@pytest.mark.slow
def test_two_ingests_of_one_library_lose_nothing(
    many: Path, fake_bundle: Path, tmp_path: Path, undisturbed: list[tuple[object, ...]]
) -> None:
    path = tmp_path / "library.db"
    running = [start(path, fake_bundle, many) for _ in range(2)]
    ended = [process.communicate(timeout=PATIENCE_S) for process in running]

    assert [errors for _, errors in ended] == ["", ""]
    with sqlclap.open(path, model=str(fake_bundle)) as library:
        check_nothing_half_stored(library)
        check_same_contents(contents(library), undisturbed)
        assert library.ingest([many]).unchanged == FILES


@pytest.mark.slow
def test_searches_during_an_ingest_all_answer(
    many: Path, fake_bundle: Path, tmp_path: Path
) -> None:
    path = tmp_path / "library.db"
    process = start(path, fake_bundle, many, "endless")
    wait_for_the_work(process)
    wait_for_samples(path, 5)
    found: list[int] = []  # samples when a search was answered
    with sqlclap.open(path, model=str(fake_bundle), mode="read") as library:
        while process.poll() is None:
            assert len(library.search("deep kick", n=5)) == 5
            found.append(library.info().counts["samples"])
            if found[-1] >= FILES / 2:
                process.send_signal(signal.SIGINT)
                break
        while process.poll() is None:
            assert len(library.search("deep kick", n=5)) == 5
    assert (process.returncode, bool(found)) == (0, True), process.communicate()


@pytest.fixture
def twice(filled: sqlclap.Library, fake_bundle: Path) -> Iterator[sqlclap.Library]:
    """The same library opened a second time, as another program would."""
    with sqlclap.open(filled.path, model=str(fake_bundle)) as other:
        yield other


def test_what_another_ingest_found_again_is_not_pruned(
    filled: sqlclap.Library, twice: sqlclap.Library, sounds: Path
) -> None:
    (sounds / "tones/tone-110.wav").rename(sounds / "bass.wav")
    for number in range(3):
        write_sound(sounds / f"new-{number}.wav", tone(500 + number))

    # This ingest has made its plan; now the other one overtakes it.
    other_first = Meanwhile(lambda: twice.ingest([sounds]))
    before = filled.similar("tones/tone-110.wav")
    report = filled.ingest([sounds], sqlclap.IngestOptions(prune=True), other_first)

    assert report.failed == []
    assert filled.similar("bass.wav")[0] == before[0]
    assert filled.info().counts["samples"] == 9
    assert filled.ingest([sounds]).unchanged == 9


class Meanwhile(NullProgress):
    """Does something once an ingest has planned what to take in."""

    def __init__(self, act: Callable[[], object]) -> None:
        self._act = act

    def started(self, stage: str, total: int) -> None:
        if stage == "ingest":
            self._act()


def test_an_outer_folder_ingested_meanwhile_leaves_the_inner_one_alone(
    filled: sqlclap.Library, twice: sqlclap.Library, sounds: Path
) -> None:
    write_sound(sounds / "new.wav", tone(500))
    filled.ingest([sounds], listener=Meanwhile(lambda: twice.ingest([sounds.parent])))
    assert filled.ingest([sounds.parent]).unchanged == 7
    assert len(rows(filled)) == 7


def test_a_source_removed_meanwhile_ends_in_one_clear_error(
    filled: sqlclap.Library, twice: sqlclap.Library, sounds: Path
) -> None:
    write_sound(sounds / "new.wav", tone(500))
    with pytest.raises(sqlclap.SqlclapError, match="moved or removed the source"):
        filled.ingest([sounds], listener=Meanwhile(lambda: twice.sources.remove(sounds)))
    assert filled.ingest([sounds]).new == 7
