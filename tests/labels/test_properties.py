"""What holds for all labels and all sounds."""

from __future__ import annotations

from random import Random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlclap.db.stored_models import StoredModel
from sqlclap.labels.scorer import AnchorSet, Scorer
from sqlclap.labels.scoring import LabelSettings, Scores
from tests.support.vector_library import unit_vectors

MODEL = StoredModel(1, "m", "0" * 16, 8, "{}")


@st.composite
def anchor_sets(draw: st.DrawFn, labels: int = 4) -> AnchorSet:
    """Draw anchors of up to `labels` labels, some of them negative, with weights."""
    count = draw(st.integers(1, 12))
    chosen = [draw(st.integers(0, labels - 1)) for _ in range(count)]
    return AnchorSet(
        vectors=unit_vectors(count, 8, seed=draw(st.integers(0, 2**16))),
        weights=np.array([draw(st.sampled_from([0.0, 0.3, 1.0])) for _ in range(count)]),
        labels=np.array(chosen),
        positive=np.array([draw(st.booleans()) for _ in range(count)]),
        sample_ids=np.arange(1, count + 1),
        hashes=("",) * count,
        folders=("",) * count,
    )


depths = st.integers(1, 4)
sounds = st.integers(0, 2**16).map(lambda seed: unit_vectors(6, 8, seed=seed))


def scorer(anchors: AnchorSet, depth: int, labels: int = 4) -> Scorer:
    named = [LabelSettings(n, f"l{n}", depth, 0.7, 0.1, "default", None) for n in range(labels)]
    return Scorer(MODEL, tuple(named), anchors)


def take(anchors: AnchorSet, which: np.ndarray) -> AnchorSet:
    return AnchorSet(
        anchors.vectors[which],
        anchors.weights[which],
        anchors.labels[which],
        anchors.positive[which],
        anchors.sample_ids[which],
        tuple(anchors.hashes[index] for index in which),
        tuple(anchors.folders[index] for index in which),
    )


def assert_same(first: Scores, second: Scores) -> None:
    for name in ("score", "rival", "gap"):
        np.testing.assert_allclose(getattr(first, name), getattr(second, name), atol=1e-6)


@given(anchor_sets(), sounds, depths, st.randoms(use_true_random=False))
def test_the_order_of_anchors_changes_nothing(
    anchors: AnchorSet, vectors: np.ndarray, depth: int, random: Random
) -> None:
    order = list(range(len(anchors.weights)))
    random.shuffle(order)
    shuffled = take(anchors, np.array(order))
    assert_same(scorer(anchors, depth).score(vectors), scorer(shuffled, depth).score(vectors))


@given(anchor_sets(), sounds, depths)
def test_scores_lie_within_minus_one_and_one(
    anchors: AnchorSet, vectors: np.ndarray, depth: int
) -> None:
    scores = scorer(anchors, depth).score(vectors)
    for table in (scores.score, scores.rival):
        known = table[~np.isnan(table)]
        assert ((known >= -1) & (known <= 1)).all()


@given(anchor_sets(), sounds, depths)
def test_adding_a_label_never_raises_anothers_gap(
    anchors: AnchorSet, vectors: np.ndarray, depth: int
) -> None:
    with_all = scorer(anchors, depth).score(vectors).gap
    fewer = take(anchors, np.flatnonzero(anchors.labels != 3))
    without = scorer(fewer, depth).score(vectors).gap
    # No rival at all stands for a gap without bounds.
    without = np.where(np.isnan(without), np.inf, without)
    with_all = np.where(np.isnan(with_all), np.inf, with_all)
    scored = ~np.isnan(scorer(fewer, depth).score(vectors).score)[:, :3]
    assert (with_all[:, :3] <= without[:, :3] + 1e-6)[scored].all()


@given(anchor_sets(), sounds, depths)
def test_a_lower_weight_never_raises_a_score(
    anchors: AnchorSet, vectors: np.ndarray, depth: int
) -> None:
    halved = AnchorSet(anchors.vectors, anchors.weights / 2, *list(vars(anchors).values())[2:])
    full, less = scorer(anchors, depth).score(vectors), scorer(halved, depth).score(vectors)
    known = ~np.isnan(full.score)
    assert (less.score[known] <= full.score[known] + 1e-6).all()


@settings(max_examples=30)
@given(anchor_sets(), sounds, depths)
def test_sounds_scored_together_or_alone_score_the_same(
    anchors: AnchorSet, vectors: np.ndarray, depth: int
) -> None:
    together = scorer(anchors, depth).score(vectors)
    alone = [scorer(anchors, depth).score(vector[None]) for vector in vectors]
    stacked = Scores(
        *(
            np.concatenate([getattr(one, name) for one in alone])
            for name in ("score", "rival", "gap", "rival_at")
        )
    )
    assert_same(together, stacked)
