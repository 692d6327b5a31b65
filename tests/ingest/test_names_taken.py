"""Files that changed names among themselves: what was said of a sound stays with the sound."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

import sqlclap
from sqlclap.ingest.pipeline import IngestOptions
from tests.ingest.scenes import contents, rows, said, say_something, watch_decoding
from tests.support.sounds import noise, tone, write_sound

NAMES = ("1.wav", "2.wav", "3.wav", "4.wav")


@pytest.fixture
def takes(library: sqlclap.Library, tmp_path: Path) -> Path:
    """A folder of numbered takes of one length, each with a note that says which it is."""
    folder = tmp_path / "takes"
    for number, name in enumerate(NAMES, 1):
        write_sound(folder / name, tone(100 * number))
    library.ingest([folder])
    for name in NAMES:
        library.curation.note([name], f"was {name}")
    return folder


def notes(library: sqlclap.Library) -> dict[str, str]:
    """Return each sound's note by its path."""
    query = "SELECT s.path, n.note FROM samples AS s JOIN sample_notes AS n USING (sample_id)"
    return {str(path): str(note) for path, note in library.connection.execute(query)}


def rename(folder: Path, names: dict[str, str]) -> None:
    """Give files new names all at once."""
    for old in names:
        (folder / old).rename(folder / f"{old}.aside")
    for old, new in names.items():
        (folder / f"{old}.aside").rename(folder / new)


def test_numbering_anew_moves_what_was_said_along(
    library: sqlclap.Library, takes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows(library)
    rename(takes, {"4.wav": "5.wav", "3.wav": "4.wav", "2.wav": "3.wav", "1.wav": "2.wav"})
    write_sound(takes / "1.wav", noise(3))
    decoded = watch_decoding(monkeypatch)

    report = library.ingest()

    assert (report.moved, report.new, report.changed, report.merged) == (4, 1, 0, 0)
    assert (report.unchanged, decoded) == (0, ["1.wav"])
    assert notes(library) == {f"{n + 1}.wav": f"was {n}.wav" for n in range(1, 5)}
    assert {path: rows(library)[path][0] for path in ("2.wav", "5.wav")} == {
        "2.wav": before["1.wav"][0],
        "5.wav": before["4.wav"][0],
    }
    assert library.ingest().unchanged == 5


def test_labels_go_with_files_that_were_swapped(filled: sqlclap.Library, sounds: Path) -> None:
    say_something(filled)
    before = contents(filled)
    anchors = said(filled)["anchors"]
    rename(
        sounds,
        {
            "tones/tone-110.wav": "tones/tone-440.wav",
            "tones/tone-440.wav": "tones/tone-110.wav",
        },
    )

    report = filled.ingest()

    assert (report.moved, report.changed, report.unchanged) == (2, 0, 4)
    assert (1, "tones/tone-440.wav", "positive", 1.0) in said(filled)["anchors"]
    assert len(said(filled)["anchors"]) == len(anchors)
    assert {row[1] for row in contents(filled)} == {row[1] for row in before}


def test_a_sound_that_is_nowhere_leaves_what_was_said_to_the_one_with_its_name(
    library: sqlclap.Library, takes: Path
) -> None:
    (takes / "3.wav").unlink()
    rename(takes, {"2.wav": "3.wav", "1.wav": "2.wav"})

    report = library.ingest()

    assert (report.moved, report.merged, report.missing, report.unchanged) == (2, 1, 0, 1)
    assert notes(library) == {
        "2.wav": "was 1.wav",
        "3.wav": "was 2.wav\nwas 3.wav",
        "4.wav": "was 4.wav",
    }


def test_an_edited_file_keeps_its_id_beside_others_that_moved(
    library: sqlclap.Library, takes: Path
) -> None:
    before = rows(library)
    write_sound(takes / "4.wav", tone(999))
    rename(takes, {"1.wav": "2.wav", "2.wav": "1.wav"})

    report = library.ingest()

    assert (report.moved, report.changed) == (2, 1)
    assert rows(library)["4.wav"] == before["4.wav"]
    assert notes(library)["4.wav"] == "was 4.wav"


def test_equal_sounds_that_are_numbered_anew_are_told_by_their_names(
    library: sqlclap.Library, takes: Path
) -> None:
    for name in ("a/x.wav", "b/x.wav"):
        write_sound(takes / name, tone(77))
    library.ingest()
    for name in ("a/x.wav", "b/x.wav"):
        library.curation.note([name], f"was {name}")
    for folder in "ab":
        write_sound(takes / folder / "old.wav", noise(ord(folder)))
        rename(takes / folder, {"x.wav": "y.wav", "old.wav": "x.wav"})

    report = library.ingest()

    assert (report.moved, report.new, report.changed) == (2, 2, 0)
    assert notes(library)["a/y.wav"] == "was a/x.wav"
    assert notes(library)["b/y.wav"] == "was b/x.wav"


def test_files_touched_at_once_are_not_taken_for_moved(
    library: sqlclap.Library, takes: Path
) -> None:
    before = rows(library)
    shutil.copy(takes / "1.wav", takes / "copy.wav")
    for name in NAMES:
        os.utime(takes / name)
    report = library.ingest()
    assert (report.moved, report.restored, report.new) == (0, 4, 1)
    assert {name: rows(library)[name] for name in NAMES} == before


def test_files_of_one_size_and_time_that_were_swapped_are_found_by_verifying(
    library: sqlclap.Library, takes: Path
) -> None:
    for name in NAMES:
        os.utime(takes / name, ns=(0, 10**18))
    library.ingest()
    rename(takes, {"1.wav": "2.wav", "2.wav": "1.wav"})
    assert library.ingest().unchanged == 4

    report = library.ingest(options=IngestOptions(verify=True))

    assert (report.moved, report.unchanged, report.restored) == (2, 2, 0)
    assert notes(library)["1.wav"] == "was 2.wav"


def test_verifying_reads_an_edit_that_left_size_and_time_as_they_were(
    library: sqlclap.Library, takes: Path
) -> None:
    stamp = (takes / "1.wav").stat()
    write_sound(takes / "1.wav", tone(555))
    os.utime(takes / "1.wav", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert (takes / "1.wav").stat().st_size == stamp.st_size
    report = library.ingest(options=IngestOptions(verify=True))
    assert (report.changed, report.unchanged) == (1, 3)
