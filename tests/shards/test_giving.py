"""A set's vectors go out as one library's do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from sqlclap.errors import LibraryError, QueryError, UnknownFolderError, UnknownLabelError
from sqlclap.own_vectors.giving import VectorExport
from sqlclap.search.request import Filter
from tests.cli.running import fail, rows_of, run
from tests.support.twin_libraries import Twins


@pytest.fixture
def twins(tmp_path: Path, fake_bundle: Path) -> Iterator[Twins]:
    made = Twins(tmp_path, fake_bundle)
    made.add(80)
    yield made
    made.close()


def rows(file: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = pq.read_table(file).to_pylist()
    return sorted(found, key=lambda row: str(row["path"]))


@pytest.mark.parametrize("only", [Filter(), Filter(folder="site-1"), Filter(min_length=2)], ids=str)
def test_a_set_gives_the_rows_of_one_library(tmp_path: Path, twins: Twins, only: Filter) -> None:
    one, all_of_them = tmp_path / "one.parquet", tmp_path / "set.parquet"
    twins.library.export_vectors(VectorExport(one, only))
    report = twins.set.export_vectors(VectorExport(all_of_them, only))
    wanted, found = rows(one), rows(all_of_them)
    assert report.vectors == len(found)
    ids = {match.path: match.sample_id for match in twins.set.search("rain", 80)}
    assert [row["sample_id"] for row in found] == [ids[str(row["path"])] for row in found]
    for row in (*wanted, *found):
        del row["sample_id"]
    assert found == wanted
    assert pq.read_schema(one).metadata == pq.read_schema(all_of_them).metadata


def test_ids_stay_through_a_merge(tmp_path: Path, twins: Twins) -> None:
    from sqlclap.shards.joining import merge_shards

    before, after = tmp_path / "before.parquet", tmp_path / "after.parquet"
    twins.set.export_vectors(VectorExport(before))
    merge_shards(twins.set.path, 1, 2)
    rows_of("export-vectors", twins.set.path, after, "--to", "parquet")
    assert rows(after) == rows(before)


def test_a_missing_shard_leaves_no_file(tmp_path: Path, twins: Twins) -> None:
    twins.set.shards[1].path.rename(tmp_path / "away")
    with pytest.raises(LibraryError):
        twins.set.export_vectors(VectorExport(tmp_path / "v.parquet"))
    assert not [*tmp_path.glob("*v.parquet")]


def test_filters_that_cannot_be_used_are_refused(tmp_path: Path, twins: Twins) -> None:
    file = tmp_path / "v.csv"
    for only in (Filter(label="kick"), Filter(collection="x"), Filter(where="[sample_id] < 3")):
        with pytest.raises((QueryError, UnknownLabelError)):
            twins.set.export_vectors(VectorExport(file, only))
    with pytest.raises(UnknownFolderError):
        twins.set.export_vectors(VectorExport(file, Filter(folder="none")))
    told = run("export-vectors", twins.set.path, file, "--to", "parquet")
    assert (told.exit_code, "expects a new file called .parquet" in told.stderr) == (2, True)
    told = run("export-vectors", twins.set.path, file, "--resume")
    assert (told.exit_code, "go with --to qdrant" in told.stderr) == (2, True)
    assert not file.exists()


def test_another_model_than_the_sets_is_refused(tmp_path: Path, twins: Twins) -> None:
    told = fail("export-vectors", twins.set.path, tmp_path / "v.csv", "--model", "sqlclap-mini")
    assert "sqlclap-mini" in told
    assert not (tmp_path / "v.csv").exists()
