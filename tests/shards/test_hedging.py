"""Copies of shards at several nodes: the first answer counts; real server processes."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import wait
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sqlclap.errors import PartialAnswerError, QueryError, SetError
from sqlclap.search.request import SearchOptions
from sqlclap.shards import SetOptions, ShardSet, open_set
from sqlclap.shards.jobs import Answer
from sqlclap.shards.nodes import (
    ENOUGH,
    FIRST_PATIENCE_S,
    KEPT,
    LEAST_PATIENCE_S,
    MOST_LOST,
    Node,
    Pace,
)
from sqlclap.shards.protocol import TOKEN_VARIABLE
from sqlclap.shards.set_file import SetFile, read_set, write_set
from tests.shards.test_nodes import assert_same
from tests.support.held_processes import hold
from tests.support.patience import PATIENCE_S
from tests.support.served_nodes import TOKEN, node_process, url_of
from tests.support.twin_libraries import Twins

NAMES = ("left", "spare")


class Copies:
    """A set whose shards lie at two nodes each, as copies; the opener has the catalog alone."""

    def __init__(self, folder: Path, bundle: Path) -> None:
        self.bundle = bundle
        self.here = folder / "left"
        self.here.mkdir()
        self.twins = Twins(self.here, bundle)
        self.twins.add(60)
        content = read_set(self.here / "set.toml")
        shards = tuple(replace(one, node="left", spares=("spare",)) for one in content.shards)
        write_set(self.here / "set.toml", replace(content, shards=shards))
        self.twins.close()
        shutil.copytree(self.here, folder / "spare")
        self.twins.set = self.twins.reopened()
        self.processes: dict[str, subprocess.Popen[str]] = {
            name: node_process(folder / name / "set.toml", name, bundle) for name in NAMES
        }
        self.urls = {name: url_of(one) for name, one in self.processes.items()}
        self.opener = folder / "elsewhere"
        self.opener.mkdir()
        shutil.copy(self.here / content.catalog, self.opener)
        self.write(read_set(self.here / "set.toml"))

    def write(self, file: SetFile) -> None:
        write_set(self.opener / "set.toml", replace(file, nodes=tuple(self.urls.items())))

    def open(self, deadline_s: float = 60.0) -> ShardSet:
        options = SetOptions(str(self.bundle), deadline_s=deadline_s)
        return open_set(self.opener / "set.toml", options)

    def close(self) -> None:
        self.twins.set.close()
        for one in self.processes.values():
            one.send_signal(signal.SIGCONT)
            one.terminate()
            one.wait(30)
            assert one.stdout is not None
            one.stdout.close()


@pytest.fixture
def copies(tmp_path: Path, fake_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Copies]:
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    made = Copies(tmp_path, fake_bundle)
    yield made
    made.close()


def node(opened: ShardSet, copies: Copies, name: str) -> Node:
    nodes: Any = opened.session.fleet._nodes
    found: Node = nodes.node(copies.urls[name])
    return found


def test_a_node_that_stops_is_followed_by_its_spare(
    copies: Copies, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sqlclap.shards.nodes.SHUNNED_S", PATIENCE_S)
    left, spare = (copies.processes[name] for name in NAMES)
    wanted = copies.twins.set.search("rain", 20)
    with copies.open() as opened:
        paces = {name: node(opened, copies, name).pace for name in NAMES}
        for _ in range(ENOUGH):
            assert_same(opened.search("rain", 20), wanted)
        assert paces["left"].count(Answer) >= ENOUGH
        hold(left)
        for _ in range(MOST_LOST):
            assert_same(opened.search("rain", 20), wanted)
        assert paces["spare"].count(Answer) >= MOST_LOST
        assert paces["left"].is_shunned  # what follows doesn't wait for it
        before = paces["left"].count(Answer)
        for _ in range(2 * KEPT // MOST_LOST):  # more than there are threads
            assert_same(opened.search("rain", 20), wanted)
        assert paces["left"].count(Answer) == before
        left.send_signal(signal.SIGCONT)
        until = time.monotonic() + PATIENCE_S
        while paces["left"].count(Answer) == before and time.monotonic() < until:
            # As if the time had passed: one that wakes up slowly is lost, and shunned, once more.
            paces["left"]._shunned_until = 0.0
            assert_same(opened.search("rain", 20), wanted)
        assert paces["left"].count(Answer) > before
        left.kill()
        left.wait(30)
        for _ in range(2):
            assert_same(opened.search("rain", 20), wanted)
        assert paces["left"].is_shunned
        spare.kill()
        spare.wait(30)
        with pytest.raises(PartialAnswerError, match=r"node 'spare'.*node 'left'"):
            opened.search("rain", 20)


@pytest.mark.parametrize("noticed_in_s", [0.1, PATIENCE_S], ids=["by connections", "by who waits"])
def test_both_late_are_both_named(
    copies: Copies, noticed_in_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Pace, "patience_s", lambda *_: 0.1)  # however slow they were before
    with copies.open(PATIENCE_S) as opened:
        nodes = [node(opened, copies, name) for name in NAMES]
        fleet: Any = opened.session.fleet
        fleet._nodes._deadline_s = 1.5
        for one in nodes:
            one.deadline_s = 1.5
            idle = one._connection()[0]
            idle.timeout = noticed_in_s
            idle.connect()
            one._keep(idle)
        for process in copies.processes.values():
            hold(process)
        with pytest.raises(PartialAnswerError, match=r"'left'.* 1.5 s; node 'spare'.* 1.5 s"):
            opened.search("rain")


def test_a_copy_of_another_set_file_is_not_asked(copies: Copies, tmp_path: Path) -> None:
    wanted = copies.twins.set.search("rain", 20)
    file = tmp_path / "left" / "set.toml"
    content = read_set(file)
    first, second, *others = content.shards
    swapped = (
        replace(first, slots=second.slots),
        replace(second, slots=first.slots),
        *others,
    )
    write_set(file, replace(content, shards=swapped, generation=content.generation + 1))
    with copies.open() as opened:
        assert_same(opened.search("rain", 20), wanted)  # the spare answers for two shards
        copies.processes["spare"].kill()
        copies.processes["spare"].wait(30)
        part = opened.search("rain", 20)
        assert [one.shard for one in part.missing] == [1, 2]
        assert "copy the set's file" in part.missing[0].reason
        assert "node 'spare'" in part.missing[0].reason


def test_a_shard_that_one_node_lost_is_asked_of_the_other(copies: Copies, tmp_path: Path) -> None:
    wanted = copies.twins.set.similar(copies.twins.sounds[3].path, 20)
    lost = tmp_path / "spare" / read_set(copies.opener / "set.toml").shards[1].path
    file = read_set(copies.opener / "set.toml")
    turned = tuple(replace(one, node="spare", spares=("left",)) for one in file.shards)
    copies.write(replace(file, shards=turned))
    lost.unlink()
    with copies.open() as opened:
        assert_same(opened.similar(copies.twins.sounds[3].path, 20), wanted)
        with pytest.raises(QueryError, match="no such column"):
            opened.search("rain", options=SearchOptions(where="nothing_such = 1"))


def test_patience_is_learnt() -> None:
    pace = Pace()
    assert pace.patience_s(Answer) == FIRST_PATIENCE_S
    for at in range(KEPT):
        pace.add(Answer, 0.001 * at)
    assert pace.patience_s(Answer) == pytest.approx(0.094)
    assert pace.patience_s(int) == FIRST_PATIENCE_S
    for _ in range(KEPT):
        pace.add(Answer, 0.001)
    assert pace.patience_s(Answer) == LEAST_PATIENCE_S


def test_a_node_is_shunned_that_is_late_again_and_again() -> None:
    pace, shunned = Pace(), []
    for lost in (MOST_LOST - 1, 1, MOST_LOST):
        for _ in range(lost):
            pace.lose()
        shunned.append(pace.is_shunned)
        if len(shunned) == 1:
            pace.add(Answer, 0.001)
    assert shunned == [False, False, True]


def test_nodes_of_a_shard_are_read_and_written(tmp_path: Path, copies: Copies) -> None:
    file = copies.opener / "set.toml"
    assert read_set(file).shards[0].holders == ("left", "spare")
    assert 'node = ["left", "spare"]' in file.read_text()
    for wrong in ("[]", '["left", "left"]', '["left", 3]', "3"):
        other = tmp_path / "wrong.toml"
        other.write_text(file.read_text().replace('["left", "spare"]', wrong))
        with pytest.raises(SetError, match="node"):
            read_set(other)


def test_two_answers_at_once_are_one(copies: Copies) -> None:
    wanted = copies.twins.set.search("rain", 20)
    with copies.open() as opened:
        nodes: Any = opened.session.fleet._nodes
        ask = nodes.begin
        lots: list[Any] = []

        def begin(shards: Any, job: Any, alone: bool) -> Any:
            asking = ask(shards, job, alone)
            for lot in asking._lots:
                lot.ask_next()
                wait(lot.futures)  # both have answered before anyone looks
                lots.append(lot)
            return asking

        nodes.begin = begin
        assert_same(opened.search("rain", 20), wanted)
        assert lots
        assert not any(lot.futures for lot in lots)
