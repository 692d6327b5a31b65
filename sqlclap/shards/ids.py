"""Ids of sounds in a set: the shard that took a sound in, and the number that it has there.

They stay for ever. A shard has a permanent number, and numbers its sounds as every library does.
When a shard is split or joined with another, its sounds may get other numbers in another file; the
set keeps which ranges of numbers came from where, and tells each sound by its first pair.

As one number, which is what stands in ``sample_id`` wherever a set answers, the pair is
``shard * 2**40 + number``: below 2**53, so that JSON and JavaScript keep it whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from sqlclap.arrays import Int64Array

SHARD_BITS = 40
MOST_SHARDS = 2**13 - 1
"""The highest number of a shard that a set can give."""


class SetId(NamedTuple):
    """A sound of a set.

    Attributes
    ----------
    shard : int
        Number of the shard that took it in; it may lie in another one now.
    number : int
        Its id in that shard's library.
    """

    shard: int
    number: int

    @property
    def whole(self) -> int:
        """The pair as one number."""
        return (self.shard << SHARD_BITS) | self.number

    def __str__(self) -> str:
        return f"{self.shard}:{self.number}"


def split_id(whole: int) -> SetId:
    """Undo `SetId.whole`.

    >>> split_id(SetId(3, 17).whole)
    SetId(shard=3, number=17)
    """
    return SetId(whole >> SHARD_BITS, whole & ((1 << SHARD_BITS) - 1))


class TakenIds(NamedTuple):
    """Numbers of a shard's library whose sounds another shard took in first.

    Attributes
    ----------
    first, last : int
        In this library, both included.
    shard : int
        The other shard's number.
    first_there : int
        The number that `first` had there; the others follow.
    """

    first: int
    last: int
    shard: int
    first_there: int


class IdMap:
    """Where the sounds of one shard's library come from.

    Parameters
    ----------
    shard : int
        Its number.
    taken : sequence of TakenIds
        Ranges that don't overlap; all other numbers are the shard's own.
    """

    def __init__(self, shard: int, taken: Sequence[TakenIds] = ()) -> None:
        self.shard = shard
        self.taken = tuple(taken)

    def told(self, sample_id: int) -> int:
        """Return the set's id of a sample of the library."""
        for one in self.taken:
            if one.first <= sample_id <= one.last:
                return SetId(one.shard, one.first_there + sample_id - one.first).whole
        return SetId(self.shard, sample_id).whole

    def held(self, whole: int) -> tuple[int, ...]:
        """Return the library's sample ids that a set's id can have in this one: none, or some.

        There is a sample of at most one of them: where a sound has left and come back with others,
        its first number and the one that it came back with are both looked for.
        """
        shard, number = split_id(whole)
        found = [
            one.first + number - one.first_there
            for one in self.taken
            if one.shard == shard
            and one.first_there <= number <= one.first_there + one.last - one.first
        ]
        if shard == self.shard and not any(one.first <= number <= one.last for one in self.taken):
            found.append(number)
        return tuple(found)


def told_ids(ids: IdMap, numbers: Int64Array) -> Int64Array:
    """Return the set's ids of samples of a shard's library; see `IdMap.told`."""
    set_ids: Int64Array = SetId(ids.shard, 0).whole + numbers
    for one in ids.taken:
        inside = (numbers >= one.first) & (numbers <= one.last)
        first = SetId(one.shard, one.first_there).whole
        set_ids[inside] = first + numbers[inside] - one.first
    return set_ids


def held_ids(ids: IdMap, wholes: Int64Array) -> list[int]:
    """Return the sample ids that ids of a set can have in one shard's library; see `IdMap.held`.

    Those that stand for sounds of other shards are left out, and the order stays.
    """
    if ids.taken:
        return [one for whole in wholes.tolist() for one in ids.held(whole)]
    own = wholes[wholes >> SHARD_BITS == ids.shard]
    numbers: list[int] = (own & ((1 << SHARD_BITS) - 1)).tolist()
    return numbers
