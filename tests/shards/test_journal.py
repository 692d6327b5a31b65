"""The journal of a set: favourites, ratings and notes lie in shards, and are undone there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sqlclap.errors import ChangedSinceError
from sqlclap.shards.splitting import split_shard
from tests.support.twin_libraries import Twins


@pytest.fixture
def twins(tmp_path: Path, fake_bundle: Path) -> Iterator[Twins]:
    made = Twins(tmp_path, fake_bundle)
    made.add(40, seed=9)
    yield made
    made.close()


def kept(twins: Twins) -> tuple[set[str], dict[str, Any], dict[str, Any]]:
    curation = twins.set.curation
    ratings = {str(one.path): one.rating for one in curation.rated()}
    notes = {str(one.path): one.note for one in curation.noted()}
    return {str(one.path) for one in curation.favourites()}, ratings, notes


def do(twins: Twins, work: Any) -> Any:
    session = twins.set.session
    result, change = session.journal.record(session.catalog.database, work)
    assert result
    assert change is not None
    return change


def turn(twins: Twins, change: Any, verb: str) -> Any:
    session = twins.set.session
    return getattr(session.journal, verb)(session.catalog.database, change.change_id)


def test_what_is_kept_is_undone_and_done_again(twins: Twins) -> None:
    every, curation = [one.path for one in twins.sounds], twins.set.curation
    twins.set.curation.rate([every[1]], 2)
    before = kept(twins)
    steps = [
        (lambda: curation.add_favourites(every[:9]), "9 favourites added"),
        (lambda: curation.rate(every[:5], 4), "5 ratings changed"),
        (lambda: curation.note([every[3]], "hum"), "Note added: 00003.wav"),
        (lambda: curation.remove_favourites(every[2:4]), "2 favourites removed"),
    ]
    changes, states = [], [before]
    for work, what in steps:
        changes.append(do(twins, work))
        states.append(kept(twins))
        assert changes[-1].what == what
    for change, state in zip(reversed(changes), reversed(states[:-1]), strict=True):
        assert turn(twins, change, "undo").undone
        assert kept(twins) == state
    for change, state in zip(changes, states[1:], strict=True):
        turn(twins, change, "redo")
        assert kept(twins) == state
    assert [one.change_id for one in twins.set.session.journal.changes()] == [
        one.change_id for one in reversed(changes)
    ]


def test_what_lies_in_the_catalog_is_undone_as_well(twins: Twins) -> None:
    labels = twins.set.labels
    change = do(twins, lambda: labels.ensure("kick", [one.path for one in twins.sounds[:3]]))
    assert change.what == "3 examples added: kick"
    turn(twins, change, "undo")
    assert labels.list() == []


def test_nothing_is_undone_where_a_part_has_changed(twins: Twins) -> None:
    every, curation = [one.path for one in twins.sounds], twins.set.curation
    change = do(twins, lambda: curation.rate(every, 4))
    curation.rate([every[-1]], 1)
    before = kept(twins)
    with pytest.raises(ChangedSinceError):
        turn(twins, change, "undo")
    assert kept(twins) == before


def test_nothing_is_undone_where_a_shard_is_away(twins: Twins) -> None:
    every, curation = [one.path for one in twins.sounds], twins.set.curation
    change = do(twins, lambda: curation.add_favourites(every))
    before, place = kept(twins), twins.folder / "set-0003.db"
    place.rename(twins.folder / "away.db")
    with pytest.raises(ChangedSinceError, match="shard 3"):
        turn(twins, change, "undo")
    (twins.folder / "away.db").rename(place)
    assert kept(twins) == before
    turn(twins, change, "undo")
    assert kept(twins)[0] == set()


def test_nothing_is_undone_after_a_split(twins: Twins) -> None:
    change = do(
        twins, lambda: twins.set.curation.add_favourites([one.path for one in twins.sounds])
    )
    before = kept(twins)
    split_shard(twins.folder / "set.toml", 2)
    with pytest.raises(ChangedSinceError, match="split or joined"):
        turn(twins, change, "undo")
    assert kept(twins) == before


def test_nothing_is_recorded_where_nobody_wants_to_know(twins: Twins) -> None:
    twins.set.curation.add_favourites([twins.sounds[0].path])
    assert twins.set.session.journal.changes() == []
