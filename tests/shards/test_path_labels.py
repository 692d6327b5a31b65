"""Labels from the paths of all shards: those of one library."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sqlclap.errors import LabelValueError, PartialAnswerError
from sqlclap.labels.labels import Labels
from sqlclap.labels.suggestions import PathLabel, PathRequest
from sqlclap.shards.protocol import TOKEN_VARIABLE
from tests.cli.running import run, succeed
from tests.support.served_nodes import TOKEN, Nodes
from tests.support.twin_libraries import Twins

PATTERNS = {"low": ["*0*.wav", "site-2/*"], "high": ["*9.wav"], "none": ["*.flac"]}


@pytest.fixture
def twins(tmp_path: Path, fake_bundle: Path) -> Iterator[Twins]:
    made = Twins(tmp_path, fake_bundle)
    made.add(120, seed=4)
    yield made
    made.close()


def told(proposed: Any) -> list[tuple[str, int, int]]:
    found: list[PathLabel] = [*proposed]
    return [(one.name, one.samples, len(one.anchors)) for one in found]


def anchored(labels: Labels) -> dict[str, list[str]]:
    names = [one.name for one in labels.list()]
    return {name: sorted(str(one.path) for one in labels.anchors(name)) for name in names}


@pytest.mark.parametrize("page", [7, 20_000])
def test_labels_from_paths_are_those_of_one_library(
    twins: Twins, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sqlclap.shards.naming_jobs.PAGE", page)
    for dry_run in (True, False):
        for request in (PathRequest(), PathRequest(anchors=3, at_least=41)):
            sides = [side.labels for side in (twins.library, twins.set)]
            folders = [told(one.from_folders(request, dry_run)) for one in sides]
            names = [told(one.from_patterns(PATTERNS, request, dry_run)) for one in sides]
            assert folders[0] == folders[1]
            assert names[0] == names[1]
            assert names[0]
            of_library, of_set = map(anchored, sides)
            assert of_library == of_set
            assert bool(of_set) is not dry_run
    matches = [
        [one.path for one in side.labels.matches("low", 30)] for side in (twins.library, twins.set)
    ]
    assert matches[0] == matches[1]


def test_nodes_tell_their_paths(twins: Twins, monkeypatch: pytest.MonkeyPatch) -> None:
    nodes = Nodes(twins, twins.folder / "elsewhere")
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    with nodes.open() as opened:
        found = opened.labels.from_folders(PathRequest())
        assert told(found) == told(twins.library.labels.from_folders(PathRequest()))
        assert anchored(opened.labels) == anchored(twins.library.labels)
    nodes.close()


def test_a_part_is_said_to_be_a_part(twins: Twins) -> None:
    file = str(twins.folder / "set.toml")
    (twins.folder / "set-0002.db").rename(twins.folder / "away.db")
    found = twins.set.labels.from_folders(PathRequest(), dry_run=True)
    assert [one.shard for one in found.reach.missing] == [2]
    assert sum(one.samples for one in found) < 120
    for command in (("from-folders",), ("from-names",)):
        patterns = ["kick=*1*"] if command == ("from-names",) else []
        result = run("label", *command, file, *patterns, "--dry-run")
        assert "missing shard 2" in result.stderr
    with twins.reopened(require_all=True) as strict, pytest.raises(PartialAnswerError):
        strict.labels.from_folders(PathRequest())
    with pytest.raises(LabelValueError, match="expected patterns"):
        twins.set.labels.from_patterns({}, PathRequest())


def test_commands_make_labels(twins: Twins) -> None:
    file = str(twins.folder / "set.toml")
    rows = json.loads(succeed("label", "from-folders", file, "--anchors", "4", "--json"))
    assert [(row["name"], row["samples"]) for row in rows] == [
        ("site-0", 40), ("site-1", 40), ("site-2", 40),
    ]  # fmt: skip
    assert {anchor >> 40 for row in rows for anchor in row["anchors"]} <= {1, 2, 3}
    listed = json.loads(succeed("label", "list", file, "--json"))
    assert [row["anchors"] for row in listed] == [4, 4, 4]
