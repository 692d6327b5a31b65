"""Queries of a set that are kept as vectors: single shards find by them what the set does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sqlclap.errors import (
    LibraryError,
    PartialAnswerError,
    QueryError,
    SetError,
    UnknownQueryError,
)
from sqlclap.finding.query import Query
from sqlclap.plain_clients.queries import keep
from sqlclap.shards import SetOptions, ShardSet, open_set
from sqlclap.shards.joining import merge_shards
from sqlclap.shards.splitting import split_shard
from tests.cli.running import fail, rows_of, run, succeed
from tests.support.heard_twins import HeardTwins
from tests.support.locked_library import locked

SCORES = "SELECT sample_id, score FROM clap_query_scores WHERE name = ?"
NEAREST = "SELECT sample_id FROM clap_query_nearest WHERE name = ?"
TERMS = {
    "words": ("deep hum",),
    "a sound": ("--like", "loose/tone.wav"),
    "a span": ("--like", "loose/one more.wav@0-0.5"),
    "a label": ("--like-label", "hum"),
    "without": ("hum", "--like", "loose/tone.wav", "--less", "hiss", "--unlike-label", "hiss"),
}


def held(opened: ShardSet, name: str, query: str = SCORES) -> list[Any]:
    """What clients find in the shards, all together, with the set's ids."""
    rows: list[Any] = []
    for shard in opened.shards:
        with shard.open("read") as library:
            told = shard.entry.ids.told
            found: list[Any] = library.connection.execute(query, (name,)).fetchall()
            rows += [(told(int(one)), *rest) for one, *rest in found]
    return sorted(rows, key=lambda row: -row[-1])


@pytest.mark.parametrize("kind", TERMS)
def test_a_vector_is_that_of_one_library(heard_twins: HeardTwins, kind: str) -> None:
    asked = TERMS[kind]
    found = rows_of("query-vector", heard_twins.set, *asked)
    wanted = rows_of("query-vector", heard_twins.one, *asked)
    ids = heard_twins.ids
    assert found == wanted | {"left_out": sorted(ids[one] for one in wanted["left_out"])}
    given = [succeed("query-vector", one, *asked) for one in (heard_twins.set, heard_twins.one)]
    assert given[0] == given[1]
    assert np.frombuffer(bytes.fromhex(given[0]), dtype="f4").tolist() == pytest.approx(
        found["vector"]
    )


@pytest.mark.parametrize("kind", TERMS)
def test_shards_rank_as_the_set_does(heard_twins: HeardTwins, kind: str) -> None:
    told = succeed("query-vector", heard_twins.set, *TERMS[kind], "--save", "kept")
    assert told.startswith("kept kept (sqlclap-mini)")
    wanted = rows_of("find", heard_twins.set, *TERMS[kind], "-n", "20")
    with open_set(heard_twins.set) as opened:
        found = held(opened, "kept")
        assert {one for one, _ in found} == {row["sample_id"] for row in wanted}
        scores = {row["sample_id"]: row["score"] for row in wanted}
        assert dict(found) == pytest.approx(scores, abs=1e-5)
        nearest = {one for (one,) in held(opened, "kept", NEAREST)}
        assert nearest == (set() if kind == "without" else scores.keys())


def test_they_are_listed_refreshed_and_removed_as_those_of_a_library(
    heard_twins: HeardTwins,
) -> None:
    for path in (heard_twins.set, heard_twins.one):
        succeed("query-vector", path, "hum", "--less", "wind", "--save", "Calm")
        succeed("query-vector", path, "--like-label", "hum", "--save", "deep")
    rows = [_listed(one) for one in (heard_twins.set, heard_twins.one)]
    assert rows[0] == rows[1]
    assert [row["against"] for row in rows[0]] == [1, 0]
    with open_set(heard_twins.set) as opened:
        before = held(opened, "deep")
        opened.labels.add_anchors("hum", ["loose/noise.wav"])
        assert held(opened, "deep") == before
        assert [one.name for one in opened.stored_queries.refresh()] == ["Calm", "deep"]
        wanted = {one.sample_id: one.score for one in opened.find(Query().like_label("hum"), 20)}
        assert dict(held(opened, "deep")) == pytest.approx(wanted, abs=1e-5)
        assert held(opened, "deep") != before
    assert "made anew: Calm, deep" in succeed("query-vector", heard_twins.set, "--refresh")
    assert succeed("query-vector", heard_twins.set, "--remove", "CALM") == ""
    assert [row["name"] for row in _listed(heard_twins.set)] == ["deep"]
    with open_set(heard_twins.set) as opened:
        assert held(opened, "Calm") == []
    assert "no query 'calm' is kept: there is deep" in fail(
        "query-vector", heard_twins.set, "--remove", "calm"
    )


def test_a_shard_by_itself_leaves_them_alone(heard_twins: HeardTwins) -> None:
    """It knows neither the set's labels nor its ids."""
    succeed("query-vector", heard_twins.set, "--like", "loose/tone.wav", "--save", "kept")
    with open_set(heard_twins.set) as opened:
        before = held(opened, "kept")
        for shard in opened.shards:
            assert "made anew: none" in succeed("query-vector", shard.path, "--refresh")
        assert held(opened, "kept") == before


def test_a_shard_that_is_locked_gets_its_part_later(heard_twins: HeardTwins) -> None:
    path = heard_twins.set
    succeed("query-vector", path, "hum", "--save", "old")
    asked = ("query-vector", path, "hum", "--like", "loose/tone.wav", "--save", "kept")
    with locked(heard_twins.folder / "set-0002.db"):
        done = run(*asked)
        removed = run("query-vector", path, "--remove", "old")
    assert (done.exit_code, removed.exit_code) == (1, 1)
    for one in (done, removed):
        assert "not written, shard 2" in one.stderr
    listed = run("query-vector", path, "--list", "--json")
    assert "kept: not all shards have it so: --refresh" in listed.stderr
    assert "old: some shard has it, the set has not: --remove" in listed.stderr
    with open_set(path) as opened:
        wanted = {one.sample_id: one.score for one in opened.find(_terms(), 20)}
        assert len(held(opened, "kept")) < len(wanted)
        succeed("query-vector", path, "--refresh")
        assert dict(held(opened, "kept")) == pytest.approx(wanted, abs=1e-5)
        assert held(opened, "old")  # what was removed doesn't come back into the set
        succeed("query-vector", path, "--remove", "old")
        assert held(opened, "old") == []
    assert run("query-vector", path, "--list", "--json").stderr == ""


def test_a_shard_gets_all_of_a_refresh_or_nothing(
    heard_twins: HeardTwins, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_set(heard_twins.set) as opened:
        for name in ("a", "b"):
            opened.stored_queries.save(name, Query().like_label("hum"))
        before = [held(opened, name) for name in ("a", "b")]
        opened.labels.add_anchors("hum", ["loose/noise.wav"])

        def fail_in_second(database: Any, name: str, *rest: Any) -> None:
            keep(database, name, *rest)
            if name == "b" and str(database.filename).endswith("set-0002.db"):
                raise LibraryError("no room")

        monkeypatch.setattr("sqlclap.shards.stored_queries.keep", fail_in_second)
        (missing,) = opened.stored_queries.refresh().not_written
        assert (missing.shard, missing.reason) == (2, "no room")
        for name, rows in zip(("a", "b"), before, strict=True):
            now = dict(held(opened, name))
            same = [one >> 40 for one, score in rows if now[one] == score]
            assert set(same) == {2}
        monkeypatch.undo()
        opened.stored_queries.refresh()
        assert opened.stored_queries.list().remarks() == []


def test_a_part_is_not_taken_for_the_whole(heard_twins: HeardTwins) -> None:
    with open_set(heard_twins.set) as opened:
        opened.stored_queries.save("kept", "hum")
        (heard_twins.folder / "set-0002.db").rename(heard_twins.folder / "away.db")
        with pytest.raises(PartialAnswerError, match="missing shard 2"):
            opened.stored_queries.vector(Query().more("hum").less("hiss"))
        with pytest.raises(PartialAnswerError, match="missing shard 2"):
            opened.stored_queries.save("mixed", Query().more("hum").less("hiss"))
        found = opened.stored_queries.save("rain", "rain")  # words alone need no sounds
        assert [one.shard for one in found.not_written] == [2]
        rows = opened.stored_queries.list()
        assert [one.name for one in rows] == ["kept", "rain"]
        assert any("missing shard 2" in one for one in rows.remarks())
    with (
        open_set(heard_twins.set, SetOptions(mode="read")) as opened,
        pytest.raises(SetError, match="for reading only"),
    ):
        opened.stored_queries.save("more", "rain")
    with open_set(heard_twins.set) as opened, pytest.raises(QueryError, match="expected a name"):
        opened.stored_queries.save(" ", "rain")
    (heard_twins.folder / "away.db").rename(heard_twins.folder / "set-0002.db")
    with open_set(heard_twins.set) as opened, pytest.raises(UnknownQueryError):
        opened.stored_queries.remove("nothing")


def test_splits_and_merges_keep_them(heard_twins: HeardTwins) -> None:
    """With the sounds that are no answers, whose numbers are others in a joined shard."""
    path = heard_twins.set
    sounds = ("loose/tone.wav", "loose/noise.wav", "20240502_050000.wav", "20240503_050000.flac")
    query = Query().less("wind")
    with open_set(path) as opened:
        for one in sounds:
            query = query.like(heard_twins.whole[_file(heard_twins, one)])
        opened.stored_queries.save("kept", query)
        before = dict(held(opened, "kept"))
        assert len(before) == len(heard_twins.whole) - len(sounds)
        with opened.shard(3).open() as library:  # only one of those that are joined has it
            library.stored_queries.save("own", Query().more("rain").less("wind"))
    split_shard(path, 1)
    merge_shards(path, 2, 3)
    merge_shards(path, 4, 2)
    with open_set(path) as opened:
        assert dict(held(opened, "kept")) == pytest.approx(before, abs=1e-6)
        assert opened.stored_queries.list().differing == ()
        assert opened.stored_queries.list().leftover == ("own",)
        with opened.shard(4).open("read") as library:
            (kept,) = (one for one in library.stored_queries.list() if one.name == "own")
        assert kept.against == 1


def _file(twins: HeardTwins, end: str) -> str:
    (found,) = (one for one in twins.whole if one.endswith(end))
    return found


def _listed(path: Path) -> list[dict[str, Any]]:
    rows = rows_of("query-vector", path, "--list")
    return [{name: row[name] for name in row if name != "created_at"} for row in rows]


def _terms() -> Query:
    return Query().more("hum").like("loose/tone.wav")
