"""Files that commands are to read or write beside the library: pictures, sounds, lists of names."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import Result

import sqlclap
from tests.cli.running import rows_of, run, succeed
from tests.support.hostile_files import (
    Maker,
    a_socket,
    a_zip,
    folder,
    link_to_itself,
    link_to_nowhere,
    pipe,
    random_bytes,
    text,
)
from tests.support.map_tables import draw_map
from tests.support.sounds import tone, write_sound

UNREADABLE: list[Maker] = [random_bytes, text, a_zip, folder, pipe, a_socket]
UNREADABLE += [link_to_itself, link_to_nowhere]
PICTURES = ("folder.svg", "nowhere/x.svg", "to-nowhere.svg", "x.txt", "n" * 300 + ".svg")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of a few sounds with a map."""
    place = tmp_path_factory.mktemp("drawn")
    for hz in range(100, 500, 40):
        write_sound(place / "sounds" / f"tone-{hz}.wav", tone(hz))
    with sqlclap.open(place / "good.db") as library:
        library.ingest([place / "sounds"])
        library.labels.add("kick")
    draw_map(place / "good.db")
    return place / "good.db"


@pytest.fixture
def library(drawn: Path, tmp_path: Path) -> Path:
    """A copy, to be written to."""
    return Path(shutil.copyfile(drawn, tmp_path / "sounds.db"))


def check_one_line(result: Result, named: str) -> None:
    """One line that says which file, and no traceback."""
    assert result.exit_code in (1, 2), result.output
    assert result.stdout == ""
    assert named in result.stderr
    assert result.stderr.splitlines()[-1].startswith("Error: ")


@pytest.mark.parametrize("make", UNREADABLE, ids=lambda make: make.__name__)
def test_what_is_no_sound_is_refused_as_a_query_and_as_an_anchor(
    library: Path, tmp_path: Path, make: Maker
) -> None:
    path = tmp_path / "sound.wav"
    make(path, library)
    for arguments in (["similar", library, path], ["anchor", "add", library, "kick", path]):
        check_one_line(run(*arguments), "sound.wav")


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null", "/"])
def test_devices_are_no_sounds(library: Path, path: str) -> None:
    check_one_line(run("similar", library, path), path)


@pytest.mark.parametrize("make", [random_bytes, text, a_zip, folder, link_to_itself])
def test_what_holds_no_labels_or_names_is_refused(
    library: Path, tmp_path: Path, make: Maker
) -> None:
    path = tmp_path / "records"
    make(path, library)
    assert run("label", "import", library, path).exit_code in (1, 2)
    if make is not text:  # words are names
        check_one_line(run("cluster", library, "--vocabulary", path), "records")


def test_a_file_without_an_end_is_not_read_for_ever(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sqlclap.cli.label_transfer.MOST_CHARACTERS", 1 << 20)
    monkeypatch.setattr("sqlclap.map.vocabulary.MAX_CHARACTERS", 1 << 20)
    check_one_line(run("label", "import", library, "/dev/zero"), "more than 1 MB")
    check_one_line(run("cluster", library, "--vocabulary", "/dev/zero"), "more than 1 MB")


@pytest.mark.parametrize("name", PICTURES, ids=lambda name: name[:12])
def test_a_picture_that_cannot_be_written_is_told(library: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.svg").mkdir()
    (tmp_path / "to-nowhere.svg").symlink_to(tmp_path / "no" / "x.svg")
    check_one_line(run("map", library, "--svg", tmp_path / name), name[-20:])
    assert not list(tmp_path.glob(".*"))  # drafts


def test_names_that_are_no_utf8_can_be_written_and_are_told(library: Path, tmp_path: Path) -> None:
    result = run("map", library, "--svg", tmp_path / "caf\udce9.svg")
    assert result.exit_code == 0, result.output
    assert "caf\\udce9.svg" in result.stdout
    assert (tmp_path / "caf\udce9.svg").read_text(encoding="utf-8").startswith("<?xml")


def test_a_picture_takes_the_place_of_a_link_to_itself(library: Path, tmp_path: Path) -> None:
    link_to_itself(tmp_path / "loop.svg", library)
    result = run("map", library, "--svg", tmp_path / "loop.svg")
    assert result.exit_code in (0, 1)
    assert result.exception is None or isinstance(result.exception, SystemExit)


def test_names_that_begin_with_a_tilde_of_nobody_are_names_like_others(
    sounds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    place = "~nobody-is-called-so"
    shutil.copytree(sounds / "tones", tmp_path / place)
    succeed("ingest", f"{place}/sounds.db", ".")
    first, renamed = f"{place}/tone-110.wav", f"{place}/renamed.wav"
    assert rows_of("similar", f"{place}/sounds.db", first)
    Path(first).rename(renamed)
    succeed("relocate", f"{place}/sounds.db", first, renamed)
    assert rows_of("similar", f"{place}/sounds.db", renamed)
    gone = f"{place}/nothing"
    library = tmp_path / place / "sounds.db"
    for asked in (("similar", library, gone), ("ingest", library, gone), ("info", f"{gone}.db")):
        check_one_line(run(*asked), gone)
