"""``python -m benchmarks.composed``: composed queries of six terms, timed and compared."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import composed


def test_every_kind_of_query_is_timed_and_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(composed, "QUERIES", 4)
    figures = composed.bench_composed(tmp_path / "sounds.db", 3_000, compared=2)
    assert [one.terms for one in figures] == [*composed.KINDS]
    for one in figures:
        assert 0 < one.p50_ms <= one.p99_ms
        assert sum(one.paths.values()) == 4
        assert one.recall >= 0.95
