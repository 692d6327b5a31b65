"""Words over a set: suggestions and sorting among names are those of one library."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sqlclap.errors import PartialAnswerError, QueryError
from sqlclap.labels.suggestions import Suggestions
from sqlclap.labels.zero_shot import Classification
from sqlclap.shards import ShardSet, walking
from tests.cli.running import run, succeed
from tests.support.served_nodes import Nodes, opened_afar, served_twins
from tests.support.twin_libraries import Twins

PROMPTS = (["kick drum"], ["rain", "heavy rain on a roof"], ["qqxyz"])
NAMES = ("kick drum", "rain", "glass", "qqxyz")


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory, fake_bundle: Path) -> Iterator[Nodes]:
    folder = tmp_path_factory.mktemp("named")
    with served_twins(folder, fake_bundle, 160, 2) as made:
        yield made


@pytest.fixture(scope="module")
def opened(nodes: Nodes) -> Iterator[ShardSet]:
    """The same set, whose shards lie at nodes."""
    with opened_afar(nodes) as there:
        yield there


def suggested(found: Suggestions) -> list[tuple[Any, ...]]:
    return [
        (one.path, one.text_score, pytest.approx(one.above_background, rel=1e-4), one.weak)
        for one in found
    ]


def classified(found: Classification) -> list[tuple[str, str, str]]:
    return [(one.path, one.name, one.runner_up) for one in found]


@pytest.mark.parametrize("prompts", PROMPTS, ids=str)
@pytest.mark.parametrize("n", [1, 20, 200])
def test_suggestions_are_those_of_one_library(
    nodes: Nodes, opened: ShardSet, prompts: list[str], n: int
) -> None:
    wanted = nodes.twins.library.labels.suggest(prompts, n)
    for side in (nodes.twins.set, opened):
        found = side.labels.suggest(prompts, n)
        assert suggested(found) == suggested(wanted)
        assert found.doubts == wanted.doubts
        assert found.reach.is_whole
        assert all(one.sample_id >= 2**40 for one in found)


@pytest.mark.parametrize("page", [7, 20_000])
@pytest.mark.parametrize("with_unknown", [True, False])
def test_sounds_are_sorted_as_in_one_library(
    nodes: Nodes,
    opened: ShardSet,
    with_unknown: bool,
    page: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sqlclap.shards.naming_jobs.PAGE", page)
    wanted = nodes.twins.library.labels.classify(NAMES, ["{}", "a {} sound"], with_unknown)
    for side in (nodes.twins.set, opened):
        found = side.labels.classify(NAMES, ["{}", "a {} sound"], with_unknown)
        assert classified(found) == classified(wanted)
        assert [one.share for one in found] == pytest.approx([one.share for one in wanted])
        assert [one.score for one in found] == pytest.approx([one.score for one in wanted])
        assert found.doubts == wanted.doubts
        assert len({one.sample_id for one in found}) == 160


def test_wrong_names_are_refused(nodes: Nodes) -> None:
    with pytest.raises(QueryError, match="different names"):
        nodes.twins.set.labels.classify(["kick", "Kick"])
    with pytest.raises(QueryError, match="at least 1"):
        nodes.twins.set.labels.suggest(["kick"], 0)


def test_a_part_is_said_to_be_a_part(tmp_path: Path, fake_bundle: Path) -> None:
    made = Twins(tmp_path, fake_bundle)
    made.add(60)
    (tmp_path / "set-0003.db").rename(tmp_path / "away.db")
    sorted_ones = made.set.labels.classify(["kick", "rain"])
    assert 0 < len(sorted_ones) < 60
    for found in (sorted_ones, made.set.labels.suggest(["kick"], 5)):
        assert any("missing shard 3" in one for one in found.remarks())
    with made.reopened(require_all=True) as strict:
        for ask in (
            lambda: strict.labels.classify(["kick", "rain"]),
            lambda: strict.labels.suggest(["kick"]),
        ):
            with pytest.raises(PartialAnswerError, match="shard 3"):
                ask()
    file = str(tmp_path / "set.toml")
    command = ("classify", file, "--labels", "kick, rain", "--model", str(fake_bundle))
    assert "missing shard 3" in run(*command).stderr
    made.close()


def test_a_shard_that_goes_while_it_tells_is_missing_as_a_whole(
    tmp_path: Path, fake_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Twins(tmp_path, fake_bundle)
    made.add(60)
    monkeypatch.setattr("sqlclap.shards.naming_jobs.PAGE", 5)
    of, asked = walking.Begins.of, []

    def go(begins: walking.Begins, shard: int) -> int | None:
        asked.append(shard)
        if len(asked) == 4:
            (tmp_path / "set-0003.db").rename(tmp_path / "away.db")
        return of(begins, shard)

    monkeypatch.setattr(walking.Begins, "of", go)
    found = made.set.labels.classify(["kick", "rain"])
    assert [one.shard for one in found.reach.missing] == [3]
    assert {one.sample_id >> 40 for one in found} == {1, 2}
    made.close()


def test_commands_sort_and_suggest(nodes: Nodes) -> None:
    file, bundle = str(nodes.twins.folder / "set.toml"), str(nodes.twins.bundle)
    command = ("classify", file, "--labels", "rain, glass", "--model", bundle, "--json")
    rows = json.loads(succeed(*command))
    wanted = nodes.twins.set.labels.classify(["rain", "glass"])
    assert [row["sample_id"] for row in rows] == [one.sample_id for one in wanted]
    asked = ("label", "suggest", file, "rain", "-n", "3", "--model", bundle, "--json")
    rows = json.loads(succeed(*asked))
    wanted_few = nodes.twins.set.labels.suggest(["rain"], 3)
    assert [row["sample_id"] for row in rows] == [one.sample_id for one in wanted_few]
