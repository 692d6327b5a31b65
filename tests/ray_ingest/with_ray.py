"""An ingest on a real Ray, on this machine's loopback; `make test-ray` runs it."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import sqlclap
from sqlclap.ray_ingest.crew import RayCrew, ray_crew
from tests.ray_ingest.test_dispatch import held
from tests.support.sounds import noise, tone, write_sound

# Not imported here: Ray reads at its import what it may listen on.
if importlib.util.find_spec("ray") is None:
    pytest.skip("Ray has an environment of its own: make test-ray", allow_module_level=True)


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
    from sqlclap.ray_ingest import batches
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
