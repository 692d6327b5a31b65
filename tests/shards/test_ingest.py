"""Files taken into a set: the same sounds and vectors as in one library, each in one shard."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

import sqlclap
from sqlclap import IngestOptions, Query, SearchOptions
from sqlclap.cli import main
from sqlclap.errors import IngestError, SetError
from sqlclap.models.bundle import EMBEDDED_MODEL
from sqlclap.shards import SetOptions, ShardSet, open_set
from sqlclap.shards.inspection import verify_set
from sqlclap.shards.leases import work_lease
from sqlclap.shards.making import init_set
from tests.support.sounds import noise, tone, write_sound


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 40 sounds, some long, one broken."""
    folder = tmp_path_factory.mktemp("archive").resolve()
    for number in range(32):
        write_sound(folder / f"site-{number % 4}" / f"tone-{number}.wav", tone(90 + 31 * number))
    for seed in range(7):
        long = np.concatenate([tone(130 + 70 * seed, 1.2), noise(seed, seconds=1.3)])
        write_sound(folder / "long" / f"long-{seed}.wav", long)
    (folder / "broken.wav").write_bytes(b"RIFF and nothing else")
    return folder


@pytest.fixture(scope="module")
def filled(
    tmp_path_factory: pytest.TempPathFactory, archive: Path
) -> Iterator[tuple[sqlclap.Library, ShardSet]]:
    """A library and a set of the real model: the last bits of the tiny one's change with a run."""
    folder = tmp_path_factory.mktemp("filled")
    library = sqlclap.open(folder / "one.db")
    init_set(folder / "set.toml", 3, EMBEDDED_MODEL).close()
    opened = open_set(folder / "set.toml")
    wanted, report = library.ingest([archive]), opened.ingest([archive])
    for name in ("new", "silent", "missing", "unchanged", "noted", "seconds_of_sound"):
        assert getattr(report, name) == pytest.approx(getattr(wanted, name))
    assert report.failed == wanted.failed
    assert report.not_written == []
    yield library, opened
    library.close()
    opened.close()


def vectors_of(library: sqlclap.Library) -> dict[tuple[str, object], bytes]:
    rows = library.connection.execute(
        "SELECT p.path, e.window_index, v.vector FROM samples AS p JOIN embeddings AS e "
        "USING (sample_id) JOIN vec_1 AS v USING (embedding_id)"
    )
    return {(path, window): vector for path, window, vector in rows}


def test_vectors_are_those_of_one_library_byte_for_byte(
    filled: tuple[sqlclap.Library, ShardSet],
) -> None:
    library, opened = filled
    found: dict[tuple[str, object], bytes] = {}
    sizes = []
    for shard in opened.shards:
        with shard.open("read") as one:
            held = vectors_of(one)
        assert not held.keys() & found.keys()
        sizes.append(len(held))
        found |= held
    assert found == vectors_of(library)
    assert min(sizes) > 0
    report = verify_set(opened)
    assert report.is_well, report.problems
    assert report.sounds == 39


def test_sounds_words_and_spans_find_the_same(filled: tuple[sqlclap.Library, ShardSet]) -> None:
    library, opened = filled
    for sound in ("long/long-2.wav@0.5-1.0", "site-1/tone-5.wav"):
        for options in (SearchOptions(), SearchOptions(moments=True)):
            found, wanted = opened.similar(sound, 8, options), library.similar(sound, 8, options)
            assert [(one.path, one.score) for one in found] == [
                (one.path, one.score) for one in wanted
            ]
    query = Query().more("hum").like("long/long-1.wav@1-2").less("noise")
    found, wanted = opened.find(query, 10), library.find(query, 10)
    assert [one.path for one in found] == [one.path for one in wanted]
    (file,) = [one.file for one in opened.search("x", 1)]
    assert file.is_file()


def test_anchors_and_votes_on_spans_travel(filled: tuple[sqlclap.Library, ShardSet]) -> None:
    from sqlclap.labels.votes import CastVote

    library, opened = filled
    for labels in (library.labels, opened.labels):
        labels.add("hiss", threshold=0.3, gap=0.0, top_k=1)
        labels.add("hum", threshold=0.3, gap=0.0, top_k=1)
        labels.add_anchors("hiss", ["long/long-0.wav@1.3-2.3", "long/long-3.wav@1.4-2.4"])
        labels.add_anchors("hum", ["site-1/tone-5.wav"])
        labels.vote("hiss", ["long/long-1.wav@1.5-2.5"], CastVote("reject"))
    for moments in (False, True):
        found = opened.labels.matches("hiss", 30, moments=moments, confidence="low")
        wanted = library.labels.matches("hiss", 30, moments=moments, confidence="low")
        assert [(one.path, one.score, one.gap) for one in found] == [
            (one.path, one.score, one.gap) for one in wanted
        ]
        assert found


def test_a_second_time_nothing_is_new_and_changes_follow(
    tmp_path: Path, archive: Path, fake_bundle: Path
) -> None:
    copy = tmp_path.resolve() / "archive"
    shutil.copytree(archive, copy)
    with init_set(tmp_path / "set.toml", 2, str(fake_bundle)) as made:
        assert made.backlog() == 0
    with open_set(tmp_path / "set.toml", SetOptions(model=str(fake_bundle))) as opened:
        with pytest.raises(IngestError, match="no folders yet"):
            opened.ingest()
        with pytest.raises(IngestError, match="is not there"):
            opened.ingest([tmp_path / "nowhere"])
        assert opened.ingest([copy / "long" / "long-0.wav"]).new == 1
        assert opened.ingest([copy / "site-1"]).new == 8
        assert opened.ingest([copy]).new == 30
        assert opened.ingest([copy / "site-1"]).unchanged == 8
        assert verify_set(opened).is_well
        (copy / "site-0" / "tone-0.wav").unlink()
        (copy / "site-0" / "tone-4.wav").rename(copy / "site-0" / "renamed.wav")
        report = opened.ingest()
        assert report.missing + report.moved >= 1
        assert verify_set(opened).is_well
        assert opened.ingest(options=IngestOptions(prune=True)).pruned >= 1
        assert verify_set(opened).sounds == 38
        assert "renamed.wav" in {one.path.rpartition("/")[2] for one in opened.search("x", 40)}
        with pytest.raises(SetError, match="windows"):
            opened.ingest([copy], IngestOptions(hop_s=0.5))


def test_a_shard_that_is_gone_gets_its_share_later(
    tmp_path: Path, archive: Path, fake_bundle: Path
) -> None:
    init_set(tmp_path / "set.toml", 3, str(fake_bundle)).close()
    with open_set(tmp_path / "set.toml", SetOptions(model=str(fake_bundle))) as opened:
        (tmp_path / "set-0002.db").rename(tmp_path / "away.db")
        report = opened.ingest([archive])
        assert [one.shard for one in report.not_written] == [2]
        assert 0 < report.new < 39
        (tmp_path / "away.db").rename(tmp_path / "set-0002.db")
        assert report.new + opened.ingest().new == 39
        assert verify_set(opened).is_well
        with work_lease(opened.path, alone=True), pytest.raises(SetError, match="being changed"):
            opened.ingest()
    reading = SetOptions(model=str(fake_bundle), mode="read")
    with open_set(tmp_path / "set.toml", reading) as opened, pytest.raises(SetError):
        opened.ingest([archive])


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(one) for one in arguments])


def out(*arguments: str | Path) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_commands_take_a_set_as_a_library(
    tmp_path: Path, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    out("shards", "init", "set.toml", "--shards", "3")
    out("ingest", "one.db", archive)
    report = json.loads(out("ingest", "set.toml", archive, "--json").replace("\n", ""))
    assert (report["new"], report["not_written"]) == (39, [])
    assert "39 unchanged" in out("ingest", "set.toml")
    assert "39 sounds" in out("info", "set.toml")
    wanted = json.loads(out("search", "one.db", "a hum", "--json"))
    found = json.loads(out("search", "set.toml", "a hum", "--json"))
    assert [(one["path"], one["score"], one["weak"]) for one in found] == [
        (one["path"], one["score"], one["weak"]) for one in wanted
    ]
    first = str(found[0]["sample_id"])
    assert len(json.loads(out("similar", "set.toml", first, "--json", "-n", "3"))) == 3
    assert len(json.loads(out("find", "set.toml", "hum", "--like", first, "--json"))) == 10
    out("label", "add", "set.toml", "hum")
    out("anchor", "add", "set.toml", "hum", first, "long/*")
    assert "long-3.wav" in out("anchor", "list", "set.toml", "hum")
    out("vote", "set.toml", "hum", "reject", "site-1/tone-5.wav")
    assert "tone-5.wav" in out("vote", "set.toml", "hum", "list")
    assert len(json.loads(out("matches", "set.toml", "hum", "--json"))) == 20


def test_commands_say_which_shards_are_missing(
    tmp_path: Path, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    out("shards", "init", "set.toml", "--shards", "3")
    out("ingest", "set.toml", archive)
    out("label", "add", "set.toml", "hum")
    out("anchor", "add", "set.toml", "hum", "long/*")
    explained = run("search", "set.toml", "hum", "--explain")
    assert "3 of 3 shards answered" in explained.stderr
    (tmp_path / "set-0002.db").unlink()
    partial = run("search", "set.toml", "hum", "--json")
    assert partial.exit_code == 0
    assert "2 of 3 shards answered" in partial.stderr
    assert "missing shard 2" in partial.stderr
    for command in (("search", "set.toml", "hum"), ("matches", "set.toml", "hum")):
        strict = run(*command, "--require-all")
        assert strict.exit_code == 1
        assert "missing shard 2" in strict.stderr
    missed = run("ingest", "set.toml", archive)
    assert missed.exit_code == 1
    assert "not written, shard 2" in missed.stderr
    refused = run("duplicates", "set.toml")  # what a part would say looks like the whole
    assert refused.exit_code == 1
    assert "missing shard 2" in refused.stderr


def test_the_first_shard_may_be_the_one_that_is_missing(
    tmp_path: Path, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No stage has begun when it is told."""
    monkeypatch.chdir(tmp_path)
    out("shards", "init", "set.toml", "--shards", "2")
    (tmp_path / "set-0001.db").unlink()
    missed = run("ingest", "set.toml", archive / "site-1", "--json")
    assert (missed.exit_code, "not written, shard 1" in missed.stderr) == (1, True)
    assert json.loads(missed.stdout)["new"] > 0


def test_ctrl_c_while_the_catalog_follows_leaves_the_report(
    tmp_path: Path, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All sounds are stored by then: a node may be waited for."""

    def wait(_: object) -> None:
        raise KeyboardInterrupt

    init_set(tmp_path / "set.toml", 2).close()
    monkeypatch.setattr("sqlclap.shards.ingest.refresh_copies", wait)
    stopped = run("ingest", tmp_path / "set.toml", archive / "site-1", "--json")
    monkeypatch.undo()
    told = json.loads(stopped.stdout)
    assert (stopped.exit_code, told["interrupted"], told["new"]) == (130, True, 8)
    assert run("ingest", tmp_path / "set.toml").exit_code == 0
