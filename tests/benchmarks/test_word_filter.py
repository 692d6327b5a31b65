"""The benchmark of words beside sound asks filters that let sounds through."""

from __future__ import annotations

from pathlib import Path

from benchmarks.word_filter import bench_word_filter


def test_filters_let_some_sounds_through(tmp_path: Path) -> None:
    figures = bench_word_filter(tmp_path / "sounds.db", 600)
    assert 0 < figures.allowed[1] < figures.allowed[2] < figures.sounds == 600
