"""The plugin in a Datasette that was there before, by ``datasette install``: make test-install."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import sqlclap
from tests.support.patience import PATIENCE_S
from tests.support.sounds import noise, tone, write_sound


@pytest.fixture(scope="module")
def commands(request: pytest.FixtureRequest) -> Path:
    """The folder of the environment's commands."""
    folder: Path = request.config.getoption("--installed")
    return folder.resolve() / "bin"


@pytest.fixture(scope="module")
def site(commands: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of its Datasette, which serves a library made by its own sqlclap."""
    folder = tmp_path_factory.mktemp("installed")
    for number in range(6):
        write_sound(folder / "sounds" / f"tone {number}.wav", tone(200 + 50 * number))
    write_sound(folder / "sounds" / "noise.wav", noise())
    subprocess.run([commands / "sqlclap", "ingest", "sounds.db", "sounds"], cwd=folder, check=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    serve = [str(commands / "datasette"), "sounds.db", "--port", str(port)]
    with subprocess.Popen(serve, cwd=folder) as running:
        try:
            wait_for(f"http://127.0.0.1:{port}/")
            yield f"http://127.0.0.1:{port}"
        finally:
            running.terminate()


def wait_for(address: str) -> None:
    ends = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends:
        try:
            httpx.get(address)
            return
        except httpx.TransportError:
            time.sleep(0.2)
    raise TimeoutError(address)


def ask(address: str) -> tuple[int, str]:
    """Return the status and the text of an answer."""
    answer = httpx.get(address, timeout=PATIENCE_S)
    return answer.status_code, answer.text


def test_datasette_lists_the_plugin(commands: Path, tmp_path: Path) -> None:
    command = [str(commands / "datasette"), "plugins"]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    versions = {one["name"]: one["version"] for one in json.loads(told.stdout)}
    assert versions["sqlclap"] == sqlclap.__version__


def test_the_page_and_its_parts_are_served(site: str) -> None:
    status, page = ask(f"{site}/-/sqlclap/sounds/map")
    assert (status, "<canvas" in page) == (200, True)
    script = re.search(r'src="([^"]*map[^"]*\.js[^"]*)"', page)
    assert script is not None
    assert ask(f"{site}{script[1]}")[0] == 200
    assert "/-/sqlclap/sounds/map" in ask(f"{site}/sounds")[1]


def test_sounds_are_found_and_heard(site: str) -> None:
    status, answer = ask(f"{site}/-/sqlclap/sounds/api/search?q=noise")
    assert status == 200
    assert json.loads(answer)["matches"][0]["path"] == "noise.wav"
    sql = "select+json_array_length(clap_neighbors(clap_vector(1),3))+as+n"
    assert json.loads(ask(f"{site}/sounds.json?sql={sql}&_shape=array")[1]) == [{"n": 3}]


def test_what_is_not_there_is_told_as_before(site: str) -> None:
    for path in ("/nothing", "/sounds/nothing", "/sounds/-/nothing/at/all"):
        assert ask(f"{site}{path}")[0] == 404
