"""Files that can't be taken in: told by stage and reason, skipped until they change."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

import sqlclap
from sqlclap.db.library_file import LibraryFile
from sqlclap.ingest.pipeline import IngestOptions, ingest
from sqlclap.session import Session
from tests.ingest.scenes import contents, rows, statuses, watch_decoding
from tests.support.altered_bundle import alter_graph, copy_bundle, refuse_quiet
from tests.support.sounds import noise, tone, write_sound
from tests.support.unprivileged import run_unprivileged

RETRY = IngestOptions(retry_failed=True)


def failures(library: sqlclap.Library) -> dict[str, str]:
    return {str(row["path"]): str(row["stage"]) for row in library.failures()}


@pytest.fixture
def broken(filled: sqlclap.Library, sounds: Path) -> sqlclap.Library:
    """A library whose folder holds a file that is no sound."""
    (sounds / "broken.wav").write_bytes(b"RIFF but not really")
    filled.ingest([sounds])
    return filled


def test_a_broken_file_is_told_and_does_not_stop_the_rest(
    filled: sqlclap.Library, sounds: Path
) -> None:
    (sounds / "broken.wav").write_bytes(b"RIFF but not really")
    write_sound(sounds / "good.wav", tone(50))

    report = filled.ingest([sounds])

    assert report.new == 1
    (failed,) = report.failed
    assert (failed.path, failed.stage) == (str(sounds / "broken.wav"), "decode")
    assert "Can't decode" in failed.reason
    assert failures(filled) == {"broken.wav": "decode"}


def test_a_broken_file_is_skipped_until_it_changes(
    broken: sqlclap.Library, sounds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded = watch_decoding(monkeypatch)
    report = broken.ingest([sounds])
    assert (report.failed_before, report.failed, decoded) == (1, [], [])

    assert len(broken.ingest([sounds], RETRY).failed) == 1
    assert decoded == ["broken.wav"]

    write_sound(sounds / "broken.wav", tone(50))
    assert broken.ingest([sounds]).new == 1
    assert failures(broken) == {}


def test_a_broken_file_that_is_removed_is_forgotten(broken: sqlclap.Library, sounds: Path) -> None:
    (sounds / "broken.wav").unlink()
    broken.ingest([sounds])
    assert failures(broken) == {}


def test_a_sound_that_breaks_keeps_its_id_but_not_its_vectors(
    filled: sqlclap.Library, sounds: Path
) -> None:
    before = rows(filled)
    file = sounds / "tones/tone-110.wav"
    good = file.read_bytes()
    file.write_bytes(b"broken")

    filled.ingest([sounds])

    sample_id = before["tones/tone-110.wav"][0]
    assert rows(filled)["tones/tone-110.wav"] == (sample_id, "failed")
    assert sample_id not in {match.sample_id for match in filled.search("kick")}

    file.write_bytes(good)
    filled.ingest([sounds])
    assert rows(filled) == before
    assert failures(filled) == {}


def test_a_file_that_cannot_be_read_keeps_its_vectors(
    sounds: Path, fake_bundle: Path, tmp_path: Path
) -> None:
    path = tmp_path / "library.db"
    with sqlclap.open(path, model=str(fake_bundle)) as library:
        library.ingest([sounds])
        before = contents(library)
    file = sounds / "tones/tone-110.wav"
    os.utime(file)
    file.chmod(0)
    (sounds / "noises").chmod(0)

    ended = run_unprivileged(INGEST, path, fake_bundle, sounds)

    assert ended.stdout.split() == ["0", "0", "read", "scan"], ended.stderr
    with sqlclap.open(path, model=str(fake_bundle)) as library:
        assert contents(library) == before
        (sounds / "noises").chmod(0o755)
        file.chmod(0o644)
        assert failures(library) == {"noises": "scan", "tones/tone-110.wav": "read"}
        assert library.ingest([sounds]).restored == 1
        assert failures(library) == {}


INGEST = """
import sys, sqlclap
with sqlclap.open(sys.argv[1], model=sys.argv[2]) as library:
    report = library.ingest([sys.argv[3]])
print(report.new, report.missing, *sorted(failed.stage for failed in report.failed))
"""


def test_an_unreadable_folder_is_told_and_its_sounds_are_not_missing(
    sounds: Path, fake_bundle: Path, tmp_path: Path
) -> None:
    path = tmp_path / "library.db"
    (sounds / "noises").chmod(0)
    first = run_unprivileged(INGEST, path, fake_bundle, sounds)
    assert first.stdout.split() == ["4", "0", "scan"], first.stderr

    with sqlclap.open(path, model=str(fake_bundle)) as library:
        assert failures(library) == {"noises": "scan"}
        (sounds / "noises").chmod(0o755)
        library.ingest([sounds])
        assert failures(library) == {}

    (sounds / "noises").chmod(0)
    again = run_unprivileged(INGEST, path, fake_bundle, sounds)
    assert again.stdout.split() == ["0", "0", "scan"], again.stderr


def click(seconds: float = 0.4) -> np.ndarray:
    samples = np.zeros(round(seconds * 16_000), dtype=np.float32)
    samples[3000] = 0.9
    return samples


def test_a_window_that_breaks_the_model_fails_only_its_sound(
    fake_bundle: Path, sounds: Path, tmp_path: Path
) -> None:
    delicate = alter_graph(copy_bundle(fake_bundle, tmp_path / "m"), "audio.onnx", refuse_quiet)
    write_sound(sounds / "click.wav", click())
    write_sound(sounds / "long.wav", np.concatenate([noise(4, 1.0), click(0.5), noise(5, 20.0)]))

    with sqlclap.open(tmp_path / "library.db", model=str(delicate)) as library:
        report = library.ingest([sounds])

        assert report.new == 6
        assert failures(library) == {"click.wav": "embed", "long.wav": "embed"}
        assert len(report.failed) == 2
        assert len(contents(library)) == 6


def test_a_sound_that_one_model_fails_on_keeps_the_vectors_of_another(
    fake_bundle: Path, sounds: Path, tmp_path: Path
) -> None:
    delicate = alter_graph(copy_bundle(fake_bundle, tmp_path / "m"), "audio.onnx", refuse_quiet)
    write_sound(sounds / "click.wav", click())
    with LibraryFile(tmp_path / "library.db", "create") as file:
        ingest(Session.of_file(file, str(fake_bundle)), [sounds])
        report = ingest(Session.of_file(file, str(delicate)), [sounds])

        assert (report.embedded, len(report.failed)) == (6, 1)
        count = "SELECT count(*) FROM embeddings WHERE model_id = ?"
        assert [file.connection.execute(count, (n,)).get for n in (1, 2)] == [7, 6]
        status = "SELECT status FROM samples WHERE path = 'click.wav'"
        assert file.connection.execute(status).get == "ok"
        again = ingest(Session.of_file(file, str(fake_bundle)), [sounds])
        assert (again.unchanged, again.failed_before) == (7, 0)


def write_odd_files(folder: Path) -> None:
    """Write sounds of unusual kinds, damaged ones, and files that are none."""
    channels = np.stack([tone(220, rate=48_000)] * 8, axis=1)
    write_sound(folder / "8-channels.wav", channels, 48_000)
    write_sound(folder / "8-khz.wav", tone(220, rate=8000), 8000)
    write_sound(folder / "192-khz.wav", tone(220, rate=192_000), 192_000)
    write_sound(folder / "silent.wav", np.zeros(8000, np.float32))
    not_numbers = tone(220)
    not_numbers[100:200] = np.nan
    write_sound(folder / "nan.wav", not_numbers, subtype="FLOAT")
    write_sound(folder / "all-nan.wav", np.full(8000, np.nan, np.float32), subtype="FLOAT")
    long = write_sound(folder / "truncated.wav", noise(1, 3.0))
    long.write_bytes(long.read_bytes()[:50_000])
    (folder / "zero-length.wav").touch()
    write_sound(folder / "no-samples.wav", np.zeros(0, np.float32))
    write_sound(folder / "one-sample.wav", np.ones(1, np.float32))
    (folder / "UPPER.WAV").write_bytes((folder / "8-khz.wav").read_bytes())
    (folder / "text.wav").write_text("not a sound")
    (folder / "notes.txt").write_text("not meant as one")


def test_odd_files_all_end_well(library: sqlclap.Library, tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    write_odd_files(folder)

    report = library.ingest([folder])

    assert statuses(library) == {
        "192-khz.wav": "ok",
        "8-channels.wav": "ok",
        "8-khz.wav": "ok",
        "UPPER.WAV": "ok",
        "all-nan.wav": "silent",
        "nan.wav": "ok",
        "one-sample.wav": "ok",
        "silent.wav": "silent",
        "truncated.wav": "ok",
    }
    assert failures(library) == dict.fromkeys(
        ["no-samples.wav", "text.wav", "zero-length.wav"], "decode"
    )
    assert report.silent == 2
    notes = dict(library.connection.execute("SELECT path, note FROM samples WHERE note > ''"))
    assert notes["nan.wav"] == "100 samples were no numbers and count as silence"
    assert notes["truncated.wav"].startswith("truncated: 1.56 s could be decoded")
    again = library.ingest([folder])
    assert (again.unchanged, again.failed_before, again.failed) == (9, 3, [])


def test_a_touched_silent_file_stays_silent(
    library: sqlclap.Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_sound(tmp_path / "s" / "silent.wav", np.zeros(8000, np.float32))
    library.ingest([tmp_path / "s"])
    os.utime(file)
    decoded = watch_decoding(monkeypatch)
    assert library.ingest([tmp_path / "s"]).restored == 1
    assert (statuses(library), decoded) == ({"silent.wav": "silent"}, [])


def test_names_links_and_pipes_all_end_well(library: sqlclap.Library, tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    names = ["caf\udce9.wav", "ümlaut ☃.wav", "new\nline.wav", "[bold]x.wav", "quote'\".wav"]
    for hz, name in enumerate(names, start=100):
        (folder / "sub\udcff").mkdir(parents=True, exist_ok=True)
        write_sound(tmp_path / "x.wav", tone(hz)).rename(folder / "sub\udcff" / name)
    write_sound(folder / ".hidden.wav", tone(50))
    write_sound(folder / ".hidden" / "kick.wav", tone(60))
    (folder / "loop").symlink_to(folder)
    (folder / "aaa").symlink_to(folder / "sub\udcff")
    (folder / "self.wav").symlink_to(folder / "self.wav")
    (folder / "nowhere.wav").symlink_to(folder / "gone.wav")
    elsewhere = write_sound(tmp_path / "elsewhere" / "kick.wav", tone(70))
    (folder / "linked").symlink_to(elsewhere.parent)
    (folder / "kick.wav").symlink_to(elsewhere)
    os.mkfifo(folder / "pipe.wav")

    library.ingest([folder])

    shown = ["caf\\xe9.wav", *names[1:]]
    assert set(statuses(library)) == {f"sub\\xff/{name}" for name in shown} | {
        "kick.wav",
        "linked/kick.wav",
    }
    assert failures(library) == {"nowhere.wav": "scan", "self.wav": "scan"}
    match = library.similar(folder / "sub\udcff" / names[0])[0]
    assert match.file.exists()
    assert library.ingest([folder]).unchanged == 7


def test_a_link_that_is_added_does_not_displace_a_folder(
    filled: sqlclap.Library, sounds: Path
) -> None:
    before = rows(filled)
    (sounds / "zz").symlink_to(sounds / "tones")
    (sounds / "aa").symlink_to(sounds / "tones")
    (sounds / "tones" / "up").symlink_to(sounds)
    for paths in ([sounds], [sounds / "tones"]):
        report = filled.ingest(paths, IngestOptions(prune=True))
        assert (report.new, report.pruned) == (0, 0)
    assert rows(filled) == before


def test_a_hidden_folder_can_be_linked_to(library: sqlclap.Library, tmp_path: Path) -> None:
    write_sound(tmp_path / "s" / ".store" / "kick.wav", tone(50))
    (tmp_path / "s" / "kicks").symlink_to(tmp_path / "s" / ".store")
    library.ingest([tmp_path / "s"])
    assert set(statuses(library)) == {"kicks/kick.wav"}


def test_a_file_named_by_itself_is_not_missing_for_its_folder(
    library: sqlclap.Library, tmp_path: Path
) -> None:
    file = write_sound(tmp_path / "s" / "x.wav", tone(50)).rename(tmp_path / "s" / "x.take1")
    assert library.ingest([file]).new == 1
    report = library.ingest([file.parent], IngestOptions(prune=True))
    assert (report.pruned, report.missing) == (0, 0)
    assert statuses(library) == {"x.take1": "ok"}


def test_many_formats_are_taken_in(library: sqlclap.Library, tmp_path: Path) -> None:
    folder = tmp_path / "s"
    for suffix, options in {
        "wav": {"subtype": "PCM_24"},
        "aiff": {},
        "flac": {},
        "ogg": {},
        "mp3": {},
    }.items():
        write_sound(folder / f"x.{suffix}", tone(330, 1.0, 44_100), 44_100, **options)
    assert "MP3" in soundfile.available_formats()

    assert library.ingest([folder]).new == 5

    scores = [match.score for match in library.similar(folder / "x.wav")]
    assert min(scores) > 0.97
    shutil.rmtree(folder)
