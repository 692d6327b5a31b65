"""Deployments of a set: as those of one library, with the recordings of all shards."""

from __future__ import annotations

import shutil
from pathlib import Path

import apsw
import pytest

import sqlclap
from sqlclap import SearchOptions
from sqlclap.errors import DeploymentError, SetError
from sqlclap.shards import SetOptions, open_set
from sqlclap.shards.joining import merge_shards
from sqlclap.shards.making import init_set
from tests.cli.running import fail, rows_of, run, succeed
from tests.support.sounds import tone, write_sound

NAMES = ("set.toml", "one.db")
TIMES = ("20240501_050000", "20240501_060000", "20240502_050000", "20240502_070000")
FILE = """name;site;latitude;longitude;folder;battery
pond;Weir;52,5;13,4;;full
hill;Ridge;;;upper/hill;low
gone;;;;;
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A set of three shards and a library, of recorders at three places."""
    folder = tmp_path_factory.mktemp("deployments")
    for at, place in enumerate(("pond", "upper/hill", "brook")):
        for number, time in enumerate(TIMES):
            file = folder / "sounds" / place / f"REC_{time}.wav"
            write_sound(file, tone(200 + 90 * at + 13 * number))
    (folder / "sites.csv").write_text(FILE)
    with init_set(folder / "set.toml", 3) as made:
        made.ingest([folder / "sounds"])
    with sqlclap.open(folder / "one.db") as library:
        library.ingest([folder / "sounds"])
    return folder


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns("sounds", "*.csv")
    return Path(shutil.copytree(built, tmp_path / "copy", ignore=ignored))


def test_deployments_are_those_of_one_library(folder: Path, built: Path) -> None:
    files = [folder / one for one in NAMES]
    done = [run("deployments", "import", one, built / "sites.csv") for one in files]
    assert [one.exit_code for one in done] == [0, 0]
    assert done[0].stdout == done[1].stdout
    assert "3 new, 0 changed; 8 recordings assigned" in done[0].stdout
    assert done[0].stderr == done[1].stderr
    assert "gone: no recordings" in done[0].stderr
    listed = [rows_of("deployments", "list", one) for one in files]
    assert listed[0] == listed[1]
    assert [one["recordings"] for one in listed[0]] == [0, 4, 4]

    made = [succeed("deployments", "by-folder", one, built / "sounds") for one in files]
    assert made[0] == made[1]
    listed = [rows_of("deployments", "list", one) for one in files]
    assert listed[0] == listed[1]
    with open_set(files[0]) as opened, sqlclap.open(files[1]) as library:
        for options in (SearchOptions(site="weir"), SearchOptions(deployment="hill")):
            found, wanted = opened.search("x", 12, options), library.search("x", 12, options)
            assert [one.path for one in found] == [one.path for one in wanted]
            assert len(found) == 4
        write_sound(built / "sounds" / "pond" / "REC_20240503_050000.wav", tone(700))
        assert (opened.ingest().new, library.ingest().new) == (1, 1)
    (built / "sounds" / "pond" / "REC_20240503_050000.wav").unlink()
    listed = [rows_of("deployments", "list", one) for one in files]
    assert listed[0] == listed[1]
    assert [one["recordings"] for one in listed[0] if one["name"] == "pond"] == [5]

    removed = [succeed("deployments", "remove", one, "pond") for one in files]
    assert removed == ["removed pond\n"] * 2
    assert rows_of("deployments", "list", files[0]) == rows_of("deployments", "list", files[1])
    assert "no deployment 'pond'" in fail("deployments", "remove", files[0], "pond")


def test_what_is_wrong_changes_nothing(folder: Path, built: Path) -> None:
    path = folder / "set.toml"
    succeed("deployments", "import", path, built / "sites.csv")
    before = rows_of("deployments", "list", path)
    for text in ("name,folder\nnew,pond\n", "name,folder\none,brook\ntwo,brook\n"):
        (folder / "wrong.csv").write_text(text)
        told = [fail("deployments", "import", path, folder / "wrong.csv")]
        succeed("deployments", "import", folder / "one.db", built / "sites.csv")
        told.append(fail("deployments", "import", folder / "one.db", folder / "wrong.csv"))
        assert told[0] == told[1]
    assert rows_of("deployments", "list", path) == before
    with open_set(path, SetOptions(mode="read")) as opened:
        with pytest.raises(SetError, match="for reading only"):
            opened.deployments.import_csv(built / "sites.csv")
        with pytest.raises(DeploymentError, match="no sound of the library lies"):
            opened.deployments.by_folder("/nowhere")


def test_a_shard_that_is_locked_gets_its_part_later(folder: Path, built: Path) -> None:
    path = folder / "set.toml"
    locked = apsw.Connection(str(folder / "set-0002.db"))
    locked.execute("BEGIN IMMEDIATE")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sqlclap.db.connection.BUSY_TIMEOUT_MS", 50)
        done = run("deployments", "import", path, built / "sites.csv")
    locked.close()
    assert (done.exit_code, "not written, shard 2" in done.stderr) == (1, True)
    assert "pond: not all shards have it so" in run("deployments", "list", path, "--json").stderr
    run("deployments", "import", path, built / "sites.csv")
    succeed("deployments", "import", folder / "one.db", built / "sites.csv")
    assert rows_of("deployments", "list", path) == rows_of("deployments", "list", folder / "one.db")
    merge_shards(path, 1, 3)
    succeed("ingest", path)
    assert rows_of("deployments", "list", path) == rows_of("deployments", "list", folder / "one.db")


def test_what_a_file_has_no_column_for_stays_in_all_shards(folder: Path, built: Path) -> None:
    (folder / "notes.csv").write_text("name,notes\npond,a heron\n")
    for one in (folder / name for name in NAMES):
        run("deployments", "import", one, built / "sites.csv")
        assert run("deployments", "import", one, built / "sites.csv").stdout.startswith(
            "0 new, 0 changed; 0 recordings"
        )
        assert "0 new, 1 changed" in succeed("deployments", "import", one, folder / "notes.csv")
        pond = rows_of("deployments", "list", one)[-1]
        assert (pond["site"], pond["latitude"], pond["notes"]) == ("Weir", 52.5, "a heron")
