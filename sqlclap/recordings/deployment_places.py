"""Where deployments' recordings lie: what a folder that a file names stands for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.db.sources import file_path
from sqlclap.db.statements import statement
from sqlclap.errors import DeploymentError
from sqlclap.homes import expand_home

if TYPE_CHECKING:
    from sqlclap.db.database import Database
    from sqlclap.recordings.deployment_file import Deployment


def folders_below(database: Database, top: str, level: int) -> set[str]:
    """Return the folders with sounds that lie `level` levels below another one."""
    found = set()
    for _, root, path, raw, _ in database.execute(statement("recordings/files")):
        folder = str(file_path(root, path, raw)).rpartition("/")[0]
        if folder.startswith(f"{top}/"):
            parts = folder.removeprefix(f"{top}/").split("/")
            if len(parts) >= level:
                found.add("/".join((top, *parts[:level])))
    return found


def holds_sounds(database: Database, folder: str) -> bool:
    """Whether sounds lie below a folder."""
    return bool(database.execute(statement("recordings/holds_sounds"), {"folder": folder}).get)


def places_of(one: Deployment, roots: Iterable[str], beside: str | None) -> Sequence[str]:
    """Return what a deployment's folder may stand for among sources' roots, each place once."""
    named = one.folder or one.name
    if expand_home(named).is_absolute():
        return [absolute_folder(named)]
    below = named.strip("/")
    tops = [root.rstrip("/") for root in roots]
    places = [root for root in tops if root.endswith(f"/{below}")]
    places += [absolute_folder(f"{root}/{below}") for root in tops]
    return [*dict.fromkeys([*places, absolute_folder(f"{beside or '.'}/{below}")])]


def place(one: Deployment, places: Sequence[str], holds: Callable[[str], bool]) -> Deployment:
    """Return a deployment with its folder, where it isn't written in full.

    Raises
    ------
    DeploymentError
        Several places that it may stand for hold sounds.
    """
    holding = [folder for folder in places if holds(folder)]
    if len(holding) > 1:
        raise DeploymentError(
            f"the folder {one.folder or one.name!r} of the deployment {one.name!r} may be "
            f"{' or '.join(holding)}: write the one that is meant in full, as its `folder`"
        )
    if holding:
        return replace(one, folder=holding[0])
    return one if one.folder is None else replace(one, folder=places[0])


def check_placed(placed: Sequence[Deployment], held: Iterable[Deployment]) -> set[str]:
    """Check that deployments can be stored beside those that are there; return their names.

    Raises
    ------
    DeploymentError
        Two would be called alike, or have one folder.
    """
    _check_apart(placed)
    names = {one.name.casefold() for one in placed}
    for one in held:
        if one.name.casefold() not in names:
            _check_free(one, placed)
    return names


def _check_apart(deployments: Sequence[Deployment]) -> None:
    for what in ("name", "folder"):
        values = [str(getattr(one, what)).casefold() for one in deployments if getattr(one, what)]
        twice = sorted({value for value in values if values.count(value) > 1})
        if twice:
            raise DeploymentError(f"two deployments with the {what} {twice[0]!r}")


def _check_free(held: Deployment, deployments: Iterable[Deployment]) -> None:
    for one in deployments:
        if one.folder is not None and one.folder == held.folder:
            raise DeploymentError(
                f"the folder {one.folder} is that of the deployment {held.name!r} already; "
                f"remove that one first, or call this one so"
            )


def absolute_folder(folder: str | Path) -> str:
    """Return a folder's absolute path; links stay."""
    return os.path.normpath(os.path.abspath(expand_home(folder)))  # noqa: PTH100 links stay
