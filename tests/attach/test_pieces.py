"""BLOBs, spans and addresses become sounds of their own, each with its row's key."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

import sqlclap
from sqlclap.attach.attachment import AttachedTable, pieces_folder
from sqlclap.storage import fetching
from tests.attach.scenes import keys, write
from tests.support.sounds import noise, tone, write_sound


def table(path: Path, columns: str, rows: list[tuple[object, ...]]) -> Path:
    with closing(sqlite3.connect(path)) as plain, plain:
        plain.execute(f"CREATE TABLE sounds (id INTEGER PRIMARY KEY, {columns})")
        marks = ", ".join("?" * len(rows[0]))
        plain.executemany(f"INSERT INTO sounds VALUES ({marks})", rows)  # noqa: S608
    return path


def files(library: sqlclap.Library) -> list[Path]:
    return sorted(pieces_folder(library.path).glob("*/*/*"))


@pytest.fixture
def blobs(tmp_path: Path, library: sqlclap.Library) -> Path:
    """A table of four BLOBs, of which two are no sound, attached."""
    wav = [write_sound(tmp_path / f"{hz}.wav", tone(hz)).read_bytes() for hz in (110, 220)]
    rows: list[tuple[object, ...]] = [(1, wav[0]), (2, wav[1]), (3, None), (4, b"no sound")]
    path = table(tmp_path / "blobs.db", "data BLOB", rows)
    library.attachments.add(AttachedTable(path, "sounds", "", blob="data"))
    return path


def test_blobs_are_taken_in_and_followed(
    blobs: Path, library: sqlclap.Library, tmp_path: Path
) -> None:
    library.ingest()
    known = keys(library)
    assert {key for key, (sample, _) in known.items() if sample} == {1, 2}
    assert known[3] == (None, "data is NULL")
    assert str(known[4][1]).startswith("decode")
    first = files(library)
    assert len(first) == 3

    write(blobs, "UPDATE sounds SET data = ? WHERE id = 1", (tmp_path / "220.wav").read_bytes())
    write(blobs, "DELETE FROM sounds WHERE id = 4")
    report = library.ingest()

    assert (report.tables[0].changed, report.tables[0].removed) == (1, 1)
    assert len(files(library)) == 2
    assert len(library.similar(tmp_path / "110.wav", n=5)) == 2
    assert len({*files(library)} & {*first}) == 1  # what didn't change was not written again


def test_pieces_that_are_gone_are_made_again(blobs: Path, library: sqlclap.Library) -> None:
    library.ingest()
    before = keys(library)
    for file in files(library):
        file.unlink()
    report = library.ingest()
    assert (keys(library), report.new, report.missing) == (before, 0, 0)


def test_rows_with_start_and_end_are_sounds_of_their_own(
    tmp_path: Path, library: sqlclap.Library
) -> None:
    parts = [tone(200, 1.0), noise(1, 1.0), tone(900, 1.0)]
    write_sound(tmp_path / "dawn.wav", np.concatenate(parts))
    alone = [write_sound(tmp_path / f"{n}.wav", one) for n, one in enumerate(parts)]
    rows: list[tuple[object, ...]] = [
        (1, "dawn.wav", 0, 1), (2, "dawn.wav", 1.0, 2.0), (3, "dawn.wav", 2, None),
        (4, "dawn.wav", None, None), (5, "dawn.wav", 9, 10), (6, "dawn.wav", 2, 1),
        (7, "dawn.wav", "soon", 1), (8, "gone.wav", 0, 1),
    ]  # fmt: skip
    path = table(tmp_path / "calls.db", "wav TEXT, a, b", rows)
    calls = AttachedTable(path, "sounds", "", path="wav", start="a", end="b")
    report = library.attachments.add(calls)
    assert report.with_problem == 4
    library.ingest()

    for key, sound in enumerate(alone, start=1):
        best = library.similar(sound, n=1)[0]
        assert (best.row_key, round(best.score, 4)) == (key, 1.0)
    assert keys(library)[4][0] is not None  # the whole recording
    assert "behind the end" in str(keys(library)[5][1])
    rows_of_spans = library.connection.execute(
        "SELECT row_key, start_s, end_s FROM attached_sounds WHERE row_key <= 4 ORDER BY row_key"
    ).fetchall()
    assert rows_of_spans == [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 2.0, None), (4, None, None)]

    write(path, "UPDATE sounds SET b = 1.5 WHERE id = 1")
    assert library.ingest().tables[0].changed == 1
    assert library.similar(alone[1], n=1)[0].row_key == 2


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """A web server of a folder."""
    folder = tmp_path / "web"
    write_sound(folder / "tone.wav", tone(300))

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as served:
        thread = threading.Thread(target=served.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{served.server_port}"
        served.shutdown()
        thread.join()


def test_addresses_are_fetched_when_asked_for(
    server: str, tmp_path: Path, library: sqlclap.Library
) -> None:
    pytest.importorskip("aiohttp")
    rows: list[tuple[object, ...]] = [
        (1, f"{server}/tone.wav"), (2, f"{server}/none.wav"), (3, "file:///etc/hostname"),
    ]  # fmt: skip
    path = table(tmp_path / "web.db", "url TEXT", rows)
    library.attachments.add(AttachedTable(path, "sounds", "", path="url", urls=True))
    library.ingest()
    known = keys(library)
    assert known[1][0] is not None
    assert known[2][0] is None
    assert known[2][1]
    assert "are not fetched" in str(known[3][1])


def test_a_download_that_is_too_large_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: sqlclap.Library
) -> None:
    import fsspec

    with fsspec.open("memory://large.wav", "wb") as file:
        file.write(bytes(100))
    monkeypatch.setattr(fetching, "LARGEST_BYTES", 50)
    path = table(tmp_path / "web.db", "url TEXT", [(1, "memory://large.wav")])
    report = library.attachments.add(AttachedTable(path, "sounds", "", path="url", urls=True))
    assert list(report.problems) == ["is larger than 0 GiB"]
    assert files(library) == []
