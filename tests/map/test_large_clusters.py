"""Clusters of many sounds: by one thread's tree, and by votes that need no table of clusters."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest
from fast_hdbscan import hdbscan
from hypothesis import given
from hypothesis import strategies as st

from sqlclap.map.clustering import hdbscan_clusters
from sqlclap.map.clusters import count_votes
from tests.support.map_scene import grouped_vectors

ROWS = st.lists(
    st.lists(st.tuples(st.integers(-1, 6), st.integers(1, 8)), min_size=4, max_size=4), min_size=1
)


@given(rows=ROWS)
def test_most_votes_win_and_the_lower_of_equals(rows: list[list[tuple[int, int]]]) -> None:
    table = np.array(rows, dtype=np.int64)
    choices, votes = table[:, :, 0], table[:, :, 1] / 8  # sums are exact
    totals = np.zeros((len(table), 8))
    np.add.at(totals, (np.repeat(np.arange(len(table)), 4), choices.ravel() + 1), votes.ravel())
    winners, shares = count_votes(choices, votes)
    assert winners.tolist() == (totals.argmax(axis=1) - 1).tolist()
    assert shares.tolist() == (totals.max(axis=1) / totals.sum(axis=1)).tolist()


def test_votes_take_as_little_memory_of_any_number_of_clusters() -> None:
    choices = np.array([[2**60, 2**60, -1], [-1, 2**61, -1]])
    winners, shares = count_votes(choices, np.ones((2, 3)))
    assert winners.tolist() == [2**60, -1]
    assert shares.tolist() == pytest.approx([2 / 3, 2 / 3])


def test_the_spanning_tree_is_one_threads_whatever_others_get(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    threads: list[int] = []
    make = hdbscan.compute_minimum_spanning_tree

    def counted(*args: Any, **options: Any) -> Any:
        threads.append(numba.get_num_threads())
        return make(*args, **options)

    monkeypatch.setattr(hdbscan, "compute_minimum_spanning_tree", counted)
    points, before = grouped_vectors(200)[:, :4].copy(), numba.get_num_threads()
    found = [hdbscan_clusters(points, 5).labels.tolist() for _ in range(2)]
    assert found[0] == found[1]
    assert threads == [1, 1]
    assert numba.get_num_threads() == before
