"""Deployments: a recorder at a place for a time, known by the folder of its recordings."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from sqlclap.db.sources import file_path, list_sources
from sqlclap.db.statements import statement, write_transaction
from sqlclap.errors import DeploymentError
from sqlclap.notebook.results import Results
from sqlclap.recordings.deployment_file import Deployment, read_csv, same_said
from sqlclap.recordings.deployment_places import (
    absolute_folder,
    check_placed,
    folders_below,
    holds_sounds,
    place,
    places_of,
)
from sqlclap.records import field_names
from sqlclap.session import LibraryPart

if TYPE_CHECKING:
    from sqlclap.db.database import Database


@dataclass(frozen=True)
class DeploymentSummary(Deployment):
    """A deployment and what was recorded there.

    Attributes
    ----------
    recordings : int
    duration_s : float
        Of all of them (in seconds).
    first_at, last_at : str or None
        When the first and the last recording began, by the clock there.
    """

    SHOWN: ClassVar[tuple[str, ...]] = (
        "name", "site", "latitude", "longitude", "recordings", "duration_s", "first_at", "last_at",
    )  # fmt: skip
    recordings: int = 0
    duration_s: float = 0.0
    first_at: str | None = None
    last_at: str | None = None


@dataclass(frozen=True)
class ImportReport:
    """What became of imported deployments.

    Attributes
    ----------
    added, changed : int
        One that says what it said before is neither.
    recordings : int
        How many recordings belong to another deployment, or to one at all, than before.
    without_recordings : list of str
        Names of imported deployments that no recording belongs to.
    """

    added: int
    changed: int
    recordings: int
    without_recordings: list[str]


class Deployments(LibraryPart):
    """The deployments of a library.

    Parameters
    ----------
    session : Session
    """

    def list(self) -> Results[DeploymentSummary]:
        """Return all deployments, by name."""
        rows = self._session.database.execute(statement("recordings/deployments"))
        return Results((_summary(columns) for _, *columns in rows), DeploymentSummary)

    def import_csv(self, file: str | Path) -> ImportReport:
        """Take in deployments from a file with a heading: ``name``, and any of the others.

        Columns are separated by commas, semicolons or tabs. A ``folder`` is absolute, or a source
        by the end of its path, or below a source or the file's own folder; where there is none, the
        name is taken for one where sounds lie below it. A deployment that is there already gets
        the new values; what the file has no column for stays. All rows are taken in, or none.

        Raises
        ------
        DeploymentError
            The file can't be read, or a row is not right: its number is said.
        """
        rows = read_csv(Path(file)).over(self.list())
        return self._put(rows, absolute_folder(Path(file).parent))

    def by_folder(self, folder: str | Path, level: int = 1) -> ImportReport:
        """Make a deployment of each folder `level` levels below a folder, if sounds lie there.

        It is called as its path below that folder. What other deployments of these folders say
        stays.

        Raises
        ------
        DeploymentError
            No sound lies there.
        """
        top = absolute_folder(folder)
        found = folders_below(self._session.database, top, level)
        return self.put(deployments_of_folders(top, level, found, self.list()))

    def put(self, deployments: Sequence[Deployment]) -> ImportReport:
        """Add deployments, or give those of the same name new values.

        Raises
        ------
        DeploymentError
            Two would be called alike or have one folder, or a folder stands for several.
        """
        return self._put(deployments, None)

    def _put(self, deployments: Sequence[Deployment], beside: str | None) -> ImportReport:
        """Put deployments, whose folders may be written below the one that their file lies in."""
        with write_transaction(self._session.database) as connection:
            held = {one.name.casefold(): one for one in self.list()}
            roots = [source.root for source in list_sources(connection)]
            placed = [
                place(one, places_of(one, roots, beside), partial(holds_sounds, connection))
                for one in deployments
            ]
            names = check_placed(placed, held.values())
            row = statement("recordings/deployment_upsert")
            # Folders may change hands between them.
            clear = "UPDATE deployments SET folder = NULL WHERE name = ?"
            connection.executemany(clear, [(one.name,) for one in placed])
            connection.executemany(row, map(_columns, placed))
            moved = assign_recordings(connection)
        there = {one.name.casefold(): one.recordings for one in self.list()}
        return ImportReport(
            added=len(names - held.keys()),
            changed=count_changed(placed, held),
            recordings=moved,
            without_recordings=[one.name for one in placed if not there[one.name.casefold()]],
        )

    def remove(self, name: str) -> int:
        """Remove a deployment; its recordings stay. Return how many belong to another, or to none.

        Raises
        ------
        DeploymentError
            There is none of that name.
        """
        with write_transaction(self._session.database) as connection:
            connection.execute("DELETE FROM deployments WHERE name = ?", (name,))
            if not connection.changes():
                raise DeploymentError(f"no deployment {name!r}; `sqlclap deployments list` has all")
            return assign_recordings(connection)


def count_changed(placed: Iterable[Deployment], held: Mapping[str, Deployment]) -> int:
    """Count the deployments that say something else than those of their names did."""
    pairs = ((one, held.get(one.name.casefold())) for one in placed)
    return sum(there is not None and not same_said(one, there) for one, there in pairs)


def deployments_of_folders(
    top: str, level: int, found: set[str], known: Sequence[Deployment]
) -> Sequence[Deployment]:
    """Return a deployment for each of some folders below another, but for those of known ones.

    Raises
    ------
    DeploymentError
        There are no such folders.
    """
    folders = {one.folder for one in known}
    new = sorted(found - folders)
    if not new and not any(one and one.startswith(f"{top}/") for one in folders):
        deep = "in a folder below" if level == 1 else f"{level} folders or more below"
        raise DeploymentError(f"no sound of the library lies {deep} {top}")
    below = len(top) + 1
    return [Deployment(one[below:], one, one.rpartition("/")[2]) for one in new]


def _summary(columns: Sequence[Any]) -> DeploymentSummary:
    values = dict(zip(field_names(DeploymentSummary), columns, strict=True))
    return DeploymentSummary(**values | {"more": json.loads(values["more"])})


def _columns(one: Deployment) -> dict[str, Any]:
    return asdict(one) | {"more": json.dumps(dict(one.more), ensure_ascii=False)}


def deployment_folders(database: Database) -> dict[str, int]:
    """Return the deployments' ids by their folders."""
    query = "SELECT folder, deployment_id FROM deployments WHERE folder IS NOT NULL"
    return {str(folder): int(number) for folder, number in database.execute(query)}


def innermost(file: Path, folders: Mapping[str, int]) -> int | None:
    """Return the deployment of the innermost of these folders that a file lies below."""
    if not folders:
        return None
    folder = str(file).rpartition("/")[0]
    while folder and folder not in folders:
        folder = folder.rpartition("/")[0]
    return folders.get(folder)


def assign_recordings(database: Database) -> int:
    """Give recordings to the deployments of their folders; return how many changed.

    In a write transaction.
    """
    folders = deployment_folders(database)
    changed = []
    for sample_id, root, path, raw, held in database.execute(statement("recordings/files")):
        wanted = innermost(file_path(root, path, raw), folders)
        if wanted != held:
            changed.append((wanted, sample_id))
    update = "UPDATE recording_times SET deployment_id = ? WHERE sample_id = ?"
    database.executemany(update, changed)
    return len(changed)


def move_folders(database: Database, old: Path, new: Path) -> None:
    """Let deployments follow their folders; in a write transaction."""
    query = statement("recordings/move_folders")
    database.execute(query, {"old": str(old), "new": str(new)})
