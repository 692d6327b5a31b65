"""Slots: which part of a set a sound belongs to, by its name alone.

A sound's slot is a hash of its source's folder and its path below it, joined: where the border
between the two lies, as when a folder above becomes the source, makes no difference. So any
program that knows a file's name knows its shard, without asking any database.

Where a folder has moved, its sounds keep their slots: a set knows its moves, and the slot is that
of the name which a sound had first (`first_name`).

The hash is BLAKE2b with 8 bytes of digest, personalised with ``sqlclap-slots-1``; its big-endian
number modulo 4,096 is the slot. `HASHING` names it in ``set.toml``: another hash gets another name,
and a set of an unknown one is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

SLOTS = 4_096
HASHING = "blake2b-1"
_PERSON = b"sqlclap-slots-1"

SlotRange = tuple[int, int]
"""First and last slot, both included."""


@dataclass(frozen=True)
class FolderMove:
    """A folder, or a file, that goes by another name than before.

    Attributes
    ----------
    old, new : str
        Absolute.
    pending : bool
        Whether some library of the set may still say `old`.
    """

    old: str
    new: str
    pending: bool = False

    def undone(self, name: str) -> str:
        """Return the name before the move of what lies at a name after it."""
        return _carried(name, self.new, self.old)

    def done(self, name: str) -> str:
        """Return the name after the move of what lay at a name before it."""
        return _carried(name, self.old, self.new)


def _carried(name: str, source: str, target: str) -> str:
    if name == source:
        return target
    below = source.rstrip("/") + "/"
    return target.rstrip("/") + "/" + name.removeprefix(below) if name.startswith(below) else name


def first_name(name: str, moves: Sequence[FolderMove]) -> str:
    """Return the name that a sound had before its folders moved; `moves` in the order of time.

    >>> moves = [FolderMove("/a", "/b"), FolderMove("/b/kit", "/c")]
    >>> [first_name(one, moves) for one in ("/c/kick.wav", "/b/kick.wav", "/d/kick.wav")]
    ['/a/kit/kick.wav', '/a/kick.wav', '/d/kick.wav']
    """
    for one in reversed(moves):
        name = one.undone(name)
    return name


def file_name(source: str, path: str) -> str:
    """Join a source and a path as they are stored.

    >>> file_name("/sounds", "kit/kick.wav"), file_name("/", "kick.wav")
    ('/sounds/kit/kick.wav', '/kick.wav')
    """
    return f"{source.rstrip('/')}/{path}"


def slot_of(source: str, path: str, moves: Sequence[FolderMove] = ()) -> int:
    """Return the slot of a sound, from 0 to 4,095.

    Parameters
    ----------
    source : str
        The source's root, as in ``sources.root``: a folder, an address, or ``vectors:`` and a name.
    path : str
        The path below it, as in ``samples.path``.
    moves : sequence of FolderMove
        What the set knows of folders that have moved, in the order of time.

    Examples
    --------
    >>> slot_of("/sounds", "kit/kick.wav") == slot_of("/sounds/kit", "kick.wav")
    True
    """
    name = first_name(file_name(source, path), moves).encode("utf-8", "surrogateescape")
    digest = hashlib.blake2b(name, digest_size=8, person=_PERSON).digest()
    return int.from_bytes(digest, "big") % SLOTS


def even_ranges(parts: int) -> list[SlotRange]:
    """Divide all slots among so many parts, as evenly as can be.

    >>> even_ranges(2)
    [(0, 2047), (2048, 4095)]
    """
    edges = [SLOTS * at // parts for at in range(parts + 1)]
    return [(first, end - 1) for first, end in pairwise(edges)]


def joined_ranges(ranges: Iterable[SlotRange]) -> tuple[SlotRange, ...]:
    """Put ranges in order, and join those that touch.

    >>> joined_ranges([(8, 9), (0, 3), (4, 5)])
    ((0, 5), (8, 9))
    """
    found: list[SlotRange] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return tuple(found)


def count_slots(ranges: Iterable[SlotRange]) -> int:
    """Count the slots of ranges that don't overlap."""
    return sum(last - first + 1 for first, last in ranges)


def holds_slot(ranges: Iterable[SlotRange], slot: int) -> bool:
    """Whether a slot lies in one of some ranges."""
    return any(first <= slot <= last for first, last in ranges)
