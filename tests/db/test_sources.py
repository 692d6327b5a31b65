"""Sources: which folder a sample belongs to, also when folders nest or take over."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqlclap.db.library_file import LibraryFile
from sqlclap.db.samples import sample_by_id, samples_by_path
from sqlclap.db.sources import Source, file_path, list_sources, path_columns, source_for
from sqlclap.db.statements import write_transaction
from sqlclap.errors import UnknownSoundError

INSERT = """
INSERT INTO samples (source_id, path, path_bytes, content_hash, bytes, mtime_ns)
VALUES (?, ?, ?, '', 0, 0) RETURNING sample_id
"""
FAILURE = """
INSERT INTO ingest_failures (source_id, path, path_bytes, stage, reason)
VALUES (?, ?, ?, 'decode', 'broken')
"""


@pytest.fixture
def file(tmp_path: Path) -> Iterator[LibraryFile]:
    with LibraryFile(tmp_path / "sounds.db", "create") as opened:
        yield opened


def source(file: LibraryFile, folder: str) -> Source:
    with write_transaction(file.connection) as connection:
        return source_for(connection, Path(folder))


def add(file: LibraryFile, where: Source, name: str, insert: str = INSERT) -> int:
    with write_transaction(file.connection) as connection:
        row = (where.source_id, *path_columns(name))
        return int(connection.execute(insert, row).get or 0)


def test_a_folder_inside_a_source_belongs_to_it(file: LibraryFile) -> None:
    outer = source(file, "/samples")
    assert source(file, "/samples") == outer
    assert source(file, "/samples/drums/kicks") == outer
    assert source(file, "/samples2") != outer


def test_an_outer_folder_leaves_inner_ones_as_they_are(file: LibraryFile) -> None:
    drums = source(file, "/samples/drums")
    kick = add(file, drums, "kits/kick.wav")
    outer = source(file, "/samples")

    assert [found.root for found in list_sources(file.connection)] == ["/samples", "/samples/drums"]
    assert sample_by_id(file.connection, kick).path == "kits/kick.wav"
    assert source(file, "/samples/drums/kits") == drums
    assert source(file, "/samples/other") == outer


def test_a_path_below_an_outer_source_names_what_an_inner_one_holds(file: LibraryFile) -> None:
    kick = add(file, source(file, "/samples/drums"), "kits/kick.wav")
    snare = add(file, source(file, "/samples"), "snare.wav")
    for name in ("drums/kits/kick.wav", "kits/kick.wav", "/samples/drums/kits/kick.wav"):
        assert [found.sample_id for found in samples_by_path(file.connection, name)] == [kick]
    assert [found.sample_id for found in samples_by_path(file.connection, "snare.wav")] == [snare]


def test_accents_are_found_however_they_are_spelled(file: LibraryFile) -> None:
    composed, decomposed = "caf\u00e9/bé.wav", unicodedata.normalize("NFD", "caf\u00e9/bé.wav")
    where = source(file, unicodedata.normalize("NFD", "/müsik"))
    first = add(file, where, decomposed)
    for name in (composed, decomposed, f"/müsik/{composed}"):
        assert [found.sample_id for found in samples_by_path(file.connection, name)] == [first]
    second = add(file, where, composed)
    for name, wanted in ((composed, second), (decomposed, first)):
        assert [found.sample_id for found in samples_by_path(file.connection, name)] == [wanted]


def test_a_path_names_a_sample_relative_absolute_or_from_here(
    file: LibraryFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "samples"
    (folder / "drums").mkdir(parents=True)
    kick = add(file, source(file, str(folder)), "drums/kick.wav")
    monkeypatch.chdir(folder / "drums")

    for name in ("drums/kick.wav", str(folder / "drums/kick.wav"), "kick.wav", "../drums/kick.wav"):
        assert [found.sample_id for found in samples_by_path(file.connection, name)] == [kick], name
    for name in ("drums", "kick", "", "\0", "/kick.wav"):
        assert samples_by_path(file.connection, name) == [], name


def test_a_name_that_is_not_utf8_can_be_given_as_bytes_or_as_it_is_shown(
    file: LibraryFile, tmp_path: Path
) -> None:
    wanted = add(file, source(file, str(tmp_path)), "caf\udce9.wav")
    for name in ("caf\udce9.wav", "caf\\xe9.wav", str(tmp_path / "caf\udce9.wav")):
        assert [found.sample_id for found in samples_by_path(file.connection, name)] == [wanted]


def test_the_same_path_in_two_sources_is_found_twice(file: LibraryFile) -> None:
    ids = [add(file, source(file, root), "kick.wav") for root in ("/one", "/two")]
    found = samples_by_path(file.connection, "kick.wav")
    assert sorted(sample.sample_id for sample in found) == ids
    assert [s.sample_id for s in samples_by_path(file.connection, "/two/kick.wav")] == ids[1:]


def test_the_root_folder_can_be_a_source(file: LibraryFile) -> None:
    kick = add(file, source(file, "/"), "samples/kick.wav")
    found = samples_by_path(file.connection, "/samples/kick.wav")
    assert [sample.sample_id for sample in found] == [kick]
    assert str(found[0].file) == "/samples/kick.wav"


@pytest.mark.parametrize("exclude", ["", "x", "{}", '"x"'])
def test_patterns_that_are_none_can_not_be_stored(file: LibraryFile, exclude: str) -> None:
    source(file, "/samples")
    with pytest.raises(apsw.ConstraintError):
        file.connection.execute("UPDATE sources SET exclude = ?", (exclude,))


@pytest.mark.parametrize("sample_id", [0, -1, 7, 2**63, -(10**30)])
def test_an_unknown_id_is_told(file: LibraryFile, sample_id: int) -> None:
    with pytest.raises(UnknownSoundError, match=f"no sample {sample_id} in"):
        sample_by_id(file.connection, sample_id)


# Names that are, or may seem to be, the escape of another.
ALIKE = [
    rb"tea\xe9.wav", b"tea\xe9.wav", rb"tea\\xe9.wav", rb"tea\\\xe9.wav", b"tea\\\xe9.wav",
    rb"tea\xe9" + b"\xe9.wav", b"tea\xe9" + rb"\xe9.wav", b"tea\\\\\xe9.wav", rb"a\b", rb"a\\b",
    rb"a\x41", "café".encode(), unicodedata.normalize("NFD", "café").encode(), b"KICK", b"kick",
]  # fmt: skip


def test_no_two_names_share_a_row(file: LibraryFile) -> None:
    where = source(file, "/samples")
    ids = {name: add(file, where, os.fsdecode(name)) for name in ALIKE}
    assert len(set(ids.values())) == len(ALIKE)
    for name, sample_id in ids.items():
        found = samples_by_path(file.connection, os.fsdecode(name))
        assert [sample.sample_id for sample in found] == [sample_id], name
        assert os.fsencode(found[0].file.relative_to("/samples")) == name


@given(st.lists(st.binary(min_size=1, max_size=9), min_size=2, max_size=2, unique=True))
def test_no_two_names_are_shown_alike(names: list[bytes]) -> None:
    one, other = (name.replace(b"\0", b"\\x").replace(b"/", b"\\") for name in names)
    if one != other:
        shown = [path_columns(os.fsdecode(name))[0] for name in (one, other)]
        assert shown[0] != shown[1]


@pytest.mark.parametrize("name", ["kick.wav", "a b/ü.wav", "caf\udce9.wav", "x/\udcff/y", "a\\xe9"])
def test_names_survive_the_columns(name: str) -> None:
    text, raw = path_columns(name)
    text.encode("utf-8")
    assert file_path("/samples", text, raw) == Path("/samples") / name
