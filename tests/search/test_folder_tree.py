"""The tree of folders."""

from __future__ import annotations

from pathlib import Path

import sqlclap
from sqlclap.search.folder_tree import folders_below
from sqlclap.search.request import Filter
from tests.support.sounds import tone, write_sound


def told(library: sqlclap.Library, folder: str = "") -> list[tuple[str, int, bool]]:
    found = folders_below(library.connection, folder)
    return [(one.path, one.samples, one.has_folders) for one in found]


def test_folders_are_opened_level_by_level(library: sqlclap.Library, tmp_path: Path) -> None:
    for name in ("a/b/1", "a/b/2", "a/c/deep/3", "a/4", "B/5", "a-b/6", "7"):
        write_sound(tmp_path / "one" / f"{name}.wav", tone(100 + 10 * ord(name[-1])))
    write_sound(tmp_path / "two" / "a" / "b" / "8.wav", tone(900))
    library.ingest([tmp_path / "one", tmp_path / "two"])
    assert told(library) == [("a", 5, True), ("a-b", 1, False), ("B", 1, False)]
    assert told(library, "a") == [("a/b", 3, False), ("a/c", 1, True)]
    assert told(library, "a/c/") == [("a/c/deep", 1, False)]
    assert told(library, "a/b") == told(library, "nowhere") == told(library, "%") == []
    for folder in ("a", "a/b", "a-b"):
        kept = library.samples(Filter(folder=folder))
        assert {folder: len(kept)} == {folder: _count(library, folder)}


def _count(library: sqlclap.Library, folder: str) -> int:
    above, _, name = folder.rpartition("/")
    (found,) = [one for one in folders_below(library.connection, above) if one.name == name]
    return found.samples
