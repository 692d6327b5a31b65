"""Filters, pages, floors and the path that is taken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sqlclap.db.library_file import LibraryFile
from sqlclap.db.statements import write_transaction
from sqlclap.errors import QueryError, UnknownFolderError
from sqlclap.index import search as index_search
from sqlclap.search import planner as planner_module
from sqlclap.search.planner import Planner
from sqlclap.search.request import Filter, Request
from tests.support.indexed_library import (
    TOLERANCE,
    ask,
    make_indexed,
    scores_of,
    the_model,
    true_scores,
)
from tests.support.vector_library import add_samples, one_window, unit_vectors

COUNT = 2_000
QUERY = unit_vectors(1, 16, seed=77)[0]


@pytest.fixture(scope="module")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> dict[int, np.ndarray]:
    """Return the vectors of the library below by sample id."""
    path = tmp_path_factory.mktemp("planner") / "library.db"
    return dict(enumerate(make_indexed(path, COUNT), start=1)) | {0: np.array([str(path)])}


@pytest.fixture
def file(vectors: dict[int, np.ndarray]) -> Iterator[LibraryFile]:
    with LibraryFile(Path(str(vectors[0][0])), "read") as opened:
        yield opened


def stored(vectors: dict[int, np.ndarray]) -> dict[int, np.ndarray]:
    return {sample_id: vector for sample_id, vector in vectors.items() if sample_id}


@pytest.mark.parametrize(
    ("every", "path"),
    [(1, "graph"), (2, "graph"), (10, "graph"), (40, "scan"), (100, "exact"), (5000, "exact")],
)
def test_any_filter_gives_all_rows_that_fit(
    file: LibraryFile,
    vectors: dict[int, np.ndarray],
    monkeypatch: pytest.MonkeyPatch,
    every: int,
    path: str,
) -> None:
    monkeypatch.setattr(planner_module, "FEW", 20)
    kept = {i: v for i, v in stored(vectors).items() if i % every == 0}
    only = Filter(where="sample_id % :every = 0", params={"every": every})
    answer = ask(file, QUERY, Request(only=only))
    assert answer.plan.path == path, str(answer.plan)
    assert scores_of(answer) == pytest.approx(true_scores(kept, QUERY, 10), abs=TOLERANCE)
    assert f"the filter lets {len(kept):,} through" in str(answer.plan)


def test_a_filter_without_an_index(file: LibraryFile, vectors: dict[int, np.ndarray]) -> None:
    kept = {i: v for i, v in stored(vectors).items() if i % 3 == 0}
    request = Request(only=Filter(where="sample_id % 3 = 0"), exact=True)
    found = scores_of(ask(file, QUERY, request))
    assert found == pytest.approx(true_scores(kept, QUERY, 10), abs=TOLERANCE)


def test_a_walk_that_finds_too_few_is_followed_by_a_scan(
    file: LibraryFile, vectors: dict[int, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    def blind(search: index_search._SegmentSearch) -> tuple[list[None], int]:
        return [None] * len(search.live), 64

    monkeypatch.setattr(index_search._SegmentSearch, "_walk_all", blind)
    answer = ask(file, QUERY)
    assert answer.plan.path == "scan"
    wanted = true_scores(stored(vectors), QUERY, 10)
    assert scores_of(answer) == pytest.approx(wanted, abs=TOLERANCE)


def test_pages_follow_each_other_without_a_gap(file: LibraryFile) -> None:
    planner = Planner()
    whole = ask(file, QUERY, Request(limit=45), planner).nearest
    pages = [
        one
        for offset in range(0, 45, 9)
        for one in ask(file, QUERY, Request(limit=9, offset=offset), planner).nearest
    ]
    assert pages == whole


def test_deep_pages_are_exact(file: LibraryFile, vectors: dict[int, np.ndarray]) -> None:
    answer = ask(file, QUERY, Request(limit=5, offset=1_500))
    assert (answer.plan.path, answer.plan.reason) == ("exact", "more than 1,000 results deep")
    wanted = true_scores(stored(vectors), QUERY, 1_505)[1_500:]
    assert scores_of(answer) == pytest.approx(wanted, abs=TOLERANCE)


def test_a_floor_for_the_score(file: LibraryFile, vectors: dict[int, np.ndarray]) -> None:
    best = true_scores(stored(vectors), QUERY, 10)
    floor = (best[3] + best[4]) / 2
    assert scores_of(ask(file, QUERY, Request(min_score=floor))) == pytest.approx(best[:4])
    assert ask(file, QUERY, Request(min_score=1.1)).nearest == []


def test_the_sample_asked_about_can_be_left_out(file: LibraryFile) -> None:
    first, second, *_ = ask(file, QUERY).nearest
    answer = ask(file, QUERY, Request(limit=1, without=first.sample_id))
    assert answer.nearest == [second]


def test_folder_length_and_format_filters(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    make_indexed(path, 40)
    with LibraryFile(path) as file, write_transaction(file.connection) as connection:
        connection.execute("UPDATE samples SET path = 'drums/' || path WHERE sample_id <= 10")
        connection.execute("UPDATE samples SET path = 'drums2/' || path WHERE sample_id > 30")
        connection.execute("UPDATE samples SET duration_s = sample_id, format = NULL")
        for number, name in enumerate(("WAV/PCM_16", "WAVEX/PCM_24", "AIFF/PCM_16"), start=1):
            update = "UPDATE samples SET format = ? WHERE sample_id = ?"
            connection.execute(update, (name, number))

    def ids(**only: Any) -> set[int]:
        with LibraryFile(path, "read") as file:
            answer = ask(file, QUERY, Request(limit=99, only=Filter(**only)))
            return {one.sample_id for one in answer.nearest}

    assert ids(folder="drums") == ids(folder="drums/") == ids(folder="/samples/drums")
    assert ids(folder="drums") == set(range(1, 11))
    assert ids(folder="/samples") == set(range(1, 41))
    with pytest.raises(UnknownFolderError, match="below the folder 'rums'; nearest: drums"):
        ids(folder="rums")
    assert ids(folder="drums", min_length=1000) == set()
    assert ids(format="flac") == ids(format="16") == set()
    assert ids(format="wav") == ids(format=" Wav ") == ids(format="wavex") == {1, 2}
    assert ids(format="pcm_16") == {1, 3}
    assert ids(format="aiff/pcm_16") == {3}
    with pytest.raises(QueryError, match="min_length is above max_length"):
        ids(min_length=3.0, max_length=2.0)
    assert ids(min_length=5, max_length=7) == {5, 6, 7}
    assert ids(where="path LIKE :p", params={"p": "drums2/%"}) == set(range(31, 41))
    assert ids(where="root = '/samples'", min_length=39.5) == {40}


def test_filters_follow_what_is_written(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    make_indexed(path, 600)
    request, planner = Request(only=Filter(where="status = 'ok'")), Planner()
    with LibraryFile(path) as file, LibraryFile(path, "read") as reader:
        assert ask(reader, QUERY, request, planner).plan.allowed == 600
        with write_transaction(file.connection) as connection:
            connection.execute("UPDATE samples SET status = 'missing' WHERE sample_id <= 100")
        assert ask(reader, QUERY, request, planner).plan.allowed == 500
        add_samples(file, the_model(file), [one_window(QUERY)])
        answer = ask(reader, QUERY, request, planner)
    assert (answer.plan.allowed, answer.plan.tail) == (501, 1)
    assert answer.nearest[0].sample_id == 601


@pytest.mark.parametrize(
    "where",
    [
        "",
        "  ",
        "1; DELETE FROM samples",
        "1) OR (1",
        "(1",
        "no_such_column = 1",
        "1 /* no end",
        "'no end",
        "1); DELETE FROM samples; --",
    ],
)
def test_what_is_no_expression_is_refused(file: LibraryFile, where: str) -> None:
    with pytest.raises(QueryError, match=r"one SQL expression|filter can't be used"):
        ask(file, QUERY, Request(only=Filter(where=where)))
    assert file.connection.execute("SELECT count(*) FROM samples").get == COUNT


@pytest.mark.parametrize("where", ["1 -- ) ;", "path <> ';)'", "1 /* ; */", '"path" <> 0'])
def test_signs_in_texts_and_comments_are_fine(file: LibraryFile, where: str) -> None:
    assert len(ask(file, QUERY, Request(only=Filter(where=where))).nearest) == 10


def test_a_missing_parameter_is_told(file: LibraryFile) -> None:
    with pytest.raises(QueryError, match="filter can't be used"):
        ask(file, QUERY, Request(only=Filter(where="sample_id < :most")))


@pytest.mark.parametrize("numbers", [{"limit": 0}, {"offset": -1}])
def test_numbers_out_of_range_are_told(numbers: dict[str, Any]) -> None:
    with pytest.raises(QueryError, match="expected"):
        Request(**numbers)


def test_a_vector_of_another_model_is_refused(file: LibraryFile) -> None:
    with pytest.raises(QueryError, match="expected a vector of 16 floats"):
        ask(file, unit_vectors(1, 8)[0])
