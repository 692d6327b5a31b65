"""Duplicates of a set, within and across shards: those of one library in the same order."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sqlclap.db.statements import write_transaction
from sqlclap.errors import PartialAnswerError, QueryError, UnknownFolderError
from sqlclap.labels.tagging import TagRequest
from sqlclap.search.request import Filter
from sqlclap.shards.protocol import TOKEN_VARIABLE
from tests.cli.running import run, succeed
from tests.support.served_nodes import TOKEN, Nodes
from tests.support.twin_libraries import Twins


def twins_with_doubles(folder: Path, bundle: Path) -> Twins:
    made = Twins(folder, bundle)
    made.add(100, seed=1)
    near_ones(made)
    copies(made)
    made.order_as_set()
    return made


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory, fake_bundle: Path) -> Iterator[Twins]:
    made = twins_with_doubles(tmp_path_factory.mktemp("doubles"), fake_bundle)
    yield made
    made.close()


@pytest.fixture
def own(tmp_path: Path, fake_bundle: Path) -> Iterator[Twins]:
    """The same, to be changed."""
    made = twins_with_doubles(tmp_path, fake_bundle)
    yield made
    made.close()


def near_ones(made: Twins) -> None:
    """Add near ones of some; some are near to one another, and some in a chain."""
    random = np.random.default_rng(3)
    first = len(made.sounds)
    made.add(40, seed=2)
    sounds = made.sounds[first:]
    for at, sound in enumerate(sounds):
        close = made.sounds[at // 4].vectors[:1] if at % 4 < 3 else sounds[at - 1].vectors[:1]
        moved = close + random.normal(0, 0.07 / np.sqrt(close.shape[1]), close.shape)
        moved /= np.linalg.norm(moved, axis=1, keepdims=True)
        sound.vectors = moved.astype(np.float32)
    replace_in(made, sounds)


def replace_in(made: Twins, sounds: list[Any]) -> None:
    """Store sounds anew, in both."""
    for library in (made.library, *(one.open() for one in made.set.shards)):
        with write_transaction(library.connection) as database:
            for sound in sounds:
                database.execute("DELETE FROM samples WHERE path = ?", (sound.path,))
        if library is not made.library:
            library.close()
    del made.sounds[-len(sounds) :]
    made.store(sounds)


def copies(made: Twins) -> None:
    """Let some be of the same content, and some silent ones, too."""
    pairs = [(1, 60), (1, 61), (2, 90), (70, 71), (3, 103)]
    libraries = [made.library, *(one.open() for one in made.set.shards)]
    for library in libraries:
        with write_transaction(library.connection) as database:
            for first, other in pairs:
                database.execute(
                    "UPDATE samples SET content_hash = ? WHERE path = ?",
                    (f"hash-{first}", made.sounds[other].path),
                )
            for silent in (70, 71):
                database.execute(
                    "DELETE FROM embeddings WHERE sample_id IN "
                    "(SELECT sample_id FROM samples WHERE path = ?)",
                    (made.sounds[silent].path,),
                )
                database.execute(
                    "UPDATE samples SET status = 'silent' WHERE path = ?",
                    (made.sounds[silent].path,),
                )
            database.execute(
                "UPDATE samples SET status = 'missing' WHERE path = ?", (made.sounds[101].path,)
            )
    for library in libraries[1:]:
        library.close()


def told(groups: Any) -> list[tuple[Any, ...]]:
    """What groups tell, by paths."""
    found = []
    for group in groups:
        paths = {one.sample_id: one.path for one in group.sounds}
        found.append(
            (
                group.kind,
                [
                    (one.path, one.kind, paths.get(one.of), one.keep, one.keep_reason, one.rms_db)
                    for one in group.sounds
                ],
            )
        )
    return found


def scores(groups: Any) -> list[float]:
    return [one.score for group in groups for one in group.sounds]


@pytest.mark.parametrize("threshold", [0.9999, 0.998, 0.995, 0.99, 1.0])
@pytest.mark.parametrize("kinds", [(), ("copy",), ("near", "length")])
def test_groups_are_those_of_one_library(
    twins: Twins, threshold: float, kinds: tuple[str, ...]
) -> None:
    found, wanted = (side.duplicates(threshold, kinds) for side in (twins.set, twins.library))
    assert told(found) == told(wanted)
    assert scores(found) == pytest.approx(scores(wanted), abs=1e-6)
    if not kinds:
        assert len(found) > 2
        shards = [{one.sample_id >> 40 for one in group.sounds} for group in found]
        assert any(len(one) > 1 for one in shards)


def test_more_near_ones_than_are_looked_for_at_first(
    twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sqlclap.shards.duplicates.NEAR_ONES", 1)
    assert told(twins.set.duplicates(0.995)) == told(twins.library.duplicates(0.995))


@pytest.mark.parametrize("only", [Filter(folder="site-1"), Filter(where="rms_db < -30")], ids=str)
def test_filters_narrow_what_is_looked_at(twins: Twins, only: Filter) -> None:
    found, wanted = (side.duplicates(0.995, (), only) for side in (twins.set, twins.library))
    assert told(found) == told(wanted)


def test_what_people_spoke_of_is_kept(own: Twins) -> None:
    for side in (own.library, own.set):
        labels = side.labels
        labels.add("kick", threshold=0.3)
        labels.add_anchors("kick", [own.sounds[60].path])
        labels.tag_by_hand("kick", [own.sounds[90].path])
        labels.tag(TagRequest(labels=("kick",), confidence="medium", force=True))
    found, wanted = (told(side.duplicates(0.995)) for side in (own.set, own.library))
    assert found == wanted
    reasons = [one[4] for _, sounds in found for one in sounds]
    assert "people spoke of it (anchor, vote or tag)" in reasons


def test_what_cannot_be_asked_is_refused(own: Twins) -> None:
    for wrong in (0, 1.5):
        with pytest.raises(QueryError, match="threshold"):
            own.set.duplicates(wrong)
    with pytest.raises(QueryError, match="kinds"):
        own.set.duplicates(0.99, ["alike"])
    with pytest.raises(UnknownFolderError):
        own.set.duplicates(0.99, (), Filter(folder="nowhere"))
    (own.folder / "set-0002.db").rename(own.folder / "away.db")
    with pytest.raises(PartialAnswerError, match="shard 2"):
        own.set.duplicates()


def test_duplicates_of_shards_at_nodes(own: Twins, monkeypatch: pytest.MonkeyPatch) -> None:
    nodes = Nodes(own, own.folder / "elsewhere")
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    monkeypatch.setattr("sqlclap.shards.duplicate_jobs.KEYS_AT_ONCE", 10)
    with nodes.open() as opened:
        found = opened.duplicates(0.995)
        assert told(found) == told(own.library.duplicates(0.995))
        assert [[one.sample_id for one in group.sounds] for group in found] == [
            [one.sample_id for one in group.sounds] for group in own.set.duplicates(0.995)
        ]
    nodes.close()


def test_a_command_lists_them(twins: Twins) -> None:
    file, bundle = str(twins.folder / "set.toml"), str(twins.bundle)
    rows = json.loads(succeed("duplicates", file, "--model", bundle, "--json"))
    wanted = [one.sample_id for one in twins.set.duplicates().rows()]
    assert [row["sample_id"] for row in rows] == wanted
    shown = succeed("duplicates", file, "--model", bundle)
    for one in wanted:  # as people type them
        assert f" {one >> 40}:{one & ((1 << 40) - 1)} " in shown
    kept = run("duplicates", file, "--keep", "oldest", "--model", bundle, "--json")
    assert json.loads(kept.stdout) == []  # made-up sounds have no files
