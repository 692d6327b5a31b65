"""Which of several alike files belongs to which sample: the longest common tails first."""

from __future__ import annotations

import random
from pathlib import Path

from sqlclap.ingest.path_tails import NearestPaths, common_tail, paired


def some_paths(seed: int) -> list[Path]:
    draw = random.Random(seed)
    parts = [
        [draw.choice("abc") for _ in range(draw.randint(1, 4))] for _ in range(draw.randint(0, 9))
    ]
    return [Path("/", *one) for one in parts]


def pairs_one_by_one(olds: list[Path], news: list[Path]) -> dict[int, int]:
    """Take all pairs, those first that agree most."""
    every = sorted(
        (-common_tail(old, new), at, place)
        for at, old in enumerate(olds)
        for place, new in enumerate(news)
    )
    found: dict[int, int] = {}
    for _, at, place in every:
        if at not in found and place not in found.values():
            found[at] = place
    return found


def test_pairs_are_those_of_all_comparisons() -> None:
    for seed in range(300):
        olds, news = some_paths(seed), some_paths(1_000 + seed)
        found = paired(
            [(one, at) for at, one in enumerate(olds)], [(one, at) for at, one in enumerate(news)]
        )
        assert dict(found) == pairs_one_by_one(olds, news), seed


def test_the_nearest_path_is_the_first_that_agrees_most() -> None:
    for seed in range(300):
        olds, news = some_paths(seed), [*some_paths(1_000 + seed), Path("/z")]
        nearest = NearestPaths(news)
        for one in olds:
            best = max(common_tail(one, new) for new in news)
            first = next(at for at, new in enumerate(news) if common_tail(one, new) == best)
            assert nearest.place(one) == first
