"""Duplicates compared by their samples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

import sqlclap
from sqlclap.progress import NullProgress
from sqlclap.search.sample_comparison import Verified
from sqlclap.search.verify import verify_duplicates
from tests.cli.running import rows_of, succeed
from tests.support.sounds import noise, write_sound

RATE = 16_000


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlclap.Library]:
    """A library of one burst in several versions."""
    folder = tmp_path_factory.mktemp("verify")
    fading = np.exp(-np.arange(RATE) / 3_000)
    sound = (0.8 * noise(1, 1.0, RATE) * fading).astype(np.float32)
    other = (0.8 * noise(2, 1.0, RATE) * fading).astype(np.float32)
    write_sound(folder / "s" / "a.wav", sound, RATE)
    write_sound(folder / "s" / "b-copy.wav", sound, RATE)
    steps = soundfile.read(folder / "s" / "a.wav", dtype="int16")[0]
    write_sound(folder / "s" / "c-flac.flac", steps, RATE)
    write_sound(folder / "s" / "c-rounded.flac", sound, RATE)
    write_sound(folder / "s" / "d-softer.wav", 0.5 * sound, RATE)
    write_sound(folder / "s" / "e-later.wav", np.concatenate([np.zeros(160), sound]), RATE)
    write_sound(folder / "s" / "f-other.wav", other, RATE)
    write_sound(folder / "s" / "g-gone.wav", sound, RATE)
    with sqlclap.open(folder / "library.db") as opened:
        opened.ingest([folder / "s"])
        (folder / "s" / "g-gone.wav").write_bytes(b"no sound any more")
        yield opened


def verified(library: sqlclap.Library) -> dict[str, Verified]:
    groups = verify_duplicates(library.duplicates(0.5))
    (group,) = groups
    return {sound.path: sound.verified for sound in group.sounds if sound.verified is not None}


def test_versions_are_told_apart(library: sqlclap.Library) -> None:
    found = verified(library)
    assert "a.wav" not in found  # the first is compared with none
    assert {path: one.verdict for path, one in found.items()} == {
        "b-copy.wav": "same",
        "c-flac.flac": "same",
        "c-rounded.flac": "rounding",
        "d-softer.wav": "level",
        "e-later.wav": "offset",
        "f-other.wav": "different",
        "g-gone.wav": "unreadable",
    }
    assert found["d-softer.wav"].gain_db == pytest.approx(-6.02, abs=0.01)
    assert found["e-later.wav"].offset_s == pytest.approx(0.01)
    assert found["e-later.wav"].length_diff_s == pytest.approx(0.01)
    assert found["e-later.wav"].gain_db == pytest.approx(0.0, abs=0.001)
    assert (found["f-other.wav"].residual_db or -999) > -20
    assert found["g-gone.wav"].note


def test_progress_is_told(library: sqlclap.Library) -> None:
    told: list[tuple[object, ...]] = []

    class Recorder(NullProgress):
        def started(self, stage: str, total: int) -> None:
            told.append((stage, total))

        def advanced(self, steps: int, seconds_of_sound: float = 0.0) -> None:
            told.append((steps,))

    verify_duplicates(library.duplicates(0.5), Recorder())
    assert told == [("compare", 8), *[(1,)] * 8]


def test_the_command_shows_it(library: sqlclap.Library) -> None:
    asked = ("duplicates", str(library.path), "--threshold", "0.5")
    rows = {row["path"]: row["verified"] for row in rows_of(*asked, "--verify")}
    assert rows["d-softer.wav"]["verdict"] == "level"
    assert rows["a.wav"] is None
    shown = succeed(*asked, "--verify")
    assert "level, -6.0 dB" in shown
    assert "offset, +10.0 ms" in shown
    assert {row["verified"] for row in rows_of(*asked)} == {None}
    assert "samples" not in succeed(*asked).splitlines()[0]


def test_files_below_the_working_folder_are_not_taken_for_those_of_sounds_elsewhere(
    library: sqlclap.Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a sound at a node the path is relative: here, another file may have that name."""
    (group,) = library.duplicates(0.5)
    monkeypatch.chdir(group.sounds[0].file.parent)
    afar = [replace(one, file=Path(one.path)) for one in group.sounds]
    assert all(one.file.exists() for one in afar)
    (told,) = verify_duplicates([replace(group, sounds=afar)])
    compared = [one.verified for one in told.sounds if one.verified is not None]
    assert len(compared) == len(afar) - 1
    assert {one.verdict for one in compared} == {"unreadable"}
    assert all("lies at a node" in (one.note or "") for one in compared)
