"""Upkeep of a set: the indexes of its shards, and what the doctor finds in its libraries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from sqlclap.doctor import Finding, Level, examine, repair
from sqlclap.errors import SqlclapError
from sqlclap.progress import NullProgress
from sqlclap.quantities import show_count
from sqlclap.shards.inspection import verify_set
from sqlclap.shards.leases import work_lease
from sqlclap.shards.stages import ShardProgress
from sqlclap.shards.visiting import Visit

if TYPE_CHECKING:
    from sqlclap.api import Library
    from sqlclap.db.connection import Mode
    from sqlclap.index.build import Way
    from sqlclap.index.inspection import IndexStatus, IndexVerdict
    from sqlclap.index.meta import IndexMeta
    from sqlclap.index.settings import Codes
    from sqlclap.progress import ProgressListener
    from sqlclap.shards.answers import Reach
    from sqlclap.shards.opened import ShardSet
    from sqlclap.shards.session import SetSession
    from sqlclap.shards.shard import Shard

T = TypeVar("T")


@dataclass(frozen=True)
class ByShard(Generic[T]):
    """What was found or done, shard by shard.

    Attributes
    ----------
    shards : dict of int to T
        By the shards' numbers, in the order of the set.
    reach : Reach
        Which shards could not be opened; those at nodes are looked after there.
    """

    shards: dict[int, T]
    reach: Reach


class SetIndex:
    """The indexes of a set's shards, each beside its library; see `LibraryIndex`.

    Parameters
    ----------
    session : SetSession
    """

    def __init__(self, session: SetSession) -> None:
        self._session = session

    def build(
        self,
        way: Way = "auto",
        listener: ProgressListener | None = None,
        codes: Codes | None = None,
    ) -> ByShard[IndexMeta]:
        """Bring the indexes up to date, however small the shards; see `LibraryIndex.build`.

        Raises
        ------
        SetError
            The set is open for reading only, or its shards are being split or joined.
        """
        told = listener or NullProgress()

        def build(library: Library, place: str) -> IndexMeta:
            return library.index.build(way, ShardProgress(told, place), codes)

        return self._written(build)

    def status(self) -> ByShard[IndexStatus]:
        """Return the state of each."""
        return self._each("read", lambda library, _: library.index.status())

    def verify(self) -> ByShard[IndexVerdict]:
        """Compare all of them with the stored vectors; see `LibraryIndex.verify`."""
        return self._each("read", lambda library, _: library.index.verify())

    def drop(self) -> ByShard[int]:
        """Remove them: searches are exact, and nothing is lost.

        Raises
        ------
        SetError
            The set is open for reading only, or its shards are being split or joined.
        """
        return self._written(lambda library, _: library.index.drop())

    def _written(self, work: Callable[[Library, str], T]) -> ByShard[T]:
        self._session.check_writable()
        with work_lease(self._session.path, alone=False):
            return self._each("write", work)

    def _each(self, mode: Mode, work: Callable[[Library, str], T]) -> ByShard[T]:
        found: dict[int, T] = {}
        visit = Visit(self._session.shards)

        def visited(shard: Shard, library: Library) -> None:
            found[shard.number] = work(library, visit.place_of(shard))

        visit.each(mode, visited)
        return ByShard(found, visit.reach(self._session.file))


@dataclass(frozen=True)
class SetFinding(Finding):
    """The result of one check of a set's doctor.

    Attributes
    ----------
    where : str
        ``shard 3``, ``catalog``, or ``set``: that sounds lie where their slots are.
    """

    where: str


def examine_set(opened: ShardSet, mend: bool = False) -> tuple[list[SetFinding], list[str]]:
    """Check the libraries of a set, and that every sound lies in the shard of its slot.

    Parameters
    ----------
    opened : ShardSet
    mend : bool
        Repair before that what can be repaired; see `sqlclap.doctor.repair`.

    Returns
    -------
    findings : list of SetFinding
        A library that can't be opened is a problem; one at a node is looked after there.
    actions : list of str
        What was repaired, in words.

    Raises
    ------
    SetError
        To be repaired: the set is open for reading only, or its shards are being split or joined.
    """
    look = _Look(mend)
    if mend:
        opened.session.check_writable()
        with work_lease(opened.path, alone=False):
            look.over(opened)
    else:
        look.over(opened)
    return look.findings, look.actions


class _Look:
    """One look over the libraries of a set."""

    def __init__(self, mend: bool) -> None:
        self._mend = mend
        self.findings: list[SetFinding] = []
        self.actions: list[str] = []

    def over(self, opened: ShardSet) -> None:
        """Look at all shards, the catalog and what holds between them."""
        import sqlclap

        for shard in opened.shards:
            where = f"shard {shard.number}"
            if shard.is_here:
                self._at(where, shard.open)
            else:
                self._add(where, "file", "advice", "it lies at a node: run the doctor there")
        self._at("catalog", lambda mode: sqlclap.open(opened.catalog_path, mode=mode))
        if all(one.is_here for one in opened.shards):
            self._between(opened)
        else:
            self._add("set", "slots", "advice", "not looked at: shards lie at nodes")

    def _at(self, where: str, open_library: Callable[[Mode], Library]) -> None:
        try:
            with open_library("write" if self._mend else "read") as library:
                if self._mend:
                    done = [f"made anew: {name}" for name in library.restored]
                    done += repair(library.connection)
                    self.actions += [f"{where}: {one}" for one in done]
                for one in examine(library.connection):
                    self._add(where, one.what, one.level, one.text)
        except (SqlclapError, OSError) as error:
            self._add(where, "file", "problem", str(error))

    def _between(self, opened: ShardSet) -> None:
        report = verify_set(opened)
        for problem in report.problems:
            self._add("set", "slots", "problem", problem)
        if report.is_well:
            told = f"{show_count(report.sounds, 'sound')}, each once and in the shard of its slot"
            self._add("set", "slots", "fine", told)

    def _add(self, where: str, what: str, level: Level, text: str) -> None:
        self.findings.append(SetFinding(what, level, text, where))
