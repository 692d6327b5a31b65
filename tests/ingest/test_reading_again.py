"""What an earlier release may have heard otherwise is read once more, and keeps what it had."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

import sqlclap
from sqlclap.audio.revisions import READING_REVISION, PastReading, may_sound_otherwise
from tests.ingest.scenes import contents, rows, watch_decoding
from tests.support.sounds import noise, tone, write_sound

AS_BEFORE = "UPDATE samples SET reading_revision = 0"
CHANGES = "SELECT max(seq) FROM embedding_changes"


@pytest.fixture
def mixed(library: sqlclap.Library, tmp_path: Path) -> sqlclap.Library:
    """A library of one sound each: mono WAV, mono FLAC, MP3, stereo WAV."""
    folder = tmp_path / "mixed"
    write_sound(folder / "mono.wav", tone(220))
    write_sound(folder / "mono.flac", noise(1))
    soundfile.write(folder / "tone.mp3", tone(330, 2.5), 16_000)
    soundfile.write(folder / "wide.wav", np.column_stack([noise(2), noise(3)]), 16_000)
    library.ingest([folder])
    return library


def test_a_new_sound_is_of_the_present_revision(mixed: sqlclap.Library) -> None:
    found = mixed.connection.execute("SELECT DISTINCT reading_revision FROM samples").fetchall()
    assert found == [(READING_REVISION,)]


def test_only_kinds_that_were_misread_are_read_again_and_once(
    mixed: sqlclap.Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, ids = contents(mixed), rows(mixed)
    changes = mixed.connection.execute(CHANGES).get
    mixed.connection.execute(AS_BEFORE)
    decoded = watch_decoding(monkeypatch)

    report = mixed.ingest([])

    assert sorted(decoded) == ["tone.mp3", "wide.wav"]
    assert (report.read_again, report.unchanged, report.embedded) == (2, 2, 0)
    # The same was heard: ids and vectors are untouched, an index has nothing to catch up with.
    assert (contents(mixed), rows(mixed)) == (before, ids)
    assert mixed.connection.execute(CHANGES).get == changes
    again = mixed.ingest([])
    assert (again.read_again, again.unchanged) == (0, 4)


def test_a_sound_that_is_heard_otherwise_keeps_its_id_anchors_and_votes(
    mixed: sqlclap.Library,
) -> None:
    ids = rows(mixed)
    mixed.connection.execute(AS_BEFORE)
    # As 0.1.0 stored it: cut short, with the vector of another sound.
    mixed.connection.execute("UPDATE samples SET duration_s = 0.8 WHERE path = 'tone.mp3'")
    mixed.connection.execute(
        "UPDATE vec_1 SET vector = (SELECT vector FROM vec_1 WHERE embedding_id = "
        "(SELECT embedding_id FROM embeddings JOIN samples USING (sample_id) "
        "WHERE path = 'mono.wav')) WHERE embedding_id IN (SELECT embedding_id FROM embeddings "
        "JOIN samples USING (sample_id) WHERE path = 'tone.mp3')"
    )
    sample_id = ids["tone.mp3"][0]
    mixed.labels.add("tonal")
    mixed.labels.add_anchors("tonal", [sample_id])
    anchors = mixed.connection.execute("SELECT * FROM anchors").fetchall()
    wrong = contents(mixed)

    assert mixed.ingest([]).read_again == 2

    assert rows(mixed) == ids
    assert mixed.connection.execute("SELECT * FROM anchors").fetchall() == anchors
    duration = mixed.connection.execute(
        "SELECT duration_s FROM samples WHERE path = 'tone.mp3'"
    ).get
    assert duration == pytest.approx(2.5, abs=0.12)
    assert contents(mixed) != wrong


def test_what_could_not_be_decoded_is_tried_once_more(
    library: sqlclap.Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "text.wav").write_text("no sound at all")
    assert len(library.ingest([folder]).failed) == 1
    library.connection.execute("UPDATE ingest_failures SET reading_revision = 0")
    decoded = watch_decoding(monkeypatch)

    report = library.ingest([])
    assert (decoded, len(report.failed), report.failed_before) == (["text.wav"], 1, 0)
    report = library.ingest([])
    assert (decoded, len(report.failed), report.failed_before) == (["text.wav"], 0, 1)


def test_a_moved_sound_is_read_again_where_it_lies_now(
    mixed: sqlclap.Library, tmp_path: Path
) -> None:
    ids = rows(mixed)
    mixed.connection.execute(AS_BEFORE)
    shutil.move(tmp_path / "mixed" / "tone.mp3", tmp_path / "mixed" / "moved.mp3")
    mixed.ingest([])
    mixed.ingest([])
    assert rows(mixed)["moved.mp3"][0] == ids["tone.mp3"][0]
    left = mixed.connection.execute(
        "SELECT path FROM samples WHERE reading_revision = 0 ORDER BY path"
    )
    assert [path for (path,) in left] == ["mono.flac", "mono.wav"]


@pytest.mark.parametrize(
    ("coding", "channels", "size", "note", "again"),
    [
        ("WAV/PCM_16", 1, 32_044, "", False),
        ("WAV/PCM_16", 1, 64_044, "", True),  # half of the file was left unread
        ("WAV/PCM_16", 2, 64_044, "", True),
        ("FLAC/PCM_16", 1, 20_000, "", False),
        ("FLAC/PCM_16", 1, 20_000, "truncated: 1.00 s could be decoded", True),
        ("FLAC/PCM_16", 1, 60_000, "", True),
        ("MP3/MPEG_LAYER_III", 1, 4_000, "", True),
        ("OGG/VORBIS", 1, 4_000, "", True),
        ("M4A/AAC", 1, 4_000, "", False),
    ],
)
def test_which_sounds_an_earlier_revision_may_have_misread(
    coding: str, channels: int, size: int, note: str, again: bool
) -> None:
    past = PastReading(0, coding, channels, 16_000, 1.0, size, note)
    assert may_sound_otherwise(past) is again
    now = PastReading(READING_REVISION, coding, channels, 16_000, 1.0, size, note)
    assert not may_sound_otherwise(now)
