"""The keys of rows beside neighbours, tags and votes, on every face."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pyarrow.parquet
import pytest

import sqlclap
from sqlclap.labels.votes import CastVote
from tests.attach.scenes import write
from tests.cli.running import rows_of, succeed
from tests.page.visiting import Site

KEYS = {1: 210, 2: 320, 3: 540, 4: 980}  # of the samples


@pytest.fixture
def judged(attached: sqlclap.Library) -> sqlclap.Library:
    """With a tag on one sound, and votes on two, the one of which two rows name."""
    attached.labels.add("low")
    attached.labels.add_anchors("low", [1])
    attached.labels.vote("low", [1, 2], CastVote("accept"))
    attached.labels.tag_by_hand("low", [1])
    attached.stored_neighbors.store(2)
    return attached


def test_the_samples_are_in_the_order_of_their_rows(attached: sqlclap.Library) -> None:
    assert attached.attachments.row_keys([1, 2, 3, 4, 99]) == KEYS


def test_neighbours_have_the_keys_of_both(judged: sqlclap.Library, clips: Path) -> None:
    found = [*next(judged.neighbors_of(n=2)).keyed_rows(judged.connection)]
    assert len(found) == 8
    assert {(row[0], row[4]) for row in found} == set(KEYS.items())
    assert all(row[5] == KEYS[row[2]] for row in found)
    told = rows_of("neighbors", clips, "--all", "-n", "2")
    assert [tuple(row.values()) for row in told] == [pytest.approx(row) for row in found]
    lines = csv.DictReader(io.StringIO(succeed("neighbors", clips, "1", "-n", "1")))
    assert [row["row_key"] for row in lines] == ["210"]
    file = clips.with_name("neighbours.parquet")
    succeed("neighbors", clips, "--all", "-n", "2", "--parquet", file)
    table = pyarrow.parquet.read_table(file)
    assert str(table.schema.field("neighbor_row_key").type) == "int64"
    assert table["row_key"].to_pylist() == [row[4] for row in found]


def test_neighbours_in_sql_have_them(judged: sqlclap.Library) -> None:
    sqlclap.register_functions(judged.connection)
    run = judged.connection.execute
    view = "SELECT DISTINCT neighbor_id, neighbor_row_key FROM sound_neighbors"
    table = "SELECT DISTINCT sample_id, row_key FROM clap_all_neighbors(2)"
    listed = (
        "SELECT value ->> 'sample_id', value ->> 'row_key' "
        "FROM json_each(clap_neighbors(clap_vector(1), 10))"
    )
    assert dict(run(table)) == dict(run(listed)) == KEYS
    assert dict(run(view)).items() <= KEYS.items()


def test_keys_of_several_kinds_are_text_in_parquet(attached: sqlclap.Library, clips: Path) -> None:
    write(clips, "CREATE TABLE more (name TEXT PRIMARY KEY, file_path TEXT)")
    write(clips, "INSERT INTO more VALUES ('a', 'sounds/tone 110.wav')")
    library = attached.path
    succeed("attach", clips, "--table", "more", "--path", "file_path", "--library", library)
    file = clips.with_name("neighbours.parquet")
    succeed("neighbors", clips, "1", "2", "-n", "1", "--parquet", file)
    assert pyarrow.parquet.read_table(file)["row_key"].to_pylist() == ["210", "320"]


def test_neighbours_without_tables_are_as_they_were(filled: sqlclap.Library) -> None:
    (first, *_) = rows_of("neighbors", filled.path, "1")
    assert list(first) == ["sample_id", "rank", "neighbor_id", "score"]
    sqlclap.register_functions(filled.connection)
    listed = filled.connection.execute("SELECT clap_neighbors(clap_vector(1), 1)").get
    assert list(json.loads(listed)[0]) == ["sample_id", "score", "rank"]


def test_tags_and_votes_have_them(judged: sqlclap.Library, clips: Path) -> None:
    write(clips, "INSERT INTO clips (id, file_path) VALUES (300, 'sounds/tone 110.wav')")
    judged.ingest()
    tags = [(tag.row_key, tag.more_rows) for tag in judged.labels.tags("low")]
    votes = [(vote.row_key, vote.more_rows) for vote in judged.labels.votes("low")]
    assert (tags, votes) == ([(210, 1)], [(210, 1), (320, 0)])
    assert [row["row_key"] for row in rows_of("tags", clips)] == [210]
    assert "row key" in succeed("tags", clips)
    assert "210+" in succeed("tags", clips)
    assert [row["row_key"] for row in rows_of("vote", clips, "low", "list")] == [210, 320]
    assert "row key 320" in succeed("vote", clips, "low", "list")


def test_the_page_tells_the_same(judged: sqlclap.Library) -> None:
    site = Site(judged.path)
    try:
        visitor = site.visitor({"id": "root"}, "clips~2Esqlclap")
        votes = visitor.json("api/votes", label="low")["votes"]
        tags = visitor.json("api/tags", label="low")["tags"]
    finally:
        site.close()
    assert [row["row_key"] for row in votes] == [210, 320]
    assert [(row["row_key"], row["more_rows"]) for row in tags] == [(210, 0)]
