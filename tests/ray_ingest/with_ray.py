"""An ingest on a real Ray, on this machine's loopback; `make test-ray` runs it."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

import sqlclap
from sqlclap.models.bundle import EMBEDDED_MODEL
from sqlclap.ray_ingest.crew import RayCrew, ray_crew
from sqlclap.shards import SetOptions, open_set
from sqlclap.shards.inspection import verify_set
from sqlclap.shards.making import init_set
from tests.ray_ingest.test_dispatch import held
from tests.support.patience import PATIENCE_S
from tests.support.sounds import noise, tone, write_sound

# Not imported here: Ray reads at its import what it may listen on.
if importlib.util.find_spec("ray") is None:
    pytest.skip("Ray has an environment of its own: make test-ray", allow_module_level=True)

T = TypeVar("T")


@pytest.fixture(scope="module")
def crew() -> Iterator[RayCrew]:
    """Workers on a cluster of two cores that ends with the tests."""
    with ray_crew("auto", cores=2) as connected:
        yield connected


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Forty sounds, and one that is none."""
    folder = tmp_path / "many"
    for number in range(20):
        write_sound(folder / f"tone-{number}.wav", tone(100 + 17 * number))
        write_sound(folder / f"noise-{number}.flac", noise(number, 1.5))
    (folder / "broken.wav").write_bytes(b"no sound")
    return folder


def ingested(path: Path, folder: Path, crew: RayCrew | None) -> dict[str, bytes]:
    with sqlclap.open(path) as library:
        report = library.ingest([folder], sqlclap.IngestOptions(crew=crew))
        assert (report.new, len(report.failed)) == (40, 1)
        return held(library)


def test_nothing_listens_but_on_loopback(crew: RayCrew) -> None:
    shown = subprocess.run(["ss", "-ltnpH"], capture_output=True, text=True, check=True).stdout
    ours = [line for line in shown.splitlines() if "ray" in line or "gcs_server" in line]
    assert ours
    own = ("127.0.0.1:", "[::1]:", "[::ffff:127.0.0.1]:")
    outside = [at for line in ours if not (at := line.split()[3]).startswith(own)]
    assert outside == []
    assert os.environ["RAY_AUTH_MODE"] == "token"


def test_vectors_are_those_of_a_local_ingest_byte_for_byte(
    crew: RayCrew, many: Path, tmp_path: Path
) -> None:
    local = ingested(tmp_path / "local.db", many, None)
    assert ingested(tmp_path / "ray.db", many, crew) == local


def test_a_killed_worker_loses_nothing_and_doubles_nothing(
    crew: RayCrew, many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlclap.ingest import batches
    from sqlclap.ray_ingest.engine import RayEngine

    local = ingested(tmp_path / "local.db", many, None)
    monkeypatch.setattr(batches, "FILES", 4)
    waits, plain = [0], RayEngine.wait

    def killing(self: RayEngine) -> object:
        waits[0] += 1
        if waits[0] == 2:
            children = subprocess.run(
                ["pgrep", "-f", "ray::EncoderWorker"], capture_output=True, text=True, check=False
            ).stdout.split()
            os.kill(int(children[0]), signal.SIGKILL)
        return plain(self)

    monkeypatch.setattr(RayEngine, "wait", killing)
    assert ingested(tmp_path / "ray.db", many, crew).keys() == local.keys()
    assert waits[0] > 10


def held_by_shards(path: Path) -> dict[str, bytes]:
    """Return the vectors of all shards of a set that is well; each sound is in one of them."""
    found: dict[str, bytes] = {}
    with open_set(path) as opened:
        report = verify_set(opened)
        assert report.is_well, report.problems
        for shard in opened.shards:
            with shard.open("read") as library:
                own = held(library)
            assert own
            assert not own.keys() & found.keys()
            found |= own
    return found


def test_a_set_gets_the_vectors_of_a_library(crew: RayCrew, many: Path, tmp_path: Path) -> None:
    init_set(tmp_path / "set.toml", 3, EMBEDDED_MODEL).close()
    with open_set(tmp_path / "set.toml") as opened:
        report = opened.ingest([many], sqlclap.IngestOptions(crew=crew))
        assert (report.new, len(report.failed), report.not_written) == (40, 1, [])
        again = opened.ingest(options=sqlclap.IngestOptions(crew=crew))
        assert (again.unchanged, again.failed_before) == (40, 1)
    assert held_by_shards(tmp_path / "set.toml") == ingested(tmp_path / "local.db", many, None)


def test_ctrl_c_ends_ray_and_the_next_run_goes_on(many: Path, tmp_path: Path) -> None:
    for number in range(600):
        write_sound(many / f"more-{number}.wav", tone(90 + number, 0.4))
    init_set(tmp_path / "set.toml", 2, EMBEDDED_MODEL).close()
    command = [sys.executable, "-m", "sqlclap", "ingest", "set.toml", str(many), "--ray", "auto"]
    environment = {name: one for name, one in os.environ.items() if not name.startswith("RAY_")}
    # In a session of its own, as a terminal's Ctrl-C goes to all of Ray's processes, too.
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, start_new_session=True, stderr=subprocess.PIPE
    ) as running:
        ours = _until(lambda: _of_session(running.pid, "EncoderWorker"))
        assert _of_session(running.pid, "raylet")
        _until(lambda: _sounds(tmp_path) > 0)
        os.killpg(running.pid, signal.SIGINT)
        told = running.communicate(timeout=PATIENCE_S)[1].decode()
    assert running.returncode == 130, told
    assert "stopped early" in told
    _until(lambda: not _of_session(running.pid, ""))
    assert ours
    assert 0 < _sounds(tmp_path) < 640
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, timeout=PATIENCE_S)
    assert held_by_shards(tmp_path / "set.toml") == _local(tmp_path / "local.db", many)


def _local(path: Path, folder: Path) -> dict[str, bytes]:
    with sqlclap.open(path) as library:
        library.ingest([folder])
        return held(library)


def _sounds(folder: Path) -> int:
    with open_set(folder / "set.toml", SetOptions(mode="read")) as opened:
        counts = []
        for shard in opened.shards:
            with shard.open("read") as library:
                counts.append(library.info().counts["samples"])
    return sum(counts)


def _of_session(session: int, name: str) -> list[str]:
    """Return the processes of a session whose command holds a name, without those that ended."""
    asked = ["ps", "-ww", "-s", str(session), "-o", "stat=,args="]
    shown = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    return [one for one in shown.splitlines() if name in one and not one.startswith("Z")]


def _until(happened: Callable[[], T]) -> T:
    for _ in range(int(PATIENCE_S / 0.2)):
        if found := happened():
            return found
        time.sleep(0.2)
    raise AssertionError("it did not happen")
