"""Sets are made, looked at and verified; each shard is an ordinary library."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import sqlclap
from sqlclap.cli import main
from sqlclap.errors import SetError, SqlclapError
from sqlclap.shards import open_set
from sqlclap.shards.inspection import set_status, verify_set
from sqlclap.shards.making import init_set
from tests.support.sounds import tone, write_sound


def run(*arguments: str | Path) -> str:
    result = CliRunner().invoke(main, [str(one) for one in arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_set_is_made_of_ordinary_libraries(tmp_path: Path) -> None:
    with init_set(tmp_path / "set.toml", 3) as made:
        assert [one.number for one in made.shards] == [1, 2, 3]
        assert verify_set(made).is_well
        shard = made.shard_of("/sounds", "kick.wav")
        assert shard.holds("/sounds", "kick.wav")
        made.ingest([write_sound(tmp_path / "sounds" / "kick.wav", tone(200)).parent])
        shard = made.shard_of(str(tmp_path.resolve() / "sounds"), "kick.wav")
        with shard.open() as library:
            assert isinstance(library, sqlclap.Library)
            assert [one.path for one in library.search("kick")] == ["kick.wav"]
            assert library.search("kick").model == made.file.model
    names = sorted(path.name for path in tmp_path.glob("*.db"))
    assert names == ["set-0001.db", "set-0002.db", "set-0003.db", "set-catalog.db"]


def test_a_set_counts_what_one_library_of_its_sounds_counts(tmp_path: Path) -> None:
    sounds = tmp_path / "sounds"
    for number in range(4):
        write_sound(sounds / f"kick-{number}.wav", tone(200 + number))
    write_sound(sounds / "quiet.wav", 0 * tone(200))
    (sounds / "broken.wav").write_bytes(b"RIFF but no more")
    pair = (tmp_path / "set.toml", tmp_path / "one.db")
    init_set(pair[0], 2).close()
    for path in (*pair, *pair):
        with sqlclap.open(path) as opened:
            opened.ingest([sounds])
        if path == pair[1]:
            (sounds / "kick-3.wav").unlink(missing_ok=True)
    told = [json.loads(run("info", path, "--json"))["counts"] for path in pair]
    assert told[0] == told[1]
    assert {told[0][name] for name in ("silent", "missing", "failures")} == {1}
    lines = [run("info", path).splitlines()[1:4] for path in pair]
    assert lines[0] == lines[1]
    assert "1 missing (file gone; `sqlclap ingest --prune` removes them)" in lines[0]


def test_verification_finds_what_is_astray(tmp_path: Path) -> None:
    sound = write_sound(tmp_path / "kick.wav", tone(200))
    with init_set(tmp_path / "set.toml", 2) as made:
        right = made.shard_of(str(tmp_path.resolve()), "kick.wav")
        (wrong,) = (one for one in made.shards if one.number != right.number)
        for one in made.shards:
            with one.open() as library:
                library.connection.execute("DELETE FROM set_membership")  # else it refuses
                library.ingest([sound])
        report = verify_set(made)
    assert report.sounds == 2
    assert [problem for problem in report.problems if f"shard {wrong.number}:" in problem]
    assert len(report.problems) == 1
    assert "kick.wav" in report.problems[0]


def test_a_shard_that_is_gone_is_told_and_the_others_are_shown(tmp_path: Path) -> None:
    init_set(tmp_path / "set.toml", 2)
    (tmp_path / "set-0002.db").unlink()
    with open_set(tmp_path / "set.toml") as opened:
        first, second = set_status(opened).shards
        assert first.problem is None
        assert second.problem is not None
        assert "set-0002.db" in second.problem
        assert not verify_set(opened).is_well
        with pytest.raises(SqlclapError, match=r"set-0002\.db"):
            opened.shard(2).open()
        with pytest.raises(SetError, match="no shard 3"):
            opened.shard(3)


def test_nothing_is_overwritten_and_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(SetError, match=r"set\.toml"):
        init_set(tmp_path / "set.db")
    with pytest.raises(SetError, match="from 1 to 4096"):
        init_set(tmp_path / "set.toml", 0)
    (tmp_path / "set-0002.db").write_text("mine")
    with pytest.raises(SetError, match="is there already"):
        init_set(tmp_path / "set.toml", 2)
    assert sorted(path.name for path in tmp_path.glob("set*")) == ["set-0002.db"]
    assert (tmp_path / "set-0002.db").read_text() == "mine"


def test_commands(tmp_path: Path) -> None:
    path = tmp_path / "set.toml"
    assert "2 shards" in run("shards", "init", path, "--shards", "2")
    status = json.loads(run("shards", "status", path, "--json"))
    assert [one["slots"] for one in status["shards"]] == [2048, 2048]
    assert "set-0001.db" in run("shards", "status", path)
    assert json.loads(run("shards", "verify", path, "--json"))["is_well"] is True
    assert "all is well" in run("shards", "verify", path)
    (tmp_path / "set-0001.db").unlink()
    result = CliRunner().invoke(main, ["shards", "verify", str(path)])
    assert result.exit_code == 1
    assert "set-0001.db" in result.stderr
