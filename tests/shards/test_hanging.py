"""A node that hangs is waited for once, not by each question; real server processes."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sqlclap.errors import PartialAnswerError
from sqlclap.shards import ShardSet
from sqlclap.shards.jobs import Answer
from sqlclap.shards.nodes import Pace
from sqlclap.shards.protocol import TOKEN_VARIABLE
from sqlclap.shards.set_file import read_set, write_set
from tests.shards.test_nodes import assert_same
from tests.support.fake_bundle import build_fake_bundle
from tests.support.held_processes import hold
from tests.support.patience import PATIENCE_S
from tests.support.served_nodes import TOKEN, Nodes, node_process, url_of
from tests.support.twin_libraries import Twins

DEADLINE_S = 4.0


@pytest.fixture
def nodes(tmp_path: Path, fake_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Nodes]:
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    twins = Twins(tmp_path, fake_bundle)
    twins.add(40)
    made = Nodes(twins, tmp_path / "elsewhere")
    yield made
    for one in made.processes.values():
        one.send_signal(signal.SIGCONT)
    made.close()
    twins.close()


def asked_for(opened: ShardSet, node: str) -> int:
    """Return how many searches a node has answered."""
    reached = {name: url for one in opened.shards for name, url in one.places}
    return opened.session.fleet._nodes.node(reached[node]).pace.count(Answer)


def test_a_node_that_hangs_is_waited_for_once_and_comes_back_by_itself(nodes: Nodes) -> None:
    right = nodes.processes["right"]
    wanted = nodes.twins.set.search("rain", 40)
    left = [
        one.sample_id for one in nodes.twins.set.search("rain", 160) if one.sample_id >> 40 != 3
    ]
    with nodes.open(DEADLINE_S) as opened:
        assert_same(opened.search("rain", 40), wanted)
        hold(right)
        assert [one.shard for one in opened.search("rain", 40).missing] == [3]
        before, began = asked_for(opened, "right"), time.monotonic()
        for _ in range(3):
            part = opened.search("rain", 40)
            assert [one.sample_id for one in part] == left
            assert [one.shard for one in part.missing] == [3]
            assert "node 'right'" in part.missing[0].reason
            assert "hasn't answered since" in part.missing[0].reason
            with pytest.raises(PartialAnswerError, match=r"node 'right'.*hasn't answered since"):
                opened.search("rain", 40, require_all=True)
        assert time.monotonic() - began < 6 * DEADLINE_S
        assert asked_for(opened, "right") == before
        told = {one.number: one.problem or "" for one in opened.info().shards}
        assert "hasn't answered since" in told[3]
        assert "hasn't answered since" not in told[1]
        right.send_signal(signal.SIGCONT)
        until = time.monotonic() + PATIENCE_S
        while not opened.search("rain", 40).reach.is_whole and time.monotonic() < until:
            time.sleep(0.05)
        assert_same(opened.search("rain", 40), wanted)
        assert "hasn't" not in str([one.problem for one in opened.info().shards])


def test_a_node_that_hangs_is_asked_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    pace, hangs = Pace(), []
    pace.hang()
    hangs.append(pace.hung_s is not None)
    pace.add(Answer, 0.001)
    hangs.append(pace.hung_s is not None)
    pace.hang()
    monkeypatch.setattr("sqlclap.shards.nodes.RESTS_S", 0.0)
    hangs.append(pace.hung_s is not None)
    assert hangs == [True, False, False]


def test_a_node_that_refuses_at_once_is_asked_each_time(nodes: Nodes) -> None:
    with nodes.open() as opened:
        assert opened.search("rain").reach.is_whole
        right = nodes.processes["right"]
        right.kill()
        right.wait(30)
        for _ in range(2):
            part = opened.search("rain")
            assert "can't be asked" in part.missing[0].reason
    nodes.processes.pop("right").stdout.close()  # type: ignore[union-attr]


def test_a_node_of_another_model_says_how_to_start_it(nodes: Nodes, tmp_path: Path) -> None:
    other = build_fake_bundle(tmp_path / "other", "other", seed=1)
    right = nodes.processes.pop("right")
    right.terminate()
    assert right.wait(30) == 0
    nodes.processes["right"] = node_process(tmp_path / "set.toml", "right", other)
    file = nodes.opener / "set.toml"
    urls = nodes.urls | {"right": url_of(nodes.processes["right"])}
    write_set(file, replace(read_set(file), nodes=tuple(urls.items())))
    with nodes.open() as opened:
        (missing,) = opened.search("rain", 10).missing
    assert missing.shard == 3
    assert "not of other" in missing.reason
    assert "start the node again without --model" in missing.reason
    assert "models use" not in missing.reason  # the set is to keep its model
