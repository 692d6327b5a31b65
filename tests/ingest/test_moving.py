"""A library that moved: its samples are recognised, ids and all that was said."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

import sqlclap
from sqlclap.ingest.pipeline import IngestOptions
from tests.ingest.scenes import contents, roots, rows, said, say_something, watch_decoding
from tests.support.sounds import tone, write_sound


def test_a_moved_library_keeps_all_ids_and_leaves_no_rows_behind(
    filled: sqlclap.Library, sounds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    say_something(filled)
    before, kept = rows(filled), said(filled)
    sounds.rename(tmp_path / "renamed")
    decoded = watch_decoding(monkeypatch)

    report = filled.ingest([tmp_path / "renamed"])

    assert (report.moved, report.new, decoded) == (6, 0, [])
    assert (rows(filled), said(filled)) == (before, kept)
    assert roots(filled) == [str(tmp_path / "renamed")]
    assert filled.ingest().unchanged == 6


def test_equal_sounds_are_recognised_by_their_names(
    library: sqlclap.Library, sounds: Path, tmp_path: Path
) -> None:
    for pack in "cabd":
        write_sound(sounds / pack / "kick.wav", tone(60))
        write_sound(sounds / pack / f"{pack}.wav", tone(70))
    library.ingest([sounds])
    before = rows(library)
    sounds.rename(tmp_path / "renamed")
    shutil.rmtree(tmp_path / "renamed/b")
    write_sound(tmp_path / "renamed/0/kick.wav", tone(60))

    report = library.ingest([tmp_path / "renamed"], IngestOptions(threads=4))

    assert report.moved == 12
    after = rows(library)
    for path, row in before.items():
        if not path.startswith("b/"):
            assert after[path] == row, path


def test_a_copy_of_an_unplugged_disk_takes_its_samples(
    filled: sqlclap.Library, sounds: Path, tmp_path: Path
) -> None:
    before = rows(filled)
    shutil.copytree(sounds, tmp_path / "copy")
    sounds.rename(tmp_path / "unplugged")
    assert filled.ingest([tmp_path / "copy"]).moved == 6
    assert rows(filled) == before

    (tmp_path / "unplugged").rename(sounds)
    assert filled.ingest([sounds]).new == 6  # two files each, and both are there
    assert len(filled.similar(before["tones/tone-110.wav"][0], n=20)) == 11


def test_what_is_left_on_a_disk_stays_its_own(
    filled: sqlclap.Library, sounds: Path, tmp_path: Path
) -> None:
    shutil.copytree(sounds, tmp_path / "copy")
    assert filled.ingest([tmp_path / "copy"]).new == 6
    assert roots(filled) == [str(tmp_path / "copy"), str(sounds)]
    assert len(contents(filled)) == 12


@pytest.mark.parametrize("prune", [False, True])
def test_a_missing_sound_does_not_stay_beside_its_living_copy(
    filled: sqlclap.Library, sounds: Path, prune: bool
) -> None:
    say_something(filled)
    shutil.copy(sounds / "tones/tone-110.wav", sounds / "copy.wav")
    filled.ingest([sounds])
    copy = rows(filled)["copy.wav"]
    (sounds / "tones/tone-110.wav").unlink()

    report = filled.ingest([sounds], IngestOptions(prune=prune))

    assert (report.merged, report.missing, report.pruned) == (1, 0, 0)
    assert rows(filled)["copy.wav"] == copy
    assert (1, "copy.wav", "positive", 1.0) in said(filled)["anchors"]
    assert [match.path for match in filled.similar(copy[0], n=20)].count("copy.wav") == 0
    assert len(rows(filled)) == len(contents(filled)) == 6


def test_a_file_whose_name_becomes_a_folder_is_recognised(
    filled: sqlclap.Library, sounds: Path
) -> None:
    before = rows(filled)["tones/tone-110.wav"]
    file = sounds / "tones/tone-110.wav"
    file.rename(sounds / "aside")
    file.mkdir()
    (sounds / "aside").rename(file / "take 1.wav")
    assert filled.ingest().moved == 1
    assert rows(filled)["tones/tone-110.wav/take 1.wav"] == before


def test_a_library_of_0_1_0_opens_with_all_it_holds(
    old_library: sqlclap.Library, tmp_path: Path
) -> None:
    assert {name: len(what) for name, what in said(old_library).items()} == {
        "anchors": 4,
        "votes": 4,
        "tags": 6,
    }
    assert [(one.root, one.kind) for one in old_library.sources.list()] == [
        (str(tmp_path / "old"), "tree")
    ]
    before = rows(old_library)
    report = old_library.ingest()
    assert (report.restored + report.unchanged, report.new, report.missing) == (9, 0, 0)
    assert (rows(old_library), len(report.failed)) == (before, 1)
    assert {rb"tea\xe9.wav", b"caf\xe9.wav"} <= {
        os.fsencode(match.file.name) for match in old_library.similar("tones/tone-110.wav", n=20)
    }
