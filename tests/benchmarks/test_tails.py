"""``sqlclap bench tails``: larger sets, drawn from measured latencies."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.shards import ShardSizes
from benchmarks.tails import TailScene, draw_tails, read_latencies, record_latencies
from tests.cli.running import fail, rows_of

STEADY = np.concatenate([np.full(980, 1.0), np.full(20, 100.0)])
"""One question in fifty is slow."""


def test_the_largest_of_many_is_slow_as_often_as_reckoned() -> None:
    for shards in (1, 10, 100):
        found = draw_tails(np.linspace(0, 1, 10_001), shards, TailScene())
        assert found.nodes == shards
        assert found.slow == pytest.approx(found.reckoned, abs=0.01)
        # The median of the largest of n even draws.
        assert found.p50_ms == pytest.approx(0.5 ** (1 / shards), abs=0.01)


def test_nodes_add_their_shards_and_the_call() -> None:
    even = np.full(10, 2.0)
    found = draw_tails(even, 60, TailScene(per_node=25, call_ms=1.0))
    assert (found.nodes, found.p50_ms, found.p99_ms) == (3, 51.0, 51.0)


def test_a_second_call_cuts_the_tail_and_is_counted() -> None:
    alone = draw_tails(STEADY, 100, TailScene())
    hedged = draw_tails(STEADY, 100, TailScene(hedge=95))
    assert (alone.p50_ms, alone.asked_twice) == (100.0, 0)
    assert hedged.p50_ms == 2.0
    assert hedged.asked_twice == pytest.approx(0.02, abs=0.002)


def test_what_shards_took_is_kept_and_drawn_from(tmp_path: Path) -> None:
    file = tmp_path / "latencies.json"
    record_latencies(tmp_path, ShardSizes(600, 3, 5), file)
    told = json.loads(file.read_text())
    assert [len(one) for one in told["latencies_ms"]] == [5, 5, 5]
    assert read_latencies(file).min() > 0
    (row,) = rows_of("bench", "tails", file, "--shards", "7", "--draws", "100")
    assert row["nodes"] == 7
    assert row["p50_ms"] <= row["p99_ms"] <= read_latencies(file).max()


def test_other_files_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "other.json"
    for content in ("", "[1]", '{"latencies_ms": [["a"]]}', '{"latencies_ms": [[-1]]}'):
        file.write_text(content)
        assert "holds" in fail("bench", "tails", file)
