"""Vectors are the same read by whole chunks and row by row, whatever has happened to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.windows import PER_SOUND, WindowScene, add_sounds, fill
from sqlclap.db.library_file import LibraryFile
from sqlclap.db.statements import write_transaction
from sqlclap.db.stored_models import StoredModel, default_model
from sqlclap.db.vector_chunks import read_chunks
from sqlclap.db.vectors import OwnVectors, own_vectors, vectors_of

SOUNDS = 6
ROWS = 90  # no multiple of a chunk's 64 places, nor of a sound's windows


@pytest.fixture
def stored(tmp_path: Path) -> Iterator[tuple[LibraryFile, StoredModel]]:
    """Return a library of a few long sounds, each with vectors of its own and of 100 windows."""
    fill(tmp_path / "windows.db", WindowScene(SOUNDS * PER_SOUND, dim=16))
    with LibraryFile(tmp_path / "windows.db") as file:
        yield file, default_model(file.connection)


def _same_by_rows(stored: tuple[LibraryFile, StoredModel], windows: bool) -> OwnVectors:
    """Walk all, and compare with what sqlite-vec itself returns for the same ids."""
    file, model = stored
    pages = list(own_vectors(file.connection, model, ROWS, windows=windows))
    walked = OwnVectors(*(np.concatenate(column) for column in zip(*pages, strict=True)))
    listed = "SELECT embedding_id, sample_id FROM embeddings WHERE (window_index IS NULL) <> ?"
    rows: list[Any] = file.connection.execute(listed, (windows,)).fetchall()
    owners: dict[int, int] = dict(rows)
    ids, vectors = vectors_of(file.connection, model, list(owners), windows=windows)
    np.testing.assert_array_equal(walked.embedding_ids, ids)
    np.testing.assert_array_equal(walked.sample_ids, [owners[key] for key in ids.tolist()])
    np.testing.assert_array_equal(walked.vectors, vectors)
    return walked


def _change(file: LibraryFile, sql: str, *ids: int) -> None:
    with write_transaction(file.connection) as connection:
        connection.execute(sql, [int(key) for key in ids])


def test_a_walk_by_chunks_is_one_row_by_row(stored: tuple[LibraryFile, StoredModel]) -> None:
    file, model = stored
    windows = _same_by_rows(stored, windows=True)
    assert len(windows.vectors) == SOUNDS * PER_SOUND
    read = read_chunks(file.connection, model, windows.embedding_ids, windows=True)
    assert read is not None
    assert read[1].all()
    np.testing.assert_array_equal(read[0], windows.vectors)
    # A sound's own vectors lie a hundred apart.
    assert len(_same_by_rows(stored, windows=False).vectors) == SOUNDS


def test_places_of_removed_vectors_are_taken_anew(stored: tuple[LibraryFile, StoredModel]) -> None:
    file, model = stored
    _change(file, "DELETE FROM samples WHERE sample_id = 2")
    _change(file, "DELETE FROM embeddings WHERE window_index % 3 = 0")
    assert len(_same_by_rows(stored, windows=True).vectors) == (SOUNDS - 1) * 66
    scene = WindowScene(SOUNDS * PER_SOUND, dim=16)
    add_sounds(file, model, scene, scene.vectors(2, seed=1))
    assert len(_same_by_rows(stored, windows=True).vectors) == (SOUNDS - 1) * 66 + 2 * PER_SOUND
    assert len(_same_by_rows(stored, windows=False).vectors) == SOUNDS + 1


def test_vectors_that_are_missing_or_of_another_kind_are_left_out(
    stored: tuple[LibraryFile, StoredModel],
) -> None:
    file, model = stored
    first = next(own_vectors(file.connection, model, ROWS, windows=True)).embedding_ids
    _change(file, "DELETE FROM vec_1 WHERE embedding_id = ?", first[3])
    _change(file, "UPDATE vec_1 SET is_window = 0 WHERE embedding_id = ?", first[4])
    walked = _same_by_rows(stored, windows=True)
    assert not np.isin(first[3:5], walked.embedding_ids).any()


def test_a_chunk_of_another_form_is_read_row_by_row(
    stored: tuple[LibraryFile, StoredModel],
) -> None:
    file, model = stored
    ids = next(own_vectors(file.connection, model, ROWS, windows=True)).embedding_ids
    narrower = replace(model, dim=model.dim // 2)
    assert read_chunks(file.connection, narrower, ids, windows=True) is None
