"""Vectors from elsewhere: read from a file, and refused where they are of another model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sqlclap
from sqlclap.errors import QueryError
from sqlclap.finding.query import Query, Term, read_query
from sqlclap.models.bundle import Bundle, open_bundle
from tests.cli.running import fail, succeed
from tests.support.fake_bundle import DIM
from tests.support.sounds import noise, tone, write_sound


@pytest.fixture
def bundle(fake_bundle: Path) -> Bundle:
    return open_bundle(fake_bundle)


@pytest.fixture
def library(bundle: Bundle, tmp_path: Path) -> sqlclap.Library:
    write_sound(tmp_path / "sounds" / "tone.wav", tone(440, 0.4))
    write_sound(tmp_path / "sounds" / "noise.wav", noise(1, 0.4))
    opened = sqlclap.open(tmp_path / "sounds.db", model=str(bundle.folder), mode="create")
    opened.ingest([tmp_path / "sounds"])
    return opened


@pytest.fixture
def vector(library: sqlclap.Library, tmp_path: Path) -> Path:
    row: Any = library.connection.execute(
        "SELECT v.vector FROM samples JOIN embeddings USING (sample_id) "
        "JOIN vec_1 AS v USING (embedding_id) WHERE path = 'tone.wav'"
    ).fetchone()
    np.save(tmp_path / "theirs.npy", 3.0 * np.frombuffer(row[0], dtype="<f4")[None])
    return tmp_path / "theirs.npy"


def found(library: sqlclap.Library, *words: str | Path) -> list[str]:
    answer = json.loads(succeed("find", library.path, *words, "--json"))
    return [one["path"] for one in answer]


@pytest.mark.parametrize("called", ["name", "version", "source"])
def test_a_vector_finds_what_lies_near_it(
    library: sqlclap.Library, vector: Path, bundle: Bundle, called: str
) -> None:
    names = {"name": bundle.name, "version": bundle.model_version, "source": "made by the tests"}
    words = ("--vector", vector, "--space", names[called])
    assert found(library, *words) == ["tone.wav", "noise.wav"]


def test_a_weight_and_other_terms_go_with_it(
    library: sqlclap.Library, vector: Path, bundle: Bundle
) -> None:
    words = ("kick", "--vector", f"{vector}:0.5", "--space", bundle.name, "--model", bundle.folder)
    assert set(found(library, *words)) == {"tone.wav", "noise.wav"}


def test_a_vector_of_another_space_is_refused(
    library: sqlclap.Library, vector: Path, bundle: Bundle
) -> None:
    told = fail("find", library.path, "--vector", vector, "--space", "clap-htsat-fused")
    assert "the vector is of 'clap-htsat-fused'" in told
    assert f"are of {bundle.name} ({bundle.model_version})" in told
    with pytest.raises(QueryError, match="can't be compared"):
        library.find(Query().toward(np.load(vector)[0], space="clap-htsat-fused"))


def test_a_file_that_names_no_space_is_refused(library: sqlclap.Library, vector: Path) -> None:
    assert "name that model with --space" in fail("find", library.path, "--vector", vector)
    told = fail("find", library.path, "kick", "--space", "fake")
    assert "expected --vector FILE with it" in told


def test_what_is_no_vector_is_refused(
    library: sqlclap.Library, bundle: Bundle, tmp_path: Path
) -> None:
    files = {
        "missing.npy": (None, "can't be read: No such file"),
        "text.npy": (b"not an array", "it is no array of NumPy"),
        "many.npy": (np.ones((2, DIM)), "expected one vector, got an array of shape (2, 16)"),
        "words.npy": (np.array(["a"]), "expected an array of numbers"),
        "long.npy": (np.ones(DIM + 1), f"expected a vector of {DIM} numbers"),
        "nan.npy": (np.full(DIM, np.nan), "expected a vector of finite numbers"),
        "zeros.npy": (np.zeros(DIM), "got zeros"),
        "pickled.npy": (np.array([{}], dtype=object), "it is no array of NumPy"),
    }
    for name, (content, told) in files.items():
        path = tmp_path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif content is not None:
            np.save(path, content, allow_pickle=True)
        assert told in fail("find", library.path, "--vector", path, "--space", bundle.name)


def test_json_says_the_space_too(library: sqlclap.Library, bundle: Bundle) -> None:
    numbers = [1.0] * DIM
    asked = read_query(json.dumps([{"vector": numbers, "space": bundle.name}]))
    assert asked == Query().toward(numbers, space=bundle.name)
    assert read_query(asked.as_json()) == asked
    assert len(library.find(asked)) == 2
    with pytest.raises(QueryError, match="a space, a model's name, of a vector alone"):
        read_query('[{"words": "kick", "space": "fake"}]')
    with pytest.raises(QueryError, match="of a vector alone"):
        Term("vector", tuple(numbers), 1.0, 3)  # type: ignore[arg-type]
