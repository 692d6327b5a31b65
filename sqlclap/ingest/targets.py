"""What the user named: folders and files become sources and parts of them."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Sequence
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

    Without any path, all sources are looked at again.

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
    return [_scope(connection, Path(path)) for path in paths]


def _scope(connection: apsw.Connection, path: Path) -> Scope:
    resolved = path.resolve()
    if not resolved.is_file():
        _check_folder(resolved)
    folder = resolved.parent if resolved.is_file() else resolved
    try:
        str(folder).encode("utf-8")
    except UnicodeEncodeError as error:
        shown = os.fsencode(folder).decode("utf-8", errors="backslashreplace")
        raise IngestError(f"the folder {shown} has no UTF-8 name: ingest its parent") from error
    source = source_for(connection, folder)
    return Scope(source, os.path.relpath(resolved, source.root))


def _check_folder(folder: Path) -> None:
    """Refuse a folder that isn't there: an unplugged disk must not look like deleted files."""
    if not folder.exists():
        raise IngestError(f"{folder} is not there; is its disk plugged in?")
    if not folder.is_dir():
        raise IngestError(f"{folder} is neither a folder nor a file")
