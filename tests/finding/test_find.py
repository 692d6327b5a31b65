"""Composed queries of a library: each kind of term, and the same rows by every way in."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import sqlclap
from sqlclap import Query, SearchOptions
from sqlclap.db.spans import Span
from sqlclap.errors import (
    NoAnchorsError,
    NoVectorsError,
    QueryError,
    UnknownLabelError,
    UnknownSoundError,
)
from sqlclap.finding.statement import as_statement
from sqlclap.sqlfunctions.adapters import register_functions
from tests.cli.running import fail, rows_of, run, succeed
from tests.support.sounds import noise, tone, write_sound


@pytest.fixture
def library(filled: sqlclap.Library, sounds: Path) -> sqlclap.Library:
    """A library of thirty sounds, some of several windows, with a label."""
    for number in range(18):
        write_sound(sounds / "tones" / f"other-{number}.wav", tone(90 + 41 * number))
    for seed in range(6):
        long = np.concatenate([tone(130 + 70 * seed, 1.2), noise(seed, seconds=1.3)])
        write_sound(sounds / "noises" / f"long-{seed}.wav", long)
    filled.ingest([sounds])
    filled.labels.add("deep")
    filled.labels.add_anchors("deep", [1, 2, 3])
    return filled


def rows(matches: sqlclap.Matches) -> list[tuple[int, float]]:
    return [(one.sample_id, one.score) for one in matches]


def model_of(library: sqlclap.Library) -> str:
    return str(library.encoder.bundle.folder)


def test_one_term_is_the_search_for_it(library: sqlclap.Library, sounds: Path) -> None:
    file = sounds / "noises" / "noise-1.flac"
    vector = library.encoder.embed_text("kick")
    pairs: list[tuple[Query | str, sqlclap.Matches]] = [
        ("kick", library.search("kick", 5)),
        (Query().more("kick", 3), library.search("kick", 5)),
        (Query().like(3), library.similar(3, 5)),
        (Query().like("tones/tone-220.wav"), library.similar("tones/tone-220.wav", 5)),
        (Query().like(file.read_bytes()), library.similar(file.read_bytes(), 5)),
        (Query().like("8@0.5-1.0"), library.similar("8@0.5-1.0", 5)),
        (Query().like((8, Span(0.5, 1.0))), library.similar((8, Span(0.5, 1.0)), 5)),
        (Query().toward(vector), library.similar(vector, 5)),
    ]
    for query, wanted in pairs:
        found = library.find(query, 5)
        assert rows(found) == rows(wanted)
        assert found.doubts == wanted.doubts or query == Query().toward(vector)
        assert len(found.terms) == 1


def test_all_kinds_of_terms_compose(library: sqlclap.Library, tmp_path: Path) -> None:
    outside = write_sound(tmp_path / "outside.wav", tone(200))
    query = (
        Query()
        .more("kick")
        .like(3)
        .like(outside, 0.5)
        .unlike("8@0.5-1.0", 0.5)
        .unlike_label("deep")
        .less("reverb", 0.2)
    )
    found = library.find(query, 10)
    assert len(found) == 10
    assert [one.rank for one in found] == [*range(1, 11)]
    assert 3 not in {one.sample_id for one in found}
    assert [one.term for one in found.terms] == [str(term) for term in query.terms]
    assert [one.level is None for one in found.terms] == [True, True, True, False, False, False]
    assert found.model == library.session.model.name


def test_less_of_a_sound_pushes_its_likes_away(library: sqlclap.Library) -> None:
    def mean_rank(matches: sqlclap.Matches, folder: str) -> float:
        return float(np.mean([one.rank for one in matches if one.path.startswith(folder)]))

    plain = library.find(Query().more("noise"), 30)
    without = library.find(Query().more("noise").unlike("noises/noise-1.flac", 3), 30)
    assert mean_rank(without, "noises") > mean_rank(plain, "noises")


def test_moments_leave_out_only_the_span(library: sqlclap.Library) -> None:
    options = SearchOptions(moments=True)
    query = Query().like("7@1.5-2.0").more("noise", 0.5)
    found = library.find(query, 60, options)
    own = [(one.start_s, one.end_s) for one in found if one.sample_id == 7]  # type: ignore[attr-defined]
    everything = [
        (one.start_s, one.end_s)  # type: ignore[attr-defined]
        for one in library.find(Query().more("noise"), 60, options)
        if one.sample_id == 7
    ]
    assert 0 < len(own) < len(everything)
    whole = library.find(Query().like(7).more("noise", 0.5), 60, options)
    assert 7 not in {one.sample_id for one in whole}


def test_events_are_made_of_moments_that_score_enough(library: sqlclap.Library) -> None:
    query = Query().more("noise").like("9@1.5-2.0").unlike("tones/tone-440.wav")
    moments = library.find(query, 500, SearchOptions(moments=True, min_score=0.1))
    events = library.find(query, 500, SearchOptions(events=True, min_score=0.1))
    assert sum(one.windows for one in events) == len(moments)  # type: ignore[attr-defined]
    assert events[0].score == moments[0].score
    scores = {(one.sample_id, one.score) for one in moments}
    assert {(one.sample_id, one.score) for one in events} <= scores
    assert 0 < len(events) < len(moments)


def test_what_is_not_there(library: sqlclap.Library, tmp_path: Path) -> None:
    library.labels.add("empty")
    silent = write_sound(tmp_path / "silent.wav", 0 * tone(100))
    wrong: list[tuple[Query, type[Exception], str]] = [
        (Query().more("kick").like(999), UnknownSoundError, "999"),
        (Query().more("kick").like("nowhere.wav"), UnknownSoundError, "nowhere.wav"),
        (Query().more("kick").like_label("dep"), UnknownLabelError, "dep"),
        (Query().more("kick").unlike_label("empty"), NoAnchorsError, "empty"),
        (Query().more("kick").like(silent), QueryError, "silent"),
        (Query().more("kick").toward([1.0, 2.0]), QueryError, "expected a vector of"),
        (Query().less("kick"), QueryError, "what is wanted"),
        (Query().more("kick").like("7@9-99"), QueryError, "ends behind the sound"),
    ]
    for query, error, named in wrong:
        with pytest.raises(error, match=named):
            library.find(query)


def test_an_empty_library_says_so(tmp_path: Path, fake_bundle: Path) -> None:
    with (
        sqlclap.open(tmp_path / "empty.db", model=str(fake_bundle)) as empty,
        pytest.raises(NoVectorsError),
    ):
        empty.find(Query().more("kick").less("snare"))


def test_sql_gives_the_same_rows(library: sqlclap.Library) -> None:
    register_functions(library.connection, model_of(library), files=False)
    query = Query().more("kick").like(3).unlike("tones/tone-440.wav", 0.5).less("hat")
    query = query.like_label("deep", 0.25).toward(library.encoder.embed_text("snare"), 0.5)
    asked = library.connection.execute
    for options in ({}, {"folder": "tones", "offset": 2}, {"min_score": 0.1, "exact": True}):
        wanted = library.find(query, 7, SearchOptions(**options))
        given = (query.as_json(), json.dumps(options))
        found = asked("SELECT sample_id, score FROM clap_query(?, 7, ?)", given).fetchall()
        assert found == rows(wanted)
        text = asked("SELECT clap_query_json(?, 7, ?)", given).get
        assert [(one["sample_id"], one["rank"]) for one in json.loads(text)] == [
            (one.sample_id, one.rank) for one in wanted
        ]
    wanted = library.find(query, 7, SearchOptions(moments=True))
    columns = "sample_id, start_s, end_s"
    found = asked(f"SELECT {columns} FROM clap_query_moments(?, 7)", (query.as_json(),)).fetchall()  # noqa: S608
    assert found == [
        (one.sample_id, one.start_s, one.end_s)  # type: ignore[attr-defined]
        for one in wanted
    ]
    text = asked("SELECT clap_query_moments_json(?, 7)", (query.as_json(),)).get
    assert [one["start_s"] for one in json.loads(text)] == [row[1] for row in found]


def test_sql_reads_no_file(library: sqlclap.Library, tmp_path: Path) -> None:
    register_functions(library.connection, model_of(library))
    outside = write_sound(tmp_path / "outside.wav", tone(200))
    asked = library.connection.execute
    for sound, error in (
        (str(outside), "neither a sample id nor a path"),
        (f"{outside}@0-0.1", "neither a sample id nor a path"),
        ("7@0.5-1.0", "holds no vector of"),
    ):
        query = json.dumps([{"words": "kick"}, {"sound": sound}])
        with pytest.raises(Exception, match=error):
            asked("SELECT clap_query_json(?, 3)", (query,)).fetchall()
    assert asked("SELECT clap_query_json(NULL, 3)").get is None


def test_the_command_gives_the_same_rows(library: sqlclap.Library, tmp_path: Path) -> None:
    outside = write_sound(tmp_path / "out:side.wav", tone(200))
    model = ("--model", model_of(library))
    query = Query().more("kick").more("deep", 0.5).less("hat", 2).like(3).unlike(outside, 0.5)
    query = query.unlike_label("deep").toward([1.0] + [0.0] * (len(library.vectors()[1][0]) - 1))
    vector = json.dumps([{"vector": query.terms[-1].value}])
    command: list[str | Path] = [
        "find", library.path, "kick", "deep:0.5", "--less", "hat:2", "--like", "3",
        "--unlike", f"{outside}:0.5", "--unlike-label", "deep", "--query", vector, *model,
    ]  # fmt: skip
    options = SearchOptions(offset=1, folder="tones")
    order = (0, 1, 2, 3, 4, 5, 6)
    wanted = library.find(Query(tuple(query.terms[at] for at in order)), 4, options)
    found = rows_of(*command, "-n", "4", "--offset", "1", "--folder", "tones")
    assert [one["sample_id"] for one in found] == [one.sample_id for one in wanted]
    assert [one["score"] for one in found] == pytest.approx([one.score for one in wanted], abs=1e-6)
    explained = run(*command, "--explain").stderr
    assert "ranked exactly" in explained
    assert "not words 'hat':2: weight -2, 0 at " in explained
    moments = rows_of("find", library.path, "kick", "--less", "hat", "--moments", *model)
    assert {"start_s", "end_s"} <= set(moments[0])
    heard = succeed(
        "find", library.path, "kick", "--like", "-", "--json", *model, stdin=outside.read_bytes()
    )
    by_file = rows_of("find", library.path, "kick", "--like", str(outside), *model)
    assert json.loads(heard) == by_file


def test_the_command_says_what_is_missing(library: sqlclap.Library) -> None:
    model = ("--model", model_of(library))
    assert "what is wanted" in fail("find", library.path, *model)
    assert "what is wanted" in fail("find", library.path, "--less", "reverb", *model)
    assert "above 0" in fail("find", library.path, "kick:0", *model)
    assert "JSON array" in fail("find", library.path, "--query", "kick", *model)


def test_the_printed_sql_gives_the_same_rows(library: sqlclap.Library, tmp_path: Path) -> None:
    outside = write_sound(tmp_path / "outside.wav", tone(200))
    query = Query().more("it's ?2 deep").like("tones/tone-220.wav").unlike(outside, 0.5)
    query = query.like_label("deep")
    register_functions(library.connection, model_of(library))
    for options in (
        SearchOptions(where="duration_s < :most", params={"most": 2}, offset=2),
        SearchOptions(moments=True, folder="noises"),
        SearchOptions(events=True, min_score=0.0, merge_gap=0.1),
    ):
        statement = as_statement(library.session, query, 6, options)
        found = library.connection.execute(statement).fetchall()
        wanted = library.find(query, 6, options)
        assert [row[0] for row in found] == [one.rank for one in wanted]
        assert [row[1] for row in found] == pytest.approx([m.score for m in wanted], abs=1e-6)
    model = ("--model", model_of(library))
    printed = succeed("find", library.path, "kick", "--less", "hat", "--sql", "-n", "3", *model)
    assert [row[0] for row in library.connection.execute(printed)] == [1, 2, 3]
    with pytest.raises(QueryError, match="can't be asked in SQL"):
        as_statement(library.session, Query().more("a").like("7@0.5-1.0"), 3, SearchOptions())
