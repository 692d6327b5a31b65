"""Looks at a set without changing it: its state, and whether each sound is where it belongs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

from sqlclap.db.database import named_rows
from sqlclap.db.statements import read_transaction, statement
from sqlclap.db.summary import count_library
from sqlclap.errors import SqlclapError
from sqlclap.shards.shard import check_version
from sqlclap.shards.shown import FitsInForce, not_the_sets, shown_fits
from sqlclap.shards.slots import count_slots, file_name

if TYPE_CHECKING:
    from sqlclap.api import Library
    from sqlclap.shards.opened import ShardSet
    from sqlclap.shards.shard import Shard

SHOWN = 5
"""So many sounds of a kind are named; all are counted."""


@dataclass(frozen=True)
class ShardStatus:
    """The state of a shard.

    Attributes
    ----------
    number : int
    path : str
        Of its library.
    node : str
        Machines that serve it, with commas between.
    slots : int
        How many of the 4,096 it holds.
    counts : dict
        What it holds in numbers, as `sqlclap.db.summary.Summary` has them; empty where it can't be
        asked.
    vectors, windows : int
        Vectors of the set's model: sounds' own, and of windows.
    bytes : int
        Size of the library.
    generation : int or None
        Of its index; None where it has none.
    on_map, in_clusters : int
        Sounds that have a place on the set's map in force, and among its clusters (in one or none).
    differing : list of str
        What it shows otherwise than the set has it: "map", "clusters", "names of clusters".
    problem : str or None
        Why it can't be asked.
    """

    DERIVED: ClassVar[tuple[str, ...]] = ("sounds", "missing", "failures")
    number: int
    path: str
    node: str
    slots: int
    counts: dict[str, Any] = field(default_factory=dict)
    vectors: int = 0
    windows: int = 0
    bytes: int = 0
    generation: int | None = None
    on_map: int = 0
    in_clusters: int = 0
    differing: list[str] = field(default_factory=list)
    problem: str | None = None

    @property
    def sounds(self) -> int:
        """How many sounds it holds."""
        return int(self.counts.get("samples", 0))

    @property
    def missing(self) -> int:
        """How many of them have lost their file."""
        return int(self.counts.get("missing", 0))

    @property
    def failures(self) -> int:
        """How many files failed."""
        return int(self.counts.get("failures", 0))


@dataclass(frozen=True)
class SetStatus:
    """The state of a set.

    Attributes
    ----------
    path, model, model_version, catalog : str
    generation : int
    map_version, clusters_version : str or None
        Of the map and the clusters in force, as the catalog has them; None: there are none.
    shards : list of ShardStatus
    counts : dict
        What all shards that can be asked hold, added up.
    vectors, windows : int
        Of those shards.
    """

    DERIVED: ClassVar[tuple[str, ...]] = ("sounds",)
    path: str
    model: str
    model_version: str
    catalog: str
    generation: int
    counts: dict[str, Any]
    vectors: int
    windows: int
    shards: list[ShardStatus]
    map_version: str | None = None
    clusters_version: str | None = None

    @property
    def sounds(self) -> int:
        """How many sounds the shards that can be asked hold."""
        return int(self.counts.get("samples", 0))


@dataclass(frozen=True)
class SetReport:
    """What a set's verification found.

    Attributes
    ----------
    asked, sounds : int
        Shards, and sounds that were looked at.
    problems : list of str
        What is wrong, shard by shard; empty: all is well.
    """

    DERIVED: ClassVar[tuple[str, ...]] = ("is_well",)
    asked: int
    sounds: int
    problems: list[str] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def set_status(opened: ShardSet) -> SetStatus:
    """Return the state of a set; a shard that can't be opened is told with its reason."""
    force = _fits_in_force(opened)
    rows = [_status(one, force) for one in opened.shards]
    silent = [opened.session.fleet.silent(one) for one in opened.shards]
    rows = [
        one if why is None else replace(one, problem="; ".join(filter(None, (one.problem, why))))
        for one, why in zip(rows, silent, strict=True)
    ]
    return SetStatus(
        path=str(opened.path),
        model=opened.file.model,
        model_version=opened.file.model_version,
        catalog=str(opened.catalog_path),
        generation=opened.generation,
        counts=_added_up([one.counts for one in rows]),
        vectors=sum(one.vectors for one in rows),
        windows=sum(one.windows for one in rows),
        shards=rows,
        map_version=force.map,
        clusters_version=force.clusters,
    )


def _added_up(counts: list[dict[str, Any]]) -> dict[str, Any]:
    names = next((list(one) for one in counts if one), [])
    return {name: sum(one[name] for one in counts if one) for name in names}


def _fits_in_force(opened: ShardSet) -> FitsInForce:
    """Return what all shards are to show; nothing, where the catalog can't be asked."""
    import sqlclap

    try:
        with sqlclap.open(opened.catalog_path, mode="read") as catalog:
            return FitsInForce.of(catalog.connection)
    except (SqlclapError, OSError):
        return FitsInForce()


def _status(shard: Shard, force: FitsInForce) -> ShardStatus:
    entry = shard.entry
    bare = ShardStatus(
        shard.number, str(shard.path), ", ".join(entry.holders), count_slots(entry.slots)
    )
    try:
        with shard.open("read") as library:
            (row,) = named_rows(library.connection.execute(statement("shards/status")))
            counts, shown = count_library(library.connection), shown_fits(library.connection)
        bare = replace(
            bare,
            counts=counts,
            on_map=shown.points if shown.map == force.map is not None else 0,
            in_clusters=shown.members if shown.clusters == force.clusters is not None else 0,
            differing=force.differing(shown),
        )
        return replace(bare, **row, bytes=shard.path.stat().st_size)
    except (SqlclapError, OSError) as error:
        return replace(bare, problem=str(error))


def verify_set(opened: ShardSet) -> SetReport:
    """Look at every sound of a set: it lies in the shard of its slot, and nowhere else.

    A sound that lies where its slot is can be in no other shard; in one shard, two sources may
    hold the same file. That a shard's numbers which others gave it first are as its file says is
    looked at, too, and that each library can be opened and is of the set's model.
    """
    problems: list[str] = []
    looked_at, force = 0, _fits_in_force(opened)
    for shard in opened.shards:
        try:
            with shard.open("read") as library, read_transaction(library.connection):
                found = _Look(shard, library)
                problems += found.problems() + _fit_problems(shard, library, force)
                looked_at += found.sounds
        except (SqlclapError, OSError) as error:
            problems.append(f"shard {shard.number}: {error}")
    problems += _catalog_problems(opened)
    return SetReport(len(opened.shards), looked_at, problems)


def _catalog_problems(opened: ShardSet) -> list[str]:
    import sqlclap

    try:
        with sqlclap.open(opened.catalog_path, mode="read") as catalog:
            check_version(catalog.connection, opened.file.model_version)
    except (SqlclapError, OSError) as error:
        return [f"catalog: {error}"]
    return []


def _fit_problems(shard: Shard, library: Library, force: FitsInForce) -> list[str]:
    """Return what a shard shows otherwise than the set has it."""
    found = force.differing(shown_fits(library.connection))
    return [f"shard {shard.number} {not_the_sets(what)}" for what in found]


class _Look:
    """One shard's sounds, looked at one by one."""

    def __init__(self, shard: Shard, library: Library) -> None:
        self._shard, self._library = shard, library
        self.sounds = 0

    def problems(self) -> list[str]:
        """Return what is wrong with the shard."""
        astray, doubled, names = [], [], set[str]()
        for root, path in self._sounds():
            self.sounds += 1
            name = file_name(root, path)
            if not self._shard.holds(root, path):
                astray.append(name)
            if name in names:
                doubled.append(name)
            names.add(name)
        found = self._told(astray, "in a shard that their slots don't belong to")
        return found + self._told(doubled, "there twice, from two sources") + self._numbers()

    def _sounds(self) -> Iterator[tuple[str, str]]:
        rows = self._library.connection.execute(statement("shards/sounds"))
        yield from ((str(root), str(path)) for root, path in rows)

    def _told(self, names: list[str], what: str) -> list[str]:
        if not names:
            return []
        shown = ", ".join(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")
        return [f"shard {self._shard.number}: {len(names):,} sounds are {what}: {shown}"]

    def _numbers(self) -> list[str]:
        """Check that no number of its own can be one that another shard gave."""
        highest = max((one.last for one in self._shard.entry.taken), default=0)
        given = int(self._library.connection.execute(statement("shards/numbers_given")).get or 0)
        if given >= highest:
            return []
        number = self._shard.number
        return [
            f"shard {number}: its library would give numbers from {given + 1} on, and those up to "
            f"{highest} are of other shards: it is not the file that the set was changed with"
        ]
