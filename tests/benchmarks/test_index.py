"""The index benches run, on a small scale, and say what they should."""

from __future__ import annotations

from pathlib import Path

import pytest

import sqlclap
from benchmarks import index, index_peers
from benchmarks.words import bench_words


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> index.IndexFigures:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index, "ADDED", 500)
        patch.setattr(index_peers, "ROUNDS", 3)
        scene = index.IndexScene(3_000, beside="compact", peers=True)
        return index.bench_index(tmp_path_factory.mktemp("bench") / "bench.db", scene)


def test_recall_near_and_far(figures: index.IndexFigures) -> None:
    for spread in (figures.neighbors, figures.far):
        assert spread["recall"] > 0.97
        assert 0 < spread["p50_ms"] <= spread["p99_ms"]


def test_every_filter_finds_all(figures: index.IndexFigures) -> None:
    assert [one["share"] for one in figures.filtered] == list(index.SHARES)
    assert all(one["recall"] > 0.97 for one in figures.filtered)


def test_both_codes_take_turns_with_the_peers(figures: index.IndexFigures) -> None:
    ours, compact = figures.turns[:2]
    assert (ours.name, compact.name) == ("sqlclap, fp16", "sqlclap, compact")
    assert (ours.build_s, ours.against_first) == (figures.build_s, 1.0)
    assert ours.recall == pytest.approx(figures.neighbors["recall"])
    assert compact.recall > 0.97
    assert compact.bytes_a_vector < 0.65 * ours.bytes_a_vector
    assert compact.against_first > 0


def test_batched_neighbours_take_turns_with_single_calls(figures: index.IndexFigures) -> None:
    asked = figures.batched
    assert asked["sounds"] == 3_000
    assert min(asked["batched_per_s"], asked["single_per_s"], asked["times"]) > 0


def test_processes_and_catching_up_took_time(figures: index.IndexFigures) -> None:
    assert min(figures.cold.values()) > 0
    assert min(figures.process_ms, figures.catch_up_s, figures.exact_ms) > 0


def test_words_through_an_index(filled: sqlclap.Library, fake_bundle: Path) -> None:
    filled.index.build()
    found = bench_words(filled.path, str(fake_bundle))
    assert (found.sounds, found.recall, found.incomplete) == (6, 1.0, 0)
    assert found.queries > 100
