"""Labels of a set whose sounds lie at nodes: the same anchors, votes and matches as in process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlclap import Query
from sqlclap.errors import QueryError, SpanError, UnknownFolderError, UnknownSoundError
from sqlclap.labels.votes import CastVote
from sqlclap.search.request import Filter
from sqlclap.shards import ShardSet
from sqlclap.shards.ids import SetId, split_id
from tests.shards.test_labels import REQUESTS, SETTINGS, told
from tests.support.served_nodes import Nodes, opened_afar, served_twins

NAMES = ("kick", "bird", "rain")


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory, fake_bundle: Path) -> Iterator[Nodes]:
    folder = tmp_path_factory.mktemp("labelled-nodes")
    with served_twins(folder, fake_bundle, 150, 8) as made:
        yield made


@pytest.fixture(scope="module")
def opened(nodes: Nodes) -> Iterator[ShardSet]:
    random = np.random.default_rng(4)
    with opened_afar(nodes) as there:
        for name in NAMES:
            sounds = [nodes.twins.sounds[at] for at in random.choice(150, 8, replace=False)]
            chosen = [one.path for one in sounds]
            for opened in (nodes.twins.library, nodes.twins.set, there):
                labels = opened.labels
                labels.add(name, **SETTINGS)
                labels.add_anchors(name, chosen[:4])
                labels.add_anchors(name, chosen[4:6], "negative")
                labels.add_anchors(name, chosen[6:7], weight=0.7)
                labels.vote(name, chosen[7:], CastVote("reject"))
        yield there


@pytest.mark.parametrize("request_", REQUESTS, ids=str)
@pytest.mark.parametrize("name", NAMES)
def test_matches_are_those_of_one_library(
    nodes: Nodes, opened: ShardSet, name: str, request_: dict[str, Any]
) -> None:
    found = opened.labels.matches(name, 40, **request_)
    here = nodes.twins.set.labels.matches(name, 40, **request_)
    wanted = nodes.twins.library.labels.matches(name, 40, **request_)
    assert told(found) == told(here) == told(wanted)
    assert found.kind is wanted.kind
    assert found.reach == here.reach
    for at in ("sample_id", "rival_sample_id", "heard_share", "status"):
        assert [getattr(one, at) for one in found] == [getattr(one, at) for one in here]
    assert all(str(one.file) == one.path for one in found)


@settings(max_examples=40, deadline=None)
@given(
    name=st.sampled_from(NAMES),
    n=st.integers(1, 160),
    confidence=st.sampled_from([None, "low", "medium", "high"]),
    with_anchors=st.booleans(),
    moments=st.booleans(),
    exact=st.booleans(),
    folder=st.sampled_from([None, "site-0", "site-2"]),
)
def test_any_request_for_matches_is_answered_alike(
    nodes: Nodes, opened: ShardSet, name: str, n: int, folder: str | None, **more: Any
) -> None:
    only = Filter(folder=folder)
    found = opened.labels.matches(name, n, only=only, **more)
    assert told(found) == told(nodes.twins.library.labels.matches(name, n, only=only, **more))


def test_rivals_that_lie_elsewhere_are_named(nodes: Nodes, opened: ShardSet) -> None:
    found = opened.labels.matches("kick", 150)
    rivals = {one.rival_sample_id: one.rival_path for one in found if one.rival_path is not None}
    assert rivals
    for whole, path in rivals.items():
        assert whole is not None
        assert opened.similar(path, 3)[0] == opened.similar(whole, 3)[0]
    assert any(
        split_id(one.sample_id).shard != split_id(one.rival_sample_id).shard
        for one in found
        if one.rival_sample_id is not None
    )


def test_anchors_and_votes_are_told_by_the_sets_ids(nodes: Nodes, opened: ShardSet) -> None:
    here = nodes.twins.set.labels
    for name in NAMES:
        assert [*opened.labels.anchors(name)] == [*here.anchors(name)]
        pairs = [(one.path, one.sample_id, one.verdict) for one in opened.labels.votes(name)]
        assert pairs == [(one.path, one.sample_id, one.verdict) for one in here.votes(name)]
    query = Query().like_label("kick").unlike_label("bird", 0.5)
    assert [one.path for one in opened.find(query, 20)] == [
        one.path for one in nodes.twins.library.find(query, 20)
    ]


def test_sounds_are_named_in_every_way(nodes: Nodes, opened: ShardSet) -> None:
    labels, sound = opened.labels, nodes.twins.sounds[0]
    labels.add("named")
    assert labels.add_anchors("named", ["site-1/*"]) == 50
    assert labels.add_anchors("named", [str(SetId(1, 1)), SetId(2, 1).whole, sound.path]) <= 3
    assert labels.add_anchors("named", [f"{sound.path}@0.2-0.8"]) == 1
    shards = {split_id(one.sample_id).shard for one in labels.anchors("named")}
    assert shards == {1, 2, 3}
    assert labels.remove_anchors("named", [f"{sound.path}@0.2-0.8", "site-1/*"]) == 51
    for nothing in ("nowhere/*", "nowhere.wav", SetId(1, 10_000).whole):
        with pytest.raises(UnknownSoundError):
            labels.add_anchors("named", [nothing])
    with pytest.raises(SpanError):
        labels.add_anchors("named", [f"{sound.path}@100-200"])
    with pytest.raises(UnknownFolderError, match="nowhere"):
        labels.matches("kick", only=Filter(folder="nowhere"))
    with pytest.raises(QueryError, match="no such column"):
        labels.matches("kick", only=Filter(where="nothing_such = 1"))
    labels.remove("named")


def test_matches_in_sql(opened: ShardSet) -> None:
    import apsw

    from sqlclap.shards.tables import SetTables

    connection = apsw.Connection("")
    SetTables(opened).register(connection)
    rows = connection.execute("SELECT path, score FROM clap_label_matches('kick', 5)").fetchall()
    assert rows == [(one.path, one.score) for one in opened.labels.matches("kick", 5)]
