"""Values of another kind are refused, by a library and by a set alike.

To SQLite a text is no number and above them all: such a filter would find nothing, or everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sqlclap
from sqlclap import Filter, SearchOptions
from sqlclap.errors import (
    CurationError,
    LabelValueError,
    LayoutError,
    LayoutValueError,
    QueryError,
    VocabularyError,
)
from sqlclap.labels.tagging import TagRequest
from sqlclap.search.fields import fields_of
from tests.support.twin_libraries import Twins

NO_NAMES = [None, 3, 2.5, b"kick", ["kick"]]
OTHERS: dict[str, list[Any]] = {
    "text": [3, 2.5, b"kick", float("nan"), True],
    "choice": [3, b"kick"],
    "expression": [3, b"1"],
    "number": ["3", "x", b"3", True],
    "flag": ["maybe", "false", 1, 2.5],
    "whole": ["3", 2.5],
}
GIVEN = [
    (one.name, value)
    for one in fields_of("python")
    if one.kind != "values"
    for value in OTHERS[one.kind]
]


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory, fake_bundle: Path) -> Iterator[Twins]:
    """A library and a set of the same sounds, with one label."""
    made = Twins(tmp_path_factory.mktemp("given"), fake_bundle)
    made.add(30)
    for side in (made.library, made.set):
        side.labels.add("kick")
        side.labels.add_anchors("kick", [made.sounds[0].path])
    yield made
    made.close()


@pytest.fixture(params=["library", "set"])
def side(request: pytest.FixtureRequest, twins: Twins) -> Any:
    """Either of them."""
    return getattr(twins, request.param)


@pytest.mark.parametrize(("name", "value"), GIVEN)
def test_fields_of_another_kind(name: str, value: object) -> None:
    options: dict[str, Any] = {name: value}
    if name in ("merge_gap", "min_event"):
        options["events"] = True
    with pytest.raises(QueryError, match=name if name != "offset" else "an offset"):
        SearchOptions(**options).request(10)


def test_a_flag_that_is_a_word_finds_nothing_no_more(twins: Twins) -> None:
    with pytest.raises(QueryError, match="expected True or False as favourite, got 'maybe'"):
        twins.library.samples(Filter(favourite="maybe"))  # type: ignore[arg-type]
    assert Filter(favourite=np.True_) == Filter(favourite=True)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", NO_NAMES)
def test_names_of_labels(side: Any, name: Any) -> None:
    labels = side.labels
    calls = [
        labels.add, labels.get, labels.matches, labels.anchors, labels.remove,
        lambda name: labels.rename("kick", name),
        lambda name: labels.tag(TagRequest((name,))),
        side.calibrations.fit,
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(LabelValueError, match="expected a label's name, got"):
            call(name)
    assert [one.name for one in labels.list()] == ["kick"]


@pytest.mark.parametrize("name", NO_NAMES)
def test_names_of_collections_and_clusters(side: Any, twins: Twins, name: Any) -> None:
    for call in (
        side.collections.delete,
        lambda one: side.collections.add(one, [twins.sounds[0].path]),
    ):
        with pytest.raises(CurationError, match="expected a collection's name, got"):
            call(name)
    with pytest.raises(LayoutValueError, match="expected a name for the cluster"):
        side.clusters.rename(0, name)


def test_a_vocabulary_may_be_named_by_a_text(side: Any, tmp_path: Path) -> None:
    with pytest.raises(VocabularyError, match=r"can't read .*none\.txt"):
        side.clusters.fit(vocabulary=str(tmp_path / "none.txt"))


def test_codes_that_there_are_not(side: Any) -> None:
    with pytest.raises(QueryError, match="expected codes of fp16, compact, got 'int4'"):
        side.index.build(codes="int4")


def test_a_picture_of_a_set_may_lie_in_the_home_folder(
    twins: Twins, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for one in (twins.library, twins.set):
        one.map.fit()
        one.draw_map("~/map.svg")
        (tmp_path / "map.svg").unlink()
        with pytest.raises(LayoutError):
            one.draw_map("~/map.gif")


def test_a_search_takes_what_it_took(side: sqlclap.Library) -> None:
    options = SearchOptions(min_length=1, max_length=2.5, favourite=False, exact=True, offset=0)
    assert len(side.search("kick", 5, options)) <= 5
