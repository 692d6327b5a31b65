"""Many sounds named by ids are looked up at once, and only where they can lie."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlclap.errors import UnknownSoundError
from sqlclap.shards.ids import SetId
from sqlclap.shards.jobs import MOST_NAMED, ByIds
from sqlclap.shards.selection import select_places
from sqlclap.shards.sounds import samples_of
from sqlclap.shards.targets import sound_by_id, sounds_by_ids
from tests.support.twin_libraries import Twins


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory, fake_bundle: Path) -> Iterator[Twins]:
    made = Twins(tmp_path_factory.mktemp("ids"), fake_bundle)
    made.add(60)
    yield made
    made.close()


@pytest.fixture
def asked(twins: Twins, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[int]]]:
    """Collect what shards are asked."""
    found: list[tuple[str, list[int]]] = []
    fleet: Any = twins.set.session.fleet
    ask = fleet.ask

    def spy(shards: Any, job: Any) -> Any:
        found.append((type(job).__name__, [one.number for one in shards]))
        return ask(shards, job)

    monkeypatch.setattr(fleet, "ask", spy)
    return found


def test_many_ids_are_one_question(twins: Twins, asked: list[tuple[str, list[int]]]) -> None:
    names: list[Any] = [str(SetId(1, 1)), SetId(3, 2).whole, "1:2@0.1-0.2", SetId(1, 1).whole]
    places = select_places(twins.set.session, names)
    assert [one.sound.whole for one in places] == [
        SetId(1, 1).whole,
        SetId(3, 2).whole,
        SetId(1, 2).whole,
    ]
    assert places[2].span is not None
    assert [one for one in asked if one[0] == "ByIds"] == [("ByIds", [1, 3])]
    del asked[:]
    assert sound_by_id(twins.set.session, SetId(2, 1).whole).shard == 2
    assert asked == [("ByIds", [2])]


def test_an_id_that_there_is_not_is_named(twins: Twins) -> None:
    session = twins.set.session
    for number in (SetId(2, 9_999), SetId(8, 1)):
        with pytest.raises(UnknownSoundError, match=f"no sound {number.whole} "):
            select_places(session, ["1:1", str(number)])
        with pytest.raises(UnknownSoundError, match=f"no sound {number.whole} "):
            sound_by_id(session, number.whole)
    with pytest.raises(ValueError, match="at most"):
        ByIds(tuple(range(MOST_NAMED + 1)))


@settings(max_examples=30, deadline=None)
@given(
    ids=st.lists(st.builds(SetId, st.integers(1, 4), st.integers(1, 30)), max_size=12),
    page=st.integers(1, 5),
)
def test_each_is_found_as_by_itself(twins: Twins, ids: list[SetId], page: int) -> None:
    session = twins.set.session
    wholes = [one.whole for one in ids]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sqlclap.shards.targets.MOST_NAMED", page)
        found, missing = sounds_by_ids(session, wholes)
    assert missing == ""
    for whole in wholes:
        alone, _ = sounds_by_ids(session, [whole])
        assert alone == ({whole: found[whole]} if whole in found else {})
    assert found.keys() == {one for one in wholes if one in found}


def test_what_is_told_of_sounds_is_asked_where_they_can_lie(
    twins: Twins, asked: list[tuple[str, list[int]]]
) -> None:
    wholes = [SetId(3, 1).whole, SetId(1, 1).whole]
    assert [one.sample_id for one in samples_of(twins.set.session, wholes)] == wholes
    assert asked == [("TellSounds", [1, 3])]
    with pytest.raises(UnknownSoundError):
        samples_of(twins.set.session, [SetId(77, 1).whole])
