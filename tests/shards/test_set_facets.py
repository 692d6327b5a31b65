"""Facets of a set: the counts of one library, or an error where a part is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sqlclap import SearchOptions
from sqlclap.errors import PartialAnswerError, QueryError
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
    for wrong in ("label", "weather"):
        with pytest.raises(QueryError):
            made.set.facets(wrong)
    with pytest.raises(QueryError, match="at least 1"):
        made.set.facets("format", 0)
    (tmp_path / "set-0002.db").rename(tmp_path / "away.db")
    with pytest.raises(PartialAnswerError, match="shard 2"):
        made.set.facets("format")
    made.close()
