"""The neighbours of many sounds at once are those of as many searches."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import sqlclap
from sqlclap.db.library_file import LibraryFile
from sqlclap.db.statements import write_transaction
from sqlclap.errors import QueryError, UnknownSoundError
from sqlclap.search import neighbors as many
from sqlclap.search.neighbors import NeighborsQuery, join_neighbors
from sqlclap.search.planner import Planner
from sqlclap.search.request import Request
from sqlclap.sqlfunctions.adapters import register_functions
from tests.cli.running import run, succeed
from tests.support.indexed_library import build, the_model, warnings_of_the_index
from tests.support.vector_library import add_model, add_samples, one_window, unit_vectors

ASK = "SELECT sample_id, rank, neighbor_id, score FROM clap_all_neighbors(4, ?)"


@pytest.fixture
def file(tmp_path: Path) -> Iterator[LibraryFile]:
    """A library with an index, a tail, removals, and sounds that are the same."""
    vectors = unit_vectors(300, 16)
    vectors[100:110] = vectors[100]
    with LibraryFile(tmp_path / "library.db", "create") as file:
        add_samples(file, add_model(file, 16), [one_window(one) for one in vectors[:280]])
        build(file)
        add_samples(file, the_model(file), [one_window(one) for one in vectors[280:]])
        with write_transaction(file.connection) as connection:
            connection.execute("DELETE FROM samples WHERE sample_id % 17 = 0")
        yield file


def one_by_one(file: LibraryFile, sample_id: int, n: int) -> list[tuple[int, float]]:
    model = the_model(file)
    query = "SELECT vector FROM vec_1 JOIN embeddings USING (embedding_id) WHERE sample_id = ?"
    vector = np.frombuffer(file.connection.execute(query, (sample_id,)).get, dtype="<f4")
    request = Request(n, without=sample_id, exact=True)
    answer = Planner().nearest(file.connection, model, vector, request)
    return [(one.sample_id, one.score) for one in answer.nearest]


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize(("n", "batch"), [(1, 7), (10, 64), (10, 1000), (400, 1000)])
def test_they_are_those_of_as_many_searches(
    file: LibraryFile, monkeypatch: pytest.MonkeyPatch, exact: bool, n: int, batch: int
) -> None:
    monkeypatch.setattr(many, "BATCH", batch)
    query = NeighborsQuery(Planner(), file.connection, the_model(file), n, exact)
    found = join_neighbors([*query.of_all()], n)
    there = [row[0] for row in file.connection.execute("SELECT sample_id FROM samples")]
    assert found.sample_ids.tolist() == there
    for row in range(0, len(there), 9):
        wanted = one_by_one(file, there[row], n)
        scores = found.scores[row][: len(wanted)]
        assert np.allclose(scores, [score for _, score in wanted], atol=1e-6)
        assert np.isnan(found.scores[row][len(wanted) :]).all()
        ids = found.neighbor_ids[row][: len(wanted)].tolist()
        apart = [
            i for i, (_, score) in enumerate(wanted) if (np.abs(scores - score) < 1e-6).sum() == 1
        ]
        assert [ids[i] for i in apart] == [wanted[i][0] for i in apart]


def test_where_nearly_all_of_an_index_is_gone_nothing_is_missed(tmp_path: Path) -> None:
    vectors = unit_vectors(2_000, 16)
    with LibraryFile(tmp_path / "library.db", "create") as file:
        add_samples(file, add_model(file, 16), [one_window(one) for one in vectors])
        build(file)
        with write_transaction(file.connection) as connection:
            connection.execute("DELETE FROM samples WHERE sample_id % 40 <> 0")
        query = NeighborsQuery(Planner(), file.connection, the_model(file), 20)
        found = join_neighbors([*query.of_all()], 20)
        for row, sample_id in enumerate(found.sample_ids.tolist()):
            wanted = one_by_one(file, sample_id, 20)
            assert found.neighbor_ids[row].tolist() == [number for number, _ in wanted]


def test_a_vector_written_over_by_another_client_is_noticed(file: LibraryFile) -> None:
    other = unit_vectors(1, 16, seed=70)[0].tobytes()
    file.connection.execute("UPDATE vec_1 SET vector = ? WHERE embedding_id = 7", (other,))
    planner = Planner()
    query = NeighborsQuery(planner, file.connection, the_model(file), 5)
    with warnings_of_the_index() as told:
        found = join_neighbors([*query.of([7, 8])], 5)
    for row, sample_id in enumerate((7, 8)):
        wanted = [score for _, score in one_by_one(file, sample_id, 5)]
        assert found.scores[row].tolist() == pytest.approx(wanted, abs=1e-6)
    assert len(told) <= 1


def test_python_command_line_and_sql_say_the_same(
    file: LibraryFile, fake_bundle: Path, tmp_path: Path
) -> None:
    with sqlclap.open(file.path, mode="read") as library:
        found = library.similar_many([5, 3, 260], n=4)
        assert found.sample_ids.tolist() == [5, 3, 260]
        rows = [*found.rows()]
        assert len(rows) == 12
        register_functions(library.connection)
        asked = library.connection.execute(ASK, (json.dumps([5, 3, 260]),)).fetchall()
        everything = library.connection.execute(
            "SELECT count(*), count(DISTINCT sample_id) FROM clap_all_neighbors(2)"
        ).fetchone()
    assert asked == rows
    assert everything == (2 * 283, 283)
    told = succeed("neighbors", file.path, "5", "3", "260", "-n", "4")
    table = [tuple(row.values()) for row in csv.DictReader(io.StringIO(told))]
    assert [(int(a), int(b), int(c)) for a, b, c, _ in table] == [row[:3] for row in rows]
    assert [float(row[3]) for row in table] == pytest.approx([row[3] for row in rows])


def test_parquet_holds_the_same(file: LibraryFile, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    place = tmp_path / "all.parquet"
    assert succeed("neighbors", file.path, "--all", "-n", "3", "--parquet", place) == ""
    table = parquet.read_table(place)
    told = succeed("neighbors", file.path, "--all", "-n", "3")
    assert table.column_names == told.splitlines()[0].split(",")
    assert table.num_rows == len(told.splitlines()) - 1 == 3 * 283


def test_what_can_not_be_asked_is_told(file: LibraryFile) -> None:
    with sqlclap.open(file.path, mode="read") as library:
        with pytest.raises(UnknownSoundError, match="has no sample 17"):
            library.similar_many([5, 17])
        with pytest.raises(QueryError, match="neighbours of at least 1, got 0"):
            library.similar_many([5], n=0)
        assert library.similar_many([], n=3).neighbor_ids.shape == (0, 3)
        register_functions(library.connection)
        for given in ("5", "[1.5]", "x"):
            with pytest.raises(Exception, match="sample_ids to be a JSON array of numbers"):
                library.connection.execute(ASK, (given,)).fetchall()
    assert run("neighbors", file.path).exit_code == 2
    assert run("neighbors", file.path, "5", "--all").exit_code == 2
    assert "has no sample 17" in run("neighbors", file.path, "17").output
