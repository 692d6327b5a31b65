"""Rankings by aspects: exact, as plain numpy has them, and the same on every surface."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import sqlclap
from sqlclap import Query, SearchOptions
from sqlclap.db.spans import Span
from sqlclap.db.vectors import vectors_of_samples
from sqlclap.errors import QueryError
from sqlclap.search.aspects import ASPECTS, read_aspects
from sqlclap.sqlfunctions.adapters import register_functions
from tests.cli.running import fail, rows_of, run, succeed
from tests.page.visiting import Site
from tests.support.sounds import noise, tone, write_sound

TONE = 12
"""The id of a sound that has a pitch."""
LEAST = {"pitch": 1 / 12, "loudness": 1.0, "envelope": 0.25, "length": 0.1, "brightness": 0.1}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, fake_bundle: Path) -> sqlclap.Library:
    """A library of sounds of many pitches, lengths and levels, some without a pitch."""
    folder = tmp_path_factory.mktemp("aspects")
    for number in range(24):
        seconds = 0.5 + 0.05 * (number * 7 % 24)
        level = 0.2 + 0.03 * (number * 5 % 24)
        write_sound(
            folder / "in" / f"tone-{number:02}.wav", level * tone(90 + 41 * number, seconds)
        )
    for seed in range(6):
        write_sound(folder / "in" / f"noise-{seed}.wav", noise(10 + seed, 0.3 + 0.1 * seed))
    opened = sqlclap.open(folder / "sounds.db", model=str(fake_bundle))
    opened.ingest([folder / "in"])
    register_functions(opened.connection)
    return opened


def rows(matches: sqlclap.Matches) -> list[tuple[int, float]]:
    return [(one.sample_id, one.score) for one in matches]


def plainly(library: sqlclap.Library, number: int, weights: dict[str, float]) -> dict[int, float]:
    """Return every other sound's score, read from the tables by docs/aspects.md alone."""
    session = library.session
    samples = library.samples()
    ids = [one.sample_id for one in samples]
    found, vectors = vectors_of_samples(session.database, session.model, ids)
    assert list(found) == ids
    unit = vectors.astype(float) / np.linalg.norm(vectors.astype(float), axis=1)[:, None]
    own = ids.index(number)
    columns = {
        "pitch": [[one.pitch_hz for one in samples]],
        "loudness": [[one.loudness_momentary for one in samples]],
        "envelope": [[one.attack_s for one in samples], [one.decay for one in samples]],
        "length": [[one.duration_s for one in samples]],
        "brightness": [[one.spectral_centroid_hz for one in samples]],
    }
    total, whole = np.zeros(len(ids)), 0.0
    for name, weight in weights.items():
        if name == "timbre":
            total, whole = total + weight * (unit @ unit[own]), whole + weight
            continue
        parts = []
        for column in columns[name]:
            values = np.array([np.nan if one is None else one for one in column], dtype=float)
            if name != "loudness":
                values = np.log2(np.maximum(values, 1e-4))
            if np.isnan(values[own]):
                continue
            low, high = np.nanpercentile(values, [16, 84])
            alike = 2 ** -(np.abs(values - values[own]) / max((high - low) / 2, LEAST[name]))
            parts.append(np.nan_to_num(alike, nan=0.0))
        if parts:
            total, whole = total + weight * np.mean(parts, axis=0), whole + weight
    return {one: score / whole for one, score in zip(ids, total, strict=True) if one != number}


WEIGHTS = st.dictionaries(st.sampled_from([*ASPECTS]), st.sampled_from([0.25, 1.0, 2.0, 7.5]))


@settings(max_examples=25, deadline=None, suppress_health_check=[*HealthCheck])
@given(st.integers(1, 30), WEIGHTS)
def test_scores_are_those_of_plain_numpy(
    library: sqlclap.Library, number: int, weights: dict[str, float]
) -> None:
    weights = {"timbre": 1.0} | weights
    text = ",".join(f"{name}:{weight}" for name, weight in weights.items())
    expected = plainly(library, number, weights)
    found = dict(rows(library.similar(number, 50, SearchOptions(aspect=text))))
    assert found == pytest.approx(expected, abs=2e-6)
    assert list(found.values()) == sorted(found.values(), reverse=True)


@pytest.mark.parametrize("text", ["pitch", "timbre:0,length,loudness", "envelope:3,brightness"])
def test_the_index_gives_the_rows_of_a_scan(library: sqlclap.Library, text: str) -> None:
    library.index.build()
    for options in ({}, {"where": "sample_id % 2"}, {"offset": 3}, {"moments": True}):
        exact = SearchOptions(aspect=text, exact=True, **options)
        asked = SearchOptions(aspect=text, **options)
        for n in (2, 20):
            assert rows(library.similar(TONE, n, asked)) == rows(library.similar(TONE, n, exact))
    plan = library.similar(TONE, 5, SearchOptions(aspect="timbre:0,pitch")).plan
    assert str(plan).startswith("exact: timbre doesn't count")


def test_all_surfaces_give_the_same_rows(library: sqlclap.Library) -> None:
    aspect = "pitch:2,length"
    expected = [
        (one, round(score, 6))
        for one, score in rows(library.similar(TONE, 6, SearchOptions(aspect=aspect)))
    ]
    model = library.encoder.bundle.folder
    asked = ("similar", library.path, str(TONE), "-n", "6", "--model", model)
    told = rows_of(*asked, "--aspect", "pitch:2", "--aspect", "length")
    assert told == rows_of(*asked, "--aspect", aspect)
    assert [(one["sample_id"], one["score"]) for one in told] == expected
    assert expected != [(one.sample_id, round(one.score, 6)) for one in library.similar(TONE, 6)]

    composed = library.find(Query().like(TONE), 6, SearchOptions(aspect=aspect))
    assert [(one, round(score, 6)) for one, score in rows(composed)] == expected
    like = json.dumps([{"sound": TONE}])
    query = "SELECT clap_query_json(?, 6, ?)"
    given_json = library.connection.execute(query, (like, json.dumps({"aspect": aspect}))).get
    assert [(one["sample_id"], one["score"]) for one in json.loads(given_json)] == expected
    printed = succeed(
        "find", library.path, "--like", str(TONE), "-n", "6", "--aspect", aspect, "--sql"
    )
    by_statement = library.connection.execute(printed.strip().rstrip(";")).fetchall()
    assert [row[2] for row in by_statement] == [one for one, _ in expected]

    site = Site(library.path)
    try:
        for answer in (
            site.local.json("api/similar", sample=TONE, n=6, aspect=aspect),
            site.local.json("api/find", query=like, n=6, aspect=aspect),
        ):
            matches: Any = answer["matches"]
            assert [(one["sample_id"], one["score"]) for one in matches] == expected
    finally:
        site.close()


def test_a_span_is_compared_by_aspects_too(library: sqlclap.Library) -> None:
    options = SearchOptions(aspect="length,loudness")
    expected = rows(library.similar(f"{TONE}@0.1-0.4", 5, options))
    assert rows(library.similar((TONE, Span(0.1, 0.4)), 5, options)) == expected
    assert rows(library.similar((TONE, None), 5, options)) == rows(
        library.similar(TONE, 5, options)
    )


def test_a_file_is_measured_as_the_library_is(library: sqlclap.Library, tmp_path: Path) -> None:
    inside = library.samples()[9].file
    copy = tmp_path / "copy.wav"
    copy.write_bytes(inside.read_bytes())
    options = SearchOptions(aspect="pitch,loudness,envelope,length,brightness")
    for sound in (copy, copy.read_bytes()):
        best = library.similar(sound, 1, options)[0]
        assert best.file == inside
        assert best.score == pytest.approx(1.0, abs=1e-3)


def test_what_the_sound_lacks_does_not_count_and_is_told(library: sqlclap.Library) -> None:
    (number,) = [one.sample_id for one in library.samples() if one.path.endswith("noise-2.wav")]
    found = library.similar(number, 5, SearchOptions(aspect="pitch:5,length"))
    assert rows(found) == rows(library.similar(number, 5, SearchOptions(aspect="length")))
    assert found.notes == (
        f"sound {number}: has no pitch that is measured, so that pitch doesn't count",
    )
    with pytest.raises(QueryError, match=r"has no pitch that is measured.*let timbre count"):
        library.similar(number, 5, SearchOptions(aspect="timbre:0,pitch"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("colour", "there is no 'colour', only timbre, pitch, loudness, envelope, length, bright"),
        ("pitch,,length", "there is no ''"),
        ("pitch:much", "expected a weight of 0 or more behind pitch:, such as pitch:2; got 'much'"),
        ("pitch:-1", "expected a weight of 0 or more"),
        ("pitch:nan", "expected a weight of 0 or more"),
        ("pitch:inf", "expected a weight of 0 or more"),
        ("pitch:", "expected a weight of 0 or more"),
        ("pitch,pitch:2", "expected each aspect once, got pitch twice"),
        ("timbre:0", "expected an aspect with a weight above 0"),
    ],
)
def test_what_is_no_aspect_is_refused(text: str, says: str) -> None:
    with pytest.raises(QueryError, match=says):
        read_aspects(text)


def test_aspects_want_one_sound(library: sqlclap.Library) -> None:
    pitch = SearchOptions(aspect="pitch")
    for query in (Query().more("kick"), Query().like(1).like(2), Query().more("kick").unlike(1)):
        with pytest.raises(QueryError, match="expected one sound that aspects compare with"):
            library.find(query, 5, pitch)
    with pytest.raises(QueryError, match="expected one sound"):
        library.similar(library.encoder.embed_text("kick"), 5, pitch)
    with pytest.raises(QueryError, match="aspects compare with a sound, not with words"):
        library.search("kick", 5, pitch)
    model = library.encoder.bundle.folder
    assert "only timbre, pitch" in fail(
        "similar", library.path, "1", "--aspect", "x", "--model", model
    )
    neighbors = 'SELECT clap_neighbors(clap_vector(1), 5, \'{"aspect": "pitch"}\')'
    with pytest.raises(Exception, match="aspects compare with a sound"):
        library.connection.execute(neighbors)
    told = run(
        "similar", library.path, str(TONE), "--aspect", "pitch", "--explain", "--model", model
    )
    assert "ranked exactly" in told.stderr
    composed = library.find(Query().more("kick").like(TONE).less("snare", 0.5), 10, pitch)
    assert TONE not in [one.sample_id for one in composed]
    assert len(composed) == 10
