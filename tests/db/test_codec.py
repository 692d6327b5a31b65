"""Vectors as BLOBs, and windows pooled into a sample's own vector."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sqlclap.db.vectors import UNIT_TOLERANCE, from_blob, pool_windows, to_blob
from sqlclap.errors import QueryError

VECTORS = hnp.arrays(
    np.float32,
    hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=12),
    elements=st.floats(-1, 1, width=32),
)


def unit(vectors: object) -> np.ndarray:
    array = np.atleast_2d(np.asarray(vectors, dtype=np.float32))
    return array / np.linalg.norm(array, axis=1, keepdims=True)


def test_a_vector_is_stored_as_little_endian_floats() -> None:
    vector = np.array([1.0, -0.5, 2.0**-100], dtype=np.float32)
    assert to_blob(vector) == struct.pack("<3f", 1.0, -0.5, 2.0**-100)
    np.testing.assert_array_equal(from_blob(to_blob(vector), 3), vector)


@pytest.mark.parametrize("length", [0, 11, 13, 16])
def test_a_blob_of_another_length_is_told(length: int) -> None:
    with pytest.raises(QueryError, match=f"expected a vector of 3 floats .12 bytes., got {length}"):
        from_blob(bytes(length), 3)


def test_windows_are_weighted_by_their_seconds() -> None:
    # (3, 4) after weighing one window with 3 seconds and one at a right angle with 4.
    pooled = pool_windows(unit([[1, 0], [0, 1]]), np.array([3.0, 4.0], dtype=np.float32))
    np.testing.assert_allclose(pooled, [0.6, 0.8], atol=1e-7)


def test_one_window_is_the_sample() -> None:
    window = unit([[0.3, -0.4, 0.1]])
    np.testing.assert_allclose(pool_windows(window, np.array([0.2], np.float32)), window[0], 1e-6)


def test_windows_that_cancel_out_keep_the_first_direction() -> None:
    pooled = pool_windows(unit([[0, 1], [0, -1]]), np.array([2.0, 2.0], dtype=np.float32))
    np.testing.assert_array_equal(pooled, [0, 1])


@given(VECTORS, st.integers(0, 2**32 - 1))
def test_pooled_vectors_are_unit_vectors(vectors: np.ndarray, seed: int) -> None:
    vectors[np.linalg.norm(vectors, axis=1) < 1e-3] = 1.0
    seconds = np.random.default_rng(seed).uniform(0.01, 10, len(vectors)).astype(np.float32)
    pooled = pool_windows(unit(vectors), seconds)
    assert pooled.dtype == np.float32
    assert abs(float(np.linalg.norm(pooled)) - 1) < UNIT_TOLERANCE
