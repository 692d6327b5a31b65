"""Percentiles of values that lie in several places are those of all of them together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlclap.finding.measures import percentiles
from sqlclap.shards import order_statistics
from sqlclap.shards.order_statistics import ends_of_percentiles, inside, joined_percentiles, thinned


@settings(max_examples=300, deadline=None)
@given(
    counts=st.lists(st.integers(0, 80), min_size=1, max_size=6),
    distinct=st.sampled_from([1, 3, 40, 10_000]),
    told=st.sampled_from([2, 3, 7, 30, 1_025]),
    seed=st.integers(0, 2**32 - 1),
)
def test_percentiles_are_those_of_all(
    counts: list[int], distinct: int, told: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    parts = [np.sort(random.integers(0, distinct, count) / 7.0) for count in counts]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(order_statistics, "SPREAD", told)
        ends = ends_of_percentiles([thinned(one) for one in parts])
        found = [[inside(one, between) for one in parts] for between in ends]
        if not sum(counts):
            assert ends == []
            return
        assert joined_percentiles(sum(counts), found) == percentiles(np.concatenate(parts))


def test_few_values_travel() -> None:
    random = np.random.default_rng(1)
    parts = [np.sort(random.standard_normal(20_000)) for _ in range(10)]
    ends = ends_of_percentiles([thinned(one) for one in parts])
    found = [[inside(one, between) for one in parts] for between in ends]
    assert joined_percentiles(200_000, found) == percentiles(np.concatenate(parts))
    assert sum(len(one.values) for of in found for one in of) < 3_000
