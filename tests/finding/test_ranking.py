"""Composed rankings: the index gives the rows of the formula on all vectors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sqlclap
from sqlclap import Query, SearchOptions
from sqlclap.db.library_file import LibraryFile
from sqlclap.errors import QueryError
from sqlclap.finding import ranking as composing
from sqlclap.finding.formula import WeighedTerm, make_formula
from sqlclap.finding.scales import Scale, Scales
from tests.support.indexed_library import build
from tests.support.vector_library import (
    add_model,
    add_samples,
    one_window,
    unit_vectors,
    windows_of,
)

DIM, SHORT, LONG, WINDOWS = 16, 900, 30, 5


def clustered(count: int, seed: int) -> np.ndarray:
    """Return unit vectors around a few centres, as sounds lie; every tenth is a copy."""
    random = np.random.default_rng(seed)
    centres = unit_vectors(9, DIM, seed=1)
    vectors = centres[random.integers(9, size=count)] + 0.2 * random.standard_normal((count, DIM))
    vectors[9::10] = vectors[: len(vectors[9::10])]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("finding") / "library.db"
    with LibraryFile(path, "create") as file:
        model = add_model(file, DIM)
        add_samples(file, model, [one_window(one) for one in clustered(SHORT, 2)])
        long = clustered(LONG * WINDOWS, 3).reshape(LONG, WINDOWS, DIM)
        add_samples(file, model, [windows_of(one) for one in long])
        build(file)
    return path


@pytest.fixture(scope="module")
def library(path: Path) -> Iterator[sqlclap.Library]:
    with sqlclap.open(path, mode="read") as opened:
        yield opened


def rows(matches: sqlclap.Matches) -> list[tuple[object, ...]]:
    return [(one.rank, one.sample_id, one.score, getattr(one, "start_s", None)) for one in matches]


TERMS = st.lists(
    st.tuples(st.integers(0, 40), st.sampled_from([0.1, 0.5, 1.0, 3.0, -0.1, -0.5, -1.0, -3.0])),
    min_size=1,
    max_size=6,
)


def query_of(terms: list[tuple[int, float]]) -> Query:
    query = Query().like(5)
    for number, weight in terms:
        if number <= 20 and weight > 0:
            query = query.like(1 + number * 40, weight)
        elif number <= 20:
            query = query.unlike(1 + number * 40, -weight)
        else:
            query = query.toward(unit_vectors(1, DIM, seed=number)[0].tolist(), weight)
    return query


@settings(max_examples=25)
@given(
    TERMS,
    st.sampled_from([1, 10, 70]),
    st.builds(
        SearchOptions,
        offset=st.sampled_from([0, 7]),
        where=st.sampled_from([None, "sample_id % 2", "sample_id % 40 = 1"]),
        moments=st.booleans(),
    ),
)
def test_the_index_gives_the_exact_rows(
    library: sqlclap.Library, terms: list[tuple[int, float]], n: int, option: SearchOptions
) -> None:
    query = query_of(terms)
    options = [replace(option, exact=exact) for exact in (False, True)]
    by_index, exactly = (library.find(query, n, option) for option in options)
    assert exactly.plan.path == "exact"
    assert rows(by_index) == rows(exactly)


def oracle(library: sqlclap.Library, query: Query) -> dict[int, float]:
    """Score everything by the formula as its docstring has it."""
    ids, vectors = library.vectors()
    all_vectors = vectors.astype(np.float64)
    by_id = dict(zip(ids.tolist(), all_vectors, strict=True))
    total, together, constant = np.zeros(len(ids)), np.zeros(DIM), 0.0
    for term in query.terms:
        vector = by_id[term.value] if term.kind == "sound" else np.array(term.value)
        vector = vector / np.linalg.norm(vector)
        cosines = all_vectors @ vector
        median, level, top = np.quantile(cosines, [0.5, 0.65, 0.99])
        reach = top - median
        if term.weight > 0:
            total += term.weight * (cosines - median) / reach
            together += term.weight * vector / reach
            constant += term.weight * median / reach
        else:
            total += term.weight * np.maximum(0, cosines - level) / reach
    scores = (total + constant) / np.linalg.norm(together)
    wanted = {term.value for term in query.positive if term.kind == "sound"}
    return {
        one: score
        for one, score in zip(ids.tolist(), scores.tolist(), strict=True)
        if one not in wanted
    }


def test_scores_are_those_of_the_formula(library: sqlclap.Library) -> None:
    away = unit_vectors(1, DIM, seed=1)[0].tolist()
    query = Query().like(5).like(81, 0.5).unlike(121).away_from(away, 2)
    wanted = oracle(library, query)
    best = sorted(wanted, key=lambda one: (-round(wanted[one], 7), one))[:50]
    found = library.find(query, 50)
    assert found.plan.path != "exact"
    assert [one.score for one in found] == pytest.approx([wanted[i] for i in best], abs=1e-6)
    for one in found:
        assert one.score == pytest.approx(wanted[one.sample_id], abs=1e-6)


def test_terms_that_are_wanted_alone_are_one_vector(library: sqlclap.Library) -> None:
    query = Query().like(5).like(81, 0.5)
    found = library.find(query, 20)
    wanted = oracle(library, query)
    best = sorted(wanted.values(), reverse=True)[:20]
    assert [one.score for one in found] == pytest.approx(best, abs=1e-6)
    assert {5, 81}.isdisjoint(one.sample_id for one in found)


def test_pages_follow_each_other(library: sqlclap.Library) -> None:
    query = Query().like(5).unlike(81)
    whole = rows(library.find(query, 40))
    pages = [library.find(query, 10, SearchOptions(offset=offset)) for offset in (0, 10, 20, 30)]
    assert [row for page in pages for row in rows(page)] == whole
    floor = whole[12][2]
    assert isinstance(floor, float)
    assert rows(library.find(query, 40, SearchOptions(min_score=floor))) == [
        row for row in whole if isinstance(row[2], float) and row[2] >= floor
    ]


def test_what_candidates_cannot_settle_is_scored_whole(
    library: sqlclap.Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = Query().like(5).unlike(6).unlike(7, 3)
    exactly = rows(library.find(query, 20, SearchOptions(exact=True)))
    monkeypatch.setattr(composing, "DEEPEST", 40)
    monkeypatch.setattr(composing, "FIRST_CANDIDATES", 41)
    found = library.find(query, 20)
    assert found.plan.reason == "candidates could not settle it"
    assert rows(found) == exactly


def test_opposites_point_nowhere(library: sqlclap.Library) -> None:
    one = unit_vectors(1, DIM, seed=9)[0]
    scale = Scale()
    with pytest.raises(QueryError, match="point nowhere"):
        make_formula([WeighedTerm(one, 1, scale), WeighedTerm(-one, 1, scale)])


def test_a_term_like_what_is_wanted_does_not_turn_the_query_around() -> None:
    """Pushed away from itself, a sound's likes lose; what is unlike it gains nothing."""
    vectors = unit_vectors(300, DIM, seed=4)
    scale = Scale(0.0, 0.1, 0.5)
    formula = make_formula(
        [WeighedTerm(vectors[0], 1.0, scale), WeighedTerm(vectors[0], -1.0, scale)]
    )
    scores, cosines = formula.scores(vectors), vectors.astype("f8") @ vectors[0].astype("f8")
    low = cosines < 0.1
    assert scores[low] == pytest.approx(cosines[low], abs=1e-6)
    assert scores[~low] == pytest.approx(0.1, abs=1e-6)


def test_bounds_hold_for_every_sound() -> None:
    vectors = unit_vectors(2_000, DIM, seed=4)
    scale = Scale(0.0, 0.1, 0.5)
    terms = [WeighedTerm(vectors[n], w, scale) for n, w in enumerate((1.0, 0.5, -0.3, -2.0))]
    formula = make_formula(terms)
    scores = formula.scores(vectors)
    bounds = formula.bounds()
    assert len(bounds) == 2
    for bound in bounds:
        assert (scores <= bound.beyond(1.0) + 1e-6).all()
        for vector, score in zip(vectors, scores, strict=True):
            assert score <= bound.beyond(float(vector @ bound.vector)) + 1e-5


def test_small_libraries_have_no_scale(tmp_path: Path) -> None:
    with LibraryFile(tmp_path / "few.db", "create") as file:
        model = add_model(file, DIM)
        add_samples(file, model, [one_window(one) for one in unit_vectors(19, DIM)])
        scales = Scales()
        terms = unit_vectors(2, DIM, seed=3)
        assert scales.of(file.connection, model, terms) == (Scale(), Scale())
        add_samples(file, model, [one_window(one) for one in unit_vectors(1, DIM, seed=8)])
        one, other = scales.of(file.connection, model, terms)
        assert one != other
        assert one.reach > 0


def test_a_term_keeps_its_scale_until_the_library_changes(tmp_path: Path) -> None:
    terms = unit_vectors(3, DIM, seed=3)
    with LibraryFile(tmp_path / "scales.db", "create") as file:
        model = add_model(file, DIM)
        add_samples(file, model, [one_window(one) for one in unit_vectors(40, DIM)])
        scales = Scales()
        together = scales.of(file.connection, model, terms)
        alone = [scales.of(file.connection, model, term[None])[0] for term in terms]
        assert all(one is other for one, other in zip(together, alone, strict=True))
        add_samples(file, model, [one_window(terms[0])])
        after = scales.of(file.connection, model, terms)
        assert after == Scales().of(file.connection, model, terms)
        assert after[0].best == pytest.approx(1.0, abs=1e-5)
        assert together[0].best < after[0].best
