"""Annotated spans as WAV files."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

import sqlclap
from sqlclap.audio.clips import Clip, write_clips
from sqlclap.errors import AnnotationError
from sqlclap.exchange.clip_export import safe_part
from sqlclap.exchange.library_annotations import ExportRequest
from tests.cli.running import fail, rows_of, succeed
from tests.exchange.conftest import Write, long_sound
from tests.support.sounds import RATE, write_sound

SPANS = """recording,start_s,end_s,label,notes
site1/dawn.wav,1.5,4.25,owl/tawny,=far
site1/dawn.wav,4,6,owl:tawny,
site1/dusk.wav,0,0.5,owl/tawny,
site2/dawn.wav,,,owl/tawny,
"""


@pytest.fixture
def owls(birds: sqlclap.Library, wrote: Write) -> sqlclap.Library:
    """The library with spans of two labels."""
    birds.annotations.take_in([wrote("spans.csv", SPANS)])
    return birds


def table(folder: Path) -> list[dict[str, str]]:
    return [*csv.DictReader((folder / "clips.csv").read_text().splitlines())]


def test_clips_hold_exactly_their_spans(owls: sqlclap.Library, field: Path, tmp_path: Path) -> None:
    report = owls.annotations.write_clips(tmp_path / "clips")
    assert (report.clips, report.recordings, report.left_out) == (4, 3, {})
    rows = table(tmp_path / "clips")
    assert [row["clip"] for row in rows] == [
        "owl_tawny/dawn_1_1.500-4.250.wav",
        "owl_tawny-2/dawn_1_4.000-6.000.wav",
        "owl_tawny/dusk_2_0.000-0.500.wav",
        "owl_tawny/dawn_3_0.000-4.000.wav",
    ]
    assert [row["notes"] for row in rows] == ["'=far", "", "", ""]
    whole, rate = soundfile.read(field / "site1" / "dawn.wav", dtype="int16")
    cut, cut_rate = soundfile.read(tmp_path / "clips" / rows[0]["clip"], dtype="int16")
    assert (rate, cut_rate) == (RATE, RATE)
    assert np.array_equal(cut, whole[round(1.5 * RATE) : round(4.25 * RATE)])


def test_padding_stays_within_the_recording(owls: sqlclap.Library, tmp_path: Path) -> None:
    owls.annotations.write_clips(tmp_path / "clips", pad_s=1.0)
    bounds = [(row["clip_start_s"], row["clip_end_s"]) for row in table(tmp_path / "clips")]
    assert bounds == [("0.5", "5.25"), ("3.0", "7.0"), ("0.0", "1.5"), ("0.0", "4.0")]
    with pytest.raises(AnnotationError, match="expected a padding"):
        owls.annotations.write_clips(tmp_path / "more", pad_s=-1.0)


def test_where_there_is_nothing_to_cut_no_folder_is_made(
    birds: sqlclap.Library, tmp_path: Path
) -> None:
    with pytest.raises(AnnotationError, match="there is nothing to cut"):
        birds.annotations.write_clips(tmp_path / "clips")
    assert not (tmp_path / "clips").exists()


def test_a_folder_that_holds_something_is_left_alone(owls: sqlclap.Library, tmp_path: Path) -> None:
    folder = tmp_path / "clips"
    folder.mkdir()
    owls.annotations.write_clips(folder, ExportRequest(labels=["owl:tawny"]))
    assert len(table(folder)) == 1
    with pytest.raises(AnnotationError, match="holds something already"):
        owls.annotations.write_clips(folder)
    assert len(table(folder)) == 1


def test_a_recording_that_can_not_be_read_is_told(
    owls: sqlclap.Library, field: Path, tmp_path: Path
) -> None:
    (field / "site1" / "dusk.wav").unlink()
    (field / "site1" / "dawn.wav").write_bytes(b"no sound")
    report = owls.annotations.write_clips(tmp_path / "clips")
    assert [*report.left_out] == ["site1/dawn.wav", "site1/dusk.wav"]
    assert [row["recording"] for row in table(tmp_path / "clips")] == ["site2/dawn.wav"]
    assert len([*(tmp_path / "clips").rglob("*.wav")]) == 1


def test_after_an_error_nothing_is_left(
    owls: sqlclap.Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sqlclap.exchange.clip_export._write_table", full)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(AnnotationError, match=r"can't write .*: No space left"):
        owls.annotations.write_clips(tmp_path / "clips")
    assert sorted(tmp_path.iterdir()) == before


FULL = """
import resource, sys
from pathlib import Path
from sqlclap.audio.clips import Clip, write_clips
source, clip = map(Path, sys.argv[1:])
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 12, 1 << 12))
try:
    write_clips(source, [Clip(0.25, 0.75, clip)])
except OSError as error:
    print(error.strerror)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of a process")
def test_a_clip_that_finds_no_room_is_told_by_the_systems_own_words(tmp_path: Path) -> None:
    source = write_sound(tmp_path / "a.wav", long_sound(1, 1.0))
    ended = subprocess.run(
        [sys.executable, "-c", FULL, source, tmp_path / "clip.wav"],
        capture_output=True,
        check=True,
        text=True,
    )
    assert (ended.stdout, ended.stderr) == ("File too large\n", "")


@pytest.mark.parametrize(
    ("name", "recorded", "subtype"),
    [
        ("a.wav", "PCM_24", "PCM_24"),
        ("a.wav", "FLOAT", "FLOAT"),
        ("a.flac", "PCM_24", "PCM_24"),
        ("a.wav", "PCM_U8", "PCM_16"),
        ("a.ogg", "VORBIS", "PCM_16"),
    ],
)
def test_bits_and_channels_stay(name: str, recorded: str, subtype: str, tmp_path: Path) -> None:
    stereo = np.stack([long_sound(1, 1.0), long_sound(2, 1.0)], axis=1)
    source = write_sound(tmp_path / name, stereo, subtype=recorded)
    clip = Clip(0.25, 0.5, tmp_path / "clip.wav")
    assert write_clips(source, [clip]) == [clip]
    info = soundfile.info(clip.file)
    assert (info.format, info.subtype, info.channels) == ("WAV", subtype, 2)
    assert (info.samplerate, info.frames) == (RATE, RATE // 4)


def test_overlapping_clips_of_a_long_sound_are_cut_in_one_pass(tmp_path: Path) -> None:
    source = write_sound(tmp_path / "long.wav", long_sound(1, 30.0))
    whole, _ = soundfile.read(source, dtype="int16")
    starts = [0.0, 1.25, 4.0, 4.0, 12.5, 29.5, 40.0]
    clips = [Clip(s, s + 5.0, tmp_path / f"{i}.wav") for i, s in enumerate(starts)]
    assert write_clips(source, clips) == clips[:-1]
    for clip in clips[:-1]:
        cut, _ = soundfile.read(clip.file, dtype="int16")
        first = round(clip.start_s * RATE)
        assert np.array_equal(cut, whole[first : first + 5 * RATE])


def test_names_are_safe() -> None:
    named = ["../../etc", "a/b", "con", "COM1.x", "", "..", "ü?*", "x" * 300, "-rf"]
    made = [safe_part(one) for one in named]
    assert made == ["_.._etc", "a_b", "_con", "_COM1.x", "_", "_", "ü_", "x" * 80, "rf"]


def test_the_command_line_cuts_clips(owls: sqlclap.Library, tmp_path: Path) -> None:
    folder = tmp_path / "clips"
    shown = succeed("export", owls.path, "--clips", folder, "--label", "owl:tawny", "--pad", "1")
    assert shown == f"1 clip of 1 recording written to {folder}\n"
    assert "holds something already" in fail("export", owls.path, "--clips", folder)
    told = rows_of("export", owls.path, "--clips", tmp_path / "all")
    assert (told["clips"], told["recordings"], told["left_out"]) == (4, 3, {})
