"""A path between two sounds: none twice, ever nearer to its end, the same by every way in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sqlclap
from sqlclap import SearchOptions, Term
from sqlclap.db.library_file import LibraryFile
from sqlclap.errors import QueryError, UnknownSoundError
from sqlclap.finding.query import ends_of
from sqlclap.finding.statement import path_as_statement
from sqlclap.sqlfunctions.adapters import register_functions
from tests.cli.running import fail, rows_of, succeed
from tests.support.indexed_library import build, walk_everywhere
from tests.support.sounds import tone, write_sound
from tests.support.vector_library import add_model, add_samples, one_window, unit_vectors

DIM, COUNT = 16, 400


@pytest.fixture(scope="module", autouse=True)
def exact_walks() -> Iterator[None]:
    """Walk so widely that a graph finds all: a difference is a fault."""
    with pytest.MonkeyPatch.context() as patch:
        walk_everywhere(patch)
        yield


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    """Vectors of a library's sounds: every fifth is a copy of another."""
    found = unit_vectors(COUNT, DIM, seed=4)
    found[4::5] = found[: len(found[4::5])]
    return found


@pytest.fixture(scope="module")
def spread(tmp_path_factory: pytest.TempPathFactory, vectors: np.ndarray) -> Path:
    path = tmp_path_factory.mktemp("between") / "library.db"
    with LibraryFile(path, "create") as file:
        add_samples(file, add_model(file, DIM), [one_window(one) for one in vectors])
        build(file)
    return path


def rows(matches: sqlclap.Matches) -> list[tuple[int, float]]:
    return [(one.sample_id, one.score) for one in matches]


@settings(max_examples=30, deadline=None)
@given(
    ends=st.tuples(st.integers(1, COUNT), st.integers(1, COUNT)),
    n=st.integers(1, 25),
    odd=st.booleans(),
)
def test_each_step_leans_more_to_the_end(
    spread: Path, vectors: np.ndarray, ends: tuple[int, int], n: int, odd: bool
) -> None:
    start, end = ends
    first, last = vectors[start - 1], vectors[end - 1]
    options = SearchOptions(where="sample_id % 2" if odd else None)
    with sqlclap.open(spread, mode="read") as library:
        if first @ last > 1 - 1e-6:
            with pytest.raises(QueryError, match="the same to the model"):
                library.between(start, end, n)
            return
        found = library.between(start, end, n, options)
        exact = library.between(start, end, n, SearchOptions(where=options.where, exact=True))
        back = library.between(end, start, n, options)
    ids = [one.sample_id for one in found]
    assert len(ids) == n
    assert [one.rank for one in found] == [*range(1, n + 1)]
    assert not odd or all(one % 2 for one in ids)
    heard = np.array([vectors[one - 1] for one in (*ids, *ends)], dtype=np.float64)
    alike = heard @ heard.T - 2 * np.eye(len(heard))
    assert alike[:n].max() < 1 - 1e-6, "a sound, an end or a copy of one comes again"
    leanings = heard[:n] @ (last - first).astype(np.float64)
    assert (np.diff(leanings) > -1e-6).all()
    assert rows(found) == rows(exact)
    assert {one.sample_id for one in back} == set(ids), "the way back leads over other sounds"


def test_a_path_fits_its_points(spread: Path, vectors: np.ndarray) -> None:
    """The one step is the nearest sound to the middle; scores are cosines to the points."""
    first, last = (vectors[one - 1].astype(np.float64) for one in (1, 8))
    middle = (first + last) / np.linalg.norm(first + last)
    cosines = vectors.astype(np.float64) @ middle
    cosines[[at for at in range(COUNT) if max(vectors[at] @ vectors[[0, 7]].T) > 1 - 1e-6]] = -1
    with sqlclap.open(spread, mode="read") as library:
        (step,) = library.between(1, 8, 1)
        assert step.score == pytest.approx(cosines.max(), abs=1e-6)
        path = library.between(1, 8, 9)
        floor = sorted(one.score for one in path)[4]
        above = library.between(1, 8, 9, SearchOptions(min_score=floor))
        kept = [one.sample_id for one in path if one.score >= floor]
        assert [one.sample_id for one in above] == kept
        few = library.between(1, 8, 20, SearchOptions(where="sample_id BETWEEN 1 AND 12"))
        # Of 12, 1 and 8 are the ends, 5 is a copy of 1, and 10 is one of 2.
        assert {one.sample_id for one in few} - {2, 10} == {3, 4, 6, 7, 9, 11, 12}
        assert len(few) == 8


def test_every_way_in_gives_the_same_steps(filled: sqlclap.Library, tmp_path: Path) -> None:
    model = str(filled.encoder.bundle.folder)
    outside = write_sound(tmp_path / "outside.wav", tone(300))
    paths = [one.path for one in filled.samples()]
    wanted = filled.between(1, paths[-1], 3)
    steps = [(one.sample_id, round(one.score, 6)) for one in wanted]
    assert len(steps) == 3
    command = ("find", filled.path, "--between", "1", paths[-1], "-n", "3", "--model", model)
    found = rows_of(*command)
    assert [(one["sample_id"], round(one["score"], 6)) for one in found] == steps
    register_functions(filled.connection, model)
    ends = json.dumps([{"sound": 1}, {"sound": paths[-1]}])
    asked = filled.connection.execute
    assert asked("SELECT sample_id, score FROM clap_between(?, 3)", (ends,)).fetchall() == rows(
        wanted
    )
    text = asked('SELECT clap_between_json(?, 3, \'{"folder": "tones"}\')', (ends,)).get
    among = filled.between(1, paths[-1], 3, SearchOptions(folder="tones"))
    assert [one["sample_id"] for one in json.loads(text)] == [one.sample_id for one in among]
    printed = succeed(*command, "--sql")
    assert [(row[2], round(row[1], 6)) for row in asked(printed)] == steps
    by_file = filled.between(outside, 1, 2)
    printed = path_as_statement(filled.session, ends_of(outside, 1), 2, SearchOptions())
    assert [row[2] for row in asked(printed)] == [one.sample_id for one in by_file]


def test_what_is_no_path(filled: sqlclap.Library) -> None:
    model = ("--model", str(filled.encoder.bundle.folder))
    wrong: list[tuple[int | Term, SearchOptions, int, str]] = [
        (1, SearchOptions(), 3, "the same to the model"),
        (Term("words", "kick"), SearchOptions(), 3, "words lie apart"),
        (Term("sound", 2, 0.5), SearchOptions(), 3, "without a weight"),
        (2, SearchOptions(moments=True), 3, "no moments"),
        (2, SearchOptions(offset=1), 3, "offset, sort"),
        (2, SearchOptions(sort="path"), 3, "offset, sort"),
        (2, SearchOptions(or_text="glass"), 3, "or_text or aspects"),
        (2, SearchOptions(aspect="length"), 3, "or aspects"),
        (2, SearchOptions(), 101, "at most 100 steps"),
        (2, SearchOptions(), 0, "at least 1"),
    ]
    for last, options, n, error in wrong:
        with pytest.raises(QueryError, match=error):
            filled.between(1, last, n, options)
    with pytest.raises(UnknownSoundError):
        filled.between(1, 999)
    assert "asked alone" in fail("find", filled.path, "kick", "--between", "1", "2", *model)
    register_functions(filled.connection, model[1])
    with pytest.raises(Exception, match="expected two ends"):
        filled.connection.execute("SELECT clap_between_json('[{\"sound\": 1}]', 3)").fetchall()
