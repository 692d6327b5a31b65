"""Clusters of real sounds agree with their names about as well as k-means of the same count.

Whether better depends on the sounds: docs/BENCHMARKS-map.md has drum kits (better) and Sonic Pi's
samples (worse). Here are the few of the demonstration, which neither method wins by more than its
spread.
"""

from __future__ import annotations

import statistics
from pathlib import Path

import pytest

from benchmarks.map_clusters import DEFAULT, ClusterFigures, as_markdown, bench_clusters
from benchmarks.map_truth import READERS, NamedSounds, name_of, names_below
from sqlclap.errors import QueryError
from sqlclap.models.bundle import EMBEDDED_MODEL

DEMO = Path(__file__).parents[2] / "demo" / "sounds"


@pytest.fixture(scope="module")
def figures() -> ClusterFigures:
    """What ships as a demonstration, five seeds."""
    known = NamedSounds((DEMO,), names_below(DEMO))
    return bench_clusters(known, EMBEDDED_MODEL, range(5))


@pytest.mark.slow
def test_clusters_keep_up_with_k_means_counted_either_way(figures: ClusterFigures) -> None:
    runs = figures.methods[DEFAULT]
    for own, other in (("clustered", "clustered_kmeans"), ("everything", "everything_kmeans")):
        lead = [getattr(run, own) - getattr(run, other) for run in runs]
        assert statistics.fmean(lead) > -0.03, (own, lead)
    assert all(0 <= run.noise < 0.2 for run in runs)


@pytest.mark.slow
def test_most_clusters_are_named_as_most_of_their_sounds(figures: ClusterFigures) -> None:
    assert figures.majorities >= 5
    assert 2 * figures.named_right > figures.majorities


@pytest.mark.slow
def test_the_table_has_a_row_a_method(figures: ClusterFigures) -> None:
    assert [row.split("|")[1].strip() for row in as_markdown(figures).splitlines()[2:]] == [DEFAULT]


def test_names_say_what_sounds_are() -> None:
    names = ("Hi Hat Closed (13in)", "Pearl Tom Floor", "bd_haus", "side stick", "open hi-hat", "?")
    expected = ["closed hat", "tom", "kick", "rimshot", "open hat", None]
    assert [name_of(name) for name in names] == expected


def test_packages_that_are_not_there_are_told(tmp_path: Path) -> None:
    for read in READERS.values():
        with pytest.raises(QueryError, match="--fetch"):
            read(tmp_path)
