"""Upkeep of a set: its shards' indexes, and what the doctor finds in all of its libraries."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import apsw
import pytest

import sqlclap
from sqlclap.errors import SetError
from sqlclap.shards import SetOptions, open_set
from sqlclap.shards.leases import work_lease
from sqlclap.shards.making import init_set
from tests.cli.running import fail, run, succeed
from tests.support.sounds import tone, write_sound
from tests.support.spread_sounds import spread_folders

NAMES = [f"tone-{number}.wav" for number in range(9)]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a set of two shards; not to be written to."""
    folder = tmp_path_factory.mktemp("upkeep")
    with init_set(folder / "set.toml", 2) as made:
        sounds = next(spread_folders(made, NAMES))
        for number, name in enumerate(NAMES):
            write_sound(sounds / name, tone(110 * (number + 1)))
        made.ingest([sounds])
    return folder


@pytest.fixture
def path(built: Path, tmp_path: Path) -> Path:
    """A copy of it; the sounds stay."""
    ignored = shutil.ignore_patterns("sounds-*")
    return Path(shutil.copytree(built, tmp_path / "copy", ignore=ignored)) / "set.toml"


def told(*arguments: str | Path) -> Any:
    return json.loads(succeed(*arguments, "--json"))


def indexed(path: Path) -> Mapping[int, int]:
    return {one["shard"]: one["indexed"] for one in told("index", "status", path)["shards"]}


def test_the_indexes_of_all_shards_are_built_verified_and_dropped(path: Path) -> None:
    assert indexed(path) == {1: 0, 2: 0}
    assert "exact is fast" in succeed("index", "status", path)
    with open_set(path) as opened:
        sounds = {one.number: one.sounds for one in opened.info().shards}
        before = [(one.path, one.score) for one in opened.search("tone", 9)]
    lines = succeed("index", "build", path).splitlines()
    assert [line.split(": ")[0] for line in lines] == ["shard 1", "shard 2"]
    assert indexed(path) == sounds
    assert [one["tail"] for one in told("index", "status", path)["shards"]] == [0, 0]
    assert "shard 2: " in succeed("index", "verify", path)
    assert told("index", "verify", path)["missing"] == []
    with open_set(path) as opened:
        assert [(one.path, one.score) for one in opened.search("tone", 9)] == before
    built = told("index", "build", path, "--codes", "compact")["shards"]
    assert [one["params"]["codes"] for one in built] == ["compact", "compact"]
    succeed("index", "drop", path)
    assert indexed(path) == {1: 0, 2: 0}


def test_a_shard_that_is_away_is_told_and_the_others_are_looked_after(path: Path) -> None:
    path.with_name("set-0002.db").rename(path.with_name("away.db"))
    away = f"shard 2: no library at {path.with_name('set-0002.db')}: put it back"
    result = run("index", "build", path)
    assert result.exit_code == 1
    assert result.stdout.startswith("shard 1: built")
    assert f"not written, {away}" in result.stderr
    result = run("index", "status", path, "--json")
    assert f"missing {away}" in result.stderr
    assert [one["shard"] for one in json.loads(result.stdout)["shards"]] == [1]
    assert [one["shard"] for one in json.loads(result.stdout)["missing"]] == [2]
    assert run("index", "verify", path).exit_code == 1  # not all of it was
    path.with_name("away.db").rename(path.with_name("set-0002.db"))
    succeed("index", "build", path)
    assert all(indexed(path).values())


def test_a_broken_index_of_one_shard_is_found_and_repaired(path: Path) -> None:
    succeed("index", "build", path)
    for file in path.with_name("set-0001.db-hnsw").rglob("*"):
        if file.is_file():
            file.write_bytes(file.read_bytes()[:-1] + b"!")
    assert "shard 1: problem: " in run("index", "verify", path).stdout
    assert "PROBLEM shard 1, index: " in run("doctor", path).stdout
    assert "repaired: shard 1: " in succeed("doctor", path, "--repair")
    assert "PROBLEM" not in succeed("doctor", path)


def test_the_doctor_looks_at_every_library_and_between_them(path: Path) -> None:
    found = told("doctor", path)["findings"]
    assert {one["level"] for one in found} == {"fine"}
    assert list(dict.fromkeys(one["where"] for one in found)) == [
        "shard 1",
        "shard 2",
        "catalog",
        "set",
    ]
    assert found[-1]["text"] == "9 sounds, each once and in the shard of its slot"
    connection = apsw.Connection(str(path.with_name("set-0002.db")))
    ((root, name),) = connection.execute(
        "SELECT root, path FROM samples JOIN sources USING (source_id) ORDER BY path LIMIT 1"
    ).fetchall()
    with open_set(path) as opened:
        names = (f"elsewhere-{number}.wav" for number in range(1_000))
        astray = next(one for one in names if opened.shard_of(str(root), one).number == 1)
    connection.execute("UPDATE samples SET path = ? WHERE path = ?", (astray, name))
    connection.execute("DROP TRIGGER samples_removed")
    connection.close()
    found = json.loads(run("doctor", path, "--json").stdout)["findings"]
    wrong = {(one["where"], one["what"]) for one in found if one["level"] == "problem"}
    assert wrong == {("shard 2", "schema"), ("set", "slots")}
    result = run("doctor", path, "--repair")
    assert result.exit_code == 1  # names that another program changed stay wrong
    assert "repaired: shard 2: made anew: " in result.stdout
    assert "PROBLEM shard 2" not in result.stdout


def test_what_is_damaged_or_at_a_node_is_told(path: Path) -> None:
    path.with_name("set-0001.db").write_bytes(b"SQLite format 3\0 and nothing that is one")
    assert "PROBLEM shard 1, file: " in run("doctor", path).stdout
    text = path.read_text().replace("number = 2\n", 'number = 2\nnode = "far"\n')
    path.write_text(text + '\n[nodes]\nfar = "http://127.0.0.1:9"\n')
    path.with_name("set-0002.db").unlink()
    lines = run("doctor", path).stdout
    assert "advice  shard 2, file: it lies at a node: run the doctor there" in lines
    assert "advice  set, slots: not looked at: shards lie at nodes" in lines


def test_it_is_refused_where_it_can_not_be(path: Path) -> None:
    with open_set(path, SetOptions(mode="read")) as opened:
        for work in (opened.index.build, opened.index.drop):
            with pytest.raises(SetError, match="for reading only"):
                work()
    with work_lease(path, alone=True):
        assert "shards are being changed" in fail("index", "build", path)
        assert "shards are being changed" in fail("doctor", path, "--repair")
    with sqlclap.open(path.with_name("set-0001.db"), mode="read") as shard:
        assert shard.index.status().generation is None
