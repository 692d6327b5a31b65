"""What a library holds as rows and as arrays, and queries by vectors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sqlclap
from sqlclap.errors import NoVectorsError, QueryError, UnknownFolderError, UnknownSoundError
from sqlclap.search import contents
from tests.support.sounds import noise, tone, write_sound


@pytest.fixture
def heard(filled: sqlclap.Library, sounds: Path) -> sqlclap.Library:
    """The library of six sounds, and one that is silent."""
    write_sound(sounds / "silence.wav", np.zeros(8000, dtype=np.float32))
    filled.ingest()
    return filled


def test_samples_are_rows_with_descriptors(heard: sqlclap.Library) -> None:
    samples = heard.samples()
    assert len(samples) == 7
    assert [one.sample_id for one in samples] == sorted(one.sample_id for one in samples)
    (tone_220,) = [one for one in samples if one.path.endswith("tone-220.wav")]
    assert tone_220.pitch_hz == pytest.approx(220, rel=0.02)
    assert tone_220.format == "WAV/PCM_16"
    assert tone_220.file.is_file()
    assert samples[0] == next(iter(samples))
    assert samples[-1] in samples
    assert [one.sample_id for one in samples[1:3]] == samples.sample_ids[1:3].tolist()
    with pytest.raises(IndexError):
        samples[7]


@pytest.mark.parametrize(
    ("only", "count"),
    [
        (sqlclap.Filter(folder="tones"), 4),
        (sqlclap.Filter(where="format LIKE 'FLAC%'"), 2),
        (sqlclap.Filter(where="pitch_hz < :hz", params={"hz": 300}), 2),
        (sqlclap.Filter(min_length=1000), 0),
        (sqlclap.Filter(), 7),
    ],
)
def test_a_filter_says_which(heard: sqlclap.Library, only: sqlclap.Filter, count: int) -> None:
    assert len(heard.samples(only)) == len([*heard.samples(only)]) == count
    ids, array = heard.vectors(only)
    assert len(ids) == len(array) == min(count, 6)
    assert {*ids.tolist()} <= {*heard.samples(only).sample_ids.tolist()}


def test_filters_that_mean_nothing_are_refused(heard: sqlclap.Library) -> None:
    with pytest.raises(UnknownFolderError):
        heard.samples(sqlclap.Filter(folder="drumz"))
    with pytest.raises(QueryError):
        heard.vectors(sqlclap.Filter(where="nothing = 1"))


def test_samples_that_go_are_passed_over(heard: sqlclap.Library) -> None:
    samples = heard.samples()
    gone = samples[1].sample_id
    heard.connection.execute("DELETE FROM samples WHERE sample_id = ?", (gone,))
    assert gone not in {one.sample_id for one in samples}
    assert len(samples[:3]) == 2
    with pytest.raises(UnknownSoundError):
        samples[1]


def test_samples_are_read_page_by_page(
    heard: sqlclap.Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = [*heard.samples()]
    monkeypatch.setattr(contents, "SAMPLES_AT_ONCE", 2)
    samples = iter(heard.samples())
    first = next(samples)
    heard.connection.execute("DELETE FROM samples WHERE sample_id = ?", (whole[-1].sample_id,))
    assert [first, *samples] == whole[:-1]


def test_vectors_are_ids_and_unit_rows(heard: sqlclap.Library) -> None:
    ids, array = heard.vectors()
    silent = [one.sample_id for one in heard.samples() if one.status == "silent"]
    assert (ids.dtype, array.dtype) == (np.int64, np.float32)
    assert array.shape == (6, heard.session.model.dim)
    assert {*ids.tolist()} | {*silent} == {one.sample_id for one in heard.samples()}
    assert np.linalg.norm(array, axis=1) == pytest.approx(np.ones(6), abs=1e-6)
    match = heard.similar(int(ids[2]), 1)[0]
    cosine = array[2] @ array[ids.tolist().index(match.sample_id)]
    assert match.score == pytest.approx(cosine, abs=1e-6)


@pytest.mark.parametrize("size", [1, 4, 100])
def test_batches_are_the_vectors_in_parts(heard: sqlclap.Library, size: int) -> None:
    ids, array = heard.vectors()
    parts = [*heard.vector_batches(size=size)]
    assert max(len(part.sample_ids) for part in parts) <= size
    assert np.concatenate([part.sample_ids for part in parts]).tolist() == ids.tolist()
    assert (np.concatenate([part.array for part in parts]) == array).all()


def test_an_array_is_the_callers_own(heard: sqlclap.Library) -> None:
    only = sqlclap.Filter(where="duration_s > 0")
    first = heard.samples(only).sample_ids.copy()
    heard.vectors(only).sample_ids[:] = 0
    heard.samples(only).sample_ids[:] = 0
    assert heard.samples(only).sample_ids.tolist() == first.tolist()


def test_batches_of_no_size_and_empty_libraries_say_so(library: sqlclap.Library) -> None:
    with pytest.raises(QueryError, match="a size of at least 1, got 0"):
        library.vector_batches(size=0)
    assert len(library.samples()) == 0
    with pytest.raises(NoVectorsError):
        library.vectors()


def test_a_vector_finds_what_its_sound_finds(heard: sqlclap.Library) -> None:
    ids, array = heard.vectors()
    (itself, *others) = heard.similar(array[0], 4)
    assert (itself.sample_id, itself.score) == (ids[0], pytest.approx(1, abs=1e-6))
    assert [one.sample_id for one in others] == [one.sample_id for one in heard.similar(ids[0], 3)]


def test_a_vector_of_words_finds_what_the_words_find(heard: sqlclap.Library) -> None:
    by_words = heard.search("deep kick", 4)
    by_vector = heard.search(heard.encoder.embed_text("deep kick"), 4)
    assert [one.score for one in by_vector] == [one.score for one in by_words]


@pytest.mark.parametrize(
    "change",
    [
        lambda vector: vector.astype(np.float64) * 1e300,
        lambda vector: vector.astype(np.float64) * 1e-300,
        lambda vector: vector.tolist(),
        lambda vector: tuple(vector.tolist()),
    ],
)
def test_only_the_direction_of_a_vector_counts(heard: sqlclap.Library, change: Any) -> None:
    vector = heard.vectors().array[3]
    expected = [one.sample_id for one in heard.similar(vector, 5)]
    assert [one.sample_id for one in heard.similar(change(vector), 5)] == expected


def test_filters_and_pages_hold_for_vectors(heard: sqlclap.Library) -> None:
    vector = heard.vectors().array.mean(axis=0)
    options = sqlclap.SearchOptions(folder="tones", offset=1)
    found = heard.similar(vector, 2, options)
    assert [one.rank for one in found] == [2, 3]
    assert all("tones" in one.path for one in found)


BAD = {
    "another dimension": (
        lambda v: v[:-1],
        r"a vector of \d+ numbers.*got shape \(\d+,\)",
    ),
    "a matrix": (lambda v: np.stack([v, v]), r"got shape \(2, \d+\)"),
    "not a number": (lambda v: v * np.nan, "finite numbers, got one with NaN or infinity"),
    "infinity": (lambda v: np.where(np.arange(len(v)) == 0, np.inf, v), "NaN or infinity"),
    "zeros": (lambda v: 0 * v, "with a direction, got zeros"),
    "texts": (lambda v: np.array(["a"] * len(v)), "numbers, got an array of <U1"),
    "complex": (lambda v: v + 1j, "numbers, got an array of complex"),
    "no list of one length": (lambda v: [[1.0], [1.0, 2.0]], "expected a vector of"),
}


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("method", ["search", "similar"])
def test_vectors_that_mean_nothing_are_refused(
    heard: sqlclap.Library, method: str, bad: str
) -> None:
    change, message = BAD[bad]
    with pytest.raises(QueryError, match=message):
        getattr(heard, method)(change(heard.vectors().array[0]))


def test_ids_of_data_frames_are_ids(heard: sqlclap.Library) -> None:
    frame = heard.samples(sqlclap.Filter(folder="tones")).to_pandas()
    first = frame["sample_id"].iloc[0]
    assert not isinstance(first, int)
    assert [one.sample_id for one in heard.similar(first, 2)] == [
        one.sample_id for one in heard.similar(int(first), 2)
    ]
    heard.labels.ensure("tone", frame["sample_id"])
    assert len(heard.labels.anchors("tone")) == 4
    assert heard.labels.remove_anchors("tone", frame["sample_id"].to_numpy()) == 4


def test_more_sounds_are_seen_by_the_next_question(heard: sqlclap.Library, sounds: Path) -> None:
    before = heard.samples()
    write_sound(sounds / "tones" / "tone-330.wav", tone(330))
    write_sound(sounds / "noises" / "noise-9.wav", noise(9))
    heard.ingest()
    assert (len(before), len(heard.samples()), len(heard.vectors().sample_ids)) == (7, 9, 8)
