"""The review queue: how it is drawn, and that what it says of its chances is true."""

from __future__ import annotations

import json

import numpy as np
import pytest

from sqlclap.errors import LabelValueError, QueryError
from sqlclap.labels.votes import CastVote
from tests.labels.conftest import MakeScene
from tests.support.label_scene import LabelScene, at_angles


@pytest.fixture
def scene(make_scene: MakeScene) -> LabelScene:
    """A label whose scores fall from 1 to 0: the anchor at 0 degrees, 200 sounds beyond."""
    scene = make_scene(at_angles(0, *np.linspace(1, 90, 200)))
    scene.label("a", [1], threshold=0.5)
    return scene


def test_a_queue_mixes_near_top_and_random(scene: LabelScene) -> None:
    review = scene.labels.review("a", 20, seed=1)
    by_stratum = {draw.stratum: draw for draw in review.draws}
    assert [by_stratum[name].drawn for name in ("near", "top", "random")] == [10, 5, 5]
    near, top, everything = (by_stratum[name] for name in ("near", "top", "random"))
    assert near.low <= 0.5 <= near.high <= top.low
    assert near.population == 50
    assert everything.population == 200 - 15
    assert len({item.sample_id for item in review.items}) == 20
    for item in review.items:
        draw = by_stratum[item.stratum]
        assert draw.low <= item.score <= draw.high


def test_the_draws_are_stored(scene: LabelScene) -> None:
    review = scene.labels.review("a", 20, seed=1)
    ((draws,),) = scene.rows("SELECT draws FROM reviews WHERE review_id = ?", review.review_id)
    assert json.loads(draws) == [vars(draw) for draw in review.draws]


def test_nobody_is_asked_twice_nor_about_anchors(scene: LabelScene) -> None:
    seen: set[int] = {1}
    for seed in range(4):
        review = scene.labels.review("a", 60, seed=seed)
        drawn = {item.sample_id for item in review.items}
        assert not drawn & seen
        seen |= drawn
        for item in review.items:
            ballot = CastVote("unsure", "review", review.review_id, item.stratum)
            scene.labels.vote("a", [item.sample_id], ballot)
    assert len(seen) == 201
    with pytest.raises(QueryError, match="every sample has a vote"):
        scene.labels.review("a", 5)


def test_a_vote_for_a_review_that_the_label_does_not_have_is_refused(scene: LabelScene) -> None:
    review = scene.labels.review("a", 5)
    scene.labels.add("b")
    for name, number in (("a", review.review_id + 1), ("b", review.review_id)):
        vote = CastVote("accept", "review", number)
        with pytest.raises(LabelValueError, match=f"label '{name}' has no review {number}"):
            scene.labels.vote(name, [review.items[0].sample_id], vote)
    assert scene.rows("SELECT count(*) FROM votes") == [(0,)]


def test_a_seed_repeats_a_draw(scene: LabelScene) -> None:
    first = [item.sample_id for item in scene.labels.review("a", 10, seed=3).items]
    second = [item.sample_id for item in scene.labels.review("a", 10, seed=3).items]
    assert first == second


def test_fewer_than_asked_for_when_fewer_are_there(make_scene: MakeScene) -> None:
    scene = make_scene(at_angles(0, 10, 20))
    scene.label("a", [1])
    assert len(scene.labels.review("a", 50).items) == 2
    with pytest.raises(QueryError, match="at least 1"):
        scene.labels.review("a", 0)
