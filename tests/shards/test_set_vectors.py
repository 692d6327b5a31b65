"""Vectors of other programs in a set: what one library takes in, in the shards of its sounds."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sqlclap
from sqlclap.errors import OwnVectorsError, SetError
from sqlclap.labels.votes import CastVote
from sqlclap.own_vectors import rows as vector_rows
from sqlclap.own_vectors.declared import DeclaredModel
from sqlclap.own_vectors.rows import FileChoice
from sqlclap.own_vectors.taking import VectorImport
from sqlclap.shards import SetOptions, ShardSet, open_set
from sqlclap.shards.making import init_set
from sqlclap.shards.set_file import read_set
from tests.cli.running import fail, rows_of, run, succeed
from tests.own_vectors.conftest import made_up, write_array
from tests.support.heard_twins import HeardTwins
from tests.support.locked_library import locked

DATA = Path(__file__).parents[1] / "own_vectors" / "data"
HOPLITE = Path(__file__).parents[1] / "exchange" / "data" / "hoplite"
IDS = [f"item {number}" for number in range(40)]
SAME = ("rows", "added", "replaced", "unchanged", "sounds", "failed", "failures", "model")


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """The files of an empty set, and of a library that isn't there yet."""
    init_set(tmp_path / "set.toml", 3).close()
    return tmp_path / "set.toml", tmp_path / "one.db"


@pytest.fixture
def array(tmp_path: Path) -> Path:
    return write_array(tmp_path / "forty.npy", made_up(40), IDS)


def took(pair: tuple[Path, ...], *asked: str | Path) -> list[dict[str, Any]]:
    """Take the same into both; return what both tell alike."""
    reports = [rows_of("import-vectors", one, *asked) for one in pair]
    told = [{name: one[name] for name in SAME} for one in reports]
    assert told[0] == told[1]
    return reports


def failures_of(path: Path) -> dict[str, str]:
    with sqlclap.open(path, mode="read") as opened:
        return {str(one["path"]): str(one["reason"]) for one in opened.failures()}


def answers(opened: sqlclap.Library | ShardSet, sound: str) -> list[tuple[str, float]]:
    return [(one.path, one.score) for one in opened.similar(sound, 12)]


def test_an_empty_set_becomes_one_of_the_vectors_model(
    pair: tuple[Path, Path], array: Path
) -> None:
    assert [one["is_default"] for one in took(pair, array, "--model", "mine")] == [True, True]
    with open_set(pair[0]) as opened, sqlclap.open(pair[1]) as library:
        assert opened.session.model.name == read_set(pair[0]).model == "mine"
        counts = [one.sounds for one in opened.info().shards]
        assert sum(counts) == 40
        assert all(counts)
        assert opened.info().counts == library.info().counts
        assert (opened.info().counts["without_audio"], opened.info().counts["missing"]) == (40, 0)
        for shard in opened.shards:
            with shard.open("read") as part:
                for sample in part.samples():
                    assert opened.shard_of("vectors:mine", sample.path).number == shard.number
        for sound in IDS[:5]:
            assert answers(opened, sound) == answers(library, sound)
        for one in (opened, library):
            one.labels.ensure("kick", IDS[:2])
            one.labels.vote("kick", IDS[2:4], CastVote("reject"))
        found = [
            [(row.path, row.score, row.gap) for row in one.labels.matches("kick", 9)]
            for one in (opened, library)
        ]
        assert found[0] == found[1]
    assert "all is well" in succeed("shards", "verify", pair[0])
    assert "mine (" in succeed("info", pair[0])


def test_doing_it_twice_changes_nothing_and_going_on_adds_the_rest(
    pair: tuple[Path, Path], array: Path, tmp_path: Path
) -> None:
    part = write_array(tmp_path / "part.npy", made_up(40)[:15], IDS[:15])
    took(pair, part, "--model", "mine")
    reports = took(pair, array, "--model", "mine")
    assert (reports[0]["added"], reports[0]["unchanged"]) == (25, 15)
    assert took(pair, array, "--model", "mine")[0]["unchanged"] == 40


def test_a_changed_vector_counts_in_labels_too(pair: tuple[Path, Path], array: Path) -> None:
    """The catalog's copies of examples follow, also where a crash came in between."""
    took(pair, array, "--model", "mine")
    for path in pair:
        with sqlclap.open(path) as one:
            one.labels.ensure("kick", ["item 7"])
    changed = made_up(40)
    changed[7] = made_up(1, seed=9)[0]
    write_array(array, changed, IDS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sqlclap.shards.vector_import.renew_copies", _crash)
        with open_set(pair[0]) as opened, pytest.raises(RuntimeError, match="crashed"):
            opened.import_vectors(VectorImport(FileChoice(array), DeclaredModel("mine")))
    assert rows_of("import-vectors", pair[0], array, "--model", "mine")["unchanged"] == 40
    assert rows_of("import-vectors", pair[1], array, "--model", "mine")["replaced"] == 1
    found = []
    for path in pair:
        with sqlclap.open(path) as one:
            found.append([(row.path, row.score) for row in one.labels.matches("kick", 9)])
    assert found[0] == found[1]


def _crash(*_: object) -> None:
    raise RuntimeError("crashed")


def test_bad_rows_are_the_same_failures(
    pair: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is kept in the shard of its name, and goes once the row is in."""
    monkeypatch.setattr(vector_rows, "ROWS_AT_ONCE", 4)
    good = made_up(9)
    rows: list[dict[str, Any]] = [{"id": f"s{n}", "vector": good[n].tolist()} for n in range(9)]
    rows[1]["vector"] = rows[1]["vector"][:9]
    rows[2]["vector"] = [float("nan"), *rows[2]["vector"][1:]]
    rows[6]["id"] = "s0"
    rows[7] |= {"id": None}
    file = tmp_path / "rows.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows) + "\nno json\n")
    assert took(pair, file, "--model", "mine")[0]["failed"] == 5
    told = failures_of(pair[0])
    assert told == failures_of(pair[1])
    assert {"s1", "s2", "s0 (row 7)", "row 8", "row 10"} == told.keys()
    rows[1] |= {"vector": good[1].tolist()}
    file.write_text("\n".join(json.dumps(row) for row in rows[:3]) + "\n")
    took(pair, file, "--model", "mine")
    assert failures_of(pair[0]).keys() == failures_of(pair[1]).keys() == {"s2"}
    other = tmp_path / "other.jsonl"
    other.write_text(json.dumps(rows[2] | {"vector": good[2].tolist()}) + "\n")
    took(pair, other, "--model", "mine")
    assert failures_of(pair[0]) == failures_of(pair[1]) == {}


BAD: dict[str, list[Any]] = {
    "one id, twice unusable": ["x", "x", "good"],
    "unusable, and later good": ["x", "good", "+x"],
    "good, and later twice": ["+x", "+x", "+x"],
    "without an id, and called so": [None, "row 1"],
    "called as another is kept": ["x", "x (row 3)", "x"],
    "alike as far as they are shown": ["a" * 300 + "b", "a" * 300 + "c"],
    "alike as they are shown": ["a\nb", "a\\nb"],
}
"""Ids of rows; those without a + have no usable vector, but for "good"."""


@pytest.mark.parametrize("at_once", [1, 2, 10])
@pytest.mark.parametrize("what", BAD)
def test_every_row_that_is_told_as_failed_is_kept(
    what: str,
    at_once: int,
    pair: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whichever lots they come in; and each goes once its row is in."""
    monkeypatch.setattr(vector_rows, "ROWS_AT_ONCE", at_once)
    vectors = made_up(len(BAD[what])).tolist()
    rows = [
        {
            "id": one and one.removeprefix("+"),
            "vector": vector if one == "good" or (one and one[0] == "+") else [0.0] * len(vector),
        }
        for one, vector in zip(BAD[what], vectors, strict=True)
    ]
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(f"{json.dumps(one)}\n" for one in rows))
    for _ in range(2):
        report, _ = took(pair, file, "--model", "mine")
        assert report["failed"] > 0
        assert report["rows"] == report["added"] + report["unchanged"] + report["failed"]
        for path in pair:
            assert len(rows_of("info", path, "--failures")["failures"]) == report["failed"], path
        assert failures_of(pair[0]) == failures_of(pair[1])
    if "alike" in what:
        other = tmp_path / "other.jsonl"
        good = [one | {"vector": vector} for one, vector in zip(rows, vectors, strict=True)]
        other.write_text("".join(f"{json.dumps(one)}\n" for one in good[:1]))
        took(pair, other, "--model", "mine")
        assert len(failures_of(pair[0])) == len(failures_of(pair[1])) == 1


@pytest.mark.parametrize("match", ["path", "sample"])
def test_the_same_of_sounds_that_are_there(
    match: str, heard_twins: HeardTwins, tmp_path: Path
) -> None:
    with open_set(heard_twins.set) as opened, sqlclap.open(heard_twins.one) as library:
        named: list[list[Any]] = []
        for one in (opened, library):
            own = one.curation.of("loose/tone.wav")
            sound = own.path if match == "path" else own.sample_id
            none = "none.wav" if match == "path" else 999_999
            named.append([sound, str(sound), sound, none, none, None])
    for path, ids in zip((heard_twins.set, heard_twins.one), named, strict=True):
        rows = zip(ids, made_up(len(ids)).tolist(), strict=True)
        file = tmp_path / "rows.jsonl"
        file.write_text("".join(json.dumps({"id": a, "vector": b}) + "\n" for a, b in rows))
        told = rows_of("import-vectors", path, file, "--model", "mine", "--match", match)
        assert (told["rows"], told["added"], told["failed"]) == (6, 1, 5)
        assert len(rows_of("info", path, "--failures")["failures"]) == 5


def test_failures_of_a_shard_that_is_locked_come_with_it(
    pair: tuple[Path, Path], tmp_path: Path
) -> None:
    took(
        pair, write_array(tmp_path / "first.npy", made_up(1, seed=3), ["first"]), "--model", "mine"
    )
    vectors = made_up(40)
    vectors[::2] = 0
    array = write_array(tmp_path / "half.npy", vectors, IDS)
    with locked(tmp_path / "set-0002.db"):
        report = json.loads(
            run("import-vectors", pair[0], array, "--model", "mine", "--json").stdout
        )
    assert 0 < report["failed"] < 20
    assert len(failures_of(pair[0])) == report["failed"]
    assert rows_of("import-vectors", pair[0], array, "--model", "mine")["failed"] == 20
    assert len(failures_of(pair[0])) == 20


def test_a_dry_run_changes_nothing(pair: tuple[Path, Path], array: Path, tmp_path: Path) -> None:
    before = read_set(pair[0])
    assert took(pair, array, "--model", "mine", "--dry-run")[0]["added"] == 40
    assert read_set(pair[0]) == before
    with open_set(pair[0]) as opened:
        assert opened.info().sounds == 0
        assert opened.sources.list() == []
    part = write_array(tmp_path / "part.npy", made_up(40)[:15], IDS[:15])
    took(pair, part, "--model", "mine")
    report = took(pair, array, "--model", "mine", "--dry-run")[0]
    assert (report["added"], report["unchanged"], report["not_written"]) == (25, 15, [])
    with open_set(pair[0]) as opened:
        assert opened.info().sounds == 15
    missing = tmp_path / "nothing.toml"
    assert "nothing.toml" in fail("import-vectors", missing, array, "--model", "m", "--dry-run")


def test_sounds_of_the_set_get_vectors_by_path_or_id(
    heard_twins: HeardTwins, tmp_path: Path
) -> None:
    """Under a model of their own, which the set can go over to."""
    pair = (heard_twins.set, heard_twins.one)
    files = sorted(heard_twins.own)
    paths = [files[0], "loose/noise.wav", "site1/20240501_050000.wav", "nothing.wav"]
    file = write_array(tmp_path / "more.npy", made_up(4, 24), [*paths])
    reports = took(pair, file, "--model", "more", "--match", "path")
    assert (reports[0]["added"], reports[0]["failed"], reports[0]["is_default"]) == (2, 2, False)
    assert failures_of(pair[0]) == failures_of(pair[1])
    assert "2 sounds of the library lie at that path" in failures_of(pair[0])[paths[2]]
    rest = files[1:6]
    vectors = made_up(7, 24, 5)
    for path, ids in zip(pair, (heard_twins.whole, heard_twins.own), strict=True):
        numbers = [str(ids[one]) for one in rest]
        by_id = write_array(tmp_path / f"{path.stem}.npy", vectors, [*numbers, "999", "x"])
        report = rows_of("import-vectors", path, by_id, "--model", "more", "--match", "sample")
        assert (report["added"] + report["unchanged"] + report["replaced"]) == 5
        assert report["failed"] == 2
    assert "999" in failures_of(pair[0])
    assert failures_of(pair[0]).keys() == failures_of(pair[1]).keys()
    whole = heard_twins.whole[rest[0]]
    typed = f"{whole >> 40}:{whole & (2**40 - 1)}"
    by_id = write_array(tmp_path / "typed.npy", vectors[:1], [typed])
    report = rows_of("import-vectors", pair[0], by_id, "--model", "more", "--match", "sample")
    assert report["unchanged"] == 1
    for path in pair:
        succeed("models", "use", path, "more")
    with open_set(pair[0]) as opened, sqlclap.open(pair[1]) as library:
        found = [answers(one, rest[0]) for one in (opened, library)]
        assert len(found[0]) == 5
        assert found[0] == found[1]


def test_a_shard_that_is_locked_gets_its_rows_later(
    pair: tuple[Path, Path], array: Path, tmp_path: Path
) -> None:
    first = write_array(tmp_path / "first.npy", made_up(1, seed=3), ["first"])
    took(pair, first, "--model", "mine")
    with locked(tmp_path / "set-0002.db"):
        done = run("import-vectors", pair[0], array, "--model", "mine", "--json")
    assert (done.exit_code, "not written, shard 2" in done.stderr) == (1, True)
    report = json.loads(done.stdout)
    assert (report["rows"], report["failed"]) == (40, 0)
    assert [one["shard"] for one in report["not_written"]] == [2]
    assert 0 < report["added"] < 40
    again = rows_of("import-vectors", pair[0], array, "--model", "mine")
    assert (again["added"], again["unchanged"]) == (40 - report["added"], report["added"])
    succeed("import-vectors", pair[1], array, "--model", "mine")
    with open_set(pair[0]) as opened, sqlclap.open(pair[1]) as library:
        assert answers(opened, "item 3") == answers(library, "item 3")


def test_rows_come_in_lots_of_one_transaction_a_shard(
    pair: tuple[Path, Path], array: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash leaves whole lots; the same import goes on."""
    seen: list[int] = []

    class Listener:
        def started(self, stage: str, total: int) -> None:
            if stage == "vectors":
                assert total == 40

        def advanced(self, steps: int, seconds_of_sound: float = 0.0) -> None:
            seen.append(steps)
            if len(seen) == 2:
                raise RuntimeError("crashed")

        def failed(self, what: str, reason: str) -> None:
            raise AssertionError(reason)

    monkeypatch.setattr("sqlclap.own_vectors.npy.ROWS_AT_ONCE", 16)
    request = VectorImport(FileChoice(array), DeclaredModel("mine"))
    with open_set(pair[0]) as opened:
        with pytest.raises(RuntimeError, match="crashed"):
            opened.import_vectors(request, Listener())
        assert opened.info().sounds == 32
        report = opened.import_vectors(request)
        assert (report.added, report.unchanged) == (8, 32)


def test_what_a_set_cannot_take_in_is_told_before_anything_is_written(
    pair: tuple[Path, Path], array: Path, tmp_path: Path
) -> None:
    assert "name it with --model" in fail("import-vectors", pair[0], array)
    (tmp_path / "set-0002.db").rename(tmp_path / "away.db")
    told = fail("import-vectors", pair[0], array, "--model", "mine")
    assert "if it is empty, mine becomes its model" in told
    assert "shard 2" in told
    (tmp_path / "away.db").rename(tmp_path / "set-0002.db")
    assert read_set(pair[0]).model == "sqlclap-mini"
    with open_set(pair[0], SetOptions(mode="read")) as opened:
        request = VectorImport(FileChoice(array), DeclaredModel("mine"))
        with pytest.raises(SetError, match="for reading only"):
            opened.import_vectors(request)
    for name in ("set-0001.db", "set-catalog.db"):
        with sqlclap.open(tmp_path / name) as library, pytest.raises(OwnVectorsError) as refused:
            library.import_vectors(VectorImport(FileChoice(array), DeclaredModel("mine")))
        assert f"is part of the set {pair[0]}" in str(refused.value)


def test_collections_of_llm_and_databases_of_perch_hoplite(
    pair: tuple[Path, Path], tmp_path: Path
) -> None:
    assert took(pair, DATA / "llm.db", "--collection", "notes")[0]["added"] == 30
    folder = shutil.copytree(HOPLITE, tmp_path / "hoplite")
    pytest.importorskip("usearch")
    assert "take it into a library of its own" in fail("import-vectors", pair[0], folder)


def test_vectors_that_a_set_gives_out_come_back(heard_twins: HeardTwins, tmp_path: Path) -> None:
    """They name their model: a new set takes them as the sounds that they were of."""
    out = tmp_path / "out.parquet"
    succeed("export-vectors", heard_twins.set, out)
    init_set(tmp_path / "back.toml", 2).close()
    report = rows_of("import-vectors", tmp_path / "back.toml", out)
    assert report["is_default"]
    with open_set(tmp_path / "back.toml") as opened, sqlclap.open(heard_twins.one) as library:
        found = opened.search("hum", 4)
        wanted = library.search("hum", 4)
        np.testing.assert_allclose([one.score for one in found], [one.score for one in wanted])
