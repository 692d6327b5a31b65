"""Objects become sounds as files do: each byte is read once, what is unchanged not at all."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import sqlclap
from sqlclap.errors import IngestError, StorageError
from sqlclap.storage.ranges import ObjectRanges
from sqlclap.storage.systems import reason_of
from tests.support.object_store import SECRET, Store


def vectors(library: sqlclap.Library) -> dict[str, bytes]:
    rows = library.connection.execute(
        "SELECT s.path, e.window_index, v.vector FROM samples AS s JOIN embeddings AS e"
        " USING (sample_id) JOIN vec_1 AS v USING (embedding_id)"
    )
    return {f"{path} {window}": bytes(vector) for path, window, vector in rows}


def ids(library: sqlclap.Library) -> dict[str, int]:
    rows = library.connection.execute("SELECT path, sample_id FROM samples")
    return {str(path): int(sample_id) for path, sample_id in rows}


def test_objects_get_the_vectors_of_files(
    store: Store, sounds: Path, library: sqlclap.Library, tmp_path: Path, fake_bundle: Path
) -> None:
    address = store.put_folder(sounds, "kit")
    store.put("kit/notes.txt", b"no sound")
    store.put("kitten/other.wav", (sounds / "tones/tone-110.wav").read_bytes())
    report = library.ingest([address])
    assert (report.new, report.failed) == (6, [])
    with sqlclap.open(tmp_path / "files.db", model=str(fake_bundle)) as files:
        files.ingest([sounds])
        assert vectors(files) == vectors(library)
    best = library.similar(sounds / "tones/tone-220.wav", n=1)[0]
    assert str(best.file) == f"{address}/tones/tone-220.wav"


def test_objects_are_read_once_in_processes_too(
    store: Store, sounds: Path, library: sqlclap.Library, tmp_path: Path, fake_bundle: Path
) -> None:
    address = store.put_folder(sounds, "kit")
    store.read()
    report = library.ingest([address], sqlclap.IngestOptions(processes=True, threads=2))
    assert (report.new, report.failed, len(store.read())) == (6, [], 6)
    with sqlclap.open(tmp_path / "files.db", model=str(fake_bundle)) as files:
        files.ingest([sounds])
        ours, theirs = vectors(library), vectors(files)
    assert ours.keys() == theirs.keys()
    for name, vector in ours.items():
        found, expected = (np.frombuffer(one, np.float32) for one in (vector, theirs[name]))
        np.testing.assert_allclose(found, expected, atol=1e-6, err_msg=name)
    described = "SELECT count(*) FROM sound_descriptions"
    assert library.connection.execute(described).get == 6


def test_what_is_unchanged_is_not_read_and_what_changed_is(
    store: Store, sounds: Path, library: sqlclap.Library
) -> None:
    address = store.put_folder(sounds, "kit")
    library.ingest([address])
    assert len(store.read()) == 6

    report = library.ingest()
    assert (report.unchanged, store.read()) == (6, [])

    # Of the same size, and within the same second: its ETag alone tells.
    old = (sounds / "tones/tone-110.wav").read_bytes()
    store.put("kit/tones/tone-110.wav", old[:-2] + b"\0\1")
    report = library.ingest()
    assert (report.changed, report.unchanged) == (1, 5)
    assert [path for path, _ in store.read()] == ["/sounds/kit/tones/tone-110.wav"]


def test_objects_that_move_keep_their_ids_and_those_that_go_are_missing(
    store: Store, sounds: Path, library: sqlclap.Library
) -> None:
    address = store.put_folder(sounds, "kit")
    library.ingest([address])
    before = ids(library)
    store.put("kit/high.wav", (sounds / "tones/tone-440.wav").read_bytes())
    store.remove("kit/tones/tone-440.wav")
    store.remove("kit/tones/tone-880.wav")
    report = library.ingest()
    assert (report.moved, report.missing, report.new) == (1, 1, 0)
    assert ids(library)["high.wav"] == before["tones/tone-440.wav"]
    assert library.ingest(options=sqlclap.IngestOptions(prune=True)).pruned == 1


def test_a_bad_object_stops_nothing_and_is_recorded(
    store: Store, sounds: Path, library: sqlclap.Library
) -> None:
    address = store.put_folder(sounds, "kit")
    store.put("kit/broken.wav", b"no sound at all")
    report = library.ingest([address])
    assert (report.new, [file.stage for file in report.failed]) == (6, ["decode"])
    assert report.failed[0].path == f"{address}/broken.wav"
    assert library.ingest().failed_before == 1


def test_one_that_is_gone_when_it_is_to_be_read_stops_nothing(
    store: Store, sounds: Path, library: sqlclap.Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = store.put_folder(sounds, "kit")
    whole = ObjectRanges.fetch

    def gone(ranges: ObjectRanges, start: int, stop: int) -> bytes:
        if ranges.address.endswith("tone-110.wav"):
            store.remove("kit/tones/tone-110.wav")
        return whole(ranges, start, stop)

    monkeypatch.setattr(ObjectRanges, "fetch", gone)
    report = library.ingest([address])
    assert (report.new, [file.reason for file in report.failed]) == (5, ["it is not there"])
    assert library.ingest().unchanged == 5


def test_single_objects_and_trees_belong_as_files_do(
    store: Store, sounds: Path, library: sqlclap.Library
) -> None:
    address = store.put_folder(sounds, "kit")
    assert library.ingest([f"{address}/tones/tone-110.wav"]).new == 1
    assert library.ingest().unchanged == 1  # no other object of the folder
    assert library.ingest([f"{address}/noises/"]).new == 2
    report = library.ingest([address], sqlclap.IngestOptions(exclude=("tone-2*",)))
    assert (report.new, report.unchanged, report.excluded) == (2, 3, 1)
    roots = {source.root: source.kind for source in library.sources.list()}
    assert roots == {address: "tree", f"{address}/noises": "tree", f"{address}/tones": "files"}
    assert library.sources.remove(address) == 2


def test_metadata_and_names_are_read_while_the_copy_is_here(
    store: Store, sounds: Path, library: sqlclap.Library
) -> None:
    sound = (sounds / "tones/tone-110.wav").read_bytes()
    address = store.put("rec/Kick_120bpm_20240601_053000.wav", sound).rpartition("/")[0]
    store.put("rec/plain.wav", (sounds / "tones/tone-220.wav").read_bytes())
    library.ingest([address])
    rows = library.connection.execute(
        "SELECT s.path, d.name, d.tempo, t.started_at FROM samples AS s"
        " JOIN sound_descriptions AS d USING (sample_id)"
        " JOIN recording_times AS t USING (sample_id)"
        " ORDER BY s.path"
    ).fetchall()
    assert rows[0][2:] == (120.0, "2024-06-01T05:30:00")
    assert rows[1][3] is None  # when it was uploaded says nothing
    store.read()
    library.ingest()
    assert store.read() == []


def test_it_goes_on_where_it_was_stopped(
    store: Store, sounds: Path, library: sqlclap.Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = store.put_folder(sounds, "kit")
    whole, calls = ObjectRanges.fetch, []

    def stopped(ranges: ObjectRanges, start: int, stop: int) -> bytes:
        calls.append(start)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return whole(ranges, start, stop)

    monkeypatch.setattr(ObjectRanges, "fetch", stopped)
    options = sqlclap.IngestOptions(threads=1, commit_every_s=0)
    assert library.ingest([address], options).interrupted
    monkeypatch.undo()
    report = library.ingest(options=options)
    held = library.connection.execute("SELECT count(*), count(DISTINCT path) FROM samples")
    assert held.fetchall() == [(6, 6)]
    assert report.new + report.unchanged == 6


def test_no_secret_is_stored_or_told(store: Store, sounds: Path, library: sqlclap.Library) -> None:
    address = store.put_folder(sounds, "kit")
    library.ingest([address])
    library.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert SECRET.encode() not in library.path.read_bytes()
    for told in (f"sent {SECRET}", "GET https://me:hidden@host/a?X-Amz-Signature=hidden failed"):
        assert "hidden" not in reason_of(ValueError(told))
        assert SECRET not in reason_of(ValueError(told))
    for typed in (
        "s3://KEY:hidden@sounds/kit", "https://me:hidden@host/kit", "https://host/a.wav?sig=hidden",
    ):  # fmt: skip
        with pytest.raises(IngestError) as refused:
            library.ingest([typed])
        assert "hidden" not in str(refused.value)
    assert len(library.sources.list()) == 1


@pytest.mark.parametrize("typed", ["s3://", "file:///etc", "local://x", "ssh://host/x"])
def test_other_addresses_are_refused(typed: str, library: sqlclap.Library) -> None:
    with pytest.raises(IngestError, match=r"expected"):
        library.ingest([typed])


def test_nothing_there_changes_nothing(store: Store, library: sqlclap.Library) -> None:
    for typed in (f"s3://{'no-such-bucket'}/kit", "s3://sounds/nothing", "s3://sounds/no.wav"):
        with pytest.raises(StorageError):
            library.ingest([typed])
    assert list(library.sources.list()) == []


def test_a_store_that_is_away_leaves_its_sounds(
    store: Store, sounds: Path, library: sqlclap.Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.ingest([store.put_folder(sounds, "kit")])
    store.system.rm("sounds/kit", recursive=True)
    with pytest.raises(IngestError, match="is empty"):
        library.ingest(options=sqlclap.IngestOptions(prune=True))
    store.system.rmdir("sounds")
    with pytest.raises(StorageError):
        library.ingest()
    assert library.info().counts["samples"] == 6


def test_it_is_told_what_is_not_played(
    store: Store, sounds: Path, library: sqlclap.Library
) -> None:
    from click.testing import CliRunner

    from sqlclap.cli import main

    library.ingest([store.put_folder(sounds, "kit")])
    for command in ("play", "open", "reveal"):
        result = CliRunner().invoke(main, [command, str(library.path), "1"])
        assert result.exit_code == 1
        assert "is in object storage" in result.output
    listed = CliRunner().invoke(main, ["sources", "list", str(library.path), "--json"])
    rows = json.loads(listed.output)
    assert [(row["root"], row["is_there"]) for row in rows] == [("s3://sounds/kit", True)]


def test_vectors_are_unit(store: Store, sounds: Path, library: sqlclap.Library) -> None:
    library.ingest([store.put_folder(sounds, "kit")])
    assert all(
        abs(float(np.linalg.norm(np.frombuffer(one, np.float32))) - 1) < 1e-3
        for one in vectors(library).values()
    )
