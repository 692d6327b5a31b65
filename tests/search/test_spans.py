"""Searches by a span of a sound, and moments in SQL."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pysqlite3
import pytest

import sqlclap
from sqlclap.db.spans import Span, speaks_for
from sqlclap.errors import AudioDecodeError, QueryError, SpanError
from sqlclap.search.moments import Moment
from sqlclap.search.request import SearchOptions
from sqlclap.search.results import Match
from sqlclap.search.targets import Target
from tests.support.recordings import CALLS, dawn, ids_of, write_recordings
from tests.support.sounds import noise, write_sound

B = Span(*CALLS["b"])


@pytest.fixture(scope="module")
def field(tmp_path_factory: pytest.TempPathFactory, fake_bundle: Path) -> Iterator[sqlclap.Library]:
    """A library of recordings; nothing here writes to it."""
    folder = tmp_path_factory.mktemp("search-spans")
    write_recordings(folder / "sounds")
    with sqlclap.open(folder / "library.db", model=str(fake_bundle)) as library:
        library.ingest([folder / "sounds"])
        library.labels.add("bird")
        library.labels.add_anchors("bird", ["dawn.wav@3.25-4.5"])
        sqlclap.register_functions(library.connection, model=str(fake_bundle))
        yield library


def as_moments(found: Iterable[Match]) -> list[Moment]:
    return [one for one in found if isinstance(one, Moment)]


@pytest.mark.parametrize("kept", [True, False])
def test_a_span_finds_what_its_own_file_would(field: sqlclap.Library, kept: bool) -> None:
    """Whether its vector is kept, for an anchor, or made for the question."""
    name, times = ("b", "3.25-4.5") if kept else ("a", "1-1.4")
    by_span = field.similar(f"dawn.wav@{times}", 20)
    by_file = {one.path: one.score for one in field.similar(f"calls/{name}.wav", 20)}
    assert by_span[0].path == f"calls/{name}.wav"
    assert by_span[0].score == pytest.approx(1.0, abs=1e-4)
    rest = {one.path: one.score for one in by_span[1:]}
    by_file.pop("dawn.wav")
    assert rest == pytest.approx(by_file, abs=1e-3)


def test_four_names_of_a_span_give_one_answer(field: sqlclap.Library) -> None:
    dawn_id = ids_of(field)["dawn.wav"]
    (source,) = field.sources.list()
    named: list[Target] = [f"{dawn_id}@3.25-4.5", (dawn_id, B), (Path(source.root) / "dawn.wav", B)]
    expected = [(one.sample_id, one.score) for one in field.similar("dawn.wav@3.25-4.5")]
    for sound in named:
        assert [(one.sample_id, one.score) for one in field.similar(sound)] == expected


def test_a_span_of_a_file_that_is_not_in_the_library(
    field: sqlclap.Library, tmp_path: Path
) -> None:
    file = write_sound(tmp_path / "new@home.wav", dawn())
    for sound in (f"{file}@3.25-4.5", (file, B)):
        assert field.similar(sound, 1)[0].path == "calls/b.wav"
    with pytest.raises(AudioDecodeError, match=r"from 7 to 9 s, but .* up to 8 s"):
        field.similar(f"{file}@7-9")
    with pytest.raises(AudioDecodeError, match=r"from 70 to 90 s"):
        field.similar(f"{file}@70-90")


def test_other_moments_of_the_same_recording_are_found(field: sqlclap.Library) -> None:
    moments = as_moments(field.similar("dawn.wav@3.25-4.5", 50, SearchOptions(moments=True)))
    places = [Span(one.start_s, one.end_s) for one in moments if one.path == "dawn.wav"]
    assert len(places) > 8
    assert not any(speaks_for(B, place) for place in places)
    whole = field.similar("dawn.wav", 50, SearchOptions(moments=True))
    assert "dawn.wav" not in {one.path for one in whole}


def test_what_is_no_span_is_refused(field: sqlclap.Library) -> None:
    with pytest.raises(SpanError, match=r"ends behind the sound, which is 8\.0 s long"):
        field.similar("dawn.wav@7-9")
    with pytest.raises(SpanError, match="the start comes first"):
        field.similar("dawn.wav@3-2")
    with pytest.raises(QueryError):
        field.similar((1, 2))


def test_vectors_of_spans_in_sql(field: sqlclap.Library) -> None:
    bird = (ids_of(field)["dawn.wav"], 3.25, 4.5)
    blob = field.connection.execute("SELECT clap_vector(?, ?, ?)", bird).get
    ids, vectors = field.vectors()
    own = vectors[list(ids).index(ids_of(field)["calls/b.wav"])]
    np.testing.assert_allclose(np.frombuffer(blob, "<f4"), own, atol=1e-4)
    query = "SELECT clap_vector(?, 1, 2)"
    assert field.connection.execute(query, bird[:1]).get is None  # nobody has spoken of it
    for arguments, what in (("1, 2", "end_s beside start_s"), ("1, 3, 2", "start comes first")):
        with pytest.raises(Exception, match=what):
            field.connection.execute(f"SELECT clap_vector({arguments})").fetchall()


TABLE = "SELECT sample_id, start_s, end_s, score, rank FROM clap_moments(?, ?, ?)"


@pytest.mark.parametrize("options", [{}, {"folder": "calls"}, {"offset": 2}, {"exact": True}])
def test_moments_in_sql_are_those_of_python(
    field: sqlclap.Library, options: dict[str, object]
) -> None:
    wanted = SearchOptions(moments=True, **options)  # type: ignore[arg-type]  # fields
    moments = as_moments(field.search("deep kick", 7, wanted))
    expected = [(m.sample_id, m.start_s, m.end_s, m.score, m.rank) for m in moments]
    assert expected
    given = ("deep kick", 7, json.dumps(options))
    assert field.connection.execute(TABLE, given).fetchall() == expected
    told = json.loads(field.connection.execute("SELECT clap_moments_json(?, ?, ?)", given).get)
    assert [(m["sample_id"], m["rank"]) for m in told] == [(m[0], m[4]) for m in expected]
    assert [m["start_s"] for m in told] == pytest.approx([m[1] for m in expected], abs=1e-6)
    assert "file" not in told[0]


def test_moments_near_a_vector(field: sqlclap.Library) -> None:
    vector = field.connection.execute(
        "SELECT clap_vector(?, 3.25, 4.5)", (ids_of(field)["dawn.wav"],)
    ).get
    query = "SELECT sample_id, start_s, rank, weak FROM clap_moments(?, 5)"
    rows = field.connection.execute(query, (vector,)).fetchall()
    assert [row[2] for row in rows] == [1, 2, 3, 4, 5]
    assert {row[3] for row in rows} == {None}  # of a vector, nothing says what a score is worth
    found = field.similar(np.frombuffer(vector, "<f4"), 5, SearchOptions(moments=True))
    near = as_moments(found)
    assert [(m.sample_id, m.start_s) for m in near] == [row[:2] for row in rows]
    assert field.connection.execute("SELECT count(*) FROM clap_moments(NULL, 5)").get == 0
    assert field.connection.execute("SELECT clap_moments_json(NULL, 5)").get is None


def test_drivers_without_tables_have_the_json(field: sqlclap.Library, fake_bundle: Path) -> None:
    client = pysqlite3.connect(field.path)
    client.enable_load_extension(True)
    sqlclap.register_functions(client, model=str(fake_bundle))
    query = "SELECT value ->> 'start_s' FROM json_each(clap_moments_json('deep kick', 4))"
    moments = as_moments(field.search("deep kick", 4, SearchOptions(moments=True)))
    found = [row[0] for row in client.execute(query)]
    client.close()
    assert found == pytest.approx([one.start_s for one in moments], abs=1e-6)


def test_wrong_arguments_are_told(field: sqlclap.Library) -> None:
    for call, what in (
        ("clap_moments_json('kick', 0)", "k to be an integer of at least 1"),
        ("clap_moments_json('kick', 3, '{\"colour\": 1}')", "expected options among"),
        ("clap_moments_json(x'00', 3)", "expected vector"),
    ):
        with pytest.raises(Exception, match=what):
            field.connection.execute(f"SELECT {call}").fetchall()


def test_a_moved_file_leaves_the_vector_that_is_kept(tmp_path: Path, fake_bundle: Path) -> None:
    write_sound(tmp_path / "sounds" / "x.wav", np.concatenate([dawn(), noise(1)]))
    with sqlclap.open(tmp_path / "library.db", model=str(fake_bundle)) as library:
        library.ingest([tmp_path / "sounds"])
        library.labels.ensure("bird", ["x.wav@3.25-4.5"])
        (tmp_path / "sounds" / "x.wav").unlink()
        assert library.similar("x.wav@3.25-4.5", 5, SearchOptions(moments=True))
        with pytest.raises(QueryError, match=r"can't read x\.wav"):
            library.similar("x.wav@1-2")
