"""Groups of duplicates in one table: a sound a row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar

from sqlclap.search.duplicates import Duplicate, DuplicateGroup, Kind


@dataclass(frozen=True)
class DuplicateRow(Duplicate):
    """A sound of a group, and which group that is: what tables of duplicates hold.

    Attributes
    ----------
    group : int
        From 1, the largest first.
    group_kind : {"copy", "format", "near", "length", "level"}
    place : int
        In the group, from 1.
    """

    FIRST: ClassVar[tuple[str, ...]] = (
        "group", "group_kind", "place", "kind", "of", "keep", "keep_reason", "score",
    )  # fmt: skip
    group: int = field(kw_only=True)
    group_kind: Kind = field(kw_only=True)
    place: int = field(kw_only=True)


def duplicate_rows(groups: Iterable[DuplicateGroup]) -> list[DuplicateRow]:
    """Return the sounds of groups in one table."""
    return [
        DuplicateRow(**vars(sound), group=number, group_kind=group.kind, place=place)
        for number, group in enumerate(groups, start=1)
        for place, sound in enumerate(group.sounds, start=1)
    ]
