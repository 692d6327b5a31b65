"""What the user named: folders and files become sources and parts of them."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.audio import AUDIO_SUFFIXES, AV_SUFFIXES
from sqlclap.errors import IngestError
from sqlclap.ingest.plan import Scope
from sqlclap.library import list_sources, source_for

if TYPE_CHECKING:
    import apsw


ALL_SUFFIXES = AUDIO_SUFFIXES | AV_SUFFIXES


def has_av() -> bool:
    """Whether the ``av`` extra is installed."""
    return importlib.util.find_spec("av") is not None


def needs_av(path: str) -> bool:
    """Whether a file's format takes the ``av`` extra."""
    return Path(path).suffix.lower() in AV_SUFFIXES


def resolve_scopes(connection: apsw.Connection, paths: Sequence[str | Path]) -> list[Scope]:
    """Find or make the sources of the named folders and files; in a write transaction.

    Without any path, all sources are looked at again. No two scopes overlap, whatever is named.

    Raises
    ------
    IngestError
        A path is not there, is neither folder nor file, can't be named in UTF-8, or there is no
        source yet.
    """
    if not paths:
        scopes = [Scope(source, ".") for source in list_sources(connection)]
        if not scopes:
            file = connection.filename
            raise IngestError(
                f"{file} has no folders yet: name one, `sqlclap ingest {file} FOLDER`"
            )
        for scope in scopes:
            _check_folder(Path(scope.source.root))
        return scopes
    targets = [_resolve(Path(path)) for path in paths]
    for target in targets:
        source_for(connection, target.folder)
    # Only now: a later folder may have taken over the source of an earlier one.
    scopes = [_scope(connection, target) for target in targets]
    return [scope for scope in dict.fromkeys(scopes) if not _is_covered(scope, scopes)]


@dataclass(frozen=True)
class _Target:
    """A named file or folder, and the folder that a source has to cover for it."""

    path: Path
    folder: Path


def _resolve(path: Path) -> _Target:
    try:
        resolved = path.resolve()
        is_file = resolved.is_file()
        if not is_file:
            _check_folder(resolved)
    except (OSError, RuntimeError, ValueError) as error:
        raise IngestError(f"can't look at {_shown(path)}: {error}") from error
    folder = resolved.parent if is_file else resolved
    try:
        str(folder).encode("utf-8")
    except UnicodeEncodeError as error:
        raise IngestError(
            f"the folder {_shown(folder)} has no UTF-8 name: ingest its parent"
        ) from error
    return _Target(resolved, folder)


def _scope(connection: apsw.Connection, target: _Target) -> Scope:
    source = source_for(connection, target.folder)
    return Scope(source, os.path.relpath(target.path, source.root))


def _is_covered(scope: Scope, scopes: list[Scope]) -> bool:
    others = [other for other in scopes if other != scope and other.source == scope.source]
    return any(other.covers(scope.below) for other in others)


def _shown(path: Path) -> str:
    return os.fsencode(path).decode("utf-8", errors="backslashreplace")


def _check_folder(folder: Path) -> None:
    """Refuse a folder that isn't there: an unplugged disk must not look like deleted files."""
    if not folder.exists():
        raise IngestError(f"{_shown(folder)} is not there; is its disk plugged in?")
    if not folder.is_dir():
        raise IngestError(f"{_shown(folder)} is neither a folder nor a file")
