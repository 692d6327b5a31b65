"""The structure of files: markers at any place, and what is kept of large files."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from sqlclap.audio import survey
from sqlclap.audio.encoded import Encoded, Layout
from sqlclap.audio.flac import _marks
from tests.support.sounds import noise, write_sound


@pytest.mark.parametrize("at", [0, 1, 2, 3, 4, 41, 96])
def test_a_marker_is_found_wherever_it_stands(at: int) -> None:
    block = bytearray(np.random.default_rng(0).integers(200, 256, 100, dtype=np.uint8).tobytes())
    block[at : at + 4] = b"fLaC"
    assert _marks(bytes(block)) == [at]
    assert _marks(b"fLaCfLaC" + b"fL") == [0, 4]
    assert _marks(b"fLa") == []


def test_large_files_are_surveyed_once_until_they_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    surveyed: list[str] = []
    looks = survey.survey

    def look(encoded: Encoded) -> Layout:
        surveyed.append("once more")
        return looks(encoded)

    monkeypatch.setattr(survey, "survey", look)
    monkeypatch.setattr(survey, "_LARGE_BYTES", 100)
    monkeypatch.setattr(survey, "_SETTLED_NS", 0)
    file = write_sound(tmp_path / "a.flac", noise(1))
    first = survey.survey_of(file)
    assert survey.survey_of(file) == first
    assert len(surveyed) == 1
    file.write_bytes(file.read_bytes() * 2)
    assert survey.survey_of(file) != first
    assert len(surveyed) == 2
    os.utime(file, ns=(0, 0))
    survey.survey_of(file)
    assert len(surveyed) == 3
    monkeypatch.setattr(survey, "_SETTLED_NS", 1 << 62)  # changed a moment ago: it may change again
    survey.survey_of(file)
    survey.survey_of(file)
    assert len(surveyed) == 5
