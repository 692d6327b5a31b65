"""Suggestions and zero-shot sorting: words on their own scale."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import sqlclap
from sqlclap.db.stored_models import default_model
from sqlclap.errors import QueryError
from sqlclap.labels.zero_shot import Names, cosines_to, softmax_shares
from sqlclap.search.background import Backgrounds
from sqlclap.search.judgement import chance_floor
from tests.cli.running import run


def test_suggestions_store_nothing_and_say_where_the_background_lies(
    filled: sqlclap.Library,
) -> None:
    found = filled.labels.suggest(["kick drum", "deep kick"], n=3)
    assert [one.sample_id for one in found] == [
        one.sample_id for one in sorted(found, key=lambda one: -one.text_score)
    ]
    background = filled.encoder.bundle.text_background
    for one in found:
        expected = (one.text_score - background.mean) / background.std
        assert one.above_background == pytest.approx(expected)
    assert filled.labels.list() == []


def test_one_prompt_suggests_what_a_search_finds(filled: sqlclap.Library) -> None:
    found = filled.labels.suggest(["kick drum"], n=4)
    searched = filled.search("kick drum", n=4)
    assert [one.sample_id for one in found] == [match.sample_id for match in searched]


def test_shares_worked_by_hand() -> None:
    # Cosines 0.6 and 0.8, unknown 0.5, temperature 10: shares go as e^6, e^8 and e^5.
    names = Names(("a", "b", "unknown"), np.eye(2, dtype=np.float32), 0.5, 10.0)
    cosines = cosines_to(names, np.array([[0.6, 0.8]], dtype=np.float32))
    cosines, shares = softmax_shares(names, cosines)
    powers = np.exp([6.0, 8.0, 5.0])
    assert cosines == pytest.approx(np.array([[0.6, 0.8, 0.5]]))
    assert shares == pytest.approx((powers / powers.sum())[None], rel=1e-5)


def test_unknown_wins_where_no_name_reaches_it() -> None:
    names = Names(("a", "b", "unknown"), np.eye(2, dtype=np.float32), 0.9, 10.0)
    _, shares = softmax_shares(names, np.array([[0.6, 0.8]]))
    assert shares.argmax() == 2


def test_all_samples_are_sorted_and_shares_fall(filled: sqlclap.Library) -> None:
    found = filled.labels.classify(["kick drum", "birds singing"], ["{}", "deep {}"])
    assert len(found) == 6
    for name in {one.name for one in found}:
        shares = [one.share for one in found if one.name == name]
        assert shares == sorted(shares, reverse=True)
    assert all(0 < one.runner_up_share <= one.share <= 1 for one in found)
    without = filled.labels.classify(["kick drum", "birds singing"], with_unknown=False)
    assert "unknown" not in {one.name for one in without}


@pytest.mark.parametrize("names", [[], [""], ["kick", "Kick"]])
def test_names_must_differ(filled: sqlclap.Library, names: list[str]) -> None:
    with pytest.raises(QueryError, match="different names"):
        filled.labels.classify(names)


def test_a_template_needs_a_place_for_the_name(filled: sqlclap.Library) -> None:
    with pytest.raises(QueryError, match="template"):
        filled.labels.classify(["kick"], ["a drum"])


DRUMS = Path(__file__).parents[2] / "demo" / "sounds" / "drums"


@pytest.fixture(scope="module")
def drums(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlclap.Library]:
    with sqlclap.open(tmp_path_factory.mktemp("words") / "drums.db") as library:
        library.ingest([DRUMS])
        yield library


def test_unknown_stands_where_chance_ends_in_this_library(drums: sqlclap.Library) -> None:
    sorted_among = drums.labels.classify(["kick drum", "violin"])
    model = default_model(drums.connection)
    background = drums.session.cache(Backgrounds).of(drums.connection, model, drums.encoder)
    floor = chance_floor(background)
    assert floor is not None
    unknown = [one for one in sorted_among if one.name == "unknown"]
    assert unknown
    assert {one.score for one in unknown} == {floor}
    assert all(one.score >= floor for one in sorted_among if one.name != "unknown")


def test_names_that_mean_nothing_lose_to_unknown(drums: sqlclap.Library) -> None:
    names = ["xyzzy qwfp", "kick drum"]
    found = drums.labels.classify(names)
    assert {one.name for one in found} == {"kick drum", "unknown"}
    assert list(found.doubts) == ["xyzzy qwfp"]
    assert found.doubts["xyzzy qwfp"].startswith("no word of this is known to sqlclap-mini")
    assert not any("xyzzy" in (one.name, one.runner_up) for one in found if one.runner_up_share)
    alone = drums.labels.classify(["xyzzy qwfp"], with_unknown=False)
    assert {one.name for one in alone} == {"xyzzy qwfp"}
    assert alone.doubts == found.doubts


def test_the_command_says_which_names_mean_nothing(drums: sqlclap.Library) -> None:
    told = run("classify", drums.path, "--labels", "xyzzy qwfp, kick drum", "--json")
    assert "Doubtful: xyzzy qwfp: no word of this is known" in told.stderr
    assert "xyzzy" not in {one["name"] for one in json.loads(told.stdout)}
