"""Sounds that came as vectors alone: found and mapped, and told to have no audio."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import sqlclap
from sqlclap.own_vectors.declared import DeclaredModel
from sqlclap.own_vectors.rows import FileChoice
from sqlclap.own_vectors.taking import VectorImport
from tests.own_vectors.conftest import made_up, write_array
from tests.page.visiting import Site


@pytest.fixture
def silent(tmp_path: Path, open_site: Callable[..., Site]) -> Site:
    """A site of a library of forty vectors."""
    file = write_array(tmp_path / "v.npy", made_up(40), [f"item {n}" for n in range(40)])
    with sqlclap.open(tmp_path / "sounds.db") as library:
        library.import_vectors(VectorImport(FileChoice(file), DeclaredModel("mine")))
    return open_site(tmp_path / "sounds.db")


def test_they_are_found_by_each_other(silent: Site) -> None:
    found = silent.anyone.json("api/similar", sample="3", n="5")
    assert len(found["matches"]) == 5
    assert {one["status"] for one in found["matches"]} == {"missing"}


@pytest.mark.parametrize("what", ["audio", "peaks", "spectrogram"])
def test_playing_says_that_there_is_no_audio(silent: Site, what: str, tmp_path: Path) -> None:
    answer = silent.anyone.get(f"sample/3/{what}")
    assert answer.status_code == 404
    assert "item 2 has no audio: its vector was imported" in answer.text
    assert str(tmp_path) not in answer.text
