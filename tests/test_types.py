"""The types that the public API promises: mypy reads this file, and pytest runs it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, assert_type

import apsw

import sqlclap
from sqlclap.db.database import Cursor, Database, SQLite3Database
from sqlclap.labels.anchors import Anchor
from sqlclap.labels.labels import Labels
from sqlclap.labels.matching import LabelMatches
from sqlclap.labels.store import Label
from sqlclap.labels.tagging import TagRun
from sqlclap.labels.votes import Verdict, Vote
from sqlclap.map.maps import LibraryMap
from sqlclap.map.store import MapStatus
from sqlclap.notebook.results import Results
from sqlclap.progress import NullProgress
from sqlclap.search.results import Plan


def test_a_library_is_opened_and_filled(tmp_path: Path, fake_bundle: Path, sounds: Path) -> None:
    with sqlclap.open(tmp_path / "own.db", model=str(fake_bundle), mode="create") as library:
        assert_type(library, sqlclap.Library)
        report = library.ingest([sounds], sqlclap.IngestOptions(threads=1), NullProgress())
        assert_type(report, sqlclap.IngestReport)
        assert_type(report.new, int)
        assert_type(library.info(), sqlclap.Summary)
        assert_type(library.failures(), list[dict[str, object]])
        assert_type(library.path, Path)
        assert_type(library.connection, apsw.Connection)


def test_searches_give_matches(filled: sqlclap.Library) -> None:
    options = sqlclap.SearchOptions(folder="tones", min_length=0.1)
    found = assert_type(filled.search("deep kick", 3, options), sqlclap.Matches)
    assert_type(filled.similar(1), sqlclap.Matches)
    assert_type(filled.similar("tones/tone-220.wav"), sqlclap.Matches)
    assert_type(found.plan, Plan)
    assert_type(found.plan.path, str)
    assert_type(found.notes, tuple[str, ...])
    assert_type(found.doubt, str | None)
    for match in found:
        assert_type(match, sqlclap.Match)
    match = found[0]
    fields = (
        (assert_type(match.rank, int), int),
        (assert_type(match.score, float), float),
        (assert_type(match.weak, bool), bool),
        (assert_type(match.sample_id, int), int),
        (assert_type(match.path, str), str),
        (assert_type(match.file, Path), Path),
        (assert_type(match.duration_s, float), float),
        (assert_type(match.status, str), str),
        (assert_type(match.heard_share, float | None), float | None),
        (assert_type(match.hardly_heard, bool), bool),
        (assert_type(match.format, str | None), str | None),
    )
    assert [kind for value, kind in fields if not isinstance(value, kind)] == []


def test_rows_and_arrays(filled: sqlclap.Library) -> None:
    samples = filled.samples(sqlclap.Filter(folder="tones"))
    sample = assert_type(samples[0], sqlclap.Sample)
    assert_type(sample.duration_s, float | None)
    assert_type(sample.file, Path)
    ids, array = filled.vectors()
    assert (ids.dtype.kind, array.dtype.itemsize) == ("i", 4)


def test_labels_give_rows_of_their_own(filled: sqlclap.Library) -> None:
    labels = assert_type(filled.labels, Labels)
    assert_type(labels.add("tone", color="#2a9d8f"), Label)
    assert_type(labels.add_anchors("tone", [1, "tones/*"], "positive", 0.5), int)
    assert_type(labels.anchors("tone"), Results[Anchor])
    assert_type(labels.matches("tone", 3, confidence="low"), LabelMatches)
    (vote_id,) = assert_type(labels.vote("tone", [1], sqlclap.CastVote("accept")), Sequence[int])
    (vote,) = assert_type(labels.votes("tone"), Results[Vote])
    assert_type(vote.verdict, Verdict)
    assert vote.vote_id == vote_id
    (run,) = labels.tag(sqlclap.TagRequest(("tone",), confidence="low"))
    assert_type(run, TagRun)
    assert_type(labels.histogram("tone").counts, list[int])


def test_connections_of_all_drivers_are_databases() -> None:
    databases: list[Database] = [
        apsw.Connection(":memory:"),
        SQLite3Database(sqlite3.connect(":memory:")),
    ]
    for database in databases:
        cursor = assert_type(database.execute("SELECT 1"), Cursor)
        assert cursor.fetchall() == [(1,)]
        assert_type(database.changes(), int)
        assert_type(database.filename, str)
        assert_type(database.in_transaction, bool)


if TYPE_CHECKING:
    # Where a type gave way to Any, an "ignore" here would be one too many, which mypy tells.

    def wrong_arguments(library: sqlclap.Library) -> None:
        sqlclap.open("sounds.db", mode="append")  # type: ignore[arg-type]  # there is no such mode
        sqlclap.open("sounds.db", "clap")  # type: ignore[call-arg]  # the model is named
        library.search(None)  # type: ignore[arg-type]  # there has to be a query
        library.search("kick", options={"folder": "x"})  # type: ignore[arg-type]  # no dict
        library.similar(None)  # type: ignore[arg-type]  # there has to be a sound
        library.ingest("sounds", "*.mp3")  # type: ignore[arg-type]  # options are no pattern
        library.labels.matches("tone", 3, confidence="sure")  # type: ignore[arg-type]  # none
        library.labels.matches("tone", 3, depth=3)  # type: ignore[call-arg]  # no such option
        library.labels.add("tone", colour="#fff")  # type: ignore[call-arg]  # no such setting
        library.labels.add_anchors("tone", [1], "neutral")  # type: ignore[arg-type]  # no polarity
        library.labels.vote("tone", [1], "accept")  # type: ignore[arg-type]  # a word is no vote
        sqlclap.CastVote("maybe")  # type: ignore[arg-type]  # there is no such verdict

    def wrong_results(library: sqlclap.Library) -> None:
        found = library.search("kick")
        found[0].certainty  # type: ignore[attr-defined]  # noqa: B018  # no such field
        found[0].score = 1.0  # type: ignore[misc]  # results don't change
        found.plan.nothing  # type: ignore[attr-defined]  # noqa: B018  # no such field
        library.map.status().nothing  # type: ignore[attr-defined]  # noqa: B018  # no such field

    def map_types(library: sqlclap.Library) -> None:
        assert_type(library.map, LibraryMap)
        assert_type(library.map.status(), MapStatus)

    class NoDatabase:
        def execute(self, statement: str) -> list[int]: ...

    not_one: Database = NoDatabase()  # type: ignore[assignment]  # it lacks most of one
