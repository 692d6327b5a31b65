"""`sqlclap.open` and what it gives, on files that are no library, damaged or locked."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import sqlclap
from sqlclap.db import connection
from sqlclap.errors import LibraryBusyError, LibraryError, QueryError, SqlclapError
from tests.cli.test_hostile_libraries import held
from tests.support.hostile_files import NO_DATABASE, empty, state_of, tables_overwritten
from tests.support.sounds import tone, write_sound

MODES = ("read", "write", "create")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, fake_bundle: Path) -> Path:
    """A library of three sounds and a label."""
    folder = tmp_path_factory.mktemp("whole")
    for hz in (110, 220, 440):
        write_sound(folder / "sounds" / f"tone-{hz}.wav", tone(hz))
    with sqlclap.open(folder / "sounds.db", model=str(fake_bundle)) as library:
        library.ingest([folder / "sounds"])
        library.labels.add("kick")
        library.labels.add_anchors("kick", [1, 2])
    return folder / "sounds.db"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", NO_DATABASE, ids=str)
def test_what_is_no_library_is_a_library_error(
    kind: str, mode: Any, whole: Path, tmp_path: Path
) -> None:
    name, make = NO_DATABASE[kind]
    path = tmp_path / name
    make(path, whole)
    before = state_of(tmp_path)
    with pytest.raises(LibraryError) as raised:
        sqlclap.open(path, mode=mode)
    assert "\n" not in str(raised.value) or "\n" in name
    assert len(str(raised.value)) < 1000
    assert state_of(tmp_path) == before


@pytest.mark.parametrize(
    "path", ["sounds\0.db", "\ud800.db", "~nobody-of-that-name/sounds.db"], ids=ascii
)
@pytest.mark.parametrize("mode", MODES)
def test_a_name_that_no_file_has_is_a_library_error(path: str, mode: Any) -> None:
    with pytest.raises(LibraryError):
        sqlclap.open(path, mode=mode)


def test_an_empty_file_becomes_a_library_only_where_one_is_to_be_made(
    tmp_path: Path, whole: Path
) -> None:
    empty(tmp_path / "sounds.db", whole)
    for mode in ("read", "write"):
        with pytest.raises(LibraryError, match="is an empty file"):
            sqlclap.open(tmp_path / "sounds.db", mode=mode)
    assert (tmp_path / "sounds.db").stat().st_size == 0
    with sqlclap.open(tmp_path / "sounds.db") as library:
        assert library.info().sources == []


ASKED: dict[str, Callable[[sqlclap.Library], object]] = {
    "search": lambda library: library.search("hum"),
    "similar": lambda library: library.similar(1),
    "duplicates": lambda library: library.duplicates(),
    "info": lambda library: library.info(),
    "failures": lambda library: library.failures(),
    "labels": lambda library: library.labels.matches("kick"),
    "anchors": lambda library: library.labels.anchors("kick"),
    "add": lambda library: library.labels.add("snare"),
    "calibrations": lambda library: library.calibrations.history("kick"),
    "map": lambda library: library.map.status(),
    "clusters": lambda library: library.clusters.fit(),
    "index": lambda library: library.index.build(),
    "sources": lambda library: library.sources.list(),
}


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED.keys())
def test_damage_that_shows_later_is_a_library_error(
    asked: Callable[[sqlclap.Library], object], whole: Path, tmp_path: Path, fake_bundle: Path
) -> None:
    path = Path(shutil.copyfile(whole, tmp_path / "sounds.db"))
    library = sqlclap.open(path, model=str(fake_bundle), mode="write")
    assert library.encoder is not None
    tables_overwritten(path, whole)  # under the feet of who has it open
    library.connection.pragma("cache_size", 0)
    library.connection.pragma("mmap_size", 0)
    with pytest.raises(SqlclapError, match=r"is damaged .*restore it from a copy"):
        asked(library)
    library.close()


def test_a_locked_library_is_busy(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "BUSY_TIMEOUT_MS", 1)
    path = Path(shutil.copyfile(whole, tmp_path / "sounds.db"))
    busy = pytest.raises(LibraryBusyError, match="is locked by another program")
    with held(path, "reading too"), busy:
        sqlclap.open(path, mode="read")
    with held(path, "writing"), sqlclap.open(path, mode="write") as library, busy:
        library.labels.add("snare")


def test_text_that_is_no_utf8_is_a_query_error(whole: Path) -> None:
    with sqlclap.open(whole, mode="read") as library, pytest.raises(QueryError, match="UTF-8"):
        library.labels.get("caf\udce9")
