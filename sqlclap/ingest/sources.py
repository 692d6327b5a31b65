"""Sources: those of a library, and how what a user named becomes parts of them."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlclap.addresses import is_address
from sqlclap.attach.follow import check_folder_free, check_not_attached, check_not_followed
from sqlclap.audio.formats import AUDIO_SUFFIXES, AV_SUFFIXES
from sqlclap.db.set_membership import set_file_of
from sqlclap.db.sources import (
    Source,
    add_source,
    change_source,
    find_source,
    list_sources,
    path_columns,
    remove_source,
    spellings,
)
from sqlclap.db.statements import statement, write_transaction
from sqlclap.db.summary import count_sources
from sqlclap.errors import IngestError
from sqlclap.homes import expand_home
from sqlclap.ingest.objects import TargetAddress, address_sources, resolve_address
from sqlclap.ingest.plan import Scope
from sqlclap.ingest.scan import borders_of, check_patterns, place_of
from sqlclap.quantities import typed
from sqlclap.session import LibraryPart
from sqlclap.several import several
from sqlclap.sqlite_files import is_sqlite_file

if TYPE_CHECKING:
    from sqlclap.db.database import Database
    from sqlclap.ingest.relocate import RelocateOptions, RelocateReport
    from sqlclap.progress import ProgressListener


class LibrarySources(LibraryPart):
    """The folders and files that a library was filled from.

    Parameters
    ----------
    session : Session
    """

    def list(self) -> Sequence[Source]:
        """Return all sources, by root."""
        return list_sources(self._session.database)

    def counted(self) -> Sequence[dict[str, Any]]:
        """Return all sources by root, with their sounds; see `sqlclap.db.summary.Summary`."""
        return count_sources(self._session.database)

    def find(self, folder: str | Path) -> Source:
        """Return the source of a folder.

        Raises
        ------
        UnknownSourceError
            The folder is no source.
        """
        return find_source(self._session.database, folder)

    def exclude(self, folder: str | Path, patterns: Iterable[str] = ()) -> Source:
        """Set the patterns that a source skips from now on; no patterns means nothing is skipped.

        Samples that match stay until an ingest prunes.

        Raises
        ------
        UnknownSourceError
            The folder is no source.
        IngestError
            A pattern says nothing.
        """
        checked = check_patterns(patterns)
        with write_transaction(self._session.database) as connection:
            return change_source(connection, find_source(connection, folder), exclude=checked)

    def remove(self, folder: str | Path) -> int:
        """Remove a source with its samples, and return how many those were.

        Their vectors and tags go; files are never touched. Anchors and votes come back with the
        same sounds.

        Raises
        ------
        UnknownSourceError
            The folder is no source.
        AttachError
            An attached table needs it.
        """
        with write_transaction(self._session.database) as connection:
            source = find_source(connection, folder)
            check_not_attached(connection, source.source_id)
            return remove_source(connection, source)

    def relocate(
        self,
        old: str | Path,
        new: str | Path,
        options: RelocateOptions | None = None,
        listener: ProgressListener | None = None,
    ) -> RelocateReport:
        """Let samples follow their files to another folder; see `sqlclap.ingest.relocate`."""
        from sqlclap.ingest.relocate import relocate

        return relocate(self._session.database, old, new, options, listener)


ALL_SUFFIXES = AUDIO_SUFFIXES | AV_SUFFIXES


def has_av() -> bool:
    """Whether the ``av`` extra is installed."""
    return importlib.util.find_spec("av") is not None


def needs_av(path: str) -> bool:
    """Whether a file's format needs the ``av`` extra."""
    return Path(path).suffix.lower() in AV_SUFFIXES


Named = str | Path | TargetAddress
"""What an ingest may be given."""


def look_at_addresses(paths: Sequence[str | Path]) -> list[Named]:
    """Ask stores what lies at the addresses among paths, outside of any transaction.

    In paths, ``~`` is the user's folder.

    Raises
    ------
    IngestError
        One can't be used.
    StorageError
        Nothing is at one, or it can't be asked.
    """
    return [
        resolve_address(str(path), ALL_SUFFIXES) if is_address(str(path)) else expand_home(path)
        for path in several(paths, "paths")
    ]


def resolve_scopes(
    connection: Database, paths: Sequence[Named], exclude: Sequence[str] = ()
) -> list[Scope]:
    """Find or make the sources of the named folders and files; in a write transaction.

    A folder belongs to the innermost tree whose walk comes by it, else it becomes a tree; with it
    go the sources that lie inside. A file belongs to the source that holds it already, else to the
    innermost tree whose walk comes by it, else it is one of its folder's named files. Naming one
    thing makes no source of another. Without any path, all sources are looked at again. No two
    scopes overlap, whatever is named.

    Parameters
    ----------
    connection : Database
    paths : sequence of str, Path or TargetAddress
        See `look_at_addresses`.
    exclude : sequence of str
        Patterns that the named folders' sources pass over from now on; all of them without a path.

    Raises
    ------
    IngestError
        A path is not there, is neither folder nor file, can't be named in UTF-8, or there is no
        source yet; or a pattern says nothing.
    AttachError
        Rows of an attached table say which of the folder's files are taken in.
    """
    patterns = check_patterns(exclude)
    if paths:
        objects = [path for path in paths if isinstance(path, TargetAddress)]
        targets = [_resolve(Path(path)) for path in paths if not isinstance(path, TargetAddress)]
        scopes = _scopes_of(connection, targets)
        for target in sorted(objects, key=lambda one: (one.is_file, len(one.address))):
            scopes += [Scope(*part) for part in address_sources(connection, target)]
    else:
        scopes = _all_scopes(connection)
    if patterns:
        for source in {scope.source for scope in scopes if scope.source.kind == "tree"}:
            change_source(connection, source, exclude=(*source.exclude, *patterns))
        changed = {source.source_id: source for source in list_sources(connection)}
        scopes = [Scope(changed[scope.source.source_id], scope.below) for scope in scopes]
    for scope in scopes:
        if scope.below != ".":
            below = path_columns(scope.below)[0]
            check_not_followed(connection, scope.source.source_id, below)
    return [scope for scope in dict.fromkeys(scopes) if not _is_covered(scope, scopes)]


def _all_scopes(connection: Database) -> list[Scope]:
    # What came as vectors alone has no files to look at.
    sources = [source for source in list_sources(connection) if source.has_audio]
    scopes = [Scope(source, ".") for source in sources]
    file = set_file_of(connection) or connection.filename
    if not scopes:
        raise IngestError(
            f"{file} has no folders yet: name one, `sqlclap ingest {typed(file)} FOLDER`"
        )
    for scope in scopes:
        if not scope.source.is_there:
            root = scope.source.root
            raise IngestError(
                f"{root} is not there; is its disk plugged in? If it was moved or renamed: "
                f"`sqlclap relocate {typed(file)} {typed(root)} NEW`; if it is gone for good: "
                f"`sqlclap sources remove {typed(file)} {typed(root)}`"
            )
    return scopes


def _scopes_of(connection: Database, targets: list[_Target]) -> list[Scope]:
    # Outer folders first, files last: what is named together finds its source, in any order.
    for target in sorted(targets, key=lambda target: len(target.path.parts)):
        if not target.is_file:
            tree_scope(connection, target.path)
    scopes: list[Scope] = []
    for target in targets:
        if target.is_file:
            scopes.append(file_scope(connection, target.path))
        else:
            scopes.append(tree_scope(connection, target.path))
            scopes += _scopes_within(connection, target.path)
    return scopes


def tree_scope(connection: Database, folder: Path) -> Scope:
    """Return a folder as a part of a tree source; make a new tree if there is none."""
    enclosing = _enclosing_sources(list_sources(connection), folder)
    for source, below in enclosing:
        if source.kind == "tree" and _walk_reaches(connection, Scope(source, below)):
            return Scope(source, below)
        if source.kind == "tree":
            break  # the innermost tree passes it over
        check_folder_free(connection, source.source_id, path_columns(below)[0])
    for source, below in enclosing:
        if below == ".":  # its files were named one by one; now all of it is
            return Scope(change_source(connection, source, kind="tree"), ".")
    return Scope(add_source(connection, folder, "tree"), ".")


def file_scope(connection: Database, file: Path) -> Scope:
    """Return a single file as a part of a source; make a source if there is none."""
    enclosing = _enclosing_sources(list_sources(connection), file)
    for source, below in enclosing:
        if _holds(connection, Scope(source, below)):
            return Scope(source, below)
    trees = [(source, below) for source, below in enclosing if source.kind == "tree"]
    for source, below in trees[:1]:
        is_sound = Path(below).suffix.lower() in ALL_SUFFIXES
        if is_sound and borders_of(source, []).passes_over(below) is None:
            return Scope(source, below)
    # Roots are text: of a folder whose name is not, the first one above whose name is.
    folder_with_text_name = next(folder for folder in file.parents if _is_text(folder))
    name = str(file.relative_to(folder_with_text_name))
    for source, below in enclosing:
        if below == name:
            return Scope(source, below)
    return Scope(add_source(connection, folder_with_text_name, "files"), name)


def _is_text(folder: Path) -> bool:
    try:
        str(folder).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _scopes_within(connection: Database, folder: Path) -> list[Scope]:
    """Return the parts of other sources at or below a folder."""
    return [
        Scope(source, ".")
        for source in list_sources(connection)
        if Path(source.root).is_relative_to(folder) and source.is_there
    ]


def _enclosing_sources(sources: list[Source], path: Path) -> list[tuple[Source, str]]:
    """Return the sources that a path lies in, innermost first, and where in each.

    A folder is known by where it is, too: on file systems that ignore case, and through mounts,
    it goes by several names.
    """
    by_root = {source.root: source for source in sources}
    by_place = {place: source for source in sources if (place := place_of(source.root))}
    enclosing: dict[Source, str] = {}
    for folder in (path, *path.parents):
        source = by_root.get(str(folder)) or by_place.get(place_of(folder) or (0, 0))
        if source is not None:
            enclosing.setdefault(source, str(path.relative_to(folder)))
    return list(enclosing.items())


def _walk_reaches(connection: Database, scope: Scope) -> bool:
    """Whether a tree's walk reaches a folder, or the tree holds sounds of it already."""
    is_passed = borders_of(scope.source, []).passes_over(scope.below) is not None
    return not is_passed or _holds(connection, scope)


def _holds(connection: Database, scope: Scope) -> bool:
    text = path_columns(scope.below)[0]
    bindings = {"source_id": scope.source.source_id, "path": text}
    return bool(connection.execute(statement("ingest/source_holds"), bindings).get)


def _is_covered(scope: Scope, scopes: list[Scope]) -> bool:
    others = [other for other in scopes if other != scope and other.source == scope.source]
    return any(other.covers(scope.below) for other in others)


@dataclass(frozen=True)
class _Target:
    """A named file or folder; absolute, without symbolic links."""

    path: Path
    is_file: bool


def _resolve(path: Path) -> _Target:
    try:
        typed = (Path(spelling) for spelling in spellings(str(path)))
        resolved = next((one for one in typed if one.exists()), path).resolve()
        is_file = resolved.is_file()
        if not is_file:
            _check_folder(resolved)
        elif is_sqlite_file(resolved):
            raise IngestError(f"{_shown(path)} is a SQLite file, not a sound or a folder")
    except (OSError, RuntimeError, ValueError) as error:
        raise IngestError(f"can't look at {_shown(path)}: {error}") from error
    if not is_file and not _is_text(resolved):
        raise IngestError(f"the folder {_shown(resolved)} has no UTF-8 name: ingest its parent")
    return _Target(resolved, is_file)


def _shown(path: Path) -> str:
    return os.fsencode(path).decode("utf-8", errors="backslashreplace")


def _check_folder(folder: Path) -> None:
    """Check that a folder exists: an unplugged disk must not look like deleted files."""
    if not folder.exists():
        raise IngestError(f"{_shown(folder)} is not there; is its disk plugged in?")
    if not folder.is_dir():
        raise IngestError(f"{_shown(folder)} is neither a folder nor a file")
