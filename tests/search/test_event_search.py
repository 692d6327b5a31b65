"""Events of a search: moments merged, the same by index and by comparing all vectors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sqlclap
from sqlclap.db.library_file import LibraryFile
from sqlclap.errors import QueryError
from sqlclap.search import event_search
from sqlclap.search.event_search import COUNTING_SHARE, SoundEvent
from sqlclap.search.events import MatchedWindows, find_events
from sqlclap.search.judgement import UNJUDGED
from sqlclap.search.query import rank_by_vector
from sqlclap.search.request import SearchOptions
from sqlclap.session import Session
from tests.cli.running import fail, rows_of, succeed
from tests.support.fake_bundle import WINDOW_S
from tests.support.indexed_library import build, walk_everywhere
from tests.support.label_scene import NoEncoder
from tests.support.sounds import noise, tone, write_sound
from tests.support.vector_library import (
    add_model,
    add_samples,
    one_window,
    unit_vectors,
    windows_of,
)

EVENTS = SearchOptions(events=True)
DIM, LONG, WINDOWS, SHORT = 12, 25, 16, 20


@pytest.fixture
def heard(library: sqlclap.Library, tmp_path: Path) -> sqlclap.Library:
    """A short noise, and five seconds of tone with noise from 1.5 to 2.5 and from 4 to 4.5."""
    write_sound(tmp_path / "scenes" / "noise.wav", noise(1, WINDOW_S))
    parts = [tone(440, WINDOW_S)] * 10
    parts[3], parts[4], parts[8] = (noise(n, WINDOW_S) for n in (2, 3, 4))
    write_sound(tmp_path / "scenes" / "scene.wav", np.concatenate(parts))
    library.ingest([tmp_path / "scenes"])
    return library


def test_windows_that_follow_each_other_are_one_event(
    heard: sqlclap.Library, tmp_path: Path
) -> None:
    asked = write_sound(tmp_path / "asked.wav", noise(5, WINDOW_S))
    found = heard.similar(asked, 10, replace(EVENTS, min_score=0.99))
    spans = {
        (one.path, one.start_s, one.end_s, one.windows)
        for one in found
        if isinstance(one, SoundEvent) and one.start_s <= one.peak_s <= one.end_s
    }
    assert spans == {
        ("noise.wav", 0.0, 0.5, 1), ("scene.wav", 1.5, 2.5, 2), ("scene.wav", 4.0, 4.5, 1),
    }  # fmt: skip
    best = {one.score for one in heard.similar(asked, 99, SearchOptions(moments=True))}
    assert {one.score for one in found} <= best
    merged = heard.similar(asked, 10, replace(EVENTS, min_score=0.99, merge_gap=1.5))
    assert {(one.path, one.end_s) for one in merged if isinstance(one, SoundEvent)} == {
        ("noise.wav", 0.5), ("scene.wav", 4.5),
    }  # fmt: skip


def test_the_command_line_shows_events(heard: sqlclap.Library, fake_bundle: Path) -> None:
    given = ["similar", str(heard.path), "noise.wav", "--model", str(fake_bundle), "--events"]
    rows = rows_of(*given, "--min-score", "0.99", "--min-event", "0.6")
    assert [(row["start_s"], row["end_s"], row["windows"]) for row in rows] == [(1.5, 2.5, 2)]
    assert "peak" in succeed(*given).splitlines()[0]
    assert "are of events: ask for events" in fail(*given[:-1], "--merge-gap", "1")


def test_sql_gives_the_same_events(heard: sqlclap.Library) -> None:
    sqlclap.register_functions(heard.connection)
    options = json.dumps({"events": True, "min_score": 0.99, "merge_gap": 1.5})
    found = heard.similar("noise.wav", 9, replace(EVENTS, min_score=0.99, merge_gap=1.5))
    table = """
        SELECT sample_id, start_s, end_s, peak_s, windows, score
        FROM clap_moments(clap_vector(1), 9, ?) WHERE sample_id <> 1
    """
    assert heard.connection.execute(table, (options,)).fetchall() == [
        (e.sample_id, e.start_s, e.end_s, e.peak_s, e.windows, e.score)
        for e in found
        if isinstance(e, SoundEvent)
    ]
    told = "SELECT clap_moments_json(clap_vector(1), 9, ?)"
    of_json = json.loads(str(heard.connection.execute(told, (options,)).get))
    assert {row["windows"] for row in of_json} == {1, 3}
    bare = "SELECT count(*), count(peak_s) FROM clap_moments(clap_vector(1), 99)"
    assert heard.connection.execute(bare).fetchall() == [(11, 0)]
    with pytest.raises(QueryError, match="expected options among"):
        heard.connection.execute("SELECT clap_neighbors(clap_vector(1), 9, ?)", (options,))


def test_the_span_that_is_asked_about_is_in_no_event(heard: sqlclap.Library) -> None:
    found = heard.similar("scene.wav@2.0-2.5", 10, replace(EVENTS, min_score=0.99))
    spans = {(one.path, one.start_s, one.end_s) for one in found if isinstance(one, SoundEvent)}
    assert spans == {("noise.wav", 0.0, 0.5), ("scene.wav", 1.5, 2.0), ("scene.wav", 4.0, 4.5)}


def recordings(seed: int) -> np.ndarray:
    """Return windows of recordings that change slowly among a few kinds of sound."""
    rng = np.random.default_rng(seed)
    which = np.repeat(rng.integers(5, size=(LONG, WINDOWS // 2)), 2, axis=1)
    noisy = unit_vectors(5, DIM, seed=1)[which] + 0.15 * rng.standard_normal((LONG, WINDOWS, DIM))
    return (noisy / np.linalg.norm(noisy, axis=2, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A library with an index whose walks find all, a tail, and sounds that are gone."""
    path = tmp_path_factory.mktemp("events") / "library.db"
    with pytest.MonkeyPatch.context() as patch, LibraryFile(path, "create") as file:
        patch.setattr(event_search, "FIRST_DEPTH", 3)
        walk_everywhere(patch)
        model = add_model(file, DIM)
        add_samples(file, model, [windows_of(one) for one in recordings(1)])
        add_samples(file, model, [one_window(one) for one in unit_vectors(SHORT, DIM, 2)])
        build(file)
        add_samples(file, model, [windows_of(one) for one in recordings(3)[:5]])
        file.connection.execute("DELETE FROM samples WHERE sample_id IN (2, 7, 30)")
        yield Session(lambda: file.connection, NoEncoder())


MOMENTS = """
    SELECT e.sample_id, e.start_s, e.end_s, 1.0 - vec_distance_cosine(v.vector, ?1) AS score
    FROM embeddings AS e JOIN vec_1 AS v USING (embedding_id)
    WHERE {} AND (e.window_index IS NOT NULL OR NOT EXISTS (
        SELECT 1 FROM embeddings AS w
        WHERE w.sample_id = e.sample_id AND w.window_index IS NOT NULL
    )) ORDER BY score DESC, e.embedding_id
"""


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 99),
    options=st.builds(
        SearchOptions,
        events=st.just(True),
        merge_gap=st.sampled_from([None, 1.0, 2.0]),
        min_event=st.sampled_from([None, 2.0]),
        min_score=st.sampled_from([None, 0.2, 0.9]),
        offset=st.sampled_from([0, 2]),
        where=st.sampled_from([None, "sample_id % 3"]),
    ),
    n=st.integers(1, 20),
)
def test_events_are_those_of_all_windows(
    session: Session, seed: int, options: SearchOptions, n: int
) -> None:
    vector = unit_vectors(5, DIM, seed=1)[seed % 5] + 0.2 * unit_vectors(1, DIM, seed)[0]
    vector = (vector / np.linalg.norm(vector)).astype(np.float32)
    by_index, exact = (
        ask(session, vector, replace(options, exact=is_exact), n) for is_exact in (False, True)
    )
    assert by_index == exact == reference(session, vector, options, n)


def ask(session: Session, vector: np.ndarray, options: SearchOptions, n: int) -> list[Any]:
    found = rank_by_vector(session, session.model, vector, options.request(n), lambda _: UNJUDGED)
    assert found.plan.path == ("exact" if options.exact else found.plan.path)
    return [
        (one.sample_id, one.start_s, one.end_s, one.windows, pytest.approx(one.score, abs=1e-6))
        for one in found
        if isinstance(one, SoundEvent)
    ]


def reference(session: Session, vector: np.ndarray, options: SearchOptions, n: int) -> list[Any]:
    rows = session.database.execute(
        MOMENTS.format((options.where or "1").replace("sample_id", "e.sample_id")),
        (vector.tobytes(),),
    ).fetchall()
    floor = COUNTING_SHARE * rows[0][3] if options.min_score is None else options.min_score
    rows = [row for row in rows if row[3] >= floor]
    samples, starts, ends = (np.array([row[k] for row in rows], dtype=float) for k in range(3))
    rule = options.request(n).events
    assert rule is not None
    events = find_events(MatchedWindows(samples.astype(np.int64), starts, ends), rule)
    return [
        (rows[one.peak][0], one.start_s, one.end_s, len(one.windows), rows[one.peak][3])
        for one in events[options.offset : options.offset + n]
    ]


def test_the_index_is_taken(session: Session) -> None:
    vector = unit_vectors(5, DIM, seed=1)[0]
    model = session.model
    found = rank_by_vector(session, model, vector, EVENTS.request(3), lambda _: UNJUDGED)
    assert (found.plan.path, found.plan.indexed > LONG * WINDOWS - 50) == ("graph", True)


def test_options_of_events_need_events() -> None:
    for name in ("merge_gap", "min_event"):
        with pytest.raises(QueryError, match="are of events: ask for events"):
            replace(SearchOptions(), **{name: 1.0})  # type: ignore[arg-type]
    with pytest.raises(QueryError, match="expected a merge_gap of at least 0 seconds, got -1"):
        SearchOptions(events=True, merge_gap=-1.0).request(1)
