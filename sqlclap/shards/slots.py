"""Slots: which part of a set a sound belongs to, by its name alone.

A sound's slot is a hash of its source's folder and its path below it, joined: where the border
between the two lies, as when a folder above becomes the source, makes no difference. So any
program that knows a file's name knows its shard, without asking any database.

The hash is BLAKE2b with 8 bytes of digest, personalised with ``sqlclap-slots-1``; its big-endian
number modulo 4,096 is the slot. `HASHING` names it in ``set.toml``: another hash gets another name,
and a set of an unknown one is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from itertools import pairwise

SLOTS = 4_096
HASHING = "blake2b-1"
_PERSON = b"sqlclap-slots-1"

SlotRange = tuple[int, int]
"""First and last slot, both included."""


def file_name(source: str, path: str) -> str:
    """Join a source and a path as they are stored.

    >>> file_name("/sounds", "kit/kick.wav"), file_name("/", "kick.wav")
    ('/sounds/kit/kick.wav', '/kick.wav')
    """
    return f"{source.rstrip('/')}/{path}"


def slot_of(source: str, path: str) -> int:
    """Return the slot of a sound, from 0 to 4,095.

    Parameters
    ----------
    source : str
        The source's root, as in ``sources.root``: a folder, an address, or ``vectors:`` and a name.
    path : str
        The path below it, as in ``samples.path``.

    Examples
    --------
    >>> slot_of("/sounds", "kit/kick.wav") == slot_of("/sounds/kit", "kick.wav")
    True
    """
    name = file_name(source, path).encode("utf-8", "surrogateescape")
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
