"""Vectors go out as they are stored, and come back the same."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import sqlclap
from sqlclap.search.request import SearchOptions
from tests.cli.running import fail, rows_of, succeed
from tests.own_vectors.conftest import made_up, write_array
from tests.own_vectors.test_import import stored

FORMS = ("parquet", "npy", "csv", "jsonl")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("lengths", [(), ("--keep-length",)])
def test_round_trips_keep_every_bit(tmp_path: Path, form: str, lengths: tuple[str, ...]) -> None:
    vectors = made_up(50) * np.linspace(0.5, 2, 50, dtype=np.float32)[:, None]
    vectors[0] = np.eye(16, dtype=np.float32)[0] * np.float32(1e-12)
    ids = [f'Ton "ä", {n}\u2028' for n in range(50)]
    file = write_array(tmp_path / "v.npy", vectors, ids)
    model = ("--model", "mine", *lengths)
    first, second = tmp_path / "first.db", tmp_path / "second.db"
    succeed("import-vectors", first, file, *model)
    out = tmp_path / f"out.{form}"
    report = rows_of("export-vectors", first, out)
    assert (report["vectors"], report["dim"]) == (50, 16)
    again = rows_of("import-vectors", second, out, *(() if form == "parquet" else model))
    assert (again["added"], again["failed"]) == (50, 0)
    assert again["model_version"] == report["model_version"]
    assert stored(second) == stored(first)
    rows_of("export-vectors", second, tmp_path / f"once-more.{form}")
    bytes_of = [(tmp_path / f"{name}.{form}").read_bytes() for name in ("out", "once-more")]
    assert bytes_of[0] == bytes_of[1]


def test_what_is_known_of_the_sounds_goes_with_their_vectors(
    tmp_path: Path, filled: sqlclap.Library
) -> None:
    samples = {sample.sample_id: sample for sample in filled.samples()}
    ids, _ = filled.vectors()
    rows_of("export-vectors", filled.path, tmp_path / "v.parquet")
    table = pq.read_table(tmp_path / "v.parquet").to_pylist()
    assert sorted(row["sample_id"] for row in table) == ids.tolist()
    for row in table:
        sample = samples[row["sample_id"]]
        told = {
            name: row[name] for name in ("path", "root", "content_hash", "duration_s", "format")
        }
        assert told == {name: getattr(sample, name) for name in told}
        assert row["id"] == sample.path
        with_cosine = np.dot(
            row["vector"], filled.vectors()[1][ids.tolist().index(sample.sample_id)]
        )
        assert with_cosine == pytest.approx(1, abs=1e-5)
    rows_of("export-vectors", filled.path, tmp_path / "v.npy")
    array = np.load(tmp_path / "v.npy", allow_pickle=False)
    with (tmp_path / "v.csv").open(newline="") as beside:
        assert [int(row["sample_id"]) for row in csv.DictReader(beside)] == [
            row["sample_id"] for row in table
        ]
    np.testing.assert_array_equal(array, np.array([row["vector"] for row in table], np.float32))


@pytest.mark.parametrize("form", FORMS)
def test_filters_choose_as_in_searches(tmp_path: Path, filled: sqlclap.Library, form: str) -> None:
    found = filled.search("deep kick", 99, SearchOptions(where="sample_id > 2"))
    out = tmp_path / f"some.{form}"
    report = rows_of("export-vectors", filled.path, out, "--where", "sample_id > 2")
    assert report["vectors"] == len(found)
    file = Path(report["files"][-1])
    reader: dict[str, Callable[[Path], list[int]]] = {
        ".parquet": lambda one: pq.read_table(one)["sample_id"].to_pylist(),
        ".csv": lambda one: [int(row["sample_id"]) for row in csv.DictReader(one.open())],
        ".jsonl": lambda one: [json.loads(line)["sample_id"] for line in one.open()],
    }
    assert sorted(reader[file.suffix](file)) == sorted(one.sample_id for one in found)


def test_few_of_many_are_the_same_vectors(tmp_path: Path) -> None:
    vectors = made_up(300)
    file = write_array(tmp_path / "v.npy", vectors, [f"s{n}" for n in range(300)])
    succeed("import-vectors", tmp_path / "v.db", file, "--model", "m")
    rows_of("export-vectors", tmp_path / "v.db", tmp_path / "few.npy", "--where", "sample_id > 296")
    few = np.load(tmp_path / "few.npy")
    assert (
        few.tobytes()
        == np.stack([row for _, row in zip(range(4), vectors[296:], strict=True)]).tobytes()
    )


def test_nothing_is_overwritten_and_refusals_leave_nothing(
    tmp_path: Path, filled: sqlclap.Library
) -> None:
    (tmp_path / "v.csv").write_text("mine")
    assert "v.csv is there already" in fail("export-vectors", filled.path, tmp_path / "v.npy")
    assert "is there already" in fail("export-vectors", filled.path, tmp_path / "v.csv")
    assert (tmp_path / "v.csv").read_text() == "mine"
    assert "expected a new file called" in fail("export-vectors", filled.path, tmp_path / "v.lance")
    none = fail("export-vectors", filled.path, tmp_path / "w.npy", "--where", "sample_id < 0")
    assert "nothing to export" in none
    assert not [*tmp_path.glob("*w.*")]
    place = tmp_path / "none" / "w.parquet"
    assert "can't be written" in fail("export-vectors", filled.path, place)
