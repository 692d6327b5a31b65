"""Descriptors that came later: NULL until a sound is measured again, which `measure` asks for."""

from __future__ import annotations

from pathlib import Path

import pytest

import sqlclap
from sqlclap.db.measured_columns import count_unmeasured, measured_enough
from sqlclap.db.samples import sample_by_id
from sqlclap.descriptor_columns import NAMES
from tests.cli.running import rows_of, succeed
from tests.ingest.scenes import contents, rows, watch_decoding
from tests.support.sounds import tone, write_sound

MEASURED = f"SELECT path, {', '.join(NAMES)} FROM samples ORDER BY path"  # noqa: S608
FORGET = "UPDATE samples SET measurement_id = NULL, heard_share = NULL, attack_s = NULL"
AGAIN = sqlclap.IngestOptions(measure=True)


@pytest.fixture
def measured(library: sqlclap.Library, tmp_path: Path) -> sqlclap.Library:
    """A library of three tones, one of them silent."""
    for hz in (110, 220):
        write_sound(tmp_path / "tones" / f"{hz}.wav", tone(hz))
    write_sound(tmp_path / "tones" / "silence.wav", 0 * tone(50))
    library.ingest([tmp_path / "tones"])
    return library


def test_what_lacks_a_descriptor_is_measured_again_and_keeps_its_vectors(
    measured: sqlclap.Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, vectors, ids = (
        measured.connection.execute(MEASURED).fetchall(),
        contents(measured),
        rows(measured),
    )
    changes = "SELECT max(seq) FROM embedding_changes"
    last = measured.connection.execute(changes).get
    measured.connection.execute(f"{FORGET} WHERE path <> '220.wav'")
    decoded = watch_decoding(monkeypatch)

    told = measured.ingest([])
    assert (told.unchanged, told.unmeasured, list(decoded)) == (3, 2, [])
    report = measured.ingest([], AGAIN)

    assert sorted(decoded) == ["110.wav", "silence.wav"]
    assert (report.measured, report.unchanged, report.unmeasured) == (2, 1, 0)
    assert (report.read_again, report.embedded, report.silent) == (0, 0, 0)
    assert measured.connection.execute(MEASURED).fetchall() == before
    assert (contents(measured), rows(measured)) == (vectors, ids)
    assert measured.connection.execute(changes).get == last


def test_undefined_is_not_unmeasured(measured: sqlclap.Library) -> None:
    undefined = "SELECT path FROM samples WHERE pitch_hz IS NULL"
    assert measured.connection.execute(undefined).get == "silence.wav"
    assert measured.ingest([], AGAIN).measured == 0


def test_a_changed_file_is_taken_in_as_ever(measured: sqlclap.Library, tmp_path: Path) -> None:
    measured.connection.execute(FORGET)
    write_sound(tmp_path / "tones" / "110.wav", tone(330, 2.0))
    report = measured.ingest([], AGAIN)
    assert (report.changed, report.measured, report.unmeasured) == (1, 2, 0)
    length = measured.connection.execute(
        "SELECT duration_s FROM samples WHERE path = '110.wav'"
    ).get
    assert length == pytest.approx(2.0)


def test_a_library_of_0_1_0_has_null_until_it_is_measured(old_library: sqlclap.Library) -> None:
    old_library.ingest([])
    ids, vectors = rows(old_library), contents(old_library)
    late = [row[0] for row in old_library.connection.execute("SELECT sample_id FROM samples")]
    enough = measured_enough(old_library.connection, NAMES)
    assert count_unmeasured(old_library.connection, enough) == len(late) > 0
    assert sample_by_id(old_library.connection, min(late)).heard_share is None

    assert old_library.ingest([], AGAIN).measured == len(late)
    assert (rows(old_library), contents(old_library)) == (ids, vectors)
    assert sample_by_id(old_library.connection, min(late)).heard_share is not None
    assert old_library.ingest([]).unmeasured == 0


def test_the_command_says_how_many_and_measures_them(
    measured: sqlclap.Library, fake_bundle: Path
) -> None:
    measured.connection.execute(FORGET)
    options = ("ingest", measured.path, "--model", fake_bundle)
    assert "3 sounds not measured with all descriptors of today: --measure" in succeed(*options)
    assert rows_of(*options, "--measure")["measured"] == 3
    assert "--measure" not in succeed(*options)
