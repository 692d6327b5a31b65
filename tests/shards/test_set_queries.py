"""Measures, aspects, words or sounds, paths: a set answers as one library, here and at nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sqlclap
from sqlclap import Query, SearchOptions
from sqlclap.errors import QueryError, UnknownFolderError
from sqlclap.finding.query import Term
from sqlclap.shards import ShardSet, order_statistics
from sqlclap.shards.protocol import TOKEN_VARIABLE
from tests.shards.test_searching import assert_same
from tests.support.served_nodes import TOKEN, Nodes, served_twins
from tests.support.sounds import tone, write_sound
from tests.support.vector_library import unit_vectors

Sides = tuple[sqlclap.Library, list[ShardSet]]


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory, fake_bundle: Path) -> Iterator[Nodes]:
    folder = tmp_path_factory.mktemp("asked-nodes")
    with served_twins(folder, fake_bundle, 160, 11) as made:
        yield made


@pytest.fixture(scope="module")
def sides(nodes: Nodes) -> Iterator[Sides]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(TOKEN_VARIABLE, TOKEN)
        patch.setattr(order_statistics, "SPREAD", 9)  # in this process alone; nodes tell more
        with nodes.open() as there:
            yield nodes.twins.library, [nodes.twins.set, there]


def refusal(ask: Callable[..., Any], *asked: Any) -> Any:
    """Return an answer, or what an error says instead."""
    try:
        return ask(*asked)
    except QueryError as error:
        return str(error)


KINDS = st.sampled_from(["", "moments", "events"])
FOLDERS = st.sampled_from([None, "site-1"])


@settings(max_examples=20, deadline=None)
@given(
    words=st.sampled_from(
        ["deep rain", "not bright kick", "very loud snare", "a short deep noisy thing", "bright"]
    ),
    kind=KINDS,
    folder=FOLDERS,
    n=st.integers(1, 40),
    offset=st.integers(0, 20),
)
def test_measures_are_compared_with_all_sounds(
    sides: Sides, words: str, kind: str, n: int, **more: Any
) -> None:
    library, sets = sides
    asked = SearchOptions(measures=True, moments=bool(kind), events=kind == "events", **more)
    wanted = library.search(words, n, asked)
    assert wanted.understood
    for opened in sets:
        found = opened.search(words, n, asked)
        assert_same(found, wanted, exactly=False)
        assert found.understood == wanted.understood
        assert [one.weak for one in found] == [one.weak for one in wanted]


def test_measures_are_terms_and_filters_of_composed_queries(nodes: Nodes, sides: Sides) -> None:
    library, sets = sides
    query = Query().more("deep rain under 3 s").like(nodes.twins.sounds[5].path).less("wind", 0.5)
    asked = SearchOptions(measures=True)
    for opened in sets:
        assert_same(opened.find(query, 30, asked), library.find(query, 30, asked), exactly=False)
        for words in ("under 2 s", "deep", "not a snare", "mono"):
            found, wanted = (refusal(one.search, words, 9, asked) for one in (opened, library))
            if isinstance(wanted, str):
                assert found == wanted
            else:
                assert_same(found, wanted, exactly=False)


@settings(max_examples=20, deadline=None)
@given(
    aspect=st.sampled_from(
        ["pitch", "pitch:2,length", "timbre:0,loudness", "envelope,brightness:3", "timbre:0,pitch"]
    ),
    at=st.integers(0, 100),
    kind=KINDS,
    folder=FOLDERS,
)
def test_aspects_are_compared_with_all_sounds(
    nodes: Nodes, sides: Sides, aspect: str, at: int, kind: str, **more: Any
) -> None:
    library, sets = sides
    sound, n = nodes.twins.sounds[at].path, 25
    asked = SearchOptions(aspect=aspect, moments=bool(kind), events=kind == "events", **more)
    wanted = refusal(library.similar, sound, n, asked)
    for opened in sets:
        found = refusal(opened.similar, sound, n, asked)
        if isinstance(wanted, str):
            assert found == wanted
        else:
            assert_same(found, wanted, exactly=False)
            assert found.notes == wanted.notes


def test_aspects_of_files_and_several_sounds(nodes: Nodes, sides: Sides, tmp_path: Path) -> None:
    library, sets = sides
    file = write_sound(tmp_path / "tone.wav", tone(440))
    both = SearchOptions(aspect="pitch,loudness:2", measures=True)
    query = Query().like(nodes.twins.sounds[8].path).like(str(file), 0.5).more("deep rain", 0.3)
    wanted, alone = library.find(query, 30, both), library.similar(str(file), 20, both)
    vector = unit_vectors(1, nodes.twins.model.dim, 5)[0]
    for opened in sets:
        assert_same(opened.find(query, 30, both), wanted, exactly=False)
        assert_same(opened.similar(str(file), 20, both), alone, exactly=False)
        with pytest.raises(QueryError, match="expected a sound that aspects compare with"):
            opened.similar(vector, options=both)


@settings(max_examples=20, deadline=None)
@given(
    ends=st.tuples(st.integers(0, 159), st.integers(0, 159)),
    n=st.integers(1, 25),
    folder=FOLDERS,
    min_score=st.sampled_from([None, 0.5]),
)
def test_paths_lead_over_sounds_of_all_shards(
    nodes: Nodes, sides: Sides, ends: tuple[int, int], n: int, **more: Any
) -> None:
    library, sets = sides
    first, last = (nodes.twins.sounds[at].path for at in ends)
    asked = SearchOptions(**more)
    wanted = refusal(library.between, first, last, n, asked)
    for opened in sets:
        found = refusal(opened.between, first, last, n, asked)
        if isinstance(wanted, str):
            assert found == wanted
        else:
            assert_same(found, wanted)
            assert [one.weak for one in found] == [one.weak for one in wanted]


def test_ends_of_paths_are_checked(nodes: Nodes, sides: Sides) -> None:
    library, sets = sides
    first, last = nodes.twins.sounds[0].path, Term("vector", (1.0, 2.0))
    vector = Term("vector", tuple(unit_vectors(1, nodes.twins.model.dim, 3)[0].tolist()))
    for opened in sets:
        assert_same(opened.between(first, vector, 5), library.between(first, vector, 5))
        with pytest.raises(QueryError, match="expected a vector"):
            opened.between(first, last)
        with pytest.raises(QueryError, match="words lie apart"):
            opened.between(first, Term("words", "rain"))
        with pytest.raises(QueryError, match="no moments"):
            opened.between(first, vector, options=SearchOptions(moments=True))
        with pytest.raises(UnknownFolderError):
            opened.between(first, vector, options=SearchOptions(folder="nowhere"))
        other = Term("vector", vector.value, space="another")
        for ask in (opened.find, lambda term, opened=opened: opened.between(first, term)):
            with pytest.raises(QueryError, match="vectors of two models"):
                ask(other)


@settings(max_examples=20, deadline=None)
@given(
    or_text=st.sampled_from(
        ["glass", "gla* OR deep", '"glass break"', "kick rain", "wood OR kick OR wood", "nothing"]
    ),
    folder=FOLDERS,
    n=st.integers(1, 200),
    offset=st.integers(0, 30),
    min_score=st.sampled_from([None, 0.1]),
    text=st.sampled_from([None, "deep"]),
)
def test_words_or_sounds_are_ranked_by_all_sounds(
    nodes: Nodes, sides: Sides, n: int, **more: Any
) -> None:
    library, sets = sides
    asked = SearchOptions(**more)
    sound = nodes.twins.sounds[n % 160].path
    query = Query().more("rain").like(sound, 0.5).less("wind", 0.5)
    searches = [lambda one: one.search("rain", n, asked), lambda one: one.similar(sound, n, asked)]
    for at, ask in enumerate([*searches, lambda one: one.find(query, n, asked)]):
        wanted = ask(library)
        for opened in sets:
            found = ask(opened)
            assert_same(found, wanted, exactly=at < len(searches))
            assert [one.found_by for one in found] == [one.found_by for one in wanted]
            assert found.plan.remark == wanted.plan.remark
            if not at:  # of sounds, `weak` is judged shard by shard
                assert [one.weak for one in found] == [one.weak for one in wanted]
                assert found.doubts == wanted.doubts
