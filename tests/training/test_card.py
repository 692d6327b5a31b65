"""The card says which run ships."""

from __future__ import annotations

from training.build import TOGETHER, all_stages
from training.card import shipped_title


def test_a_seed_and_the_mean_of_all_are_called_by_what_they_are() -> None:
    assert shipped_title("seed-2") == "seed 2"
    assert shipped_title(TOGETHER) == "the mean of all seeds' weights"


def test_the_mean_of_all_seeds_is_made_after_each_of_them() -> None:
    stages = {stage.name: stage for stage in all_stages()}
    trained = {name for name in stages if name.startswith("train/")}
    assert set(stages[f"words/{TOGETHER}"].after) == trained
    assert f"measure/{TOGETHER}" in stages["publish"].after
