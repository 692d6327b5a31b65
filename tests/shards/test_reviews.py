"""Reviews, histograms and rivals of a set: of the same sounds as those of one library."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlclap.errors import NoAnchorsError, PartialAnswerError, QueryError, UnknownLabelError
from sqlclap.labels.calibration import CalibrationRequest
from sqlclap.labels.labels import Labels
from sqlclap.labels.review import Review
from sqlclap.labels.votes import CastVote, Verdict
from sqlclap.map.options import ClusterOptions
from sqlclap.shards import ShardSet
from sqlclap.shards.ids import IdMap, SetId, TakenIds, told_ids
from tests.cli.running import succeed
from tests.support.served_nodes import Nodes, opened_afar, served_twins
from tests.support.twin_libraries import Twins

NAMES = ("kick", "bird")


def label_some(labels: Labels, made: Twins) -> None:
    random = np.random.default_rng(6)
    for name in NAMES:
        chosen = [made.sounds[at].path for at in random.choice(150, 8, replace=False)]
        labels.add(name, threshold=0.4, gap=0.02, top_k=2)
        labels.add_anchors(name, chosen[:4])
        labels.add_anchors(name, chosen[4:5], "negative")
        labels.vote(name, chosen[5:7], CastVote("reject"))
        labels.vote(name, chosen[7:], CastVote("unsure"))


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory, fake_bundle: Path) -> Iterator[Nodes]:
    folder = tmp_path_factory.mktemp("reviewed")
    with served_twins(folder, fake_bundle, 150, 3) as made:
        yield made


@pytest.fixture(scope="module")
def twins(nodes: Nodes) -> Twins:
    for labels in (nodes.twins.library.labels, nodes.twins.set.labels):
        label_some(labels, nodes.twins)
    return nodes.twins


@pytest.fixture(scope="module")
def opened(nodes: Nodes) -> Iterator[ShardSet]:
    """The same set, whose shards lie at nodes."""
    with opened_afar(nodes) as there:
        label_some(there.labels, nodes.twins)
        yield there


def asked(review: Review) -> tuple[Any, ...]:
    """What a review asks, without numbers that may differ in their last bits."""
    draws = [(one.stratum, one.population, one.drawn, one.unit) for one in review.draws]
    items = [(one.path, one.stratum, one.confidence, one.rival_label) for one in review.items]
    return draws, items


def numbers(review: Review) -> list[float]:
    ends = [end for one in review.draws for end in (one.low, one.high)]
    gaps = [one.gap for one in review.items if one.gap is not None]
    return [*ends, *(one.score for one in review.items), *gaps]


@settings(max_examples=25, deadline=None)
@given(name=st.sampled_from(NAMES), n=st.integers(1, 200), seed=st.integers(0, 2**32))
def test_a_review_asks_what_one_library_would_ask(
    twins: Twins, opened: ShardSet, name: str, n: int, seed: int
) -> None:
    wanted = twins.library.labels.review(name, n, seed)
    for labels in (twins.set.labels, opened.labels):
        review = labels.review(name, n, seed)
        assert asked(review) == asked(wanted)
        assert numbers(review) == pytest.approx(numbers(wanted))
    first = twins.set.labels.review(name, n, seed).items[0]
    assert twins.set.similar(first.sample_id, 1)[0].path  # it is the set's own


def test_a_review_is_kept_in_the_catalog_and_its_answers_calibrate(
    tmp_path: Path, fake_bundle: Path
) -> None:
    made = Twins(tmp_path, fake_bundle)
    made.add(200, seed=3)
    results = []
    for side in (made.library, made.set):
        label_some(side.labels, made)
        review = side.labels.review("kick", 60, seed=4)
        for one in review.items:
            verdict: Verdict = "accept" if int(Path(one.path).stem) % 4 else "reject"
            vote = CastVote(verdict, "review", review.review_id, one.stratum)
            side.labels.vote("kick", [one.sample_id], vote)
        fit = side.calibrations.fit("kick", CalibrationRequest(target=0.5))
        precision = side.labels.precision("kick", "low")
        assert precision.precision is not None
        results.append((fit.votes_used, precision.precision, precision.low, precision.high))
        before = {one.path for one in review.items}
        again = side.labels.review("kick", 150, seed=5)
        assert not before & {one.path for one in again.items}
    kept = made.set.session.catalog.database.execute("SELECT draws FROM reviews ORDER BY 1")
    wanted = made.library.connection.execute("SELECT draws FROM reviews ORDER BY 1")
    for (mine,), (theirs,) in zip(kept, wanted, strict=True):
        assert [one["drawn"] for one in json.loads(mine)] == [
            one["drawn"] for one in json.loads(theirs)
        ]
    of_set, of_library = results
    assert of_set == pytest.approx(of_library)
    made.close()


def test_nothing_left_to_ask_about_is_said(twins: Twins) -> None:
    with pytest.raises(QueryError, match="at least 1"):
        twins.set.labels.review("kick", 0)
    with pytest.raises(UnknownLabelError):
        twins.set.labels.review("nothing")


def test_a_label_without_anchors_has_no_review(tmp_path: Path, fake_bundle: Path) -> None:
    made = Twins(tmp_path, fake_bundle, 2)
    made.add(4)
    made.set.labels.add("lone")
    for ask in (made.set.labels.review, made.set.labels.histogram, made.set.labels.rivals):
        with pytest.raises(NoAnchorsError):
            ask("lone")
    made.set.labels.add_anchors("lone", [one.path for one in made.sounds[:2]])
    made.set.labels.vote("lone", [one.path for one in made.sounds[2:]], CastVote("reject"))
    with pytest.raises(QueryError, match="every sample has a vote"):
        made.set.labels.review("lone")
    made.close()


@pytest.mark.parametrize("name", NAMES)
def test_a_histogram_counts_all_sounds(twins: Twins, opened: ShardSet, name: str) -> None:
    wanted = twins.library.labels.histogram(name)
    for labels in (twins.set.labels, opened.labels):
        found = labels.histogram(name)
        assert sum(found.counts) == 150
        assert (found.edges, found.counts) == (wanted.edges, wanted.counts)
        assert [one.score for one in found.votes] == pytest.approx(
            [one.score for one in wanted.votes]
        )
        assert all(one.sample_id >= 2**40 for one in found.votes)


@pytest.mark.parametrize("name", NAMES)
def test_rivals_are_those_of_one_library(twins: Twins, opened: ShardSet, name: str) -> None:
    wanted = twins.library.labels.rivals(name)
    for labels in (twins.set.labels, opened.labels):
        found = labels.rivals(name)
        assert (found.has_rival, found.can_be_high, found.looked_at) == (
            wanted.has_rival,
            wanted.can_be_high,
            wanted.looked_at,
        )
        held_back = [(one.label, one.path, one.matches) for one in found.held_back]
        assert held_back == [(one.label, one.path, one.matches) for one in wanted.held_back]
        suggested = [(one.kind, one.name, one.scores) for one in found.suggested]
        assert suggested == [(one.kind, one.name, one.scores) for one in wanted.suggested]


def test_clusters_of_all_shards_are_proposed(tmp_path: Path, fake_bundle: Path) -> None:
    made = Twins(tmp_path, fake_bundle)
    made.add(150, seed=3)
    label_some(made.set.labels, made)
    made.set.labels.change("kick", threshold=0.0)
    made.set.clusters.fit(ClusterOptions(min_size=4, neighbors=8))
    near = [one for one in made.set.labels.rivals("kick").suggested if one.kind == "cluster"]
    names = {one.name for one in made.set.clusters.overview()}
    assert near
    assert {one.name for one in near} <= names
    for one in near:
        assert all(whole >= 2**40 for whole in one.sample_ids)
    made.close()


def test_with_a_shard_away_they_say_so(tmp_path: Path, fake_bundle: Path) -> None:
    made = Twins(tmp_path, fake_bundle)
    made.add(60)
    made.set.labels.add("kick")
    made.set.labels.add_anchors("kick", [one.path for one in made.sounds[:6]])
    (tmp_path / "set-0003.db").rename(tmp_path / "away.db")
    for ask in (made.set.labels.review, made.set.labels.histogram, made.set.labels.rivals):
        with pytest.raises(PartialAnswerError, match="shard 3"):
            ask("kick")
    (reviews,) = made.set.session.catalog.database.execute(
        "SELECT count(*) FROM reviews"
    ).fetchone()
    assert reviews == 0
    made.close()


def test_ids_told_at_once_are_those_told_one_by_one() -> None:
    ids = IdMap(3, (TakenIds(5, 9, 1, 100), TakenIds(20, 20, 2, 7)))
    some = np.arange(1, 30)
    assert told_ids(ids, some).tolist() == [ids.told(one) for one in some.tolist()]
    assert told_ids(ids, some)[5] == SetId(1, 101).whole


def test_a_command_draws_a_queue_of_a_set(twins: Twins) -> None:
    file, bundle = str(twins.folder / "set.toml"), str(twins.bundle)
    text = succeed("review", file, "kick", "-n", "10", "--seed", "1", "--model", bundle, "--json")
    drawn = [one["sample_id"] for one in json.loads(text)["items"]]
    wanted = twins.set.labels.review("kick", 10, seed=1)
    assert drawn == [one.sample_id for one in wanted.items]
