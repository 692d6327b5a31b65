"""The wheel, built from what git tracks and installed away from the repository."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import apsw
import click
import datasette
import pytest

import sqlclap
from tests.support.patience import UNHURRIED
from tests.support.sounds import noise, tone, write_sound

pytestmark = pytest.mark.slow
REPOSITORY = Path(__file__).parents[1]


def run(*command: str | Path, cwd: Path) -> str:
    ended = subprocess.run(
        [str(word) for word in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def wheel(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of a fresh copy: nothing that lies about the working tree can slip in.

    With ``--wheel`` it is the one named there.
    """
    named: Path | None = request.config.getoption("--wheel")
    if named is not None:
        return named.resolve()
    copy = tmp_path_factory.mktemp("copy")
    for name in run("git", "ls-files", "-z", cwd=REPOSITORY).split("\0"):
        if name and (REPOSITORY / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(REPOSITORY / name, copy / name)
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", "out", cwd=copy)
    (built,) = (copy / "out").iterdir()
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment that holds the wheel.

    What the wheel depends on is taken from the tests' own environment; sqlclap itself is not:
    an editable install works by a ``.pth`` file, and those aren't read there.
    """
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps")
    run(*pip, "--no-index", wheel, cwd=folder)
    (packages,) = folder.glob("lib/python*/site-packages")
    places = {str(Path(str(found.__file__)).parents[1]) for found in (apsw, click, datasette)}
    (packages / "dependencies.pth").write_text("\n".join(places))
    return python


def test_the_wheel_holds_what_the_package_reads(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    for folder in ("migrations", "queries", "views"):
        for script in (REPOSITORY / "sql" / folder).rglob("*.sql"):
            tracked = run("git", "ls-files", script, cwd=REPOSITORY)
            place = script.relative_to(REPOSITORY / "sql").as_posix()
            assert f"sqlclap/sql/{place}" in names or not tracked
    graphs = ("contract.json", "audio.onnx", "text.onnx", "tokenizer.json", "NOTICE")
    for file in (*graphs, "taught.txt", "words.txt"):
        assert f"sqlclap/models/bundles/sqlclap-mini/{file}" in names
        assert f"sqlclap/models/bundles/sqlclap-mini-1/{file}" in names
    for text in ("map/vocabulary.txt", "search/background.txt", "py.typed"):
        assert f"sqlclap/{text}" in names
    assert "datasette_sqlclap/__init__.py" in names
    for page in ("templates/sqlclap_map.html", "static/map.js", "static/page.css"):
        assert f"datasette_sqlclap/{page}" in names
    assert not any("/frontend/" in name for name in names)
    assert {name.split("/")[0] for name in names} == {
        "sqlclap",
        "sqlclap_export",
        "datasette_sqlclap",
        f"sqlclap-{sqlclap.__version__}.dist-info",
    }


def test_the_wheel_is_of_a_size_to_download(wheel: Path) -> None:
    # Both editions of the embedded model: the first for the libraries that hold its vectors.
    assert wheel.stat().st_size < 25e6


def test_the_installed_package_is_the_wheels(python: Path, tmp_path: Path) -> None:
    code = "import sqlclap, datasette_sqlclap; print(sqlclap.__file__, datasette_sqlclap.__file__)"
    for file in run(python, "-c", code, cwd=tmp_path).split():
        assert Path(file).is_relative_to(python.parents[1])
    printed = run(python.with_name("sqlclap"), "--version", cwd=tmp_path)
    assert printed == f"sqlclap, version {sqlclap.__version__}\n"
    code = "from importlib.metadata import version; print(version('sqlclap'))"
    assert run(python, "-c", code, cwd=tmp_path) == f"{sqlclap.__version__}\n"
    assert "Examples:" in run(python.with_name("sqlclap"), "ingest", "--help", cwd=tmp_path)
    bench = [str(python.with_name("sqlclap")), "bench", "search", "--sounds", "10"]
    ended = subprocess.run(bench, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "the benchmarks are not part of the installed package" in ended.stderr


def test_the_installed_command_ingests_and_searches(python: Path, tmp_path: Path) -> None:
    write_sound(tmp_path / "sounds" / "tone.wav", tone(220))
    write_sound(tmp_path / "sounds" / "noise.wav", noise())
    command = python.with_name("sqlclap")
    assert "2 new" in run(command, "ingest", "sounds.db", "sounds", cwd=tmp_path)
    found = run(command, "search", "sounds.db", "white noise", "--csv", cwd=tmp_path)
    assert found.splitlines()[1].split(",")[4] == "noise.wav"
    alike = run(command, "similar", "sounds.db", "tone.wav", cwd=tmp_path)
    assert "noise.wav" in alike
    assert "sqlclap-mini (default)" in run(command, "info", "sounds.db", cwd=tmp_path)


def test_datasette_finds_the_plugin_and_opens_a_library(python: Path, tmp_path: Path) -> None:
    write_sound(tmp_path / "sounds" / "tone.wav", tone(220))
    run(python.with_name("sqlclap"), "ingest", "sounds.db", "sounds", cwd=tmp_path)
    query = "/sounds.json?sql=select+vec_length(vector)+as+dim+from+vec_1&_shape=array"
    printed = run(python, "-m", "datasette", "sounds.db", *UNHURRIED, "--get", query, cwd=tmp_path)
    assert '"dim": ' in printed
    plugins = json.loads(run(python, "-m", "datasette", "plugins", cwd=tmp_path))
    versions = {plugin["name"]: plugin["version"] for plugin in plugins}
    assert versions["sqlclap"] == sqlclap.__version__
