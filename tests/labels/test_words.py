"""Suggestions and zero-shot sorting: words on their own scale."""

from __future__ import annotations

import numpy as np
import pytest

import sqlclap
from sqlclap.errors import QueryError
from sqlclap.labels.zero_shot import Names, softmax_shares


def test_suggestions_store_nothing_and_say_where_the_background_lies(
    filled: sqlclap.Library,
) -> None:
    found = filled.labels.suggest(["kick drum", "deep kick"], n=3)
    assert [one.sample_id for one in found] == [
        one.sample_id for one in sorted(found, key=lambda one: -one.text_score)
    ]
    background = filled.encoder.bundle.contract.scoring.background.text
    for one in found:
        expected = (one.text_score - background.mean) / background.std
        assert one.above_background == pytest.approx(expected)
    assert filled.labels.list() == []


def test_one_prompt_suggests_what_a_search_finds(filled: sqlclap.Library) -> None:
    found = filled.labels.suggest(["kick drum"], n=4)
    searched = filled.search("kick drum", n=4)
    assert [one.sample_id for one in found] == [match.sample_id for match in searched]


def test_shares_worked_by_hand() -> None:
    # Cosines 0.6 and 0.8, unknown 0.5, temperature 10: shares go as e^6, e^8 and e^5.
    names = Names(("a", "b", "unknown"), np.eye(2, dtype=np.float32), 0.5, 10.0)
    cosines, shares = softmax_shares(names, np.array([[0.6, 0.8]], dtype=np.float32))
    powers = np.exp([6.0, 8.0, 5.0])
    assert cosines == pytest.approx(np.array([[0.6, 0.8, 0.5]]))
    assert shares == pytest.approx((powers / powers.sum())[None], rel=1e-5)


def test_unknown_wins_where_no_name_reaches_it() -> None:
    names = Names(("a", "b", "unknown"), np.eye(2, dtype=np.float32), 0.9, 10.0)
    _, shares = softmax_shares(names, np.array([[0.6, 0.8]], dtype=np.float32))
    assert shares.argmax() == 2


def test_all_samples_are_sorted_and_shares_fall(filled: sqlclap.Library) -> None:
    found = filled.labels.classify(["kick drum", "birds singing"], ["{}", "deep {}"])
    assert len(found) == 6
    for name in {one.name for one in found}:
        shares = [one.share for one in found if one.name == name]
        assert shares == sorted(shares, reverse=True)
    assert all(0 < one.runner_up_share <= one.share <= 1 for one in found)
    without = filled.labels.classify(["kick drum", "birds singing"], with_unknown=False)
    assert "unknown" not in {one.name for one in without}


@pytest.mark.parametrize("names", [[], [""], ["kick", "Kick"]])
def test_names_must_differ(filled: sqlclap.Library, names: list[str]) -> None:
    with pytest.raises(QueryError, match="different names"):
        filled.labels.classify(names)


def test_a_template_needs_a_place_for_the_name(filled: sqlclap.Library) -> None:
    with pytest.raises(QueryError, match="template"):
        filled.labels.classify(["kick"], ["a drum"])
