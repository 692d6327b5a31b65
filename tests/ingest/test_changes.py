"""What an ingest makes of files that are new, changed, touched, moved, gone and back."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

import sqlclap
from sqlclap.errors import IngestError
from sqlclap.ingest.pipeline import IngestOptions
from tests.ingest.scenes import contents, rows, statuses, watch_decoding, watch_hashing
from tests.support.sounds import noise, tone, write_sound

PRUNE = IngestOptions(prune=True)


def test_new_sounds_are_taken_in(library: sqlclap.Library, sounds: Path) -> None:
    report = library.ingest([sounds])

    assert (report.new, report.failed, report.interrupted) == (6, [], False)
    assert report.seconds_of_sound == pytest.approx(6 * 0.4)
    assert set(statuses(library).values()) == {"ok"}
    (kick,) = library.connection.execute(
        "SELECT duration_s, sample_rate, channels, format, bytes, pitch_hz FROM samples "
        "WHERE path = 'tones/tone-440.wav'"
    )
    assert kick[:4] == (pytest.approx(0.4), 16_000, 1, "WAV/PCM_16")
    assert kick[4] == (sounds / "tones/tone-440.wav").stat().st_size
    assert kick[5] == pytest.approx(440, rel=0.02)


def test_ids_follow_the_paths(library: sqlclap.Library, tmp_path: Path) -> None:
    for number in range(30):
        seconds = 3 if number % 7 == 0 else 0.1
        write_sound(tmp_path / "many" / f"{number:02}.wav", tone(100 + number, seconds))
    options = IngestOptions(threads=4, windows_under_way=3, commit_every_s=60)
    library.ingest([tmp_path / "many"], options)
    assert [sample_id for sample_id, _ in rows(library).values()] == list(range(1, 31))


def test_an_unchanged_folder_is_not_read_at_all(
    filled: sqlclap.Library, sounds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(filled)
    hashed, decoded = watch_hashing(monkeypatch), watch_decoding(monkeypatch)

    report = filled.ingest([sounds])

    assert (report.unchanged, report.new, report.changed) == (6, 0, 0)
    assert (hashed, decoded) == ([], [])
    assert contents(filled) == before


def test_a_file_of_the_same_size_and_time_counts_as_the_same(
    filled: sqlclap.Library, sounds: Path
) -> None:
    file = sounds / "tones/tone-110.wav"
    stamp = file.stat()
    file.write_bytes(bytes(stamp.st_size))
    os.utime(file, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert filled.ingest([sounds]).unchanged == 6


def test_a_touched_file_is_hashed_but_not_decoded(
    filled: sqlclap.Library, sounds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(filled)
    os.utime(sounds / "tones/tone-110.wav")
    hashed, decoded = watch_hashing(monkeypatch), watch_decoding(monkeypatch)

    report = filled.ingest([sounds])

    assert (report.restored, report.unchanged) == (1, 5)
    assert (hashed, decoded) == (["tone-110.wav"], [])
    assert contents(filled) == before
    assert filled.ingest([sounds]).unchanged == 6


def test_changed_content_keeps_the_id_and_gets_new_vectors(
    filled: sqlclap.Library, sounds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, ids = contents(filled), rows(filled)
    write_sound(sounds / "tones/tone-110.wav", noise(9, seconds=1.2))
    decoded = watch_decoding(monkeypatch)

    report = filled.ingest([sounds])

    assert (report.changed, report.unchanged) == (1, 5)
    assert decoded == ["tone-110.wav"]
    assert rows(filled) == ids
    changed = [row for row in contents(filled) if row not in before]
    assert [(row[0], row[3]) for row in changed] == [
        ("tones/tone-110.wav", index) for index in (None, 0, 1)
    ]
    assert len(contents(filled)) == 8


@pytest.mark.parametrize("other_time", [False, True])
def test_a_moved_file_keeps_its_id_and_vectors(
    filled: sqlclap.Library, sounds: Path, monkeypatch: pytest.MonkeyPatch, other_time: bool
) -> None:
    sample_id, _ = rows(filled)["tones/tone-110.wav"]
    target = sounds / "deep" / "er" / "bass.wav"
    target.parent.mkdir(parents=True)
    (sounds / "tones/tone-110.wav").rename(target)
    if other_time:
        os.utime(target)
    decoded = watch_decoding(monkeypatch)

    report = filled.ingest([sounds])

    assert (report.moved, report.missing, report.new, decoded) == (1, 0, 0, [])
    assert rows(filled)["deep/er/bass.wav"] == (sample_id, "ok")
    assert "tones/tone-110.wav" not in rows(filled)
    assert filled.ingest([sounds]).unchanged == 6


def test_a_file_that_moves_to_another_source_keeps_its_id(
    filled: sqlclap.Library, sounds: Path, tmp_path: Path
) -> None:
    sample_id, _ = rows(filled)["tones/tone-110.wav"]
    other = tmp_path / "other"
    other.mkdir()
    (sounds / "tones/tone-110.wav").rename(other / "bass.wav")

    report = filled.ingest([other])

    assert (report.moved, report.new) == (1, 0)
    assert rows(filled)["bass.wav"] == (sample_id, "ok")
    assert filled.ingest([sounds]).missing == 0


def test_a_renamed_folder_keeps_all_ids(filled: sqlclap.Library, sounds: Path) -> None:
    before = rows(filled)
    (sounds / "tones").rename(sounds / "renamed")

    report = filled.ingest([sounds])

    assert (report.moved, report.missing) == (4, 0)
    after = {path.replace("renamed/", "tones/"): row for path, row in rows(filled).items()}
    assert after == before


def test_gone_files_are_missing_until_they_are_back(
    filled: sqlclap.Library, sounds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows(filled)
    file = sounds / "tones/tone-110.wav"
    file.rename(tmp_path / "aside.wav")

    assert filled.ingest([sounds]).missing == 1
    assert rows(filled)["tones/tone-110.wav"] == (before["tones/tone-110.wav"][0], "missing")
    assert filled.similar(before["tones/tone-110.wav"][0])
    assert filled.ingest([sounds]).missing == 1

    (tmp_path / "aside.wav").rename(file)
    decoded = watch_decoding(monkeypatch)
    report = filled.ingest([sounds])
    assert (report.restored, report.missing, decoded) == (1, 0, [])
    assert rows(filled) == before


def test_a_file_that_comes_back_elsewhere_keeps_its_id(
    filled: sqlclap.Library, sounds: Path, tmp_path: Path
) -> None:
    sample_id, _ = rows(filled)["tones/tone-110.wav"]
    (sounds / "tones/tone-110.wav").rename(tmp_path / "aside.wav")
    filled.ingest([sounds])
    (tmp_path / "aside.wav").rename(sounds / "back.wav")

    assert filled.ingest([sounds]).moved == 1
    assert rows(filled)["back.wav"] == (sample_id, "ok")


def test_pruning_removes_what_is_gone_with_its_vectors(
    filled: sqlclap.Library, sounds: Path
) -> None:
    (sounds / "tones/tone-110.wav").unlink()

    report = filled.ingest([sounds], PRUNE)

    assert (report.pruned, report.missing) == (1, 0)
    assert len(rows(filled)) == len(contents(filled)) == 5
    assert filled.connection.execute("SELECT count(*) FROM vec_1").get == 5


def test_only_the_named_part_of_a_source_is_looked_at(
    filled: sqlclap.Library, sounds: Path
) -> None:
    (sounds / "tones/tone-110.wav").unlink()
    (sounds / "noises/noise-1.flac").unlink()

    assert filled.ingest([sounds / "noises"], PRUNE).pruned == 1
    assert "tones/tone-110.wav" in rows(filled)
    write_sound(sounds / "one.wav", tone(50))
    write_sound(sounds / "other.wav", tone(60))
    assert filled.ingest([sounds / "one.wav"]).new == 1
    assert "other.wav" not in rows(filled)


def test_equal_files_are_samples_of_their_own(filled: sqlclap.Library, sounds: Path) -> None:
    shutil.copy(sounds / "tones/tone-110.wav", sounds / "copy.wav")

    assert filled.ingest([sounds]).new == 1
    ids = rows(filled)
    assert ids["copy.wav"][0] != ids["tones/tone-110.wav"][0]
    best, *_ = filled.similar(ids["copy.wav"][0])
    assert (best.sample_id, round(best.score, 6)) == (ids["tones/tone-110.wav"][0], 1.0)


def test_an_unplugged_disk_is_an_error_and_marks_nothing(
    filled: sqlclap.Library, sounds: Path, tmp_path: Path
) -> None:
    before = rows(filled)
    sounds.rename(tmp_path / "unplugged")
    for paths in ([], [sounds]):
        with pytest.raises(IngestError, match="is not there; is its disk plugged in"):
            filled.ingest(paths, PRUNE)
    assert rows(filled) == before


def test_an_empty_mount_point_is_not_pruned_at_once(
    filled: sqlclap.Library, sounds: Path, tmp_path: Path
) -> None:
    sounds.rename(tmp_path / "unplugged")
    sounds.mkdir()
    with pytest.raises(IngestError, match="is empty, though the library holds 6 of its sounds"):
        filled.ingest([sounds], PRUNE)

    assert set(statuses(filled).values()) == {"ok"}
    assert filled.ingest([sounds]).missing == 6
    assert filled.ingest([sounds], PRUNE).pruned == 6


def test_all_known_folders_are_looked_at_when_none_is_named(
    library: sqlclap.Library, sounds: Path
) -> None:
    library.ingest([sounds / "tones", sounds / "noises"])
    write_sound(sounds / "tones/new.wav", tone(50))
    (sounds / "noises/noise-1.flac").unlink()

    report = library.ingest()

    assert (report.new, report.missing, report.unchanged) == (1, 1, 5)


def test_a_library_without_folders_says_what_to_name(library: sqlclap.Library) -> None:
    with pytest.raises(IngestError, match=r"has no folders yet: name one, `sqlclap ingest"):
        library.ingest()


@pytest.mark.parametrize(
    "names", [(".", "tones"), ("tones", "."), ("tones", "tones"), (".", ".", "tones/tone-110.wav")]
)
def test_folders_named_together_may_overlap(
    library: sqlclap.Library, sounds: Path, names: tuple[str, ...]
) -> None:
    report = library.ingest([sounds / name for name in names])

    assert report.new == len(rows(library)) == (4 if "." not in names else 6)
    assert library.ingest([sounds]).unchanged == report.new
    roots = {root for (root,) in library.connection.execute("SELECT root FROM sources")}
    assert roots == ({str(sounds)} if "." in names else {str(sounds), str(sounds / "tones")})


@pytest.mark.parametrize("name", ["nowhere", "nowhere/kick.wav", "x" * 300, "nul\0"])
def test_a_path_that_cannot_be_used_changes_nothing(
    library: sqlclap.Library, sounds: Path, name: str
) -> None:
    with pytest.raises(IngestError):
        library.ingest([sounds, sounds / name])
    assert library.info().sources == []


def test_options_out_of_range_are_told() -> None:
    for options in ({"threads": -1}, {"windows_under_way": 0}, {"commit_every_s": -1.0}):
        with pytest.raises(IngestError, match="expected threads"):
            IngestOptions(**options)
