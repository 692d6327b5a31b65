"""Anchors, votes and tags on spans of sounds, heard from real files."""

from __future__ import annotations

import shutil
from typing import Any

import numpy as np
import pytest

import sqlclap
from sqlclap.db.spans import END_TOLERANCE_S, SampleSpan, Span, speaks_for
from sqlclap.errors import SpanError, UnknownSoundError
from sqlclap.labels.file_tags import write_tags
from sqlclap.labels.labelled_examples import read_votes
from sqlclap.labels.scorer_cache import scorer_of
from sqlclap.labels.votes import CastVote
from sqlclap.search.targets import Target
from tests.support.recordings import (
    ANCHORS,
    CALLS,
    CLOSE,
    LENGTH_S,
    B,
    cut,
    dawn,
    ids_of,
    sounds_of,
    span_vector,
    states,
    vector_of,
)
from tests.support.sounds import write_sound


@pytest.mark.parametrize("path", ["dawn.wav", "dusk.flac", "dusk.ogg"])
def test_a_spans_vector_is_of_exactly_that_audio(field: sqlclap.Library, path: str) -> None:
    times, folder = (2.13, 3.57), sounds_of(field)
    samples = dawn() if path == "dawn.wav" else dawn()[::-1]
    if path == "dusk.ogg":
        import soundfile

        write_sound(folder / path, samples)
        samples, _ = soundfile.read(folder / path, dtype="float32")
    write_sound(folder / "cut.wav", cut(samples, *times), subtype="FLOAT")
    field.ingest([])
    field.labels.add_anchors("bird", [f"{path}@{times[0]}-{times[1]}"])
    ours = span_vector(field, path, Span(*times))
    # FLAC and WAV keep 16 bits, the cut keeps more.
    np.testing.assert_allclose(ours, vector_of(field, "cut.wav"), atol=1e-4)
    assert float(ours @ ours) == pytest.approx(1, abs=1e-6)


def test_a_span_is_named_in_four_ways(field: sqlclap.Library) -> None:
    dawn_id = ids_of(field)["dawn.wav"]
    named: list[Target] = [
        f"{dawn_id}@3.25-4.5",
        "dawn.wav@3.25-4.50",
        (dawn_id, B),
        SampleSpan(dawn_id, B),
    ]
    assert field.labels.add_anchors("bird", named) == 1
    assert field.connection.execute(ANCHORS).fetchall() == [(dawn_id, 3.25, 4.5)]
    with sqlclap.open(field.path, mode="read") as reading:
        (anchor,) = reading.labels.anchors("bird")
    assert (anchor.path, anchor.start_s, anchor.end_s, anchor.state) == (
        "dawn.wav",
        3.25,
        4.5,
        "ok",
    )


def test_a_file_that_is_called_like_a_span_wins(field: sqlclap.Library) -> None:
    field.labels.add_anchors("bird", ["odd@1-2.wav", "odd@1-2.wav@1-2"])
    odd = ids_of(field)["odd@1-2.wav"]
    assert field.connection.execute(ANCHORS).fetchall() == [(odd, None, None), (odd, 1.0, 2.0)]


def test_a_pattern_takes_the_span_of_each(field: sqlclap.Library) -> None:
    assert field.labels.add_anchors("bird", ["calls/*@0-0.2"]) == 3
    assert [one.end_s for one in field.labels.anchors("bird")] == [0.2] * 3


def test_a_whole_sound_and_its_spans_are_different_things(field: sqlclap.Library) -> None:
    labels = field.labels
    assert labels.add_anchors("bird", ["dawn.wav", "dawn.wav@1-1.4", "dawn.wav@3.25-4.5"]) == 3
    assert labels.add_anchors("bird", ["dawn.wav@1-1.4"], "negative", 0.5) == 1
    assert labels.remove_anchors("bird", ["dawn.wav"]) == 1
    told = [(one.start_s, one.polarity, one.weight) for one in labels.anchors("bird")]
    assert told == [(1.0, "negative", 0.5), (3.25, "positive", 1.0)]
    assert labels.remove_anchors("bird", ["dawn.wav@3.25-4.5", "dawn.wav@5-6"]) == 1


def test_span_anchors_score_the_same_everywhere(field: sqlclap.Library) -> None:
    labels, connection = field.labels, field.connection
    labels.add("tone", threshold=0.4)
    labels.add_anchors("bird", ["dawn.wav@3.25-4.5", "dusk.flac@1.7-2", "calls/a.wav"])
    labels.add_anchors("bird", ["dusk.flac@4-5"], "negative")
    labels.add_anchors("tone", ["tones/tone-110.wav", "dawn.wav@6-6.3"], weight=0.9)
    sqlclap.register_functions(connection)
    for name in ("bird", "tone"):
        view = {
            row[0]: row[1:]
            for row in connection.execute(
                "SELECT sample_id, score, rival, gap, confidence, rival_sample_id"
                " FROM label_scores WHERE label = ?",
                (name,),
            )
        }
        found = labels.matches(name, 50, with_anchors=True)
        assert {one.sample_id for one in found} == set(view) == set(ids_of(field).values())
        for one in found:
            score, rival, gap, *said = view[one.sample_id]
            told = (one.score, one.rival, one.gap)
            assert told == pytest.approx((score, rival, gap), abs=CLOSE)
            assert [one.confidence, one.rival_sample_id] == said
            query = "SELECT clap_score(?, ?), clap_gap(?, ?)"
            both = (name, one.sample_id) * 2
            (functions,) = connection.execute(query, both).fetchall()
            assert functions == pytest.approx((score, gap), abs=CLOSE)
    # The call as a file of its own is what the span is.
    best = {one.path: one.score for one in labels.matches("bird", 50)}
    label = {"bird": scorer_of(field.session)}["bird"]
    (own,) = label.similarities(vector_of(field, "calls/b.wav")[None])
    assert own[0] == pytest.approx(1.0, abs=1e-4)
    assert "dawn.wav" in best  # the recording as a whole is no anchor


def test_matches_leave_out_whole_anchors_and_rejections_alone(field: sqlclap.Library) -> None:
    labels = field.labels
    labels.add_anchors("bird", ["calls/a.wav", "dawn.wav@3.25-4.5"])
    labels.vote("bird", ["dusk.flac@1-2", "tones/tone-110.wav"], CastVote("reject"))
    found = {one.path for one in labels.matches("bird", 50)}
    assert found == set(ids_of(field)) - {"calls/a.wav", "tones/tone-110.wav"}
    rows = field.connection.execute("SELECT path FROM label_matches").fetchall()
    assert {path for (path,) in rows} == found


def test_votes_are_in_force_pair_by_pair(field: sqlclap.Library) -> None:
    labels = field.labels
    labels.add_anchors("bird", ["calls/b.wav"])
    for sound, verdict in (
        ("dawn.wav", "reject"), ("dawn.wav@3.25-4.5", "reject"), ("dawn.wav@3.25-4.5", "accept"),
        ("dawn.wav@6-6.3", "unsure"),
    ):  # fmt: skip
        labels.vote("bird", [sound], CastVote(verdict))  # type: ignore[arg-type]  # a verdict
    told = [(one.start_s, one.verdict, one.in_force) for one in labels.votes("bird")]
    assert told == [
        (None, "reject", 1),
        (3.25, "reject", 0),
        (3.25, "accept", 1),
        (6.0, "unsure", 1),
    ]
    assert labels.votes("bird")[2].score == pytest.approx(1.0, abs=1e-4)
    rows = field.connection.execute("SELECT start_s, verdict FROM label_verdicts ORDER BY vote_id")
    assert rows.fetchall() == [(None, "reject"), (3.25, "accept"), (6.0, "unsure")]
    assert labels.withdraw_pairs("bird", ["dawn.wav"]) == 1
    assert labels.withdraw_pairs("bird", ["dawn.wav@3.25-4.5"]) == 2
    assert [one.start_s for one in labels.votes("bird")] == [6.0]


def test_votes_on_spans_are_calibrated_with_beside_those_on_sounds(field: sqlclap.Library) -> None:
    labels = field.labels
    labels.add_anchors("bird", ["dawn.wav@3.25-4.5"])
    labels.vote("bird", ["dusk.flac@1-2", "dusk.flac@3-3.5"], CastVote("accept"))
    scorer = scorer_of(field.session)
    label_id = labels.get("bird").label_id
    assert labels.precision("bird", "low").votes == 2
    labels.vote("bird", ["tones/tone-110.wav"], CastVote("reject"))
    assert labels.precision("bird", "low").votes == 1  # of whole sounds, where there are any
    counts = [
        len(read_votes(field.connection, scorer, label_id, on_spans).sample_ids)
        for on_spans in (None, True, False)
    ]
    assert counts == [3, 2, 1]


def test_tags_by_hand_on_spans(field: sqlclap.Library) -> None:
    labels = field.labels
    run = labels.tag_by_hand("bird", ["dawn.wav@3.25-4.5", "dawn.wav@6-6.3", "dawn.wav"])
    assert run.tagged == 3
    told = [(one.path, one.start_s, one.end_s) for one in labels.tags("bird")]
    assert told == [("dawn.wav", None, None), ("dawn.wav", 3.25, 4.5), ("dawn.wav", 6.0, 6.3)]
    # A file's metadata speaks of all of it.
    spans = [one for one in labels.tags("bird") if one.start_s is not None]
    assert write_tags(field.connection, spans).written == 0
    assert labels.untag(run.run_id or 0) == 3
    assert list(labels.tags()) == []


@pytest.mark.parametrize(
    ("sound", "error", "what"),
    [
        ("dawn.wav@7-9", SpanError, "the span 7.0-9.0 of dawn.wav .* which is 8.0 s long"),
        ("dawn.wav@4-3", SpanError, "ends after its start, got 4.0-3.0"),
        ("dawn.wav@4-4", SpanError, "ends after its start"),
        ("dawn.wav@nan-4", UnknownSoundError, "neither a sample id"),
        ("dawn.wav@-1-4", UnknownSoundError, "neither a sample id"),
        ("nowhere.wav@1-2", UnknownSoundError, "neither a sample id"),
        ("999@1-2", UnknownSoundError, "no sample 999"),
    ],
)
def test_what_is_no_span_stores_nothing(
    field: sqlclap.Library, sound: str, error: type[Exception], what: str
) -> None:
    before = field.connection.total_changes()
    labels = field.labels
    for write in (
        lambda sounds: labels.add_anchors("bird", sounds),
        lambda sounds: labels.ensure("new", sounds),
        lambda sounds: labels.vote("bird", sounds, CastVote("accept")),
        lambda sounds: labels.tag_by_hand("new", sounds, create=True),
    ):
        with pytest.raises(error, match=what):
            write(["dawn.wav@1-2", sound])
    assert [label.name for label in labels.list()] == ["bird"]
    assert field.connection.total_changes() == before


def test_sql_itself_refuses_what_is_no_span(field: sqlclap.Library) -> None:
    import apsw

    field.labels.tag_by_hand("bird", ["dawn.wav"])
    insert = "INSERT INTO {} VALUES (1, 1, ?, ?{})"
    tables = {
        "anchors (label_id, sample_id, start_s, end_s)": "",
        "votes (label_id, sample_id, start_s, end_s, verdict)": ", 'accept'",
        "tags (label_id, sample_id, start_s, end_s, run_id, confidence)": ", 1, 'hand'",
    }
    wrong = [(3, 2), (2, 2), (None, 2), (2, None), (-1, 2), ("a", "b"), (0, float("inf"))]
    for table, more in tables.items():
        for times in wrong:
            with pytest.raises(apsw.ConstraintError, match="CHECK"):
                field.connection.execute(insert.format(table, more), times)
        field.connection.execute(insert.format(table, more), (1, 2))
    for table in ("anchors (label_id, sample_id, start_s, end_s)",):
        with pytest.raises(apsw.ConstraintError, match="UNIQUE"):
            field.connection.execute(insert.format(table, ""), (1, 2))


def test_a_vector_that_another_program_broke_is_passed_over(field: sqlclap.Library) -> None:
    field.labels.add_anchors("bird", ["dawn.wav@1-2", "dawn.wav@3-4", "calls/a.wav"])
    for start_s, blob in ((1.0, b"short"), (3.0, bytes(4 * 16))):
        field.connection.execute(
            "UPDATE span_vectors SET vector = ? WHERE start_s = ?", (blob, start_s)
        )
    found = {one.sample_id: one.score for one in field.labels.matches("bird", 50)}
    rows = field.connection.execute("SELECT sample_id, score FROM label_scores").fetchall()
    view = {sample_id: score for sample_id, score in rows if sample_id in found}
    assert view == pytest.approx(found, abs=CLOSE)


def test_moments_are_scored_by_overlap(field: sqlclap.Library) -> None:
    labels, connection = field.labels, field.connection
    labels.add("tone", threshold=0.4)
    labels.add_anchors("bird", ["calls/b.wav", "dawn.wav@3.25-4.5"])
    labels.add_anchors("tone", ["tones/tone-110.wav"])
    labels.vote("bird", ["dawn.wav@6-6.3"], CastVote("accept"))
    labels.vote("bird", ["dawn.wav@1-1.4"], CastVote("reject"))
    labels.vote("bird", ["tones/tone-880.wav"], CastVote("reject"))
    scorer, dim = scorer_of(field.session), 16
    at, dawn_id = scorer.position("bird"), ids_of(field)["dawn.wav"]
    query = """
        SELECT e.start_s, e.end_s, v.vector FROM embeddings AS e
        JOIN vec_1 AS v USING (embedding_id) WHERE e.sample_id = ? AND e.window_index IS NOT NULL
    """
    windows: list[Any] = connection.execute(query, (dawn_id,)).fetchall()
    assert len(windows) == round(LENGTH_S / 0.5)
    vectors = np.stack([np.frombuffer(row[2], "<f4") for row in windows]).reshape(-1, dim)
    scores = scorer.score(vectors)
    expected = {
        (start_s, end_s): (scores.score[number, at], scores.gap[number, at])
        for number, (start_s, end_s, _) in enumerate(windows)
        if not any(
            speaks_for(Span(*times), Span(start_s, end_s)) for times in (CALLS["a"], CALLS["b"])
        )
    }
    select = "SELECT start_s, end_s, score, gap, verdict FROM moment_matches WHERE label = 'bird'"
    rows: list[Any] = connection.execute(f"{select} AND sample_id = ?", (dawn_id,)).fetchall()
    found = {row[:2]: row[2:4] for row in rows}
    assert set(found) == set(expected)
    for window, numbers in found.items():
        assert numbers == pytest.approx(expected[window], abs=CLOSE)
    said = {row[:2] for row in rows if row[4] == "accept"}
    assert said == {w for w in found if speaks_for(Span(*CALLS["c"]), Span(*w))} != set()
    everywhere = connection.execute(f"{select.replace('verdict', 'path')}").fetchall()
    paths = {row[4] for row in everywhere}
    assert paths == set(ids_of(field)) - {"calls/b.wav", "tones/tone-880.wav"}
    assert [row[2] for row in rows] == sorted((row[2] for row in rows), reverse=True)


def test_short_sounds_are_moments_as_a_whole(field: sqlclap.Library) -> None:
    field.labels.add_anchors("bird", ["calls/b.wav"])
    field.labels.vote("bird", ["calls/a.wav"], CastVote("accept"))
    query = "SELECT is_whole, start_s, end_s FROM moment_scores WHERE sample_id = ?"
    rows = field.connection.execute(query, (ids_of(field)["calls/a.wav"],)).fetchall()
    assert rows == [(1, 0.0, pytest.approx(0.4, abs=1e-6))]
    query = "SELECT verdict FROM moment_matches WHERE path = 'calls/a.wav'"
    assert field.connection.execute(query).get == "accept"


def test_the_views_tolerance_is_the_parsers(field: sqlclap.Library) -> None:
    query = "SELECT sql FROM sqlite_schema WHERE name = 'label_moments'"
    assert f"s.duration_s + {END_TOLERANCE_S:g} " in field.connection.execute(query).get


def test_whole_sounds_alone_are_as_before(field: sqlclap.Library) -> None:
    """Nothing is read, and no row has a span, where nobody names one."""
    shutil.rmtree(sounds_of(field))
    field.labels.add_anchors("bird", ["calls/*", "tones/tone-110.wav"])
    field.labels.vote("bird", ["dawn.wav"], CastVote("accept"))
    assert states(field) == ["ok"] * 4
    assert [one.start_s for one in field.labels.votes("bird")] == [None]
    assert field.connection.execute("SELECT count(*) FROM span_vectors").get == 0
