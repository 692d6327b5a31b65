"""The benches of windows and of codes run, on a small scale, and say what they should."""

from __future__ import annotations

from pathlib import Path

import pytest

import sqlclap
from benchmarks import windows
from benchmarks.codes import bench_codes
from benchmarks.windows import FILTERS, WindowScene, bench_windows
from sqlclap.errors import LibraryError


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the benches keep a library of twenty sounds with a hundred windows each."""
    return tmp_path_factory.mktemp("bench") / "bench.db"


def test_moments_are_found_whatever_the_filter(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "QUERIES", 20)
    monkeypatch.setattr(windows, "ADDED_SOUNDS", 3)
    figures = bench_windows(path, WindowScene(2_000, 64, "compact"))
    assert [one["filter"] for one in figures.moments] == list(FILTERS)
    assert all(float(one["recall"]) > 0.97 for one in figures.moments[:5])
    assert {one["path"] for one in figures.moments[:5]} <= {"graph", "scan"}
    assert 0 < figures.bytes_a_vector < 64 * 2 + 400
    assert min(figures.build_s, figures.exact_ms, figures.catch_up_s) > 0


def test_codes_are_compared_on_a_copy(path: Path) -> None:
    if not path.exists():
        windows.fill(path, WindowScene(2_000, 64))
    before = path.read_bytes()
    rows = bench_codes(path)
    assert [(row.codes, row.among) for row in rows] == [
        ("fp16", "sounds"),
        ("fp16", "moments"),
        ("compact", "sounds"),
        ("compact", "moments"),
    ]
    assert all(row.recall > 0.95 and row.ranked >= 10 for row in rows)
    assert rows[2].bytes_a_vector < rows[0].bytes_a_vector
    assert path.read_bytes() == before


def test_codes_of_a_few_sounds_are_not_compared(filled: sqlclap.Library) -> None:
    with pytest.raises(LibraryError, match="too few sounds"):
        bench_codes(filled.path)
