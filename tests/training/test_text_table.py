"""Static text vectors: a weighted mean of token vectors, unit length."""

from __future__ import annotations

import numpy as np
import pytest

from training.text_table import TextTable


def test_a_text_is_the_weighted_mean_of_its_tokens() -> None:
    codes = np.array([[127, 0], [0, 127], [127, 127]], np.int8)
    table = TextTable(codes, np.full(3, 1 / 127, np.float32), np.array([0, 1, 3], np.float32))
    found = table.embed([0, 1, 2])
    assert found == pytest.approx(np.array([3, 4]) / 5)


def test_a_text_of_special_tokens_alone_has_no_direction() -> None:
    table = TextTable(np.ones((1, 2), np.int8), np.ones(1, np.float32), np.zeros(1, np.float32))
    assert np.isfinite(table.embed([0])).all()


def test_some_tokens_weigh_a_share_of_what_they_did() -> None:
    codes = np.array([[127, 0], [0, 127]], np.int8)
    table = TextTable(codes, np.full(2, 1 / 127, np.float32), np.ones(2, np.float32))
    assert table.with_less([1], 0.75).embed([0, 1]) == pytest.approx(np.array([4, 3]) / 5)
    assert table.embed([0, 1]) == pytest.approx(np.sqrt([0.5, 0.5]))
