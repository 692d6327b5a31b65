"""Duplicates: the same content, and vectors that nearly coincide; no chains."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

import sqlclap
from sqlclap.db.library_file import LibraryFile
from sqlclap.db.statements import write_transaction
from sqlclap.errors import QueryError
from sqlclap.search.duplicates import find_duplicates
from tests.cli.running import rows_of, succeed
from tests.support.indexed_library import build, the_model
from tests.support.sounds import tone, write_sound
from tests.support.vector_library import add_model, add_samples, one_window, unit_vectors

DIM = 32


def near(vector: np.ndarray, score: float, seed: int) -> np.ndarray:
    """Return a unit vector of a given cosine to another."""
    other = unit_vectors(1, len(vector), seed)[0]
    across = other - (other @ vector) * vector
    across /= np.linalg.norm(across)
    return (score * vector + np.sqrt(1 - score**2) * across).astype(np.float32)


def groups_of(file: LibraryFile, threshold: float = 0.995) -> list[list[int]]:
    found = find_duplicates(file.connection, the_model(file), threshold)
    return [[sound.sample_id for sound in group.sounds] for group in found]


@pytest.fixture
def file(tmp_path: Path) -> LibraryFile:
    """Return a library of 200 vectors, of which 1, 201 and 202 are near, and 5 and 203."""
    vectors = unit_vectors(200, DIM)
    twins = [near(vectors[0], 0.998, 1), near(vectors[0], 0.997, 2), near(vectors[4], 0.996, 3)]
    opened = LibraryFile(tmp_path / "library.db", "create")
    everyone = [*vectors, *twins]
    add_samples(opened, add_model(opened, DIM), [one_window(vector) for vector in everyone])
    return opened


@pytest.mark.parametrize("indexed", [False, True])
def test_near_duplicates(file: LibraryFile, indexed: bool) -> None:
    if indexed:
        build(file)
    assert groups_of(file) == [[1, 201, 202], [5, 203]]
    assert groups_of(file, 0.9975) == [[1, 201]]
    assert groups_of(file, 0.9999) == []


def test_those_that_are_newer_than_the_index(file: LibraryFile) -> None:
    build(file)
    stored = unit_vectors(200, DIM)
    newer = [near(stored[6], 0.999, 4), near(stored[6], 0.9985, 5), unit_vectors(1, DIM, 9)[0]]
    add_samples(file, the_model(file), [one_window(vector) for vector in [*newer, newer[2]]])
    with write_transaction(file.connection) as connection:
        connection.execute("DELETE FROM samples WHERE sample_id = 202")
    assert groups_of(file) == [[7, 204, 205], [1, 201], [5, 203], [206, 207]]


def test_a_chain_is_no_group(tmp_path: Path) -> None:
    """Each is near the next, but the ends have little in common."""
    steps = np.linspace(0, 1, 12)
    chain = [np.array([np.cos(s), np.sin(s), 0, 0], dtype=np.float32) for s in steps]
    with LibraryFile(tmp_path / "library.db", "create") as file:
        add_samples(file, add_model(file, 4), [one_window(vector) for vector in chain])
        for group in find_duplicates(file.connection, the_model(file), 0.99):
            assert min(sound.score for sound in group.sounds) >= 0.99
            assert len(group.sounds) == 2


def test_a_hundred_copies_are_one_group(tmp_path: Path) -> None:
    vector, others = unit_vectors(1, DIM)[0], unit_vectors(50, DIM, 8)
    with LibraryFile(tmp_path / "library.db", "create") as file:
        sounds = [one_window(one) for one in [*others, *[vector] * 100]]
        add_samples(file, add_model(file, DIM), sounds)
        build(file)
        assert groups_of(file) == [list(range(51, 151))]


def test_content_and_near_ones_on_the_command_line(
    library: sqlclap.Library, tmp_path: Path, fake_bundle: Path
) -> None:
    folder = tmp_path / "sounds"
    first = write_sound(folder / "a.wav", tone(200))
    shutil.copy(first, folder / "copy of a.wav")
    write_sound(folder / "quieter a.wav", 0.5 * tone(200))
    write_sound(folder / "b.wav", tone(3000))
    shutil.copy(folder / "b.wav", folder / "copy of b.wav")
    library.ingest([folder])

    rows = rows_of("duplicates", library.path, "--threshold", "0.999")
    told = {row["path"]: (row["group"], row["kind"], row["keep"]) for row in rows}
    assert told == {
        "a.wav": (1, None, True),
        "copy of a.wav": (1, "copy", False),
        "quieter a.wav": (1, "level", True),
        "b.wav": (2, None, True),
        "copy of b.wav": (2, "copy", False),
    }
    assert [row["group_kind"] for row in rows] == ["level"] * 3 + ["copy"] * 2
    (quieter,) = [row for row in rows if row["path"] == "quieter a.wav"]
    assert quieter["level_diff_db"] == pytest.approx(-6.02, abs=0.01)
    assert "2 groups; what is not marked to keep takes" in succeed("duplicates", library.path)
    levels = rows_of("duplicates", library.path, "--kind", "level")
    assert [row["path"] for row in levels] == ["a.wav", "quieter a.wav"]
    copies = rows_of("duplicates", library.path, "--kind", "copy")
    assert [row["path"] for row in copies] == [
        "a.wav", "copy of a.wav", "b.wav", "copy of b.wav",
    ]  # fmt: skip
    assert rows_of("duplicates", library.path, "--kind", "length") == []
    assert "Invalid value for '--kind'" in refused("duplicates", library.path, "--kind", "same")


def refused(*words: object) -> str:
    from tests.cli.running import run

    result = run(*words)
    assert result.exit_code == 2
    return result.stderr


def test_a_missing_file_duplicates_nothing(library: sqlclap.Library, tmp_path: Path) -> None:
    folder = tmp_path / "sounds"
    first = write_sound(folder / "a.wav", tone(200))
    copy = shutil.copy(first, folder / "copy.wav")
    library.ingest([folder])
    assert len(library.duplicates()) == 1
    Path(copy).unlink()
    library.ingest([folder])
    assert library.duplicates() == []


@pytest.mark.parametrize("threshold", [0, -1, 1.01])
def test_a_threshold_out_of_range(file: LibraryFile, threshold: float) -> None:
    with pytest.raises(QueryError, match="expected a threshold above 0 and up to 1"):
        groups_of(file, threshold)


def test_silent_files_of_the_same_bytes_are_copies(tmp_path: Path) -> None:
    """They have no vectors that could tell."""
    for name in ("one", "two", "three"):
        write_sound(tmp_path / "sounds" / f"{name}.wav", np.zeros(8_000, dtype=np.float32))
    with sqlclap.open(tmp_path / "library.db") as library:
        library.ingest([tmp_path / "sounds"])
        (group,) = library.duplicates()
        assert group.kind == "copy"
        assert len(group.sounds) == 3
