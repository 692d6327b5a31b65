"""Google's and Azure's object storage: emulators of their protocols, asked by their own packages.

`make test-stores` runs it, in an environment of its own: their packages want other versions than
those of S3.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import sqlclap
from sqlclap.errors import IngestError, StorageError
from sqlclap.storage import passing
from sqlclap.storage.ranges import ObjectRanges
from sqlclap.storage.systems import without_secrets
from tests.support.object_store import BUCKET, Store
from tests.support.sounds import noise, tone, write_sound

AZURITE_NAME = "devstoreaccount1"
AZURITE_KEY = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)
"""Of every Azurite; it is in its documentation, and opens nothing else."""


@contextmanager
def google_store(patch: pytest.MonkeyPatch) -> Iterator[Store]:
    """Serve an empty bucket of Google's."""
    from gcp_storage_emulator.server import create_server

    # Its package would ask Google itself what kind of bucket this is.
    patch.setenv("GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT", "false")
    server = create_server("127.0.0.1", 0, in_memory=True, default_bucket=BUCKET)
    server.start()
    try:
        port = server._api._httpd.server_address[1]
        patch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{port}")
        patch.setenv("FSSPEC_GS_TOKEN", "anon")
        import gcsfs

        gcsfs.GCSFileSystem.clear_instance_cache()
        yield Store(gcsfs.GCSFileSystem(token="anon", use_listings_cache=False), "gs")
    finally:
        server.stop()


@contextmanager
def azure_store(patch: pytest.MonkeyPatch) -> Iterator[Store]:
    """Serve an empty container of Azure's."""
    command = ["azurite-blob", "--blobPort", "0", "--inMemoryPersistence"]
    command += ["--skipApiVersionCheck", "--disableTelemetry"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        port = next(filter(None, (re.search(r"listen.*:(\d+)", x) for x in process.stdout)))[1]
        address = f"http://127.0.0.1:{port}/{AZURITE_NAME}"
        connection = (
            f"DefaultEndpointsProtocol=http;AccountName={AZURITE_NAME};AccountKey={AZURITE_KEY};"
            f"BlobEndpoint={address};"
        )
        patch.setenv("AZURE_STORAGE_CONNECTION_STRING", connection)
        import adlfs

        adlfs.AzureBlobFileSystem.clear_instance_cache()
        system = adlfs.AzureBlobFileSystem(connection_string=connection, use_listings_cache=False)
        system.mkdir(BUCKET)
        yield Store(system, "az")
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()


@pytest.fixture(params=["gs", "az"])
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    if request.param == "gs":
        with google_store(monkeypatch) as served:
            yield served
    else:
        with azure_store(monkeypatch) as served:
            yield served


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """What is fetched: addresses and bytes."""
    asked: list[tuple[str, int]] = []
    fetch = ObjectRanges.fetch

    def counted(ranges: ObjectRanges, start: int, stop: int) -> bytes:
        block = fetch(ranges, start, stop)
        asked.append((ranges.address, len(block)))
        return block

    monkeypatch.setattr(ObjectRanges, "fetch", counted)
    return asked


def vectors(library: sqlclap.Library, root: str) -> dict[str, bytes]:
    rows = library.connection.execute(
        "SELECT s.path, v.vector FROM samples AS s JOIN embeddings AS e USING (sample_id)"
        " JOIN vec_1 AS v USING (embedding_id) JOIN sources AS f USING (source_id)"
        " WHERE f.root LIKE ?",
        (root,),
    )
    return {str(path): bytes(vector) for path, vector in rows}


def ids(library: sqlclap.Library) -> dict[str, int]:
    rows = library.connection.execute("SELECT path, sample_id FROM samples")
    return {str(path): int(sample_id) for path, sample_id in rows}


def test_objects_get_the_vectors_of_files_and_each_byte_is_read_once(
    store: Store, read: list[tuple[str, int]], sounds: Path, library: sqlclap.Library
) -> None:
    address = store.put_folder(sounds, "kit")
    store.put("kit/notes.txt", b"no sound")
    store.put("kitten/other.wav", (sounds / "tones/tone-110.wav").read_bytes())
    report = library.ingest([address])
    assert (report.new, report.failed) == (6, [])
    library.ingest([sounds])
    of_objects, of_files = vectors(library, address), vectors(library, str(sounds))
    assert len(of_objects) == 6
    assert of_objects == of_files
    files_there = [one for one in sounds.rglob("*.*") if one.is_file()]
    sizes = {f"{address}/{one.relative_to(sounds)}": one.stat().st_size for one in files_there}
    fetched: dict[str, int] = {}
    for name, size in read:
        fetched[name] = fetched.get(name, 0) + size
    assert fetched == sizes


def test_what_is_unchanged_is_not_read_what_changed_is_and_what_moves_keeps_its_id(
    store: Store, read: list[tuple[str, int]], sounds: Path, library: sqlclap.Library
) -> None:
    address = store.put_folder(sounds, "kit")
    library.ingest([address])
    before, _ = ids(library), read.clear()
    report = library.ingest()
    assert (report.unchanged, read) == (6, [])
    old = (sounds / "tones/tone-110.wav").read_bytes()
    store.put("kit/tones/tone-110.wav", old[:-2] + b"\0\1")  # of the same size
    report = library.ingest()
    assert (report.changed, report.unchanged) == (1, 5)
    assert [name for name, _ in read] == [f"{address}/tones/tone-110.wav"]
    store.put("kit/high.wav", (sounds / "tones/tone-440.wav").read_bytes())
    store.remove("kit/tones/tone-440.wav")
    store.remove("kit/tones/tone-880.wav")
    report = library.ingest()
    assert (report.moved, report.missing, report.new) == (1, 1, 0)
    assert ids(library)["high.wav"] == before["tones/tone-440.wav"]


def test_a_large_object_is_fetched_in_ranges(
    store: Store, read: list[tuple[str, int]], library: sqlclap.Library, tmp_path: Path
) -> None:
    file = write_sound(tmp_path / "long.wav", noise(3, 110.0, 48_000), 48_000)
    size = file.stat().st_size
    assert size > passing.WHOLE_BYTES
    report = library.ingest([store.put("long/long.wav", file.read_bytes())])
    assert (report.new, report.failed) == (1, [])
    assert sum(count for _, count in read) == size
    assert max(count for _, count in read) < 2 * passing.BLOCK_BYTES


def test_an_object_named_by_itself_is_that_object_only(
    store: Store, library: sqlclap.Library, tmp_path: Path
) -> None:
    file = write_sound(tmp_path / "one.wav", tone(300))
    store.put("kit/other.wav", file.read_bytes())
    report = library.ingest([store.put("kit/one.wav", file.read_bytes())])
    assert report.new == 1


def test_what_is_not_there_is_told_without_secrets(store: Store, library: sqlclap.Library) -> None:
    with pytest.raises((IngestError, StorageError)) as caught:
        library.ingest([f"{store.protocol}://nowhere/kit"])
    told = str(caught.value)
    if store.protocol == "az":
        assert without_secrets(f"signed by {AZURITE_KEY}") == "signed by ..."
    assert "nowhere" in told
    assert AZURITE_KEY not in told
    secrets = [value for name, value in os.environ.items() if "CONNECTION_STRING" in name]
    assert not [one for one in secrets if one in told]


def test_a_file_that_breaks_off_stops_nothing(
    store: Store, library: sqlclap.Library, sounds: Path
) -> None:
    address = store.put_folder(sounds, "kit")
    store.put("kit/broken.wav", b"RIFF of nothing")
    report: Any = library.ingest([address])
    assert report.new == 6
    assert [str(one.path) for one in report.failed] == [f"{address}/broken.wav"]
