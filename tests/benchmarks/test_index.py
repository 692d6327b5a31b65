"""The index benches run, on a small scale, and say what they should."""

from __future__ import annotations

from pathlib import Path

import pytest

import sqlclap
from benchmarks import index
from benchmarks.words import bench_words


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> index.IndexFigures:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index, "ADDED", 500)
        return index.bench_index(tmp_path_factory.mktemp("bench") / "bench.db", 3_000, peers=True)


def test_recall_near_and_far(figures: index.IndexFigures) -> None:
    for spread in (figures.neighbors, figures.far):
        assert spread["recall"] > 0.97
        assert 0 < spread["p50_ms"] <= spread["p99_ms"]


def test_every_filter_finds_all(figures: index.IndexFigures) -> None:
    assert [one["share"] for one in figures.filtered] == list(index.SHARES)
    assert all(one["recall"] > 0.97 for one in figures.filtered)


def test_our_own_search_is_among_the_peers(figures: index.IndexFigures) -> None:
    ours = figures.peers[0]
    assert (ours.name, ours.build_s) == ("sqlclap", figures.build_s)
    assert ours.recall == pytest.approx(figures.neighbors["recall"])


def test_processes_and_catching_up_took_time(figures: index.IndexFigures) -> None:
    assert min(figures.cold.values()) > 0
    assert min(figures.process_ms, figures.catch_up_s, figures.exact_ms) > 0


def test_words_through_an_index(filled: sqlclap.Library, fake_bundle: Path) -> None:
    filled.index.build()
    found = bench_words(filled.path, str(fake_bundle))
    assert (found.sounds, found.recall, found.incomplete) == (6, 1.0, 0)
    assert found.queries > 100
