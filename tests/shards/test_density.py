"""Call density of a set: that of one library with its sounds in the same order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sqlclap.db.spans import Span
from sqlclap.db.statements import write_transaction
from sqlclap.errors import LabelValueError, NotEnoughVotesError, PartialAnswerError
from sqlclap.labels.moment_review import MomentReviewRequest
from sqlclap.labels.votes import CastVote, Verdict
from sqlclap.shards import ShardSet
from tests.cli.running import rows_of
from tests.shards.test_reviews import label_some
from tests.support.served_nodes import Nodes, opened_afar, served_twins
from tests.support.twin_libraries import Twins

REQUESTS: tuple[dict[str, Any], ...] = (
    {},
    {"level": 0.5, "seed": 3},
    {"by": "month"},
    {"by": "month,hour"},
    {"moments": True},
    {"moments": True, "by": ["hour"]},
)

pytestmark = pytest.mark.filterwarnings("ignore::sqlclap.errors.SoundWarning")


def answer(side: Any) -> None:
    """Label some sounds, and answer to reviews of sounds and of moments."""
    label_some(side.labels, side.made)
    side.labels.change("kick", threshold=0.05)
    reviews = (
        side.labels.review("kick", 60, seed=4),
        side.labels.review_moments(MomentReviewRequest("kick", 60, seed=5)),
    )
    for review in reviews:
        for one in review.items:
            verdict: Verdict = "accept" if int(Path(one.path).stem) % 4 else "reject"
            vote = CastVote(verdict, "review", review.review_id, one.stratum)
            span = None if one.start_s is None else Span(one.start_s, one.end_s)
            side.labels.vote("kick", [(one.sample_id, span)], vote)


class Side:
    """A library or a set, with the twins that it is of."""

    def __init__(self, opened: Any, made: Twins) -> None:
        self.labels, self.made = opened.labels, made


def time_some(made: Twins) -> None:
    """Let sounds have been recorded at some hours of two months."""
    shards = [one.open() for one in made.set.shards]
    for library in (made.library, *shards):
        with write_transaction(library.connection) as database:
            database.execute(
                "INSERT INTO recording_times (sample_id, started_at) SELECT sample_id, "
                "printf('2024-%02d-01T%02d:30:00', 5 + substr(path, 6, 1) % 2, "
                "substr(path, 12, 1) % 3) FROM samples WHERE path NOT LIKE '%7.wav'"
            )
    for library in shards:
        library.close()


def order_and_time(made: Twins) -> None:
    made.order_as_set()
    time_some(made)


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory, fake_bundle: Path) -> Iterator[Nodes]:
    folder = tmp_path_factory.mktemp("dense")
    with served_twins(folder, fake_bundle, 150, 3, order_and_time) as made:
        yield made


@pytest.fixture(scope="module")
def opened(nodes: Nodes) -> Iterator[ShardSet]:
    """The same set, whose shards lie at nodes."""
    with opened_afar(nodes) as there:
        for one in (nodes.twins.library, nodes.twins.set, there):
            answer(Side(one, nodes.twins))
        yield there


def told(found: Any) -> list[tuple[Any, ...]]:
    return [(one.month, one.hour, one.unit, one.total, one.votes, one.accepted) for one in found]


def shares(found: Any) -> list[float]:
    return [value for one in found for value in (one.density, one.low, one.high)]


@pytest.mark.parametrize("request_", REQUESTS, ids=str)
def test_densities_are_those_of_one_library(
    nodes: Nodes, opened: ShardSet, request_: dict[str, Any]
) -> None:
    wanted = nodes.twins.library.labels.density("kick", **request_)
    assert wanted
    assert sum(one.votes for one in wanted) > 50
    for side in (nodes.twins.set, opened):
        found = side.labels.density("kick", **request_)
        assert told(found) == told(wanted)
        assert shares(found) == pytest.approx(shares(wanted), rel=1e-6)


def test_what_cannot_be_estimated_is_said(
    nodes: Nodes, opened: ShardSet, tmp_path: Path, fake_bundle: Path
) -> None:
    assert opened.labels.list()
    with pytest.raises(LabelValueError, match="level"):
        nodes.twins.set.labels.density("kick", level=2)
    with pytest.raises(LabelValueError, match="by"):
        nodes.twins.set.labels.density("kick", "weather")
    with pytest.raises(NotEnoughVotesError):
        nodes.twins.set.labels.density("bird")
    made = Twins(tmp_path, fake_bundle)
    made.add(150)
    label_some(made.set.labels, made)
    (tmp_path / "set-0003.db").rename(tmp_path / "away.db")
    with pytest.raises(PartialAnswerError, match="shard 3"):
        made.set.labels.density("kick")
    made.close()


def test_a_command_estimates(nodes: Nodes, opened: ShardSet) -> None:
    assert opened.labels.list()
    file, bundle = str(nodes.twins.folder / "set.toml"), str(nodes.twins.bundle)
    rows = rows_of("density", file, "kick", "--by", "hour", "--model", bundle)
    wanted = nodes.twins.set.labels.density("kick", "hour")
    assert [(row["hour"], row["total"]) for row in rows] == [
        (one.hour, one.total) for one in wanted
    ]
