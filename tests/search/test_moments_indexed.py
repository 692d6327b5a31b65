"""Windows in the index: moments come from it, and are those of the exact path."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sqlclap
from sqlclap.db.library_file import LibraryFile
from sqlclap.db.statements import write_transaction
from sqlclap.index.inspection import index_status, verify_index
from sqlclap.index.search import Allowed, leave_out_samples
from sqlclap.search import index_search
from sqlclap.search import planner as planning
from sqlclap.search.planner import Planner
from sqlclap.search.request import Filter, Request, SearchOptions
from sqlclap.search.vector_query import Among
from tests.support.fake_bundle import WINDOW_S
from tests.support.indexed_library import (
    TOLERANCE,
    build,
    generations,
    segments,
    the_model,
    warnings_of_the_index,
)
from tests.support.sounds import noise, tone, write_sound
from tests.support.vector_library import (
    add_model,
    add_samples,
    one_window,
    unit_vectors,
    windows_of,
)

LONG, WINDOWS, SHORT = 40, 20, 60
QUERY = unit_vectors(1, 16, seed=3)[0]


@pytest.fixture
def file(tmp_path: Path) -> Iterator[LibraryFile]:
    """A library of forty long sounds, then sixty short ones, with an index."""
    path = tmp_path / "library.db"
    vectors = unit_vectors(LONG * WINDOWS, 16).reshape(LONG, WINDOWS, 16)
    short = unit_vectors(SHORT, 16, seed=1)
    with LibraryFile(path, "create") as file:
        model = add_model(file, 16)
        add_samples(file, model, [windows_of(one) for one in vectors])
        add_samples(file, model, [one_window(one) for one in short])
        build(file)
        yield file


def list_of(file: LibraryFile, among: Among, request: Request) -> list[tuple[int, float]]:
    """List by the index what is nearest, and make sure that it took the index."""
    model = the_model(file)
    found, plan = Planner().moments(file.connection, model, QUERY, request, among)
    assert plan.path in ("graph", "scan"), str(plan)
    return [(one.embedding_id, one.score) for one in found]


def true_list(file: LibraryFile, windows: bool, where: str = "1") -> list[tuple[int, float]]:
    """List the same by SQL alone: windows, or sounds that have none."""
    rows = file.connection.execute(
        f"""
        SELECT e.embedding_id, 1.0 - vec_distance_cosine(v.vector, ?1) AS score
        FROM embeddings AS e JOIN vec_1 AS v USING (embedding_id)
        WHERE (e.window_index IS NOT NULL) = ?2 AND {where} AND (?2 OR NOT EXISTS (
            SELECT 1 FROM embeddings AS w
            WHERE w.sample_id = e.sample_id AND w.window_index IS NOT NULL
        ))
        ORDER BY score DESC, e.embedding_id
        """,  # noqa: S608
        (QUERY.tobytes(), windows),
    )
    return [(row[0], row[1]) for row in rows]


def check(file: LibraryFile, only: Filter, where: str) -> None:
    request = Request(30, only=only)
    kinds: tuple[tuple[Among, bool], ...] = (("windows", True), ("short samples", False))
    for among, windows in kinds:
        found, wanted = list_of(file, among, request), true_list(file, windows, where)[:30]
        assert [one[0] for one in found] == [one[0] for one in wanted]
        assert np.allclose([s for _, s in found], [s for _, s in wanted], atol=TOLERANCE)


@pytest.mark.parametrize(
    ("only", "where"),
    [
        (Filter(), "1"),
        (Filter(where="sample_id % 2"), "sample_id % 2"),
        (Filter(where="sample_id % 20 = 1"), "sample_id % 20 = 1"),
    ],
    ids=["all", "half", "few"],
)
def test_windows_are_found_through_tail_and_removals(
    file: LibraryFile, monkeypatch: pytest.MonkeyPatch, only: Filter, where: str
) -> None:
    monkeypatch.setattr(planning, "FEW", 0)
    check(file, only, where)
    model = the_model(file)
    add_samples(
        file, model, [windows_of(one) for one in unit_vectors(60, 16, 7).reshape(6, 10, 16)]
    )
    add_samples(file, model, [one_window(one) for one in unit_vectors(20, 16, 8)])
    with write_transaction(file.connection) as connection:
        connection.execute("DELETE FROM samples WHERE sample_id IN (2, 3, 45, 60)")
        # Another client: a long sound without its windows is one moment.
        connection.execute(
            "DELETE FROM embeddings WHERE sample_id = 21 AND window_index IS NOT NULL"
        )
    check(file, only, where)
    assert build(file).params["how"] == "caught up"
    check(file, only, where)
    assert verify_index(file.connection, model).problems == []


def test_what_has_no_windows_is_worked_out_once_a_filter_and_state(
    file: LibraryFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked_out: list[object] = []

    def counted(*arguments: Any) -> Allowed:
        worked_out.append(arguments)
        return leave_out_samples(*arguments)

    monkeypatch.setattr(index_search, "leave_out_samples", counted)
    planner, model = Planner(), the_model(file)
    requests = [Request(5), Request(5, only=Filter(where="sample_id % 2"))]

    def ask_twice() -> None:
        for request in requests * 2:
            planner.moments(file.connection, model, QUERY, request, "short samples")

    ask_twice()
    assert len(worked_out) == len(requests)
    add_samples(file, model, [windows_of(unit_vectors(5, 16, 9))])
    ask_twice()
    assert len(worked_out) == 2 * len(requests)


def test_own_vectors_and_windows_lie_in_one_generation(file: LibraryFile) -> None:
    status = index_status(file.connection, the_model(file))
    assert status.windows == {"vectors": 800, "indexed": 800, "dead": 0, "tail": 0}
    assert (status.indexed, status.recall["windows"]["mean"]) == (100, 1.0)
    assert (len(generations(file.path)), len(segments(file.path))) == (1, 2)
    add_samples(file, the_model(file), [windows_of(unit_vectors(5, 16, 9))])
    status = index_status(file.connection, the_model(file))
    assert (status.tail, status.windows["tail"]) == (1, 5)


def test_damage_to_a_window_segment_gives_exact_moments_and_one_warning(file: LibraryFile) -> None:
    planner, model = Planner(), the_model(file)
    for folder in segments(file.path):
        (folder / "graph.hnsw").write_bytes(b"")
    with warnings_of_the_index() as told:
        for among in ("windows", "short samples"):
            found, plan = planner.moments(file.connection, model, QUERY, Request(10), among)
            assert (plan.path, len(found)) == ("exact", 10)
    assert len(told) == 1


@pytest.fixture
def heard(library: sqlclap.Library, tmp_path: Path) -> sqlclap.Library:
    """A library of five long scenes and a short noise, with an index."""
    for number in range(5):
        parts = [tone(200 + 90 * number, WINDOW_S)] * 6
        parts[number] = noise(number, WINDOW_S)
        write_sound(tmp_path / "sounds" / f"{number}.wav", np.concatenate(parts))
    write_sound(tmp_path / "sounds" / "noise.wav", noise(9, WINDOW_S))
    library.ingest([tmp_path / "sounds"])
    library.index.build()
    return library


def test_moments_of_a_library_take_the_index(heard: sqlclap.Library) -> None:
    for options in ({}, {"where": "path < '3'"}, {"offset": 2}, {"min_score": 0.0}):
        fast, exact = (
            heard.similar("noise.wav", 7, SearchOptions(moments=True, exact=exact, **options))
            for exact in (False, True)
        )
        assert list(fast) == list(exact)
        assert (fast.plan.path != "exact", exact.plan.path) == (True, "exact")
    assert fast.plan.generation == 1
    assert fast.plan.indexed == 6 + 30


@pytest.mark.parametrize("target", ["2.wav", "2.wav@1.0-1.5"])
def test_windows_asked_with_take_nobodys_place(heard: sqlclap.Library, target: str) -> None:
    """They are left out beforehand: one look at the index gives what is wanted."""
    for n in (1, 5, 40):
        fast, exact = (
            heard.similar(target, n, SearchOptions(moments=True, exact=exact))
            for exact in (False, True)
        )
        assert list(fast) == list(exact)
        assert fast.plan.path != "exact"
    whole = target == "2.wav"
    assert ("2.wav" in {match.path for match in fast}) != whole
    assert len(fast) == (25 if whole else 30)
