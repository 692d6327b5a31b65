"""Processes that read and die, and ingests that are stopped or killed while they read."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import sqlclap
from sqlclap.errors import IngestError
from sqlclap.ingest import quarantine
from tests.ingest.scenes import check_same_contents, contents
from tests.ingest.test_descriptor_plugins import offer
from tests.support.patience import PATIENCE_S
from tests.support.sounds import noise, tone, write_sound

IN_PROCESSES = sqlclap.IngestOptions(processes=True, threads=2)
ROOT = Path(__file__).parents[2]
FILES = 120
DEADLY = 0.987  # of a sound that ends whoever measures it: its first sample
# A script as people write them: without `if __name__ == "__main__"`.
SCRIPT = """
import sys
import sqlclap

with sqlclap.open(sys.argv[1], model=sys.argv[2]) as library:
    print("started", flush=True)
    options = sqlclap.IngestOptions(processes=True, threads=2, commit_every_s=0.02)
    report = library.ingest([sys.argv[3]], options)
    print(report.new, "interrupted" if report.interrupted else "finished")
"""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on Python's path."""
    (tmp_path / "site").mkdir()
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    return tmp_path / "site"


def deadly_sound(path: Path, seconds: float = 0.3) -> Path:
    samples = noise(1, seconds)
    samples[0] = DEADLY
    return write_sound(path, samples)


def ending(how: str) -> str:
    """What a descriptor does that dies of the deadly sound, at once or at its second block."""
    met = f"abs(float(mono[0]) - {DEADLY}) < 1e-3"
    return f"{how} if {met} else None"


DEATHS = {
    "ended by a signal": "__import__('os').kill(__import__('os').getpid(), 11)",
    "left": "__import__('os')._exit(0)",
}


@pytest.mark.parametrize("how", DEATHS)
def test_a_file_that_ends_its_process_fails_alone(
    sounds: Path, library: sqlclap.Library, site: Path, how: str
) -> None:
    deadly_sound(sounds / "tones" / "deadly.wav")
    offer(site, "deadly", update=ending(DEATHS[how]))
    report = library.ingest([sounds], IN_PROCESSES)
    (failed,) = report.failed
    assert (report.new, Path(failed.path).name, failed.stage) == (6, "deadly.wav", "decode")
    assert "ended its process 2 times, while it was alone" in failed.reason
    again = library.ingest([sounds], IN_PROCESSES)
    assert (again.unchanged, again.failed_before, again.failed) == (6, 1, [])


def test_a_long_sound_whose_process_died_once_is_read_anew(
    tmp_path: Path, library: sqlclap.Library, site: Path, fake_bundle: Path
) -> None:
    (tmp_path / "long").mkdir()
    for number in range(3):
        write_sound(tmp_path / "long" / f"{number}.wav", noise(number, 20.0))
    died = tmp_path / "died"
    with sqlclap.open(tmp_path / "undisturbed.db", model=str(fake_bundle)) as undisturbed:
        undisturbed.ingest([tmp_path / "long"])
        expected = contents(undisturbed)
    # In its tenth second, when pieces of it have been handed on already.
    update = (
        "self.seen = getattr(self, 'seen', 0) + len(mono); p = __import__('pathlib')"
        f".Path({str(died)!r}); self.seen > 160_000 and not p.exists() and (p.touch(), "
        "__import__('time').sleep(0.5), __import__('os')._exit(1))"
    )
    offer(site, "fragile", update=update)
    report = library.ingest([tmp_path / "long"], IN_PROCESSES)
    assert died.exists()
    assert (report.new, report.failed) == (3, [])
    check_same_contents(contents(library), expected)


def test_a_moved_file_whose_process_died_once_keeps_its_id(
    sounds: Path, library: sqlclap.Library, site: Path, tmp_path: Path
) -> None:
    deadly_sound(sounds / "tones" / "once.wav")
    library.ingest([sounds])
    # Its vector is gone, so that it is decoded after it was recognised.
    library.connection.execute(
        "DELETE FROM embeddings WHERE sample_id = (SELECT sample_id FROM samples WHERE path = ?)",
        ("tones/once.wav",),
    )
    (sounds / "tones" / "once.wav").rename(sounds / "elsewhere.wav")
    died = tmp_path / "died"
    how = f"(open({str(died)!r}, 'x'), __import__('os')._exit(1))"
    met = f"abs(float(mono[0]) - {DEADLY}) < 1e-3"
    offer(site, "once", update=f"__import__('os').path.exists({str(died)!r}) or {met} and {how}")
    report = library.ingest([sounds], IN_PROCESSES)
    assert died.exists()
    assert (report.moved, report.new, report.missing, report.failed) == (1, 0, 0, [])


def test_processes_that_die_of_anything_end_it_and_the_next_ingest_goes_on(
    sounds: Path, library: sqlclap.Library, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine, "DEATHS_IN_A_ROW", 3)
    offer(site, "hopeless", update="__import__('os')._exit(1)")
    with pytest.raises(IngestError, match=r"3 workers died one after the other.*ended with code 1"):
        library.ingest([sounds], IN_PROCESSES)
    assert children_of(os.getpid()) == set()
    for file in site.rglob("*.txt"):
        file.unlink()
    assert library.ingest([sounds], IN_PROCESSES).new == 6


def children_of(process: int) -> set[int]:
    """Return the reading processes of a process, by /proc."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            if parent == process and b"reading_worker" in (stat.parent / "cmdline").read_bytes():
                found.add(int(stat.parent.name))
        except OSError:  # it has ended
            continue
    return found


def wait_until(what: Callable[[], object]) -> None:
    ends = time.monotonic() + PATIENCE_S
    while not what():
        assert time.monotonic() < ends
        time.sleep(0.01)


def is_running(process: int) -> bool:
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sounds of which reading all takes some seconds."""
    folder = tmp_path_factory.mktemp("many")
    for number in range(FILES):
        write_sound(folder / f"{number}.wav", np.tile(tone(60 + number), 30))
    return folder


def start(tmp_path: Path, bundle: Path, folder: Path) -> subprocess.Popen[str]:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    command = [sys.executable, str(script), str(tmp_path / "library.db"), str(bundle), str(folder)]
    return subprocess.Popen(
        command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks into /proc")
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_processes_end_with_their_ingest_and_the_next_one_goes_on(
    many: Path, tmp_path: Path, fake_bundle: Path, sent: signal.Signals
) -> None:
    running = start(tmp_path, fake_bundle, many)
    wait_until(lambda: len(children_of(running.pid)) == 2)
    readers = children_of(running.pid)
    os.killpg(running.pid, sent)  # as a terminal's Ctrl-C is sent to all of a group
    output, errors = running.communicate(timeout=PATIENCE_S)
    wait_until(lambda: not any(map(is_running, readers)))
    assert errors == ""
    if sent == signal.SIGINT:
        assert output.split()[-1] == "interrupted"
        assert running.returncode == 0
    with sqlclap.open(tmp_path / "library.db", model=str(fake_bundle)) as library:
        stored = library.info().counts["samples"]
        report = library.ingest([many])
        assert (report.unchanged, report.new) == (stored, FILES - stored)


def test_a_script_without_a_guard_runs_once(
    sounds: Path, tmp_path: Path, fake_bundle: Path
) -> None:
    output, errors = start(tmp_path, fake_bundle, sounds).communicate(timeout=PATIENCE_S)
    assert (output, errors) == ("started\n6 finished\n", "")
