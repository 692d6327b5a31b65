"""The deployments of a set: every shard keeps all of them, each with its own recordings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.db.sources import list_sources
from sqlclap.errors import DeploymentError
from sqlclap.notebook.results import Results
from sqlclap.recordings.deployment_file import Deployment, read_csv
from sqlclap.recordings.deployment_places import (
    absolute_folder,
    check_placed,
    folders_below,
    holds_sounds,
    place,
    places_of,
)
from sqlclap.recordings.deployments import (
    DeploymentSummary,
    ImportReport,
    count_changed,
    deployments_of_folders,
)
from sqlclap.shards.leases import work_lease
from sqlclap.shards.visiting import Visit

if TYPE_CHECKING:
    from sqlclap.api import Library
    from sqlclap.shards.answers import Reach
    from sqlclap.shards.missing import Missing
    from sqlclap.shards.session import SetSession
    from sqlclap.shards.shard import Shard


class SetDeploymentRows(Results[DeploymentSummary]):
    """The deployments of a set, by name.

    Attributes
    ----------
    reach : Reach
        Whose recordings are counted.
    differing : tuple of str
        Names of those that not all shards have alike.
    """

    def __init__(
        self, rows: Sequence[DeploymentSummary], reach: Reach, differing: Sequence[str]
    ) -> None:
        super().__init__(rows, DeploymentSummary)
        self.reach, self.differing = reach, tuple(differing)

    def remarks(self) -> list[str]:
        """Return what is missing, and what shards have otherwise, as lines."""
        return self.reach.remarks() + [
            f"{name}: not all shards have it so: import it anew" for name in self.differing
        ]


@dataclass(frozen=True)
class SetImport(ImportReport):
    """What became of imported deployments.

    Attributes
    ----------
    not_written : tuple of Missing
        Shards that could not be written: the same import gives them their part.
    """

    not_written: tuple[Missing, ...] = field(default=())


@dataclass(frozen=True)
class SetDeploymentRemoval:
    """What the removal of a deployment did.

    Attributes
    ----------
    recordings : int
        Those that belong to another one, or to none, by now.
    not_written : tuple of Missing
        Shards that could not be written, and still have it.
    """

    recordings: int
    not_written: tuple[Missing, ...]

    def __int__(self) -> int:
        return self.recordings


_Deployments = Sequence[Deployment]


class SetDeployments:
    """The deployments of a set, as `Deployments` are those of a library.

    Parameters
    ----------
    session : SetSession
    require_all : bool
        Of lists: a shard that can't be opened here is an error.
    """

    def __init__(self, session: SetSession, require_all: bool = False) -> None:
        self._session, self._require_all = session, require_all

    def list(self) -> SetDeploymentRows:
        """Return all deployments, by name, with the recordings of all shards."""
        rows: dict[str, list[DeploymentSummary]] = {}

        def look(_: Shard, library: Library) -> None:
            for one in library.deployments.list():
                rows.setdefault(one.name.casefold(), []).append(one)

        visit = Visit(self._session.shards).each("read", look)
        reach = visit.reach(self._session.file)
        reach.check(self._require_all)
        differing = [
            some[0].name
            for some in rows.values()
            if len(some) < reach.answered or len({_told(one) for one in some}) > 1
        ]
        return SetDeploymentRows([_together(rows[name]) for name in sorted(rows)], reach, differing)

    def import_csv(self, file: str | Path) -> SetImport:
        """Take in deployments from a file; see `Deployments.import_csv`.

        Raises
        ------
        DeploymentError
            The file can't be read, or a row is not right; nothing was changed.
        SetError
            The set is open for reading only, or its shards are being changed.
        """
        rows = read_csv(Path(file)).over(self.list())
        return self._put(rows, absolute_folder(Path(file).parent))

    def by_folder(self, folder: str | Path, level: int = 1) -> SetImport:
        """Make a deployment of each folder `level` levels below a folder, if sounds lie there.

        Raises
        ------
        DeploymentError
            No sound lies there.
        SetError
        """
        top, found = absolute_folder(folder), set[str]()

        def look(_: Shard, library: Library) -> None:
            found.update(folders_below(library.connection, top, level))

        Visit(self._session.shards).each("read", look)
        return self.put(deployments_of_folders(top, level, found, self.list()))

    def put(self, deployments: Sequence[Deployment]) -> SetImport:
        """Add deployments, or give those of the same name new values.

        Raises
        ------
        DeploymentError, SetError
        """
        return self._put(deployments, None)

    def remove(self, name: str) -> SetDeploymentRemoval:
        """Remove a deployment from all shards; its recordings stay.

        Raises
        ------
        DeploymentError
            There is none of that name.
        SetError
        """
        removed: list[int] = []

        def remove(_: Shard, library: Library) -> None:
            with suppress(DeploymentError):  # a shard that was away may lack it
                removed.append(library.deployments.remove(name))

        visit = self._write(remove)
        if not removed:
            missing = "".join(f"; missing {one}" for one in visit.left_out)
            raise DeploymentError(
                f"no deployment {name!r}; `sqlclap deployments list` has all{missing}"
            )
        return SetDeploymentRemoval(sum(removed), tuple(visit.left_out))

    def _put(self, deployments: Sequence[Deployment], beside: str | None) -> SetImport:
        listed = self.list()
        held = {one.name.casefold(): one for one in listed}
        placed = self._placed(deployments, beside)
        alike = {name: one for name, one in held.items() if one.name not in listed.differing}
        uneven = sum(one.name.casefold() in held.keys() - alike.keys() for one in placed)
        names = check_placed(placed, held.values())
        moved: list[int] = []

        def put(_: Shard, library: Library) -> None:
            moved.append(library.deployments.put(placed).recordings)

        visit = self._write(put)
        there = {one.name.casefold(): one.recordings for one in self.list()}
        return SetImport(
            added=len(names - held.keys()),
            changed=count_changed(placed, alike) + uneven,
            recordings=sum(moved),
            without_recordings=[one.name for one in placed if not there.get(one.name.casefold())],
            not_written=tuple(visit.left_out),
        )

    def _placed(self, deployments: _Deployments, beside: str | None) -> _Deployments:
        """Find the folders of deployments: which ones hold sounds, all shards say together."""
        roots: dict[str, None] = {}
        holding: set[str] = set()

        def look(_: Shard, library: Library) -> None:
            roots.update((one.root, None) for one in list_sources(library.connection))

        Visit(self._session.shards).each("read", look)
        places = [places_of(one, sorted(roots), beside) for one in deployments]
        wanted = {folder for some in places for folder in some}

        def ask(_: Shard, library: Library) -> None:
            left = wanted - holding
            holding.update(one for one in left if holds_sounds(library.connection, one))

        Visit(self._session.shards).each("read", ask)
        return [
            place(one, some, holding.__contains__)
            for one, some in zip(deployments, places, strict=True)
        ]

    def _write(self, work: Callable[[Shard, Library], None]) -> Visit:
        """Do something in each shard that can be written, each in one transaction."""
        self._session.check_writable()
        with work_lease(self._session.path, alone=False):
            return Visit(self._session.shards).each("write", work)


def _told(one: DeploymentSummary) -> str:
    """Return what a deployment says, without what was recorded."""
    return repr(replace(one, recordings=0, duration_s=0.0, first_at=None, last_at=None))


def _together(rows: Sequence[DeploymentSummary]) -> DeploymentSummary:
    return replace(
        rows[0],
        recordings=sum(one.recordings for one in rows),
        duration_s=sum(one.duration_s for one in rows),
        first_at=min((one.first_at for one in rows if one.first_at), default=None),
        last_at=max((one.last_at for one in rows if one.last_at), default=None),
    )
