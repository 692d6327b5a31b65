"""Filters by label and collection: a set, here and at nodes, finds what one library finds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sqlclap
from sqlclap import Query, SearchOptions
from sqlclap.errors import QueryError, UnknownCollectionError, UnknownLabelError, UnknownSoundError
from sqlclap.search.request import Filter
from sqlclap.shards import ShardSet
from tests.shards.test_labels import SETTINGS
from tests.shards.test_labels import told as told_matches
from tests.shards.test_searching import assert_same
from tests.support.served_nodes import Nodes, opened_afar, served_twins
from tests.support.twin_libraries import Twins


def say(opened: Any, twins: Twins) -> None:
    """Label and collect the same sounds."""
    paths = [one.path for one in twins.sounds]
    for name, chosen in (("kick", paths[:40:3]), ("bird", paths[30:90:7])):
        opened.labels.add(name, **SETTINGS)
        opened.labels.add_anchors(name, chosen)
        opened.labels.add_anchors(name, paths[100:104], "negative")
    opened.collections.add("Track 7", [*paths[10:60:2], "site-2/000*"])
    opened.collections.add("empty", [])


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory, fake_bundle: Path) -> Iterator[Nodes]:
    folder = tmp_path_factory.mktemp("filtered-nodes")
    with served_twins(folder, fake_bundle, 150, 3) as made:
        yield made


@pytest.fixture(scope="module")
def sides(nodes: Nodes) -> Iterator[tuple[sqlclap.Library, list[ShardSet]]]:
    with opened_afar(nodes) as there:
        for opened in (nodes.twins.library, nodes.twins.set, there):
            say(opened, nodes.twins)
        yield nodes.twins.library, [nodes.twins.set, there]


Sides = tuple[sqlclap.Library, list[ShardSet]]


@settings(max_examples=40, deadline=None)
@given(
    label=st.sampled_from([None, "kick", "Bird "]),
    collection=st.sampled_from([None, "Track 7", "track 7", "empty"]),
    where=st.sampled_from([None, "duration_s < :longest -- a comment"]),
    folder=st.sampled_from([None, "site-1"]),
    kind=st.sampled_from(["", "moments", "events"]),
    offset=st.integers(0, 5),
)
def test_filters_let_the_same_through(
    nodes: Nodes, sides: Sides, where: str | None, kind: str, **more: Any
) -> None:
    library, sets = sides
    params = {"longest": 2.5} if where else {}
    options = SearchOptions(
        where=where, params=params, moments=bool(kind), events=kind == "events", **more
    )
    sound = nodes.twins.sounds[5].path
    query = Query().more("rain").less("wind", 0.5)
    for opened in sets:
        assert_same(opened.search("rain", 30, options), library.search("rain", 30, options))
        assert_same(opened.similar(sound, 30, options), library.similar(sound, 30, options))
        found, wanted = opened.find(query, 30, options), library.find(query, 30, options)
        assert_same(found, wanted, exactly=False)


def test_label_matches_are_filtered_alike(sides: Sides) -> None:
    library, sets = sides
    for only in (Filter(label="bird"), Filter(collection="Track 7", min_length=1.5)):
        for moments in (False, True):
            wanted = library.labels.matches("kick", 50, only=only, moments=moments)
            for opened in sets:
                found = opened.labels.matches("kick", 50, only=only, moments=moments)
                assert told_matches(found) == told_matches(wanted)


def test_collections_are_the_sets(nodes: Nodes, sides: Sides) -> None:
    library, sets = sides
    wanted = library.collections.sounds("Track 7")
    for opened in sets:
        named = [(one.name, one.sounds) for one in opened.collections.list()]
        assert named == [(one.name, one.sounds) for one in library.collections.list()]
        found = opened.collections.sounds("Track 7")
        assert {one.path for one in found} == {one.path for one in wanted}
        assert all(one.collections == ["Track 7"] for one in found)
        for one in found[:3]:
            assert opened.similar(one.sample_id, 1)[0] == opened.similar(one.path, 1)[0]
        first = found[0]
        assert opened.collections.add("Track 7", [first.sample_id]) == 0
        assert opened.collections.remove("Track 7", [first.path]) == 1
        assert opened.collections.add("Track 7", [first.sample_id]) == 1
        opened.collections.rename("Track 7", "Track 8")
        opened.collections.rename("Track 8", "Track 7")
        with pytest.raises(UnknownCollectionError):
            opened.collections.sounds("no such")
        with pytest.raises(UnknownSoundError):
            opened.collections.add("Track 7", ["nowhere.wav"])


def test_unknown_names_are_errors(sides: Sides) -> None:
    for opened in sides[1]:
        with pytest.raises(UnknownLabelError):
            opened.search("rain", options=SearchOptions(label="none"))
        with pytest.raises(QueryError, match="Track 7"):
            opened.search("rain", options=SearchOptions(collection="none"))


def test_vectors_are_given_out_by_label(nodes: Nodes, sides: Sides, tmp_path: Path) -> None:
    from sqlclap.own_vectors.giving import VectorExport

    library, (here, _) = sides
    only = Filter(label="kick")
    wanted = library.export_vectors(VectorExport(tmp_path / "one.jsonl", only=only))
    found = here.export_vectors(VectorExport(tmp_path / "set.jsonl", only=only))
    assert found.vectors == wanted.vectors == 14
