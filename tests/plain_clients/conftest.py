"""A library of made-up vectors, and what clients find in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import sqlclap
from sqlclap.own_vectors.declared import DeclaredModel
from sqlclap.own_vectors.rows import FileChoice
from sqlclap.own_vectors.taking import VectorImport
from tests.own_vectors.conftest import made_up, write_array

SOUNDS = 400


def take_in(library: sqlclap.Library, file: Path, first: int, count: int, seed: int = 0) -> None:
    """Take `count` vectors in, of sounds called by their numbers from `first` on."""
    write_array(file, made_up(count, seed=seed), [f"item {first + n}" for n in range(count)])
    library.import_vectors(VectorImport(FileChoice(file), DeclaredModel("mine")))


@pytest.fixture
def vectors(tmp_path: Path) -> Iterator[sqlclap.Library]:
    """A library of `SOUNDS` sounds, with two labels."""
    with sqlclap.open(tmp_path / "vectors.db") as library:
        take_in(library, tmp_path / "first.npy", 0, SOUNDS)
        library.labels.add("deep")
        library.labels.add_anchors("deep", [3, 9])
        yield library
