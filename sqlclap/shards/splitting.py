"""Splits a shard in two: half of its sounds, by their slots, move to a new one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.db.library_file import LibraryFile
from sqlclap.db.statements import statement
from sqlclap.errors import SetError
from sqlclap.shards.changing import (
    NewShard,
    copy_library,
    entry_of,
    free_name,
    keep_slots,
    numbers_given,
    replace_shards,
)
from sqlclap.shards.ids import MOST_SHARDS, TakenIds
from sqlclap.shards.set_file import SetFile, ShardEntry
from sqlclap.shards.slots import FolderMove, SlotRange, count_slots, joined_ranges, slot_of

if TYPE_CHECKING:
    from sqlclap.progress import ProgressListener


def split_shard(path: Path, number: int, listener: ProgressListener | None = None) -> SetFile:
    """Split a shard of a set; the shard keeps its number, and the new one gets the next.

    Parameters
    ----------
    path : Path
        The set's file.
    number : int
    listener : ProgressListener, optional

    Raises
    ------
    SetError
        There is no such shard, it has but one slot, or the set is being worked on.
    LibraryError
        Its library can't be read, or the copies can't be written; the set is as it was.
    """

    def choose(content: SetFile) -> tuple[Sequence[ShardEntry], Sequence[NewShard]]:
        old = entry_of(content, number)
        if count_slots(old.slots) < 2:
            raise SetError(f"shard {number} has one slot of {old.slots}: it can't be split")
        if content.next_shard > MOST_SHARDS:
            raise SetError(f"a set numbers at most {MOST_SHARDS} shards in its life")
        library = path.parent / old.path
        stays, goes = halves(library, old.slots, content.moved)
        kept = replace(old, path=free_name(path, content, number), slots=stays)
        new = ShardEntry(
            content.next_shard,
            free_name(path, content, content.next_shard),
            goes,
            taken=inherited(old, numbers_given(library)),
            node=old.node,
            spares=old.spares,
        )
        return [old], [_part(library, one, content.moved) for one in (kept, new)]

    return replace_shards(path, choose, listener)


def _part(library: Path, entry: ShardEntry, moved: Sequence[FolderMove]) -> NewShard:
    return NewShard(entry, partial(_copy_part, library, entry.slots, moved))


def _copy_part(
    library: Path, slots: Sequence[SlotRange], moved: Sequence[FolderMove], target: Path
) -> None:
    copy_library(library, target)
    keep_slots(target, slots, moved)


def halves(
    library: Path, slots: Sequence[SlotRange], moved: Sequence[FolderMove] = ()
) -> tuple[tuple[SlotRange, ...], tuple[SlotRange, ...]]:
    """Divide a shard's slots so that both parts hold about as many sounds; neither is empty."""
    with LibraryFile(library, "read") as opened:
        rows = opened.connection.execute(statement("shards/sounds"))
        counts = Counter(slot_of(str(root), str(path), moved) for root, path in rows)
    every = [slot for first, last in slots for slot in range(first, last + 1)]
    half, seen, at = sum(counts.values()) / 2, 0, 0
    if not counts:
        at = len(every) // 2
    while seen < half:
        seen += counts[every[at]]
        at += 1
    at = min(max(at, 1), len(every) - 1)
    parts = (every[:at], every[at:])
    first, last = (joined_ranges((slot, slot) for slot in part) for part in parts)
    return first, last


def inherited(old: ShardEntry, given: int) -> tuple[TakenIds, ...]:
    """Return where numbers of a copy of a shard come from, up to the highest that it has given."""
    taken = sorted(old.taken)
    found: list[TakenIds] = []
    begin = 1
    for one in taken:
        if begin < one.first:
            found.append(TakenIds(begin, one.first - 1, old.number, begin))
        found.append(one)
        begin = one.last + 1
    if begin <= given:
        found.append(TakenIds(begin, given, old.number, begin))
    return tuple(found)
