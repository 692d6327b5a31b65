"""What a walk passes over: recycle bins and the like, and what patterns exclude."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest

import sqlclap
from sqlclap.errors import IngestError
from sqlclap.ingest.pipeline import IngestOptions
from sqlclap.ingest.scan import Exclusion, is_system_name
from tests.ingest.scenes import rows
from tests.support.sounds import tone, write_sound

PRUNE = IngestOptions(prune=True)


@pytest.mark.parametrize(
    "name",
    [
        "$RECYCLE.BIN",
        "$Recycle.Bin",
        "#recycle",
        "#Recycle",
        "@eaDir",
        ".Trash-1000",
        ".Trashes",
        ".Spotlight-V100",
        ".fseventsd",
        "__MACOSX",
        "__macosx",
        "lost+found",
        "System Volume Information",
        "@Recently-Snapshot",
    ],
)
def test_what_systems_leave_is_passed_over(
    library: sqlclap.Library, sounds: Path, name: str
) -> None:
    write_sound(sounds / name / "deep" / "old.wav", tone(50))
    write_sound(sounds / "tones" / name / "old.wav", tone(60))
    report = library.ingest([sounds])
    assert (report.new, report.system, report.failed) == (6, 2, [])


def test_resource_forks_are_no_sounds(library: sqlclap.Library, sounds: Path) -> None:
    (sounds / "tones/._tone-110.wav").write_bytes(b"\0\5\x16\7")
    (sounds / "tones/.DS_Store").write_bytes(b"Bud1")
    report = library.ingest([sounds])
    assert (report.new, report.system, report.failed) == (6, 1, [])


@pytest.mark.parametrize("name", ["trash", "Recycled loops", "recycle", "eaDir", "MACOSX", "lost"])
def test_names_like_those_are_taken_in(library: sqlclap.Library, sounds: Path, name: str) -> None:
    assert not is_system_name(name)
    write_sound(sounds / name / "mine.wav", tone(50))
    assert library.ingest([sounds]).new == 7


@pytest.mark.parametrize(
    ("patterns", "left"),
    [
        (("*.flac",), 4),
        (("*.FLAC", "tone-1*"), 3),
        (("noises",), 4),
        (("Noises/",), 4),
        (("tones/*1*",), 5),
        (("*/tone-??0.wav",), 2),
        (("tone",), 6),
        (("*",), 0),
    ],
)
def test_patterns_exclude_from_then_on(
    library: sqlclap.Library, sounds: Path, patterns: tuple[str, ...], left: int
) -> None:
    report = library.ingest([sounds], IngestOptions(exclude=patterns))
    assert (report.new, len(rows(library))) == (left, left)
    assert (report.excluded > 0) == (left < 6)
    assert library.ingest().new == 0
    assert library.ingest([sounds]).new == 0
    (source,) = library.sources.list()
    assert source.exclude == patterns
    library.sources.exclude(sounds)
    assert library.ingest().new == 6 - left


def test_what_was_taken_in_before_stays_until_it_is_pruned(
    filled: sqlclap.Library, sounds: Path
) -> None:
    report = filled.ingest([sounds], IngestOptions(exclude=("*.flac",)))
    assert (report.held_excluded, report.missing, len(rows(filled))) == (2, 0, 6)
    assert filled.ingest([], PRUNE).pruned == 2
    assert set(rows(filled)) == {f"tones/tone-{hz}.wav" for hz in (110, 220, 440, 880)}


def test_patterns_know_both_spellings_of_an_accent() -> None:
    composed, decomposed = (unicodedata.normalize(form, "Café") for form in ("NFC", "NFD"))
    for pattern in (composed, decomposed):
        assert Exclusion((pattern,)).matches(f"packs/{composed}")
        assert Exclusion((pattern,)).matches(f"packs/{decomposed}")


@pytest.mark.parametrize("pattern", ["", " ", "/", "a\0b", "caf\udce9"])
def test_patterns_that_say_nothing_are_refused(
    library: sqlclap.Library, sounds: Path, pattern: str
) -> None:
    with pytest.raises(IngestError, match="pattern"):
        library.ingest([sounds], IngestOptions(exclude=(pattern,)))
    assert library.sources.list() == []


def test_names_that_look_like_another_ones_escape_are_sounds_of_their_own(
    library: sqlclap.Library, sounds: Path
) -> None:
    composed, decomposed = (unicodedata.normalize(form, "é.wav") for form in ("NFC", "NFD"))
    names = [b"caf\xe9.wav", rb"caf\xe9.wav", composed.encode(), decomposed.encode(), b"A.wav",
             b"a.wav"]  # fmt: skip
    folder = sounds / "names"
    folder.mkdir()
    for number, name in enumerate(names):
        write_sound(sounds / "new.wav", tone(100 + 10 * number)).rename(folder / os.fsdecode(name))
    assert library.ingest([sounds]).new == 12
    assert library.ingest([sounds]).unchanged == len(rows(library)) == 12
