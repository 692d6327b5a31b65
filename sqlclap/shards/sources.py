"""The folders that a set was filled from: each of its shards has them all, with its own sounds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlclap.attach.follow import check_not_attached
from sqlclap.db.sources import Source, list_sources, source_among
from sqlclap.db.summary import count_sources
from sqlclap.errors import UnknownSourceError
from sqlclap.ingest.scan import check_patterns
from sqlclap.shards.leases import work_lease
from sqlclap.shards.visiting import Visit

if TYPE_CHECKING:
    from pathlib import Path

    from sqlclap.api import Library
    from sqlclap.ingest.relocate import RelocateOptions
    from sqlclap.progress import ProgressListener
    from sqlclap.shards.answers import Reach
    from sqlclap.shards.missing import Missing
    from sqlclap.shards.relocating import SetRelocateReport
    from sqlclap.shards.session import SetSession
    from sqlclap.shards.shard import Shard


_Counted = list[dict[str, Any]]
"""Rows of one source, of several shards."""

_Work = Callable[["Library", str], None]
"""What is done with a root in a shard."""


class SetSourceRows(list[dict[str, Any]]):
    """The sources of a set, by root: as `sqlclap.db.summary.Summary` has those of a library.

    Attributes
    ----------
    reach : Reach
        Whose sounds are counted: shards that lie at nodes tell their folders there.
    differing : tuple of str
        Roots whose patterns shards have otherwise: of these, those of the first are told.
    """

    def __init__(
        self, rows: Iterable[dict[str, Any]], reach: Reach, differing: Sequence[str]
    ) -> None:
        super().__init__(rows)
        self.reach = reach
        self.differing = tuple(differing)

    def remarks(self) -> list[str]:
        """Return what is missing, and what shards have otherwise, as lines."""
        return self.reach.remarks() + [
            f"{root}: not all shards pass over the same: set its patterns anew with "
            "`sqlclap sources exclude`"
            for root in self.differing
        ]


@dataclass(frozen=True)
class SetSource(Source):
    """A source of a set; `source_id` is 0, as each shard has its own.

    Attributes
    ----------
    not_written : tuple of Missing
        Shards that could not be written.
    """

    not_written: tuple[Missing, ...] = ()


@dataclass(frozen=True)
class SetRemoval:
    """What the removal of a source did.

    Attributes
    ----------
    removed : int
        Sounds.
    not_written : tuple of Missing
        Shards that could not be written, and still have it.
    """

    removed: int
    not_written: tuple[Missing, ...]

    def __int__(self) -> int:
        return self.removed


class SetSources:
    """The sources of a set, as `LibrarySources` are those of a library.

    What is changed is written shard by shard, each in one transaction; a shard that can't be
    written is told, and gets its part when the same is done again.

    Parameters
    ----------
    session : SetSession
    require_all : bool
    """

    def __init__(self, session: SetSession, require_all: bool = False) -> None:
        self._session, self._require_all = session, require_all

    def counted(self) -> SetSourceRows:
        """Return all sources by root, with their sounds and what they pass over.

        Raises
        ------
        PartialAnswerError
            A shard is missing that is required, or none can be opened here.
        """
        found: dict[str, _Counted] = {}

        def count(_: Shard, library: Library) -> None:
            for row in count_sources(library.connection):
                found.setdefault(row["root"], []).append(row)

        visit = Visit(self._session.shards)
        visit.each("read", count)
        reach = visit.reach(self._session.file)
        reach.check(self._require_all)
        parts = [found[root] for root in sorted(found)]
        differing = [
            one[0]["root"]
            for one in parts
            if any(row["exclude"] != one[0]["exclude"] for row in one)
        ]
        return SetSourceRows(map(_together, parts), reach, differing)

    def list(self) -> Sequence[Source]:
        """Return all sources, by root."""
        return self._known(Visit(self._session.shards))

    def find(self, folder: str | Path) -> Source:
        """Return the source of a folder.

        Raises
        ------
        UnknownSourceError
            The folder is no source of any shard that can be opened here.
        """
        return self._find(folder, Visit(self._session.shards))

    def exclude(self, folder: str | Path, patterns: Iterable[str] = ()) -> SetSource:
        """Set the patterns that a source passes over; see `LibrarySources.exclude`.

        Raises
        ------
        UnknownSourceError
            The folder is no source.
        IngestError
            A pattern says nothing.
        SetError
            The set is open for reading only, or its shards are being changed.
        """
        checked = check_patterns(patterns)
        changed: list[Source] = []

        def change(library: Library, root: str) -> None:
            changed.append(library.sources.exclude(root, checked))

        source, visit = self._write(folder, change)
        exclude = changed[0].exclude if changed else source.exclude
        return SetSource(
            0, source.root, source.kind, exclude, source.time_zone, tuple(visit.left_out)
        )

    def remove(self, folder: str | Path) -> SetRemoval:
        """Remove a source with its sounds from all shards; see `LibrarySources.remove`.

        Anchors and votes go on scoring: the catalog has copies of their sounds.

        Raises
        ------
        UnknownSourceError
            The folder is no source.
        AttachError
            An attached table of a shard needs it; nothing was changed.
        SetError
            The set is open for reading only, or its shards are being changed.
        """
        counts: list[int] = []

        def remove(library: Library, root: str) -> None:
            counts.append(library.sources.remove(root))

        _, visit = self._write(folder, remove)
        return SetRemoval(sum(counts), tuple(visit.left_out))

    def relocate(
        self,
        old: str | Path,
        new: str | Path,
        options: RelocateOptions | None = None,
        listener: ProgressListener | None = None,
    ) -> SetRelocateReport:
        """Let sounds follow their files to another folder; see `sqlclap.shards.relocating`.

        Shards, ids and all that is said of sounds stay. A shard that can't be written, or lies at a
        node, is told, and gets its part when the same is done again.
        """
        from sqlclap.shards.relocating import relocate_in_set

        return relocate_in_set(self._session, (old, new), options, listener)

    def _known(self, visit: Visit) -> Sequence[Source]:
        """Return the sources of all shards that can be opened, each once."""
        found: dict[str, Source] = {}

        def look(_: Shard, library: Library) -> None:
            for one in list_sources(library.connection):
                before = found.get(one.root)
                kind = one.kind if before is None or before.kind != "tree" else before.kind
                told = one if before is None else before
                found[one.root] = Source(0, one.root, kind, told.exclude, told.time_zone)

        visit.each("read", look)
        visit.reach(self._session.file).check(self._require_all)
        return [found[root] for root in sorted(found)]

    def _find(self, folder: str | Path, visit: Visit) -> Source:
        known = self._known(visit)
        try:
            return source_among(known, folder, str(self._session.path))
        except UnknownSourceError as error:
            if not visit.left_out:
                raise
            missing = "; ".join(f"missing {one}" for one in visit.left_out)
            raise UnknownSourceError(f"{error}; {missing}") from None

    def _write(self, folder: str | Path, work: _Work) -> tuple[Source, Visit]:
        """Do something with the source of a folder in each shard that has it."""
        path = self._session.path
        self._session.check_writable()
        with work_lease(path, alone=False):
            source = self._find(folder, Visit(self._session.shards))

            def check(_: Shard, library: Library) -> None:
                for one in list_sources(library.connection):
                    if one.root == source.root:
                        check_not_attached(library.connection, one.source_id)

            def write(_: Shard, library: Library) -> None:
                if source.root in {one.root for one in list_sources(library.connection)}:
                    work(library, source.root)

            Visit(self._session.shards).each("read", check)
            visit = Visit(self._session.shards)
            visit.each("write", write)
        return source, visit


def _together(rows: _Counted) -> dict[str, Any]:
    kinds = [row["kind"] for row in rows]
    return rows[0] | {
        "kind": "tree" if "tree" in kinds else kinds[0],
        "samples": sum(row["samples"] for row in rows),
        "missing": sum(row["missing"] for row in rows),
    }
