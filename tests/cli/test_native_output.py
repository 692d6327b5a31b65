"""What native libraries print never gets among a command's own output."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import sqlclap
from tests.audio.encoding import mp3
from tests.cli.running import rows_of, run
from tests.support.sounds import tone, write_sound
from tests.test_native_output import damaged_mp3


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    """A folder of damaged MP3s, whole ones and junk."""
    folder = tmp_path / "damaged"
    folder.mkdir()
    for seed in range(5, 11):
        (folder / f"damaged-{seed}.mp3").write_bytes(damaged_mp3(seed))
    for number in range(4):
        (folder / f"whole-{number}.mp3").write_bytes(mp3(rate=44_100))
        write_sound(folder / f"tone-{number}.wav", tone(200 + number))
    (folder / "junk.mp3").write_bytes(b"\xff\xfb\x90\x00" * 3 + bytes(range(256)) * 20)
    return folder


def process(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sqlclap", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_an_ingest_prints_its_own_lines_alone(
    tmp_path: Path, damaged: Path, fake_bundle: Path
) -> None:
    library = tmp_path / "sounds.db"
    options = ("--model", fake_bundle, "--threads", "4", "--json")
    done = process("ingest", library, damaged, *options)

    assert done.returncode == 0
    report = json.loads(done.stdout)
    assert done.stderr == ""
    assert report["noted"] >= 1
    with sqlclap.open(library, mode="read", model=str(fake_bundle)) as opened:
        notes = dict(opened.connection.execute("SELECT path, note FROM samples"))
    said = {path for path, note in notes.items() if note and "the decoder says: " in note}
    assert said
    assert said <= {f"damaged-{seed}.mp3" for seed in range(5, 11)}
    assert all(notes[f"whole-{number}.mp3"] is None for number in range(4))


def test_a_query_sound_tells_its_notes_in_lines_of_ours(
    filled: sqlclap.Library, fake_bundle: Path, tmp_path: Path
) -> None:
    sound = tmp_path / "cut.wav"
    whole = write_sound(tmp_path / "whole.wav", tone(220, 2.0)).read_bytes()
    sound.write_bytes(whole[: len(whole) // 2])
    model = ("--model", fake_bundle)

    result = run("similar", filled.path, sound, *model, "--json")
    assert len(json.loads(result.stdout)) == 6
    assert result.stderr == "Note: truncated: 1.00 s could be decoded\n"
    assert run("similar", filled.path, tmp_path / "whole.wav", *model).stderr == ""

    ask = "SELECT length(clap_audio_file(:file)) AS bytes"
    result = run("query", filled.path, ask, "-p", "file", sound, *model, "--json")
    assert len(json.loads(result.stdout)) == 1
    assert result.stderr.startswith("Warning: ")
    assert "truncated: 1.00 s could be decoded" in result.stderr

    (tmp_path / "damaged.mp3").write_bytes(damaged_mp3())
    done = process("similar", filled.path, tmp_path / "damaged.mp3", *model)
    assert all(line.startswith("Note: ") for line in done.stderr.splitlines())
    assert "the decoder says: " in done.stderr


def test_the_report_counts_what_is_read_again(
    filled: sqlclap.Library, sounds: Path, fake_bundle: Path
) -> None:
    (sounds / "one.mp3").write_bytes(mp3())
    filled.ingest([sounds])
    filled.connection.execute("UPDATE samples SET reading_revision = 0")
    report = rows_of("ingest", filled.path, "--model", fake_bundle)
    assert (report["read_again"], report["unchanged"]) == (1, 6)
