"""Facets of a set: the counts of one library, or an error where a part is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sqlclap import SearchOptions
from sqlclap.errors import PartialAnswerError, QueryError
from sqlclap.labels.tagging import TagRequest
from tests.cli.running import succeed
from tests.support.twin_libraries import Twins


def test_counts_are_those_of_one_library(tmp_path: Path, fake_bundle: Path) -> None:
    made = Twins(tmp_path, fake_bundle)
    made.add(90, seed=3)
    for options in (None, SearchOptions(where="duration_s > 1"), SearchOptions(folder="site-1")):
        for facets in ("format", "folder,format,kind"):
            wanted = made.library.facets(facets, 2, options)
            assert made.set.facets(facets, 2, options) == wanted
            assert wanted[0].counted > 0
    rows = json.loads(
        succeed("search", tmp_path / "set.toml", "rain", "--facet", "format", "--json")
    )
    assert rows[0]["counted"] == 90
    with pytest.raises(QueryError):
        made.set.facets("weather")
    with pytest.raises(QueryError, match="at least 1"):
        made.set.facets("format", 0)
    (tmp_path / "set-0002.db").rename(tmp_path / "away.db")
    with pytest.raises(PartialAnswerError, match="shard 2"):
        made.set.facets("format")
    made.close()


def test_labels_and_collections_are_counted_as_in_one_library(
    tmp_path: Path, fake_bundle: Path
) -> None:
    """Anchors, tags by hand and tags of runs count once each, whatever shard they are in."""
    made = Twins(tmp_path, fake_bundle)
    made.add(90, seed=3)
    run = TagRequest(labels=("rain",), confidence="low", force=True)
    for one in (made.library, made.set):
        one.labels.ensure("rain", [made.sounds[3].path, made.sounds[8].path])
        one.labels.ensure("wind", [made.sounds[5].path])
        one.labels.change("rain", threshold=0.1)
        one.labels.tag_by_hand("wind", [made.sounds[at].path for at in (3, 7, 8, 11)])
        one.labels.tag(run)
        one.collections.add("Track 7", [made.sounds[at].path for at in (3, 20, 21)])
        one.collections.add("Früh", [made.sounds[3].path])
    asked = (
        None,
        SearchOptions(folder="site-1"),
        SearchOptions(label="wind"),
        SearchOptions(collection="Track 7"),
    )
    for options in asked:
        wanted = made.library.facets("label,collection,format", 5, options)
        assert made.set.facets("label,collection,format", 5, options) == wanted
    counts = {one.value: one.sounds for one in made.set.facets("label")[0].values}
    assert counts["rain"] > 2
    assert counts["wind"] == 5
    printed = json.loads(
        succeed("search", tmp_path / "set.toml", "rain", "--facet", "label", "--json")
    )
    assert {one["value"]: one["sounds"] for one in printed[0]["values"]} == counts
    made.set.labels.untag(made.set.labels.runs()[-1].run_id)
    found = made.set.facets("label")[0]
    assert {one.value: one.sounds for one in found.values} == {"rain": 2, "wind": 5}
    made.close()
