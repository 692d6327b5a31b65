"""Sounds of web servers: an index page with links is a folder, a file's address is that file."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import sqlclap
from sqlclap.errors import StorageError
from sqlclap.storage.fetching import fetched
from sqlclap.storage.listing import look_at
from tests.storage.test_ingest import vectors
from tests.support.sounds import tone, write_sound
from tests.support.web_server import Site, web_server

pytest.importorskip("aiohttp", reason="the extra urls is not installed")


@pytest.fixture
def site(sounds: Path, tmp_path: Path) -> Iterator[Site]:
    """The folder of six sounds below another, as "kit"."""
    shutil.copytree(sounds, tmp_path / "web" / "kit")
    (tmp_path / "web" / "kit" / "notes.txt").write_text("no sound")
    write_sound(tmp_path / "web" / "other.wav", tone(300))
    with web_server(tmp_path / "web") as served:
        yield served


def test_an_index_page_is_a_folder(
    site: Site, sounds: Path, library: sqlclap.Library, tmp_path: Path, fake_bundle: Path
) -> None:
    report = library.ingest([f"{site.address}/kit/"])
    assert (report.new, report.failed) == (6, [])
    assert len(site.read()) == 6  # each once, and no other
    with sqlclap.open(tmp_path / "files.db", model=str(fake_bundle)) as files:
        files.ingest([sounds])
        assert vectors(files) == vectors(library)
    best = library.similar(sounds / "tones/tone-220.wav", n=1)[0]
    assert str(best.file) == f"{site.address}/kit/tones/tone-220.wav"


def test_what_is_unchanged_is_not_read_and_what_changed_or_went_is_noticed(
    site: Site, library: sqlclap.Library, tmp_path: Path
) -> None:
    kit = tmp_path / "web" / "kit"
    library.ingest([f"{site.address}/kit"])
    site.read()
    assert library.ingest().unchanged == 6
    assert site.read() == []
    write_sound(kit / "tones" / "tone-110.wav", tone(115))
    os.utime(kit / "tones" / "tone-110.wav", (1_700_000_000, 1_700_000_000))
    (kit / "tones" / "tone-880.wav").unlink()
    (kit / "tones" / "tone-440.wav").rename(kit / "high.wav")
    report = library.ingest()
    assert (report.changed, report.missing, report.moved) == (1, 1, 1)
    assert site.read() == ["/kit/high.wav", "/kit/tones/tone-110.wav"]


def test_a_named_file_is_that_file_only(site: Site, library: sqlclap.Library) -> None:
    assert library.ingest([f"{site.address}/kit/tones/tone-110.wav"]).new == 1
    assert library.ingest().unchanged == 1
    with pytest.raises(StorageError, match="not there"):
        library.ingest([f"{site.address}/nowhere/"])


def test_a_server_that_is_away_leaves_its_sounds(sounds: Path, library: sqlclap.Library) -> None:
    with web_server(sounds) as served:
        library.ingest([f"{served.address}/"])
        served.broken.add("/tones/")
        with pytest.raises(StorageError):
            library.ingest()  # a part of it is away
    with pytest.raises(StorageError):
        library.ingest()
    assert [one.status for one in library.similar(sounds / "tones/tone-220.wav", n=6)] == ["ok"] * 6


def test_a_copy_of_what_was_replaced_is_not_asked_for_again(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("sqlclap.storage.fetching.time.sleep", waited.append)
    address = f"{site.address}/other.wav"
    expected = look_at(address)
    file = tmp_path / "web" / "other.wav"
    file.write_bytes(file.read_bytes()[:-100])
    site.read()
    with pytest.raises(StorageError, match="replaced"), fetched(address, expected):
        pass
    assert (site.read(), waited) == (["/other.wav"], [])
