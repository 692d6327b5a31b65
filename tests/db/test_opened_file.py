"""A library whose file is replaced or removed while it is open."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import sqlclap
from sqlclap.db.opened_file import LibraryReplacedError
from tests.support.sounds import tone, write_sound


@pytest.fixture
def opened(tmp_path: Path) -> sqlclap.Library:
    write_sound(tmp_path / "sounds" / "tone.wav", tone(220))
    library = sqlclap.open(tmp_path / "sounds.db")
    library.ingest([tmp_path / "sounds"])
    return library


def test_what_is_kept_is_not_written_to_a_file_that_was_replaced(
    opened: sqlclap.Library, tmp_path: Path
) -> None:
    shutil.copyfile(tmp_path / "sounds.db", tmp_path / "other.db")
    (tmp_path / "other.db").replace(tmp_path / "sounds.db")
    with pytest.raises(LibraryReplacedError, match=r"sounds\.db was replaced by another file"):
        opened.curation.add_favourites([1])
    opened.close()


def test_nor_to_one_that_was_removed(opened: sqlclap.Library, tmp_path: Path) -> None:
    (tmp_path / "sounds.db").unlink()
    with pytest.raises(LibraryReplacedError, match=r"sounds\.db was removed"):
        opened.curation.add_favourites([1])
    opened.close()
