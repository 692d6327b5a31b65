"""Rows that change before the library has looked again: no answer names them in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

import sqlclap
from sqlclap.attach.joining import attach_databases
from sqlclap.doctor import examine
from tests.attach.scenes import write
from tests.cli.running import run, succeed
from tests.page.visiting import Site
from tests.support.sounds import tone, write_sound

REMARK = "clips.db was written to since its rows (clips) were looked at"
CHANGES = {
    "deleted": "DELETE FROM clips WHERE id = 210",
    "names another sound": "UPDATE clips SET file_path = 'sounds/tone 220.wav' WHERE id = 210",
    "added": "INSERT INTO clips (id, title, file_path) VALUES (1, 'new', 'sounds/new.wav')",
}


def row_keys(library: sqlclap.Library) -> dict[str, object]:
    """Return the keys of the rows in an answer, by path."""
    return {match.path: match.row_key for match in library.search("tone")}


@pytest.mark.parametrize("change", CHANGES)
def test_an_answer_says_that_rows_may_have_changed(
    attached: sqlclap.Library, clips: Path, change: str
) -> None:
    assert attached.search("tone").plan.note is None
    write_sound(clips.parent / "sounds" / "new.wav", tone(1000))
    write(clips, CHANGES[change])
    attached.labels.add("low")
    attached.labels.add_anchors("low", [3])
    plans = [
        attached.search("tone").plan,
        attached.similar(1).plan,
        attached.labels.matches("low", with_anchors=True).plan,
        attached.search("tone", options=sqlclap.SearchOptions(moments=True)).plan,
    ]
    assert [str(plan.note).startswith(REMARK) for plan in plans] == [True] * 4
    assert str(clips.parent) not in str(plans[0].note)
    attached.ingest()
    assert attached.search("tone").plan.note is None
    assert attached.labels.matches("low", with_anchors=True).plan.note is None


def test_after_an_ingest_all_rows_are_right(attached: sqlclap.Library, clips: Path) -> None:
    write_sound(clips.parent / "sounds" / "new.wav", tone(1000))
    write(clips, CHANGES["added"])
    write(clips, "DELETE FROM clips WHERE id = 320")
    write(clips, CHANGES["names another sound"])
    attached.ingest()
    assert row_keys(attached) == {
        "sounds/new.wav": 1,
        "sounds/tone 220.wav": 210,
        "sounds/tone 440.wav": 540,
        "sounds/tone 880.wav": 980,
    }


def test_a_join_shows_no_row_that_is_gone(attached: sqlclap.Library, clips: Path) -> None:
    attach_databases(attached.connection)
    join = (
        "SELECT c.id FROM clap_search(clap_vector(1), 10) AS s "
        "JOIN clips.clips AS c ON c.id = s.row_key ORDER BY c.id"
    )
    sqlclap.register_functions(attached.connection)
    assert attached.connection.execute(join).fetchall() == [(210,), (320,), (540,), (980,)]
    write(clips, CHANGES["deleted"])
    assert attached.connection.execute(join).fetchall() == [(320,), (540,), (980,)]
    assert row_keys(attached)["sounds/tone 110.wav"] == 210  # the remark is for those without


def test_every_face_says_so(attached: sqlclap.Library, clips: Path) -> None:
    write(clips, CHANGES["deleted"])
    assert REMARK in run("similar", clips, 2).stderr
    assert REMARK in succeed("info", clips)
    told = [finding.text for finding in examine(attached.connection) if finding.level == "advice"]
    assert any(text.startswith(REMARK) for text in told)
    site = Site(attached.path)
    try:
        visitor = site.visitor({"id": "root"}, "clips~2Esqlclap")
        assert visitor.json("api/similar", sample=1)["note"].startswith(REMARK)
    finally:
        site.close()
    attached.ingest()
    assert REMARK not in run("similar", clips, 2).stderr


def test_reading_a_database_is_no_writing(attached: sqlclap.Library, clips: Path) -> None:
    write(clips, "PRAGMA journal_mode = wal")
    attached.ingest()
    attached.attachments.follow()
    attach_databases(attached.connection)
    attached.connection.execute("SELECT * FROM clips.clips").fetchall()
    assert attached.search("tone").plan.note is None
    write(clips, CHANGES["deleted"])
    assert attached.search("tone").plan.note is not None


def test_a_database_that_is_gone_is_no_reason(attached: sqlclap.Library, clips: Path) -> None:
    clips.rename(clips.with_name("elsewhere.db"))
    assert attached.search("tone").plan.note is None
