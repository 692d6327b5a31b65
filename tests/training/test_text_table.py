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
