"""The bench of windows runs, on a small scale, and says what it should."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import windows
from benchmarks.windows import FILTERS, WindowScene, bench_windows


def test_moments_are_found_whatever_the_filter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows, "QUERIES", 20)
    monkeypatch.setattr(windows, "ADDED_SOUNDS", 3)
    figures = bench_windows(tmp_path / "bench.db", WindowScene(2_000, 64, "compact"))
    assert [one["filter"] for one in figures.moments] == list(FILTERS)
    assert all(float(one["recall"]) > 0.97 for one in figures.moments[:5])
    assert {one["path"] for one in figures.moments[:5]} <= {"graph", "scan"}
    assert 0 < figures.bytes_a_vector < 64 * 2 + 400
    assert min(figures.build_s, figures.exact_ms, figures.catch_up_s) > 0
