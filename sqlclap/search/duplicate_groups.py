"""Groups of duplicates, and a table of their sounds with one sound per row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import ClassVar, SupportsIndex, overload

from sqlclap.notebook.results import Results
from sqlclap.search.duplicate_kinds import Kind
from sqlclap.search.duplicates import Duplicate, DuplicateGroup


@dataclass(frozen=True)
class DuplicateRow(Duplicate):
    """A row of a table of duplicates: a sound with its group.

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
    SHOWN: ClassVar[tuple[str, ...]] = (
        "group", "kind", "keep", "score", "level_diff_db", "duration_s", "bytes", "format",
        "sample_id", "path",
    )  # fmt: skip
    NOUN: ClassVar[str] = "sound"
    group: int = field(kw_only=True)
    group_kind: Kind = field(kw_only=True)
    place: int = field(kw_only=True)


class DuplicateGroups(Results[DuplicateGroup]):
    """Groups of duplicates, largest first; in tables and data frames, a sound a row."""

    def __init__(self, groups: Iterable[DuplicateGroup]) -> None:
        super().__init__(groups, DuplicateRow)

    def rows(self) -> Iterator[DuplicateRow]:
        """Yield the sounds of all groups."""
        for number, group in enumerate(self, start=1):
            for place, sound in enumerate(group.sounds, start=1):
                yield DuplicateRow(**vars(sound), group=number, group_kind=group.kind, place=place)

    def remarks(self) -> list[str]:
        """Say how many groups there are."""
        return [f"{len(self):,} group{'' if len(self) == 1 else 's'}"] if self else []

    def row_count(self) -> int:
        """Count the sounds of all groups."""
        return sum(len(group.sounds) for group in self)

    @overload
    def __getitem__(self, which: SupportsIndex, /) -> DuplicateGroup: ...

    @overload
    def __getitem__(self, which: slice, /) -> DuplicateGroups: ...

    def __getitem__(self, which: SupportsIndex | slice, /) -> DuplicateGroup | DuplicateGroups:
        if isinstance(which, slice):
            return DuplicateGroups(list.__getitem__(self, which))
        return list.__getitem__(self, which)
