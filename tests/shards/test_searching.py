"""A set answers as one library of the same sounds does: the same rows, order and scores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlclap import Query, SearchOptions
from sqlclap.errors import (
    PartialAnswerError,
    QueryError,
    UnknownFolderError,
    UnknownSoundError,
)
from sqlclap.search.results import Matches
from sqlclap.shards.answers import SetMatches
from sqlclap.shards.ids import split_id
from tests.support.twin_libraries import Twins
from tests.support.vector_library import unit_vectors


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory, fake_bundle: Path) -> Iterator[Twins]:
    made = Twins(tmp_path_factory.mktemp("twins"), fake_bundle)
    made.add(160)
    yield made
    made.close()


def told(matches: Matches) -> list[tuple[Any, ...]]:
    places = ("start_s", "end_s", "peak_s", "windows")
    return [
        (one.rank, one.path, one.duration_s, one.format, *(getattr(one, at, None) for at in places))
        for one in matches
    ]


def assert_same(found: SetMatches, wanted: Matches, exactly: bool = True) -> None:
    assert told(found) == told(wanted)
    scores, others = [one.score for one in found], [one.score for one in wanted]
    assert scores == others if exactly else scores == pytest.approx(others, abs=1e-6)
    assert found.reach.is_whole
    assert found.kind is wanted.kind
    assert found.model == wanted.model


OPTIONS = [
    SearchOptions(),
    SearchOptions(offset=7),
    SearchOptions(min_score=0.1),
    SearchOptions(folder="site-1"),
    SearchOptions(format="flac", min_length=1.5),
    SearchOptions(where="spectral_centroid_hz < :hz", params={"hz": 500}),
    SearchOptions(sort="spectral_centroid_hz:desc"),
    SearchOptions(sort="spectral_centroid_hz", offset=120),
    SearchOptions(sort="score", min_score=0.05),
    SearchOptions(sort="path"),
    SearchOptions(moments=True),
    SearchOptions(moments=True, offset=3, folder="site-0"),
    SearchOptions(events=True),
    SearchOptions(events=True, min_score=0.05, merge_gap=1.0),
    SearchOptions(events=True, min_event=2.0, min_score=-0.5),
    SearchOptions(exact=True),
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_words_and_vectors_find_the_same(twins: Twins, options: SearchOptions) -> None:
    assert_same(twins.set.search("rain", 12, options), twins.library.search("rain", 12, options))
    vector = unit_vectors(1, twins.model.dim, 99)[0]
    assert_same(twins.set.similar(vector, 9, options), twins.library.similar(vector, 9, options))


def test_sounds_are_put_in_the_order_of_the_sets_ids(twins: Twins) -> None:
    vector = unit_vectors(1, twins.model.dim, 99)[0]
    every = sorted(one.sample_id for one in twins.set.similar(vector, 1_000))
    for sort, wanted in (("sample_id", every), ("sample_id:desc", every[::-1])):
        found = twins.set.similar(vector, 25, SearchOptions(sort=sort, offset=3))
        assert [one.sample_id for one in found] == wanted[3:28]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_sounds_find_the_same_and_not_themselves(twins: Twins, options: SearchOptions) -> None:
    for number in (0, 7, 44):
        path = twins.sounds[number].path
        found = twins.set.similar(path, 8, options)
        assert_same(found, twins.library.similar(path, 8, options))
        if not options.moments:
            assert path not in [one.path for one in found]


@given(
    st.integers(0, 2**31),
    st.integers(1, 40),
    st.integers(0, 40),
    st.sampled_from(["", "events", "moments"]),
)
@settings(max_examples=40)
def test_any_vector_finds_the_same(twins: Twins, seed: int, n: int, offset: int, kind: str) -> None:
    vector = unit_vectors(1, twins.model.dim, seed)[0]
    options = SearchOptions(offset=offset, moments=bool(kind), events=kind == "events")
    assert_same(twins.set.similar(vector, n, options), twins.library.similar(vector, n, options))


@pytest.mark.parametrize("options", [*OPTIONS[:8], *OPTIONS[10:]], ids=str)
def test_composed_queries_find_the_same(twins: Twins, options: SearchOptions) -> None:
    first, last = twins.sounds[3].path, twins.sounds[50].path
    queries = [
        Query().more("rain"),
        Query().like(first),
        Query().more("rain").less("wind", 0.5),
        Query().like(first).like(last, 0.4).unlike(twins.sounds[9].path),
        Query().more("thunder").toward(unit_vectors(1, twins.model.dim, 4)[0]).less("x"),
    ]
    for query in queries:
        found, wanted = twins.set.find(query, 11, options), twins.library.find(query, 11, options)
        assert_same(found, wanted, exactly=False)
        assert [one.term for one in found.terms] == [one.term for one in wanted.terms]
        for one, other in zip(found.terms, wanted.terms, strict=True):
            assert (one.median, one.reach) == pytest.approx((other.median, other.reach), abs=1e-6)


def test_weak_answers_in_words_are_the_same(twins: Twins) -> None:
    for text in ("rain", "zzz qqq", "kick", "a b c"):
        found, wanted = twins.set.search(text, 30), twins.library.search(text, 30)
        assert [one.weak for one in found] == [one.weak for one in wanted]
        assert found.doubts == wanted.doubts


def test_ids_are_the_sets_and_name_sounds(twins: Twins) -> None:
    found = twins.set.search("rain", 20)
    assert len({one.sample_id for one in found}) == 20
    assert {split_id(one.sample_id).shard for one in found} == {1, 2, 3}
    first = found[0]
    by_number = twins.set.similar(first.sample_id, 5)
    by_text = twins.set.similar(str(split_id(first.sample_id)), 5)
    by_path = twins.set.similar(first.path, 5)
    assert told(by_number) == told(by_text) == told(by_path)
    with pytest.raises(UnknownSoundError, match="999"):
        twins.set.similar(999)
    with pytest.raises(UnknownSoundError, match=r"nothing\.wav"):
        twins.set.similar("nothing.wav")


def test_copies_have_the_same_scores_whatever_their_order(
    tmp_path: Path, fake_bundle: Path
) -> None:
    made = Twins(tmp_path, fake_bundle, 4)
    made.add(60, seed=3, copies=25)
    vector = made.sounds[2].vectors[0]
    found, wanted = made.set.similar(vector, 60), made.library.similar(vector, 60)
    assert [one.score for one in found] == [one.score for one in wanted]
    assert {(one.path, one.score) for one in found} == {(one.path, one.score) for one in wanted}
    made.close()


def test_indexes_answer_the_same(
    tmp_path: Path, fake_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Twins(tmp_path, fake_bundle, 2)
    made.add(400, seed=5)
    made.library.index.build()
    for shard in made.set.shards:
        with shard.open() as library:
            library.index.build()
    made.add(20, seed=6)
    vectors = unit_vectors(20, made.model.dim, 1)
    for vector in vectors:
        found = made.set.similar(vector, 10)
        assert_same(found, made.library.similar(vector, 10))
    assert "graph" in str(found.plan) or "scan" in str(found.plan)
    made.close()


REFUSED: list[tuple[SearchOptions, str]] = [
    (SearchOptions(aspect="pitch"), "aspects compare with a sound"),
    (SearchOptions(collection="kick"), "no collection"),
    (SearchOptions(where='"sample_id" < 5'), "without quotes"),
    (SearchOptions(where="no_column = 1"), "no_column"),
    (SearchOptions(sort="no_column"), "no_column"),
]


@pytest.mark.parametrize(("options", "why"), REFUSED, ids=[why for _, why in REFUSED])
def test_what_would_not_be_the_same_is_refused(
    twins: Twins, options: SearchOptions, why: str
) -> None:
    with pytest.raises(QueryError, match=why):
        twins.set.search("rain", options=options)


def test_a_folder_may_lie_in_one_shard_alone(twins: Twins) -> None:
    with pytest.raises(UnknownFolderError):
        twins.set.search("rain", options=SearchOptions(folder="nowhere"))
    with pytest.raises(QueryError):
        twins.set.similar(np.zeros(twins.model.dim))


def test_a_missing_shard_is_named_and_comes_back(tmp_path: Path, fake_bundle: Path) -> None:
    made = Twins(tmp_path, fake_bundle)
    made.add(60)
    whole = made.set.search("rain", 60)
    assert (whole.asked, whole.answered, whole.missing) == (3, 3, ())
    assert (whole.generation, whole.model_version) == (1, made.set.file.model_version)
    away = tmp_path / "set-0002.db"
    away.rename(tmp_path / "away.db")
    part = made.set.search("rain", 60)
    assert (part.asked, part.answered) == (3, 2)
    assert [one.shard for one in part.missing] == [2]
    assert "set-0002.db" in part.missing[0].reason
    assert "missing shard 2" in part.remarks()[0]
    kept = [one for one in whole if split_id(one.sample_id).shard != 2]
    assert [one.sample_id for one in part] == [one.sample_id for one in kept]
    with pytest.raises(PartialAnswerError, match="missing shard 2"):
        made.set.search("rain", require_all=True)
    with made.reopened(require_all=True) as strict, pytest.raises(PartialAnswerError):
        strict.find(Query().more("rain").less("wind"))
    away.write_bytes(b"no database at all")
    assert [one.shard for one in made.set.search("rain").missing] == [2]
    (tmp_path / "away.db").rename(away)
    assert made.set.search("rain", 60).reach.is_whole
    for shard in made.set.shards:
        shard.path.rename(shard.path.with_suffix(".away"))
    with pytest.raises(PartialAnswerError, match="0 of 3 shards"):
        made.set.search("rain")
    made.close()


def test_a_shard_of_another_model_is_missing(tmp_path: Path, fake_bundle: Path) -> None:
    made = Twins(tmp_path, fake_bundle, 2)
    made.add(30)
    import apsw

    other = apsw.Connection(str(tmp_path / "set-0001.db"))
    other.execute("UPDATE models SET model_version = 'feedfeedfeedfeed'")
    other.close()
    part = made.set.search("rain")
    assert "feedfeedfeedfeed" in part.missing[0].reason
    made.close()
