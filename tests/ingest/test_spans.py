"""What becomes of spans and their vectors when files, samples and models change."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

import sqlclap
from sqlclap.db.spans import Span
from sqlclap.errors import SoundWarning
from sqlclap.labels.scorer_cache import scorer_of
from sqlclap.labels.votes import CastVote
from tests.support.fake_bundle import build_fake_bundle
from tests.support.recordings import B, cut, dawn, ids_of, sounds_of, span_vector, states, vector_of
from tests.support.sounds import noise, write_sound


def test_a_missing_file_is_no_reason_not_to_say_something(field: sqlclap.Library) -> None:
    (sounds_of(field) / "dawn.wav").rename(sounds_of(field).parent / "aside.wav")
    with pytest.warns(SoundWarning, match="can't read dawn.wav: No such file"):
        field.labels.vote("bird", ["dawn.wav@1-2"], CastVote("accept"))
    (sounds_of(field).parent / "aside.wav").rename(sounds_of(field) / "dawn.wav")
    query = "SELECT count(*) FROM span_vectors"
    assert field.connection.execute(query).get == 0
    field.ingest([])
    assert field.connection.execute(query).get == 1


def test_a_file_changed_since_is_not_taken_for_what_it_was(field: sqlclap.Library) -> None:
    write_sound(sounds_of(field) / "dawn.wav", noise(1, 5.0))
    with pytest.warns(SoundWarning, match="dawn.wav has changed since it was taken in"):
        field.labels.add_anchors("bird", ["dawn.wav@1-2"])
    assert states(field) == ["no vector"]
    field.ingest([])
    assert states(field) == ["changed"]


def test_reingest_keeps_spans_that_are_there_and_says_which_are_not(field: sqlclap.Library) -> None:
    labels = field.labels
    labels.add_anchors("bird", ["dawn.wav@1-1.4", "dawn.wav@6-6.3", "calls/a.wav"])
    labels.vote("bird", ["dawn.wav@1-2", "dawn.wav@6-7"], CastVote("accept"))
    labels.tag_by_hand("bird", ["dawn.wav@6-6.3"])
    write_sound(sounds_of(field) / "dawn.wav", cut(dawn(), 0.5, 6.1))
    report = field.ingest([])
    assert report.past_the_end == [
        "bird: anchor on dawn.wav@6.0-6.3",
        "bird: tag on dawn.wav@6.0-6.3",
        "bird: vote on dawn.wav@6.0-7.0",
    ]
    assert states(field) == ["changed", "past the end", "ok"]
    assert len(labels.votes("bird")) == 2
    rows = field.connection.execute(
        "SELECT kind, start_s, says, state FROM label_moments ORDER BY start_s, kind"
    )
    assert rows.fetchall() == [
        ("anchor", 1.0, "positive", "changed"),
        ("vote", 1.0, "accept", "changed"),
        ("anchor", 6.0, "positive", "past the end"),
        ("tag", 6.0, "hand", "past the end"),
        ("vote", 6.0, "accept", "past the end"),
    ]
    # What is scored by is what the span holds now: half a second on in the old recording.
    write_sound(sounds_of(field) / "now.wav", cut(dawn(), 1.5, 1.9))
    field.ingest([])
    np.testing.assert_allclose(
        span_vector(field, "dawn.wav", Span(1.0, 1.4)), vector_of(field, "now.wav"), atol=1e-5
    )
    scorer = scorer_of(field.session)
    assert len(scorer.positives[scorer.position("bird")]) == 2

    write_sound(sounds_of(field) / "dawn.wav", dawn())
    assert field.ingest([]).past_the_end == []
    assert states(field) == ["ok", "ok", "ok"]


def test_a_pruned_recording_that_comes_back_has_its_spans(field: sqlclap.Library) -> None:
    field.labels.add_anchors("bird", ["dawn.wav@3.25-4.5"])
    aside = (sounds_of(field) / "dawn.wav").rename(sounds_of(field).parent / "aside.wav")
    field.ingest([], sqlclap.IngestOptions(prune=True))
    assert states(field) == ["gone"]
    assert field.connection.execute("SELECT count(*) FROM span_vectors").get == 0
    aside.rename(sounds_of(field) / "again.wav")
    field.ingest([])
    (anchor,) = field.labels.anchors("bird")
    assert (anchor.path, anchor.start_s, anchor.state) == ("again.wav", 3.25, "ok")


def test_a_recording_that_moves_takes_its_spans_along(field: sqlclap.Library) -> None:
    field.labels.add_anchors("bird", ["dawn.wav@3.25-4.5"])
    (sounds_of(field) / "dawn.wav").rename(sounds_of(field) / "moved.wav")
    field.ingest([])
    (anchor,) = field.labels.anchors("bird")
    assert (anchor.path, anchor.state) == ("moved.wav", "ok")


def test_two_samples_that_become_one_share_their_spans(field: sqlclap.Library) -> None:
    from sqlclap.db.samples import merge_samples
    from sqlclap.db.statements import write_transaction

    shutil.copyfile(sounds_of(field) / "dawn.wav", sounds_of(field) / "copy.wav")
    field.ingest([])
    field.labels.add_anchors(
        "bird", ["dawn.wav@1-2", "copy.wav@1-2", "copy.wav@3.25-4.5", "copy.wav"]
    )
    ids = ids_of(field)
    with write_transaction(field.connection) as connection:
        merge_samples(connection, ids["dawn.wav"], ids["copy.wav"])
    told = [(one.path, one.start_s, one.state) for one in field.labels.anchors("bird")]
    assert told == [("dawn.wav", 1.0, "ok"), ("dawn.wav", 3.25, "ok"), ("dawn.wav", None, "ok")]


def test_another_model_gets_vectors_of_its_own(field: sqlclap.Library, tmp_path: Path) -> None:
    field.labels.add_anchors("bird", ["dawn.wav@3.25-4.5"])
    bundle = build_fake_bundle(tmp_path / "other", name="other", seed=7)
    with sqlclap.open(field.path, model=str(bundle)) as other:
        other.ingest([])
        assert states(other) == ["ok"]
        np.testing.assert_allclose(
            span_vector(other, "dawn.wav", B), vector_of(other, "calls/b.wav"), atol=1e-4
        )
        rows = other.connection.execute("SELECT model_id FROM span_vectors ORDER BY model_id")
        models = [row[0] for row in rows]
        assert len(models) == 2
        other.connection.pragma("foreign_keys", False)  # as in most tools
        other.connection.execute("DELETE FROM models WHERE model_id = ?", (models[0],))
        assert other.connection.execute("SELECT count(*) FROM span_vectors").get == 1


def test_vectors_of_spans_that_nobody_speaks_of_go(field: sqlclap.Library) -> None:
    labels, count = field.labels, "SELECT count(*) FROM span_vectors"
    labels.add_anchors("bird", ["dawn.wav@1-2", "dawn.wav@3-4"])
    labels.vote("bird", ["dawn.wav@3-4"], CastVote("accept"))
    labels.remove_anchors("bird", ["dawn.wav@1-2", "dawn.wav@3-4"])
    assert field.connection.execute(count).get == 2
    with field.connection:
        field.connection.execute("UPDATE span_vectors SET content_hash = 'old' WHERE start_s = 3")
    field.ingest([])
    assert field.connection.execute(count).get == 1
    labels.vote("bird", ["dawn.wav@3-4"], CastVote("reject"))
    assert labels.votes("bird")[-1].start_s == 3.0


def test_a_silent_span_is_kept_and_said_to_have_no_vector(field: sqlclap.Library) -> None:
    samples = dawn()
    samples[: round(1.0 * 16_000)] = 0
    write_sound(sounds_of(field) / "quiet.wav", samples)
    field.ingest([])
    with pytest.warns(SoundWarning, match=r"0.0-0.5 has no vector: .* is silent"):
        assert field.labels.add_anchors("bird", ["quiet.wav@0-0.5"]) == 1
    assert states(field) == ["no vector"]
