"""Vectors that another program wrote and that can't be compared: skipped, counted, named."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sqlclap
from sqlclap.db.exact import nearest
from sqlclap.db.library_file import LibraryFile
from sqlclap.db.stored_models import skipped_vectors
from sqlclap.errors import VectorWarning
from sqlclap.labels.tagging import TagRequest
from sqlclap.search.request import SearchOptions
from sqlclap.sqlfunctions.adapters import register_functions
from tests.cli.running import run, succeed
from tests.support.mixed_library import ADD_EMBEDDING, ADD_VECTOR, BROKEN, MixedLibrary
from tests.support.vector_library import add_model, add_samples, one_window, unit_vectors

DIM = 16
REASONS = {
    "zeros": "zeros",
    "not a number": "not a number",
    "one NaN": "not a number",
    "infinite": "infinite",
    "too long": "infinite",
    "too short": "zeros",
}


@pytest.fixture
def file(tmp_path: Path) -> Iterator[LibraryFile]:
    with LibraryFile(tmp_path / "library.db", "create") as opened:
        vectors = unit_vectors(200, DIM)
        add_samples(opened, add_model(opened, DIM), [one_window(vector) for vector in vectors])
        yield opened


@pytest.mark.parametrize("kind", BROKEN)
@pytest.mark.parametrize("place", [1, 65, 130])  # the first of a chunk, and another
def test_a_broken_vector_hides_no_other(file: LibraryFile, kind: str, place: int) -> None:
    """vec0 compares by chunks of 64: a NaN at a chunk's beginning hid all the others of it."""
    vectors = unit_vectors(200, DIM)
    broken = BROKEN[kind](vectors[place - 1]).astype("<f4").tobytes()
    update = "UPDATE vec_1 SET vector = ? WHERE embedding_id = ?"
    file.connection.execute(update, (broken, place))
    (model,) = sqlclap.db.stored_models.list_models(file.connection)
    assert [one.reason for one in skipped_vectors(file.connection, model)] == [REASONS[kind]]
    for query in (vectors[place], vectors[3], unit_vectors(1, DIM, seed=4)[0]):
        scores = {n: float(v @ query) for n, v in enumerate(vectors, start=1) if n != place}
        wanted = sorted(scores, key=lambda number: -scores[number])
        for k in (5, 60, 199, 200, 5000):
            found = nearest(file.connection, model, query, k)
            assert [one.embedding_id for one in found] == wanted[:k]
            assert np.isfinite([one.score for one in found]).all()


def test_a_vector_table_of_another_kind_is_named(file: LibraryFile) -> None:
    file.connection.execute(
        "DROP TABLE vec_1; CREATE VIRTUAL TABLE vec_1 USING vec0 "
        "(embedding_id INTEGER PRIMARY KEY, is_window BOOLEAN, vector INT8[16])"
    )
    (model,) = sqlclap.db.stored_models.list_models(file.connection)
    with pytest.raises(sqlclap.SqlclapError, match=r"vec_1 .* is not the table"):
        nearest(file.connection, model, unit_vectors(1, DIM)[0], 3)
    assert "PROBLEM" in run("doctor", file.path).output


@pytest.fixture
def mixed(fake_bundle: Path, tmp_path: Path) -> Iterator[MixedLibrary]:
    """A library whose first six samples have broken vectors, the seventh one of length 7."""
    made = MixedLibrary(tmp_path / "sounds.db", fake_bundle, 3)
    made.add(40)
    made.label()
    vectors = made.vectors(7)
    changes = [*BROKEN.values(), lambda vector: 7 * vector]
    for sample_id, (vector, change) in enumerate(zip(vectors, changes, strict=True), start=1):
        made.other.execute("DELETE FROM embeddings WHERE sample_id = ?", (sample_id,))
        embedding_id = made.other.execute(ADD_EMBEDDING, (sample_id,)).get
        made.other.execute(ADD_VECTOR, (embedding_id, change(vector).astype("<f4").tobytes()))
    yield made
    made.close()


@pytest.mark.filterwarnings("default::sqlclap.errors.VectorWarning")
@pytest.mark.parametrize("indexed", [False, True])
def test_one_warning_names_them(mixed: MixedLibrary, fake_bundle: Path, indexed: bool) -> None:
    if indexed:
        with pytest.warns(VectorWarning, match="6 of fake's vectors"):
            mixed.library.index.build()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with sqlclap.open(mixed.library.path, model=str(fake_bundle)) as opened:
            for _ in range(2):
                opened.search("kick")
                opened.similar(9)
                opened.labels.matches("one")
    told = [str(one.message) for one in caught if one.category is VectorWarning]
    assert len(told) == 1
    assert "6 of" in told[0]
    assert "sample 1 (" in told[0]
    assert f"sqlclap doctor --repair {mixed.library.path}" in told[0]


@pytest.mark.filterwarnings("ignore::sqlclap.errors.VectorWarning")
def test_a_broken_sample_says_so_by_itself(mixed: MixedLibrary) -> None:
    for sample_id in range(1, 7):
        with pytest.raises(sqlclap.SqlclapError, match=f"sample {sample_id} can't be compared"):
            mixed.library.similar(sample_id)
    assert len(mixed.library.similar(7, 5)) == 5  # its length makes no difference


@pytest.mark.filterwarnings("ignore::sqlclap.errors.VectorWarning")
def test_nothing_prints_nan(mixed: MixedLibrary) -> None:
    library, ask = mixed.library, mixed.library.connection.execute
    library.labels.add("broken")
    library.labels.add_anchors("broken", [1, 2, 3, 4, 5, 6, 7])
    register_functions(library.connection)
    answers = [
        library.search("kick", 100),
        library.similar(9, 100, SearchOptions(moments=True)),
        library.labels.matches("broken", 100),
        library.labels.review("broken", 10, seed=1).items,
        library.labels.tag(TagRequest(("broken",), "low", dry_run=True)),
        library.labels.classify(["kick", "snare"]),
        library.labels.suggest(["kick"], 100),
        library.duplicates(0.9),
        ask("SELECT * FROM label_scores").fetchall(),
        ask("SELECT * FROM label_matches").fetchall(),
        ask("SELECT clap_neighbors(clap_vector(9), 100), clap_matches('broken', 100)").fetchall(),
        ask(
            "SELECT clap_score('broken', sample_id), clap_vector(sample_id) FROM samples"
        ).fetchall(),
    ]
    for answer in answers:
        assert "nan" not in repr(answer).replace("'nan'", "")
        assert "inf" not in repr(answer)
    first: Any = answers[0]
    found = {one.sample_id for one in first}
    assert found.isdisjoint(range(1, 7))
    assert 7 in found
    assert ask("SELECT count(clap_vector(sample_id)) FROM samples WHERE sample_id <= 6").get == 0
    assert ask("SELECT clap_score('broken', 1), clap_confidence('broken', 2)").get == (None, None)
    centroid = "SELECT clap_centroid(vector) FROM vec_1"
    assert np.isfinite(np.frombuffer(ask(centroid).get, "<f4")).all()


def test_doctor_info_and_status_count_and_name_them(mixed: MixedLibrary) -> None:
    path = mixed.library.path
    assert json.loads(succeed("info", path, "--json"))["models"][0]["skipped"] == 6
    assert "6 of fake's vectors can't be compared" in succeed("info", path)
    for build in (False, True):
        if build:
            assert "Warning: 6 of fake's vectors" in run("index", "build", path).stderr
        assert json.loads(succeed("index", "status", path, "--json"))["unusable"] == 6
        assert "6 of them can't be compared" in succeed("index", "status", path)
        examined = run("doctor", path).stdout
        assert "6 can't be compared and are skipped: sample 1 (zeros)" in examined
        assert "1 vectors are not of length 1" in examined
        assert "don't add up" not in examined
    assert json.loads(succeed("info", path, "--json"))["models"][0]["skipped"] == 6
    assert "Warning: 6 of fake's vectors" in run("similar", path, "9").stderr
    assert "skipped" not in succeed("doctor", path, "--repair")
    assert json.loads(succeed("info", path, "--json"))["models"][0]["skipped"] == 0
