"""Lists of sounds over HTTP: chosen columns, orders, and what is given out of them."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import soundfile
import sqlite_vec
from datasette.utils.sqlite import sqlite3

from sqlclap.db import samples
from sqlclap.db.database import Database
from sqlclap.search import sorting
from tests.page.visiting import Site, config_of

IDS = [5, 2, 12, 9]


def files_of(library: Path) -> dict[int, Path]:
    """Return where sounds lie, by id."""
    sql = "SELECT sample_id, root, path FROM samples JOIN sources USING (source_id)"
    connection = sqlite3.connect(library)
    found = {one: Path(root, path) for one, root, path in connection.execute(sql)}
    connection.close()
    return found


def test_rows_come_with_the_columns_that_are_asked_for(site: Site) -> None:
    body = {"sample_ids": IDS, "columns": ["duration_s", "path", "tempo", "path_bytes"]}
    answer = site.anyone.post("api/samples", body).json()
    assert answer["columns"]["path"] == [row["path"] for row in answer["samples"]]
    assert answer["columns"]["duration_s"] == [row["duration_s"] for row in answer["samples"]]
    assert answer["columns"]["path_bytes"] == [None] * 4
    for wrong in (["no_such"], ["path; DROP TABLE samples"], "path", [1]):
        answer = site.anyone.post("api/samples", body | {"columns": wrong})
        assert answer.status_code == 400, wrong


def test_rows_and_columns_are_of_one_state(
    site: Site, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = samples.list_samples

    def and_one_goes(database: Database, ids: Sequence[int]) -> list[samples.ListedSample]:
        rows = read(database, ids)
        with sqlite3.connect(library) as other:
            other.enable_load_extension(True)
            sqlite_vec.load(other)
            other.execute("DELETE FROM samples WHERE sample_id = 5")
        other.close()
        return rows

    monkeypatch.setattr(samples, "list_samples", and_one_goes)
    body = {"sample_ids": IDS, "columns": ["path"]}
    answer = site.anyone.post("api/samples", body).json()
    assert answer["columns"]["path"] == [row["path"] for row in answer["samples"]]
    assert len(answer["samples"]) == len(IDS)
    assert len(site.anyone.post("api/samples", body).json()["samples"]) == len(IDS) - 1


@pytest.mark.parametrize("many", [1, 100_000])
def test_ids_are_put_in_order_by_any_column(
    site: Site, library: Path, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr(sorting, "MANY", many)

    def order(**body: object) -> list[int]:
        found: list[int] = site.anyone.post("api/samples/order", body).json()["sample_ids"]
        return found

    paths = {one: file.as_posix() for one, file in files_of(library).items()}
    assert order(sort="path", sample_ids=IDS) == sorted(IDS, key=paths.__getitem__)
    assert order(sort="path:desc") == sorted(paths, key=paths.__getitem__, reverse=True)
    assert order(sort="channels:desc", sample_ids=IDS) == sorted(IDS)  # all are alike
    assert order(sort="duration_s", sample_ids=[*IDS, 10**6]) == order(
        sort="duration_s", sample_ids=IDS
    )
    for wrong in ("no_such", "path:down", "score", ""):
        assert site.anyone.post("api/samples/order", {"sort": wrong}).status_code == 400


def test_the_local_user_gets_paths_and_a_playlist_of_files(site: Site, library: Path) -> None:
    files = files_of(library)
    given = site.local.post("api/export", {"format": "paths", "sample_ids": IDS})
    assert given.text.splitlines() == [str(files[one]) for one in IDS]
    given = site.local.get("api/export?format=m3u8&sample_ids=5,2")
    assert given.headers["content-disposition"] == 'attachment; filename="sounds.m3u8"'
    assert given.text.splitlines()[2::2] == [str(files[one]) for one in (5, 2)]
    (row,) = csv.DictReader(io.StringIO(site.local.get("api/export?format=csv&sample_ids=5").text))
    assert row["file"] == str(files[5])
    assert config_of(site.local.get("map").text)["seesPaths"] is True


def test_others_get_addresses_and_never_learn_where_files_lie(
    site: Site, library: Path, open_site: Callable[..., Site]
) -> None:
    folder = str(files_of(library)[5].parent)
    body = {"format": "paths", "sample_ids": [5]}
    remote = {"host": "sounds.example"}
    for visitor, headers in ((site.anyone, {}), (site.local, remote)):
        refused = visitor.post("api/export", body, **headers)
        assert refused.status_code == 403
        assert folder not in refused.text
        for kind in ("csv", "m3u8"):
            given = visitor.post("api/export", body | {"format": kind}, **headers)
            assert given.status_code == 200
            assert folder not in given.text
    playlist = site.anyone.get("api/export?format=m3u8&sample_ids=5").text.splitlines()
    assert playlist[2].endswith("/-/sqlclap/sounds/sample/5/audio")
    assert site.anyone.get(playlist[2].partition("localhost")[2]).status_code == 200
    assert config_of(site.anyone.get("map").text)["seesPaths"] is False
    hidden = open_site(library, hidden_table="samples")
    assert hidden.anyone.get("api/export?format=zip&sample_ids=5").status_code == 403


def test_an_archive_holds_the_files_and_says_what_it_lacks(
    library: Path, open_site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    files = files_of(library)
    connection = sqlite3.connect(library)
    with connection:  # one that leads elsewhere, and one that is gone
        connection.execute("UPDATE samples SET path = '../away.wav' WHERE sample_id = 9")
        connection.execute("UPDATE samples SET path = 'tones/gone.wav' WHERE sample_id = 12")
    connection.close()
    site = open_site(library)
    given = site.anyone.post("api/export", {"format": "zip", "sample_ids": IDS})
    assert given.headers["content-type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(given.content))
    assert archive.testzip() is None
    assert [*archive.namelist()] == [files[5].name, files[2].name, "left out.txt"]
    assert archive.read(files[5].name) == files[5].read_bytes()
    left_out = archive.read("left out.txt").decode()
    assert "tones/gone.wav: the file is gone" in left_out
    assert "away.wav: ../away.wav leads out of its folder" in left_out
    monkeypatch.setattr("datasette_sqlclap.exports_api.LARGEST_ZIP", 1000)
    refused = site.anyone.get("api/export?format=zip&sample_ids=5,2")
    assert refused.status_code == 413
    assert "take fewer" in refused.json()["error"]


def test_wrong_exports_are_refused(site: Site) -> None:
    for query in ("", "format=exe&sample_ids=1", "format=csv&sample_ids=1,x", "format=csv"):
        assert site.anyone.get(f"api/export?{query}").status_code == 400, query
    long = "1," * 10_000 + "1"
    assert site.anyone.get(f"api/export?format=csv&sample_ids={long}").status_code == 400
    gone = site.anyone.post("api/export", {"format": "csv", "sample_ids": [12345]})
    assert gone.status_code == 404


def test_stretches_are_given_out_as_playlist_and_tables(site: Site, library: Path) -> None:
    files = files_of(library)
    spans = [
        {"sample_id": 5, "start_s": 0.1, "end_s": 0.25, "score": 0.75},
        {"sample_id": 2, "start_s": 0, "end_s": 0.2},
    ]
    body = {"spans": spans, "label": "ring"}
    lists = site.local.post("api/export", body | {"format": "m3u8"}).text.splitlines()
    assert lists[2:5] == [
        "#EXTVLCOPT:start-time=0.100", "#EXTVLCOPT:stop-time=0.250", str(files[5]),
    ]  # fmt: skip
    table = site.anyone.post("api/export", body | {"format": "csv"})
    assert table.headers["content-disposition"] == 'attachment; filename="moments.csv"'
    first, second = csv.DictReader(io.StringIO(table.text))
    assert (first["start_s"], first["end_s"], first["confidence"]) == ("0.1", "0.25", "0.75")
    assert (first["label"], second["confidence"]) == ("ring", "")
    raven = site.local.post("api/export", body | {"format": "raven"})
    assert raven.text.startswith("Selection\t")
    assert str(files[5]) in raven.text
    folder = str(files[5].parent.parent)
    for name in ("raven", "m3u8", "csv", "kaleidoscope"):
        assert folder not in site.anyone.post("api/export", body | {"format": name}).text


def test_stretches_are_cut_out_as_they_were_recorded(
    library: Path, open_site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    files = files_of(library)
    connection = sqlite3.connect(library)
    with connection:
        connection.execute("UPDATE samples SET path = 'tones/gone.wav' WHERE sample_id = 12")
        connection.execute("UPDATE samples SET path = '../away.wav' WHERE sample_id = 9")
    connection.close()
    site = open_site(library)
    flac = next(one for one, file in files.items() if file.name == "long.flac")
    spans = [
        {"sample_id": flac, "start_s": 0.5, "end_s": 0.75, "score": 0.75},
        {"sample_id": 12, "start_s": 0, "end_s": 0.1},
        {"sample_id": 9, "start_s": 0, "end_s": 0.1},
        {"sample_id": flac, "start_s": 1.9, "end_s": 2.5},
        {"sample_id": 2, "start_s": 0, "end_s": 0.2},
    ]
    body = {"format": "clips", "spans": spans, "label": "ring: low"}
    given = site.anyone.post("api/export", body)
    assert given.headers["content-type"] == "application/zip"
    assert given.headers["content-disposition"] == 'attachment; filename="clips.zip"'
    archive = zipfile.ZipFile(io.BytesIO(given.content))
    assert archive.testzip() is None
    *clips, table, left_out = archive.namelist()
    assert clips == [
        f"ring_low/long_{flac}_0.500-0.750.wav",
        f"ring_low/long_{flac}_1.900-2.000.wav",
        f"ring_low/{files[2].stem}_2_0.000-0.200.wav",
    ]
    whole, rate = soundfile.read(files[flac], dtype="int16")
    cut, cut_rate = soundfile.read(io.BytesIO(archive.read(clips[0])), dtype="int16")
    assert cut_rate == rate
    assert cut.tolist() == whole[round(0.5 * rate) : round(0.75 * rate)].tolist()
    first, *_ = csv.DictReader(io.StringIO(archive.read(table).decode()))
    assert (first["clip"], first["recording"], first["score"]) == (
        *(clips[0], "noises/long.flac", "0.75"),
    )
    assert "tones/gone.wav: the file is gone" in archive.read(left_out).decode()
    assert "leads out of its folder" in archive.read(left_out).decode()
    monkeypatch.setattr("datasette_sqlclap.clip_stream.LARGEST_CLIPS", 1000)
    assert site.anyone.post("api/export", body).status_code == 413
    monkeypatch.setattr("datasette_sqlclap.clip_stream.MOST_CLIPS", 1)
    assert "at most 1 clips" in site.anyone.post("api/export", body).json()["error"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"format": "zip", "spans": [{"sample_id": 5, "start_s": 0, "end_s": 1}]}, "a format of"),
        ({"format": "csv", "spans": []}, "1 to 10,000"),
        ({"format": "csv", "spans": [5]}, "expected spans of"),
        ({"format": "csv", "spans": [{"sample_id": 5, "path": "/etc"}]}, "expected spans of"),
        ({"format": "csv", "spans": [{"sample_id": 5}]}, "start_s and end_s"),
        ({"format": "csv", "spans": [{"sample_id": 5, "start_s": 9, "end_s": 10}]}, "behind"),
        ({"format": "csv", "sample_ids": [5], "label": "x"}, "expected spans beside it"),
        (
            {"format": "csv", "sample_ids": [5], "spans": [{"sample_id": 5}]},
            "sample_ids or spans, got both",
        ),
    ],
)
def test_wrong_stretches_are_refused(site: Site, body: dict[str, object], says: str) -> None:
    refused = site.anyone.post("api/export", body)
    assert refused.status_code == 400
    assert says in refused.json()["error"]


def test_a_stretch_of_no_sound_is_not_found(site: Site) -> None:
    spans = [{"sample_id": 999, "start_s": 0, "end_s": 1}]
    refused = site.anyone.post("api/export", {"format": "csv", "spans": spans})
    assert refused.status_code == 404
