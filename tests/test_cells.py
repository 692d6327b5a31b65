"""Cells that neither steer a terminal nor run as formulas."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sqlclap.cells import guard, safe_cell, unguard


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("kick.wav", "kick.wav"),
        ("=1+1", "'=1+1"),
        ("-kick.wav", "'-kick.wav"),
        ("-0.5", "-0.5"),
        (-0.5, -0.5),
        (None, None),
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("a\nb", "a\\nb"),
    ],
)
def test_cells(value: object, cell: object) -> None:
    assert safe_cell(value) == cell


@example("'\n")
@given(st.text(max_size=12) | st.text("'=-+@ 1\t\n", max_size=6))
def test_what_is_guarded_comes_back(text: str) -> None:
    assert unguard(guard(text)) == text
