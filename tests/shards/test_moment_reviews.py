"""Reviews of moments over a set: those of one library, drawn with the same seed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sqlclap.db.spans import Span
from sqlclap.db.statements import write_transaction
from sqlclap.errors import PartialAnswerError, QueryError, UnknownFolderError
from sqlclap.labels.labels import Labels
from sqlclap.labels.moment_review import MomentReviewRequest
from sqlclap.labels.votes import CastVote, Verdict
from sqlclap.search.request import Filter
from sqlclap.shards import ShardSet
from tests.cli.running import succeed
from tests.shards.test_reviews import NAMES, asked, label_some, numbers
from tests.support.served_nodes import Nodes, opened_afar, served_twins
from tests.support.twin_libraries import Twins

REQUESTS: tuple[dict[str, Any], ...] = (
    {"n": 12, "seed": 1},
    {"n": 300, "seed": 2},
    {"share": 0.3, "seed": 3},
    {"share": 1.0, "seed": 4},
    {"n": 30, "seed": 5, "only": Filter(folder="site-1")},
    {"n": 30, "seed": 6, "only": Filter(where="duration_s > 1")},
    {"n": 10, "seed": 7, "only": Filter(label="bird")},
)


def say_of_spans(labels: Labels, made: Twins) -> None:
    """Votes and anchors on windows, so that some moments are decided."""
    long = [one.path for one in made.sounds if len(one.vectors) > 1]
    for at, name in enumerate(NAMES):
        labels.add_anchors(name, [(long[at], Span(0.0, 1.0))])
        labels.vote(name, [(one, Span(0.0, 1.0)) for one in long[3:6]], CastVote("reject"))
        labels.change(name, threshold=0.05)


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory, fake_bundle: Path) -> Iterator[Nodes]:
    folder = tmp_path_factory.mktemp("moments")
    with served_twins(folder, fake_bundle, 150, 3) as made:
        yield made


@pytest.fixture(scope="module")
def opened(nodes: Nodes) -> Iterator[ShardSet]:
    """The same set, whose shards lie at nodes."""
    with opened_afar(nodes) as there:
        for labels in (there.labels, nodes.twins.library.labels, nodes.twins.set.labels):
            label_some(labels, nodes.twins)
            say_of_spans(labels, nodes.twins)
        yield there


@pytest.mark.parametrize("request_", REQUESTS, ids=str)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.filterwarnings("ignore::sqlclap.errors.SoundWarning")
def test_a_review_asks_what_one_library_would_ask(
    nodes: Nodes, opened: ShardSet, name: str, request_: dict[str, Any]
) -> None:
    request = MomentReviewRequest(name, **request_)
    wanted = nodes.twins.library.labels.review_moments(request)
    assert any(one.end_s and one.end_s > 1 for one in wanted.items) or len(wanted.items) < 9
    for side in (nodes.twins.set, opened):
        review = side.labels.review_moments(request)
        assert asked(review) == asked(wanted)
        spans = [(one.start_s, one.end_s) for one in review.items]
        assert spans == [(one.start_s, one.end_s) for one in wanted.items]
        assert numbers(review) == pytest.approx(numbers(wanted))
        assert all(one.sample_id >= 2**40 for one in review.items)


def test_what_cannot_be_asked_is_said(nodes: Nodes, opened: ShardSet) -> None:
    with pytest.raises(UnknownFolderError):
        opened.labels.review_moments(MomentReviewRequest("kick", only=Filter(folder="nowhere")))
    nothing = Filter(where="duration_s > 99")
    for side in (nodes.twins.library, nodes.twins.set, opened):
        with pytest.raises(QueryError, match="or there is none"):
            side.labels.review_moments(MomentReviewRequest("kick", only=nothing))


@pytest.mark.filterwarnings("ignore::sqlclap.errors.SoundWarning")
def test_answers_measure_as_in_one_library(tmp_path: Path, fake_bundle: Path) -> None:
    made = Twins(tmp_path, fake_bundle)
    made.add(200, seed=3)
    results = []
    for side in (made.library, made.set):
        label_some(side.labels, made)
        side.labels.change("kick", threshold=0.05)
        review = side.labels.review_moments(MomentReviewRequest("kick", 60, seed=4))
        for one in review.items:
            assert one.start_s is not None
            assert one.end_s is not None
            verdict: Verdict = "accept" if int(Path(one.path).stem) % 4 else "reject"
            vote = CastVote(verdict, "review", review.review_id, one.stratum)
            side.labels.vote("kick", [(one.sample_id, Span(one.start_s, one.end_s))], vote)
        precision = side.labels.precision("kick", "low", moments=True)
        results.append((precision.votes, precision.precision, precision.low))
        before = {(one.path, one.start_s) for one in review.items}
        again = side.labels.review_moments(MomentReviewRequest("kick", 500, seed=5))
        assert not before & {(one.path, one.start_s) for one in again.items}
    assert results[0] == pytest.approx(results[1])
    made.close()


def test_sites_are_drawn_apart(tmp_path: Path, fake_bundle: Path) -> None:
    """Of recorders that shards know: each detection belongs to one site."""
    made = Twins(tmp_path, fake_bundle)
    made.add(150, seed=3)
    shards = [one.open() for one in made.set.shards]
    for library in (made.library, *shards):
        with write_transaction(library.connection) as database:
            for site in range(3):
                insert = "INSERT INTO deployments (deployment_id, name, site) VALUES (?, ?, ?)"
                database.execute(insert, (site + 1, f"d{site}", f"s{site}"))
            database.execute(
                "INSERT INTO recording_times (sample_id, deployment_id) "
                "SELECT sample_id, 1 + substr(path, 6, 1) FROM samples"
            )
    for library in shards:
        library.close()
    for side in (made.library, made.set):
        label_some(side.labels, made)
        side.labels.change("kick", threshold=0.05)
    request = MomentReviewRequest("kick", seed=3, share=0.5)
    found, wanted = (side.labels.review_moments(request) for side in (made.set, made.library))
    assert asked(found) == asked(wanted)
    assert len({one.stratum for one in found.draws}) == 3
    made.close()


def test_with_a_shard_away_they_say_so(tmp_path: Path, fake_bundle: Path) -> None:
    made = Twins(tmp_path, fake_bundle)
    made.add(60)
    made.set.labels.add("kick")
    made.set.labels.add_anchors("kick", [one.path for one in made.sounds[:6]])
    (tmp_path / "set-0003.db").rename(tmp_path / "away.db")
    with pytest.raises(PartialAnswerError, match="shard 3"):
        made.set.labels.review_moments(MomentReviewRequest("kick"))
    made.close()


def test_a_command_draws_moments(nodes: Nodes, opened: ShardSet) -> None:
    assert opened.labels.list()
    file, bundle = str(nodes.twins.folder / "set.toml"), str(nodes.twins.bundle)
    command = ("review", file, "kick", "--moments", "-n", "10", "--seed", "1", "--model", bundle)
    drawn = [one["sample_id"] for one in json.loads(succeed(*command, "--json"))["items"]]
    wanted = nodes.twins.set.labels.review_moments(MomentReviewRequest("kick", 10, seed=1))
    assert drawn == [one.sample_id for one in wanted.items]
