"""Numbers of NumPy's, as arrays and data frames give them, mean what Python's own mean.

SQLite's drivers take those that are no `float` for BLOBs, which are above every number.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import sqlclap
from sqlclap import Filter, Query, SearchOptions
from sqlclap.arrays import plain_number
from sqlclap.errors import DeploymentError, QueryError
from sqlclap.recordings.deployment_file import Deployment

KINDS = [np.int32, np.int64, np.float16, np.float32, np.float64, np.array]
WHOLE = [np.int16, np.int64, np.array]
BOUNDS = {"length": 2, "pitch": 200, "tempo": 100}


def ids(samples: Any) -> list[int]:
    return [sample.sample_id for sample in samples]


def test_what_is_no_number_of_numpys_stays_as_it_is() -> None:
    for value in (1, 2.5, "3", None, b"", (1, 2)):
        assert plain_number(value) is value
    array = np.array([1, 2])
    assert plain_number(array) is array


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("end", ["min", "max"])
@pytest.mark.parametrize("quantity", BOUNDS)
def test_bounds_of_filters(filled: sqlclap.Library, quantity: str, end: str, kind: Any) -> None:
    name, bound = f"{end}_{quantity}", BOUNDS[quantity]
    own: dict[str, Any] = {name: bound}
    numpys: dict[str, Any] = {name: kind(bound)}
    assert ids(filled.samples(Filter(**numpys))) == ids(filled.samples(Filter(**own)))
    found = filled.search("kick", n=100, options=SearchOptions(**numpys))
    assert ids(found) == ids(filled.search("kick", n=100, options=SearchOptions(**own)))


def test_a_bound_above_leaves_some_sounds_out(filled: sqlclap.Library) -> None:
    low = len(filled.samples(Filter(max_pitch=BOUNDS["pitch"])))
    assert 0 < low < len(filled.samples())


@pytest.mark.parametrize("kind", KINDS)
def test_parameters_and_ratings(filled: sqlclap.Library, kind: Any) -> None:
    filled.curation.rate([2], 4)
    assert ids(filled.samples(Filter(min_rating=kind(4)))) == [2]
    few = Filter(where="sample_id < :end", params={"end": kind(3)})
    assert ids(filled.samples(few)) == [1, 2]


@pytest.mark.parametrize("kind", WHOLE)
def test_numbers_of_results_and_pages(filled: sqlclap.Library, kind: Any) -> None:
    all_of_them = ids(filled.search("kick", n=5))
    assert len(all_of_them) > 3
    assert ids(filled.search("kick", n=kind(3))) == all_of_them[:3]
    page = SearchOptions(offset=kind(1))
    assert ids(filled.search("kick", n=kind(2), options=page)) == all_of_them[1:3]
    assert ids(filled.find(Query().more("kick"), n=kind(3))) == all_of_them[:3]
    moments = SearchOptions(moments=True)
    assert len(filled.search("kick", n=kind(3), options=moments)) == 3
    filled.labels.add("deep")
    filled.labels.add_anchors("deep", [1])
    assert len(filled.labels.matches("deep", n=kind(2))) == 2
    assert len(filled.labels.suggest(["kick"], n=kind(2))) == 2


def test_rules_of_events(filled: sqlclap.Library) -> None:
    def found(number: Any) -> list[Any]:
        rule = SearchOptions(events=True, merge_gap=number(3), min_event=number(0.25))
        return [*filled.search("kick", n=100, options=rule)]

    assert found(np.float32) == found(float) != []


@pytest.mark.parametrize("kind", WHOLE)
def test_labels_settings_weights_and_runs(filled: sqlclap.Library, kind: Any) -> None:
    filled.labels.add("deep")
    filled.labels.add_anchors("deep", [1], weight=kind(1))
    assert [anchor.weight for anchor in filled.labels.anchors("deep")] == [1.0]
    settings: dict[str, Any] = {"threshold": kind(1), "gap": kind(0), "top_k": kind(2)}
    changed = filled.labels.change("deep", **settings)
    assert (changed.threshold, changed.gap, changed.top_k) == (1.0, 0.0, 2)
    filled.labels.tag_by_hand("deep", [2])
    (tag,) = filled.labels.tags()
    assert filled.labels.untag(kind(tag.run_id)) == 1


def test_places_of_deployments(field: sqlclap.Library) -> None:
    folder = field.sources.list()[0].root
    place: dict[str, Any] = {"latitude": np.float32(50.5), "longitude": np.int64(8)}
    field.deployments.put([Deployment("pond", folder, **place)])
    (listed,) = field.deployments.list()
    assert (listed.latitude, listed.longitude) == (50.5, 8.0)
    with pytest.raises(DeploymentError, match="latitude in degrees from -90 to 90"):
        Deployment("pond", latitude=90.5, longitude=8)


def test_no_words_to_suggest_by_are_an_error(filled: sqlclap.Library) -> None:
    with pytest.raises(QueryError, match="expected words to suggest sounds by, got none"):
        filled.labels.suggest([])
