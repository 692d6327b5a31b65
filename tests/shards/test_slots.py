"""Slots: stable, even, and the same wherever a source's border lies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqlclap.shards.ids import MOST_SHARDS, SHARD_BITS, IdMap, SetId, TakenIds, split_id
from sqlclap.shards.set_file import SetFile, ShardEntry
from sqlclap.shards.slots import (
    SLOTS,
    FolderMove,
    count_slots,
    even_ranges,
    file_name,
    holds_slot,
    joined_ranges,
    slot_of,
)

NAMES = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), min_size=1)
PARTS = st.lists(NAMES.filter(lambda name: "/" not in name), min_size=2, max_size=6)

KNOWN = {
    ("/sounds", "kick.wav"): 3590,
    ("/", "kick.wav"): 2035,
    ("s3://archive/birds", "2024/é.flac"): 1743,
    ("vectors:birdnet", "12"): 454,
}
"""Slots that are on people's disks by now: they must never change."""


@pytest.mark.parametrize(("named", "slot"), KNOWN.items())
def test_slots_are_the_same_for_ever(named: tuple[str, str], slot: int) -> None:
    assert slot_of(*named) == slot


@given(PARTS, st.data())
def test_the_border_between_source_and_path_makes_no_difference(
    parts: list[str], data: st.DataObject
) -> None:
    name = "/" + "/".join(parts)
    at = data.draw(st.integers(1, len(parts) - 1))
    source, path = "/" + "/".join(parts[:at]), "/".join(parts[at:])
    assert file_name(source, path) == name
    assert slot_of(source, path) == slot_of("/", name[1:])
    assert 0 <= slot_of(source, path) < SLOTS


def test_names_that_are_no_text_have_slots_too() -> None:
    assert slot_of("/sounds", "caf\udce9.wav") != slot_of("/sounds", "caf\udce8.wav")


def test_slots_are_filled_evenly() -> None:
    counts = [0] * 16
    for number in range(16_000):
        counts[slot_of("/archive/recordings", f"2024/{number:06}.wav") * 16 // SLOTS] += 1
    assert max(counts) < 1.15 * 1_000
    assert min(counts) > 0.85 * 1_000


@given(st.integers(1, SLOTS))
def test_even_ranges_hold_each_slot_once(parts: int) -> None:
    ranges = even_ranges(parts)
    assert len(ranges) == parts
    assert joined_ranges(ranges) == ((0, SLOTS - 1),)
    assert count_slots(ranges) == SLOTS
    sizes = [last - first + 1 for first, last in ranges]
    assert max(sizes) - min(sizes) <= 1


@given(st.sets(st.integers(0, 200)))
def test_joined_ranges_hold_the_same_slots(slots: set[int]) -> None:
    ranges = joined_ranges((one, one) for one in slots)
    assert {one for one in range(201) if holds_slot(ranges, one)} == slots
    assert count_slots(ranges) == len(slots)


@given(st.integers(1, MOST_SHARDS), st.integers(1, 2**SHARD_BITS - 1))
def test_ids_are_one_number_and_back(shard: int, number: int) -> None:
    whole = SetId(shard, number).whole
    assert split_id(whole) == (shard, number)
    assert whole < 2**53  # what JavaScript keeps whole


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(2, 9), st.integers(1, 500)), max_size=4))
def test_an_id_is_told_and_found_again(drawn: list[tuple[int, int, int]]) -> None:
    taken, at, begins = [], 1, dict.fromkeys(range(2, 10), 0)
    for length, shard, gap in drawn:
        start = begins[shard] + gap
        taken.append(TakenIds(at, at + length - 1, shard, start))
        begins[shard] = start + length
        at += length
    ids = IdMap(1, taken)
    told = [ids.told(number) for number in range(1, at + 20)]
    assert len(set(told)) == len(told)
    for number, whole in enumerate(told, start=1):
        assert ids.held(whole) == (number,)


def test_an_id_of_another_shard_is_not_held() -> None:
    ids = IdMap(3, [TakenIds(1, 10, 2, 101)])
    assert ids.told(1) == SetId(2, 101).whole
    assert ids.held(SetId(2, 100).whole) == ()
    assert ids.held(SetId(3, 5).whole) == ()  # number 5 was given by another shard
    assert ids.held(SetId(3, 11).whole) == (11,)
    back = IdMap(3, [TakenIds(21, 30, 3, 1)])  # what it gave once, and got back
    assert back.held(SetId(3, 4).whole) == (24, 4)
    assert str(SetId(3, 11)) == "3:11"


def test_moves_that_have_not_ended_are_followed_one_after_the_other() -> None:
    """A sound may have any of the names on the way; one into its own folder ends, too."""
    first, last = FolderMove("/a", "/b", pending=True), FolderMove("/b", "/c", pending=True)
    entry = ShardEntry(1, "one.db", ((0, SLOTS - 1),))
    file = SetFile("model", "0" * 16, (entry,), "catalog.db", 2, moved=(first, last))
    assert file.other_names("/a", "kick.wav") == ["/b/kick.wav", "/c/kick.wav"]
    assert sorted(file.other_names("/c", "kick.wav")) == ["/a/kick.wav", "/b/kick.wav"]
    assert file.other_names("/d", "kick.wav") == []
    within = SetFile("model", "0" * 16, (entry,), "catalog.db", 2, moved=(
        FolderMove("/a", "/a/b", pending=True),
    ))  # fmt: skip
    assert within.other_names("/a", "kick.wav") == ["/a/b/kick.wav"]
    assert slot_of("/c", "kick.wav", (first, last)) == slot_of("/a", "kick.wav")


@given(PARTS, st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), max_size=6))
def test_a_move_keeps_the_slots_of_what_moves(
    parts: list[str], folders: list[tuple[str, str]]
) -> None:
    moves: list[FolderMove] = []
    path = "/".join(parts)
    for old, new in folders:
        if old == new:
            continue
        before = slot_of(f"/{old}", path, moves)
        elsewhere = slot_of("/other", path, moves)
        moves.append(FolderMove(f"/{old}", f"/{new}"))
        assert slot_of(f"/{new}", path, moves) == before
        assert slot_of("/other", path, moves) == elsewhere == slot_of("/other", path)
