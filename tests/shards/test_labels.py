"""Labels of a set: said in the catalog, found in all shards, with gaps over all labels."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sqlclap
from sqlclap import Query
from sqlclap.errors import (
    NoAnchorsError,
    PartialAnswerError,
    QueryError,
    UnknownLabelError,
    UnknownSoundError,
)
from sqlclap.labels.calibration import CalibrationRequest
from sqlclap.labels.matching import LabelMatches
from sqlclap.labels.votes import CastVote
from sqlclap.search.request import Filter, SearchOptions
from sqlclap.shards.ids import split_id
from tests.support.twin_libraries import Twins

SETTINGS: dict[str, Any] = {"threshold": 0.45, "gap": 0.02, "top_k": 3}


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory, fake_bundle: Path) -> Iterator[Twins]:
    made = Twins(tmp_path_factory.mktemp("labelled"), fake_bundle)
    made.add(150, seed=8)
    random = np.random.default_rng(4)
    for name in ("kick", "bird", "rain"):
        chosen = [made.sounds[at].path for at in random.choice(150, 7, replace=False)]
        for labels in (made.library.labels, made.set.labels):
            labels.add(name, **SETTINGS)
            labels.add_anchors(name, chosen[:4])
            labels.add_anchors(name, chosen[4:5], "negative")
            labels.add_anchors(name, chosen[5:6], weight=0.7)
            labels.vote(name, chosen[6:], CastVote("reject"))
    yield made
    made.close()


def told(matches: LabelMatches) -> list[tuple[Any, ...]]:
    fields = ("rank", "path", "score", "gap", "rival", "confidence", "held_back_by")
    more = ("rival_label", "rival_path", "start_s", "end_s", "peak_s", "windows")
    return [tuple(getattr(one, name, None) for name in (*fields, *more)) for one in matches]


REQUESTS: list[dict[str, Any]] = [
    {},
    {"with_anchors": True},
    {"exact": True},
    {"confidence": "medium"},
    {"only": Filter(folder="site-1")},
    {"moments": True},
    {"moments": True, "confidence": "low", "windows": True},
    {"moments": True, "confidence": "low", "merge_gap": 1.0, "with_anchors": True},
]


@pytest.mark.parametrize("request_", REQUESTS, ids=str)
@pytest.mark.parametrize("name", ["kick", "bird", "rain"])
def test_matches_are_those_of_one_library(
    twins: Twins, name: str, request_: dict[str, Any]
) -> None:
    found = twins.set.labels.matches(name, 40, **request_)
    wanted = twins.library.labels.matches(name, 40, **request_)
    assert told(found) == told(wanted)
    assert found.kind is wanted.kind
    assert found.reach.is_whole
    assert len({one.sample_id for one in found}) == len({one.sample_id for one in wanted})


def test_ids_of_matches_and_rivals_name_sounds_of_the_set(twins: Twins) -> None:
    found = twins.set.labels.matches("kick", 150)
    named = {one.rival_sample_id for one in found if one.rival_path is not None}
    assert named
    for one in found:
        assert split_id(one.sample_id).shard in (1, 2, 3)
    assert all(twins.set.similar(whole, 1) for whole in named if whole is not None)


def test_a_label_is_a_term_of_a_query(twins: Twins) -> None:
    query = Query().like_label("kick").unlike_label("bird", 0.5)
    found, wanted = twins.set.find(query, 20), twins.library.find(query, 20)
    assert [one.path for one in found] == [one.path for one in wanted]


def test_anchors_and_votes_are_told_by_the_sets_ids(twins: Twins) -> None:
    anchors, votes = twins.set.labels.anchors("kick"), twins.set.labels.votes("kick")
    assert [one.path for one in anchors] == [
        one.path for one in twins.library.labels.anchors("kick")
    ]
    assert all(one.state == "ok" for one in anchors)
    named = [(one.path, one.sample_id) for one in anchors]
    for path, whole in [*named, *((one.path, one.sample_id) for one in votes)]:
        assert path is not None
        (same,) = twins.set.similar(path, 1)
        assert twins.set.similar(whole, 1)[0].path == same.path


def test_calibrations_live_in_the_catalog(tmp_path: Path, fake_bundle: Path) -> None:
    made = Twins(tmp_path, fake_bundle, 2)
    made.add(60, seed=2)
    for labels in (made.library.labels, made.set.labels):
        labels.add("kick")
        labels.add("other")
        labels.add_anchors("kick", [one.path for one in made.sounds[:5]])
        labels.add_anchors("other", [one.path for one in made.sounds[5:9]])
        for at, one in enumerate(made.sounds[10:55]):
            labels.vote("kick", [one.path], CastVote("accept" if at % 3 else "reject"))
    request = CalibrationRequest(target=0.5)
    sides = (made.library.calibrations, made.set.calibrations)
    results = [side.fit("kick", request) for side in sides]
    assert results[0].point is not None
    assert results[0].point == results[1].point
    for calibrations, result in zip(sides, results, strict=True):
        calibrations.apply(result)
    assert told(made.set.labels.matches("kick")) == told(made.library.labels.matches("kick"))
    made.close()


def test_patterns_name_sounds_of_all_shards(tmp_path: Path, fake_bundle: Path) -> None:
    made = Twins(tmp_path, fake_bundle)
    made.add(40)
    made.set.labels.add("all")
    assert made.set.labels.add_anchors("all", ["site-1/*"]) == 13
    shards = {split_id(one.sample_id).shard for one in made.set.labels.anchors("all")}
    assert shards == {1, 2, 3}
    first = made.set.search("x", 1)[0]
    assert made.set.labels.ensure("one", [first.sample_id]) == 1
    assert made.set.labels.add_anchors("one", [str(split_id(first.sample_id))]) == 0
    assert made.set.labels.remove_anchors("one", [first.sample_id]) == 1
    assert made.set.labels.anchors("one") == []
    with pytest.raises(UnknownSoundError):
        made.set.labels.add_anchors("one", ["nowhere/*"])
    with pytest.raises(UnknownLabelError):
        made.set.labels.add_anchors("none", [first.sample_id])
    with pytest.raises(NoAnchorsError):
        made.set.labels.matches("one")
    made.close()


def test_a_missing_shard_is_named(tmp_path: Path, fake_bundle: Path) -> None:
    made = Twins(tmp_path, fake_bundle)
    made.add(60)
    made.set.labels.add("kick")
    made.set.labels.add_anchors("kick", [one.path for one in made.sounds[:6]])
    whole = made.set.labels.matches("kick", 60)
    (tmp_path / "set-0003.db").rename(tmp_path / "away.db")
    part = made.set.labels.matches("kick", 60)
    assert isinstance(part.reach.missing, tuple)
    assert [one.shard for one in part.reach.missing] == [3]
    assert "missing shard 3" in part.remarks()[0]
    kept = [one.path for one in whole if split_id(one.sample_id).shard != 3]
    assert [one.path for one in part] == kept  # anchors of the missing shard score all the same
    with made.reopened(require_all=True) as strict, pytest.raises(PartialAnswerError):
        strict.labels.matches("kick")
    made.close()


def test_tags_by_hand_are_kept_listed_found_and_undone(tmp_path: Path, fake_bundle: Path) -> None:
    made = Twins(tmp_path, fake_bundle)
    made.add(30)
    labels, paths = made.set.labels, sorted(one.path for one in made.sounds[3:9])
    with pytest.raises(UnknownLabelError):
        labels.tag_by_hand("rain", paths)
    run = labels.tag_by_hand("rain", paths, create=True)
    assert (run.tagged, [one.run_id for one in labels.runs()]) == (6, [run.run_id])
    tags = labels.tags("rain")
    assert [one.path for one in tags] == paths
    assert {one.confidence for one in tags} == {"hand"}
    assert [made.set.metadata(one.sample_id) for one in tags] == [[]] * 6  # they name the set's
    found = made.set.search("glass", 30, SearchOptions(label="rain"))
    assert sorted(one.path for one in found) == paths
    assert run.run_id is not None
    assert labels.untag(run.run_id) == 6
    assert labels.tags() == []
    made.close()


def test_what_is_of_one_library_is_refused(twins: Twins) -> None:
    with pytest.raises(QueryError, match="without quotes"):
        twins.set.labels.matches("kick", only=Filter(where="[sample_id] = 1"))


def test_the_catalog_is_an_ordinary_library(twins: Twins) -> None:
    with sqlclap.open(twins.set.catalog_path, model=str(twins.bundle), mode="read") as catalog:
        assert [one.name for one in catalog.labels.list()] == ["bird", "kick", "rain"]
        copied = catalog.samples()
        assert 0 < len([*copied]) <= 21
