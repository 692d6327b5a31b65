"""Rows of another program's table: their sounds are found by their keys, and follow each change."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import sqlclap
from sqlclap.attach.detach import detach
from sqlclap.errors import AttachError, SqlclapError
from tests.attach.scenes import CLIPS, dump, keys, titles, write
from tests.page.visiting import Site
from tests.support.sounds import noise, tone, write_sound


def test_matches_have_the_keys_of_their_rows(attached: sqlclap.Library) -> None:
    found = attached.similar("sounds/tone 220.wav", n=3)
    assert {match.row_key for match in found} == {210, 540, 980}
    assert {match.more_rows for match in found} == {0}
    sample = attached.attachments.sample_of(320)
    assert sample is not None
    assert titles(attached)["tone 220"] == sample
    sqlclap.register_functions(attached.connection)
    get = attached.connection.execute("SELECT clap_row_key(?)", (sample,)).get
    assert get == 320


def test_label_matches_have_them_too(attached: sqlclap.Library) -> None:
    attached.labels.add("tone")
    attached.labels.add_anchors("tone", ["sounds/tone 110.wav"])
    assert {match.row_key for match in attached.labels.matches("tone")} == {320, 540, 980}


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_nothing_of_the_other_database_changes(
    clips: Path, fake_bundle: Path, journal: str
) -> None:
    with closing(sqlite3.connect(clips)) as plain:
        plain.execute(f"PRAGMA journal_mode = {journal}")
    files = {file.name for file in clips.parent.iterdir()}
    before, schema = clips.read_bytes(), dump(clips)
    beside = clips.with_name("clips.sqlclap.db")
    with sqlclap.open(beside, model=str(fake_bundle)) as library:
        library.attachments.add(replace(CLIPS, database=clips))
        library.ingest()
        library.search("tone")
    detach(beside)
    assert clips.read_bytes() == before
    assert {file.name for file in clips.parent.iterdir()} == files
    assert dump(clips) == schema


def test_new_changed_and_deleted_rows_are_followed(attached: sqlclap.Library, clips: Path) -> None:
    first = keys(attached)
    write_sound(clips.parent / "sounds" / "new.wav", noise(5))
    write(clips, "INSERT INTO clips (id, title, file_path) VALUES (1, 'new', 'sounds/new.wav')")
    write(clips, "UPDATE clips SET file_path = 'sounds/tone 110.wav' WHERE id = 540")
    write(clips, "DELETE FROM clips WHERE id = 980")
    write(clips, "UPDATE clips SET id = 2 WHERE id = 320")

    report = attached.ingest()

    (table,) = report.tables
    assert (table.rows, table.added, table.changed, table.removed) == (4, 2, 1, 2)
    assert (report.new, report.no_longer_named) == (1, 2)
    now = keys(attached)
    assert set(now) == {1, 2, 210, 540}
    assert now[2] == first[320]  # another key, the same sound
    assert now[540] == now[210] == first[210]
    assert attached.connection.execute("SELECT count(*) FROM samples").get == 3
    one = attached.similar("sounds/new.wav", n=5)
    assert {match.row_key: match.more_rows for match in one} == {210: 1, 2: 0}
    assert attached.ingest().tables[0].changed == 0


def test_rows_replaced_without_their_triggers_are_followed(
    attached: sqlclap.Library, clips: Path
) -> None:
    write(clips, "CREATE UNIQUE INDEX one_title ON clips (title)")
    write(
        clips,
        "INSERT OR REPLACE INTO clips (id, title, file_path) "
        "VALUES (3, 'tone 440', 'sounds/tone 440.wav')",
    )
    attached.ingest()
    assert set(keys(attached)) == {3, 210, 320, 980}


def test_a_file_and_its_row_that_are_renamed_keep_the_sample_and_its_labels(
    attached: sqlclap.Library, clips: Path
) -> None:
    attached.labels.add("tone")
    attached.labels.add_anchors("tone", ["sounds/tone 110.wav"])
    sample = keys(attached)[210][0]
    (clips.parent / "sounds" / "tone 110.wav").rename(clips.parent / "sounds" / "low.wav")
    write(clips, "UPDATE clips SET file_path = 'sounds/low.wav' WHERE id = 210")

    report = attached.ingest()

    assert (report.moved, report.no_longer_named) == (1, 0)
    assert keys(attached)[210] == (sample, None)
    assert len(attached.labels.anchors("tone")) == 1


def test_a_file_that_is_gone_is_missing_and_comes_back(
    attached: sqlclap.Library, clips: Path
) -> None:
    sample = keys(attached)[210][0]
    file = clips.parent / "sounds" / "tone 110.wav"
    file.rename(clips.parent / "elsewhere")
    report = attached.ingest()
    assert (report.missing, [one.reason for one in report.failed]) == (1, ["no such file"])
    assert keys(attached)[210] == (sample, "no such file")
    (clips.parent / "elsewhere").rename(file)
    assert attached.ingest().restored == 1
    assert keys(attached)[210] == (sample, None)


def test_rows_without_a_sound_end_as_recorded_failures(
    attached: sqlclap.Library, clips: Path
) -> None:
    folder = clips.parent
    write_sound(folder / "sounds" / " spaces in it .wav", tone(300))
    broken = folder / "broken.wav"
    broken.write_bytes(b"RIFF but not really")
    name = "caf\udce9.wav"
    write_sound(folder / "plain.wav", tone(320)).rename(folder / name)
    put = "INSERT INTO clips (id, file_path) VALUES (?, ?)"
    raw = "INSERT INTO clips (id, file_path) VALUES (?, CAST(? AS TEXT))"
    given: dict[int, object] = {
        1: None,
        2: "",
        3: "sounds/not there.wav",
        4: "/etc/hostname",
        5: "../outside.wav",
        6: 17,
        7: "sounds",
        8: "https://example.org/a.wav",
        9: "nul\0.wav",
        10: "broken.wav",
        11: "sounds/ spaces in it .wav",
        12: "sounds/tone 110.wav",
    }
    for key, value in given.items():
        write(clips, put, key, value)
    write(clips, raw, 13, b"caf\xe9.wav")
    write(clips, raw, 14, b"not there \xff.wav")

    report = attached.ingest()

    problems = {key: why for key, (_, why) in keys(attached).items() if why}
    assert set(problems) == {1, 2, 3, 4, 5, 7, 8, 9, 10, 14, 6}
    for key, said in (
        (1, "NULL"), (2, "empty"), (3, "no such file"), (4, "outside"), (5, "outside"),
        (6, "no such file"), (7, "folder"), (8, "--urls"), (10, "decode"), (14, "no such file"),
    ):  # fmt: skip
        assert said in problems[key]
    assert keys(attached)[13][0] is not None  # not UTF-8, and there
    assert keys(attached)[11][0] is not None
    assert keys(attached)[12][0] == keys(attached)[210][0]
    assert len(report.failed) == len(problems)
    assert len(attached.failures()) == len(problems)
    again = attached.ingest()
    assert (again.failed, again.failed_before) == ([], len(problems))


def test_a_view_needs_a_key(attached: sqlclap.Library, clips: Path) -> None:
    view = replace(CLIPS, database=clips, table="low")
    with pytest.raises(AttachError, match="--key"):
        attached.attachments.add(view)
    report = attached.attachments.add(replace(view, key="id"))
    assert report.rows == 2
    assert attached.ingest().new == 0  # the same files
    assert len(attached.attachments.list()) == 2
    attached.attachments.remove("low")
    assert set(keys(attached)) == {210, 320, 540, 980}
    assert attached.connection.execute("SELECT count(*) FROM samples").get == 4


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"table": "clip"}, "has no table 'clip'; it has: clips"),
        ({"path": "file"}, "has no column file: expected some of id"),
        ({"key": "pack"}, "doesn't tell its rows apart"),
        ({"path": None}, "--path or --blob"),
        ({"table": 'x"; DROP TABLE clips; --'}, "has no table"),
        ({"database": Path("/nowhere/clips.db")}, "is not there"),
    ],
)
def test_what_cannot_be_attached_is_told_and_leaves_nothing(
    clips: Path, library: sqlclap.Library, change: dict[str, Any], said: str
) -> None:
    before = dump(clips)
    with pytest.raises(SqlclapError, match=said):
        library.attachments.add(replace(CLIPS, **({"database": clips} | change)))
    assert library.attachments.list() == []
    assert library.sources.list() == []
    assert dump(clips) == before


def test_a_table_that_goes_is_told_and_nothing_is_lost(
    attached: sqlclap.Library, clips: Path
) -> None:
    write(clips, "ALTER TABLE clips RENAME TO tracks")
    with pytest.raises(AttachError, match="has no table 'clips'"):
        attached.ingest()
    assert attached.connection.execute("SELECT count(*) FROM samples").get == 4
    write(clips, "ALTER TABLE tracks RENAME TO clips")
    assert attached.ingest().unchanged == 4


def test_a_file_named_by_itself_is_refused_where_rows_say_which(
    attached: sqlclap.Library, clips: Path
) -> None:
    other = write_sound(clips.parent / "other.wav", tone(700))
    with pytest.raises(AttachError, match="add a row"):
        attached.ingest([other])
    with pytest.raises(AttachError, match="detach"):
        attached.sources.remove(clips.parent)


def test_a_database_in_utf_16(tmp_path: Path, library: sqlclap.Library) -> None:
    path = tmp_path / "wide.db"
    write_sound(tmp_path / "é.wav", tone(200))
    plain = sqlite3.connect(path)
    plain.execute("PRAGMA encoding = 'UTF-16le'")
    plain.execute("CREATE TABLE clips (name TEXT PRIMARY KEY, file_path TEXT)")
    plain.execute("INSERT INTO clips VALUES ('ö', 'é.wav')")
    plain.commit()
    plain.close()
    assert library.attachments.add(replace(CLIPS, database=path)).with_problem == 0
    library.ingest()
    assert keys(library) == {"ö": (1, None)}


def test_the_folder_that_moves_with_its_database(
    attached: sqlclap.Library, clips: Path, fake_bundle: Path
) -> None:
    attached.close()
    moved = clips.parent.parent / f"{clips.parent.name}-moved"
    clips.parent.rename(moved)
    with sqlclap.open(moved / "clips.db", model=str(fake_bundle)) as library:
        library.sources.relocate(clips.parent, moved)
        report = library.ingest()
        assert (report.unchanged, report.failed) == (4, [])
        assert {match.row_key for match in library.search("tone")} == {210, 320, 540, 980}


def test_the_page_tells_the_same_keys(attached: sqlclap.Library) -> None:
    site = Site(attached.path)
    try:
        visitor = site.visitor({"id": "root"}, "clips~2Esqlclap")  # as Datasette writes a dot
        told = visitor.json("api/similar", sample=1)["matches"]
    finally:
        site.close()
    expected = [(match.sample_id, match.row_key) for match in attached.similar(1, n=len(told))]
    assert [(row["sample_id"], row["row_key"]) for row in told] == expected


def test_names_in_other_capitals_are_the_same_table(attached: sqlclap.Library, clips: Path) -> None:
    write(clips, 'ALTER TABLE clips ADD COLUMN "Écoute" TEXT')
    again = replace(CLIPS, database=clips, table="Clips", path="FILE_PATH")
    with pytest.raises(AttachError, match="attached already"):
        attached.attachments.add(again)
    with pytest.raises(AttachError, match="expected some of id, title, file_path, pack, Écoute"):
        attached.attachments.add(replace(again, path="nowhere"))
    attached.attachments.remove("CLIPS")
    write(clips, 'UPDATE clips SET "Écoute" = file_path')
    attached.attachments.add(replace(again, path="Écoute", key="ID"))
    table = attached.attachments.list()[0].table
    assert (table.table, table.key, table.path) == ("clips", "id", "Écoute")


def test_a_folder_whose_files_rows_name_is_no_source_of_its_own(
    attached: sqlclap.Library, clips: Path
) -> None:
    write_sound(clips.parent / "others" / "free.wav", noise(3))
    for folder in (clips.parent, clips.parent / "sounds"):
        with pytest.raises(AttachError, match="the rows of clips say which files of this folder"):
            attached.ingest([folder])
    assert attached.ingest([clips.parent / "others"]).new == 1
    assert attached.connection.execute("SELECT count(*) FROM samples").get == 5
