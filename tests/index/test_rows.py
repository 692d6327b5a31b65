"""Rows of a segment: found by their ids, whether these fit in 32 bits or not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sqlclap.index.hashed_file import write_hashed
from sqlclap.index.rows import make_rows, map_rows
from sqlclap.index.search import are_among


@pytest.mark.parametrize("ids", [[1, 2, 9], [5], [], [0, 3], [7, 2**40], [-4, 3]])
@pytest.mark.parametrize("kind", [np.int32, np.int64])
def test_samples_are_found_among_some(ids: list[int], kind: type) -> None:
    every: np.ndarray = np.array([3, 9, 0, 1, 10, 7, -4, 2], dtype=kind)
    some = np.array(ids, dtype=np.int64)
    assert are_among(every, some).tolist() == np.isin(every, some).tolist()
    assert are_among(every[:0], some).tolist() == []


@pytest.mark.parametrize(("first", "width"), [(1, 4), (2**31 - 50, 8), (2**40, 8)])
def test_rows_are_found_by_their_ids(tmp_path: Path, first: int, width: int) -> None:
    ids = first + 3 * np.random.default_rng(0).permutation(1_001)
    rows = make_rows(ids, ids + 1)
    write_hashed(tmp_path / "rows.bin", rows.write)
    assert (tmp_path / "rows.bin").stat().st_size == 3 * width * len(ids)
    mapped = map_rows(tmp_path / "rows.bin", len(ids))
    for one in (rows, mapped):
        assert one.find(ids).tolist() == list(range(1_001))
        beside = np.array([first - 1, first + 1, 2**50, first + 3 * 1_001])
        assert one.find(beside).tolist() == [-1] * 4
        assert one.find(ids[:0]).tolist() == []
    assert (mapped.embedding_ids == ids).all()
    assert (mapped.sample_ids == ids + 1).all()
    with pytest.raises(ValueError, match="expected 999 rows"):
        map_rows(tmp_path / "rows.bin", 999)
