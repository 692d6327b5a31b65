"""Where the recordings of a database of perch-hoplite lie, and their deployments' folders."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sqlclap.errors import HopliteError
from sqlclap.exchange.hoplite import HopliteDatabase, HopliteDeployment, HopliteRecording
from sqlclap.recordings.deployment_file import Deployment


@dataclass(frozen=True)
class FoundRecording:
    """A recording, and its place in the library.

    Attributes
    ----------
    held : HopliteRecording
    root : Path
        Folder of its data set.
    file : Path
    """

    held: HopliteRecording
    root: Path
    file: Path


class HoplitePlaces:
    """Where a database's recordings lie.

    Parameters
    ----------
    hoplite : HopliteDatabase
    audio : Path, optional
    """

    def __init__(self, hoplite: HopliteDatabase, audio: Path | None) -> None:
        self._hoplite = hoplite
        self._audio = audio
        self._held = {one.deployment_id: one for one in hoplite.deployments()}
        sources = hoplite.metadata.get("audio_sources")
        globs = sources.get("audio_globs", ()) if isinstance(sources, dict) else ()
        self._bases = {
            str(one.get("dataset_name")): str(one.get("base_path"))
            for one in globs
            if isinstance(one, dict) and one.get("base_path")
        }

    def find(self, held: HopliteRecording) -> FoundRecording:
        """Return a recording's place.

        Raises
        ------
        HopliteError
            Nothing says where it lies, or its name leads out of its folder.
        """
        root, named = self._root(held), PurePosixPath(held.filename.replace("\\", "/"))
        if named.is_absolute() and named.is_relative_to(root):
            named = named.relative_to(root)
        if named.is_absolute() or ".." in named.parts or not named.parts or "\0" in str(named):
            raise HopliteError(
                f"{self._hoplite.folder}: the recording {held.filename!r} doesn't lie below "
                f"{root}; say with --audio below which folder"
            )
        return FoundRecording(held, root, root / named)

    def _root(self, held: HopliteRecording) -> Path:
        if self._audio is not None:
            return Path(os.path.realpath(self._audio))
        deployment = self._held.get(held.deployment_id or 0)
        base = self._bases.get(deployment.project if deployment else "")
        if base is None and len(self._bases) == 1:
            (base,) = self._bases.values()
        if base is None or not Path(base).is_absolute():
            shown = "nothing says where" if base is None else f"at {base}"
            raise HopliteError(
                f"{self._hoplite.folder}: the recording {held.filename} lies {shown}; name the "
                "folder with --audio"
            )
        return Path(os.path.realpath(base))

    def deployments(self, found: Sequence[FoundRecording]) -> list[Deployment]:
        """Return the deployments; one whose recordings share no folder of their own has none."""
        folders: defaultdict[int, set[str]] = defaultdict(set)
        for one in found:
            folders[one.held.deployment_id or 0].add(str(one.file.parent))
        common = {key: os.path.commonpath(sorted(held)) for key, held in folders.items()}
        names = [one.name.casefold() for one in self._held.values()]
        made = []
        for key, deployment in self._held.items():
            others = [folder for other, folder in common.items() if other != key]
            is_own = key in common and not any(_are_nested(common[key], two) for two in others)
            is_named = names.count(deployment.name.casefold()) == 1
            name = deployment.name if is_named else f"{deployment.project}/{deployment.name}"
            made.append(_deployment(deployment, name, common[key] if is_own else None))
        return made


def _are_nested(one: str, two: str) -> bool:
    return f"{one}/".startswith(f"{two}/") or f"{two}/".startswith(f"{one}/")


def _deployment(one: HopliteDeployment, name: str, folder: str | None) -> Deployment:
    placed = (one.latitude, one.longitude)
    known = placed if None not in placed else (None, None)
    more = dict(one.more)
    texts = {key: more.pop(key) for key in ("site", "habitat", "recorder", "notes") if key in more}
    more["project"] = one.project
    return Deployment(
        name=name, folder=folder, latitude=known[0], longitude=known[1], more=more, **texts
    )
