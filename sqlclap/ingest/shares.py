"""Scans what a library takes in: all of it, or its share where several libraries divide files."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.db.sources import Source, file_path, list_sources, path_columns
from sqlclap.db.statements import statement
from sqlclap.ingest.objects import scan_objects
from sqlclap.ingest.plan import Scope, known_paths
from sqlclap.ingest.scan import Scan, borders_of, scan, scan_files
from sqlclap.ingest.sources import ALL_SUFFIXES

if TYPE_CHECKING:
    from sqlclap.db.database import Database


@dataclass(frozen=True)
class FileShare:
    """The files that one library of several takes in, of what is scanned for all of them.

    Attributes
    ----------
    holds : callable
        Says of a source's root and a path below it, as they are stored, whether it takes that.
    scans : dict
        What was scanned already, for libraries whose sources are the same.
    """

    holds: Callable[[str, str], bool]
    scans: dict[Hashable, Scan] = field(default_factory=dict)

    def of(self, source: Source, found: Scan) -> Scan:
        """Return what of a scan the library takes in."""

        def is_held(path: str) -> bool:
            return self.holds(source.root, path_columns(path)[0])

        return replace(
            found,
            files=found.files.only(lambda file: is_held(file.path)),
            problems=[problem for problem in found.problems if is_held(problem[0])],
        )


def scan_share(database: Database, scope: Scope, share: FileShare | None) -> Scan:
    """Scan a part of a source for a library that may take in but some of it.

    Where libraries have the same sources, folders are walked once for all of them.
    """
    if share is None:
        return scan_scope(database, scope)
    sources = frozenset((one.root, one.kind, one.exclude) for one in list_sources(database))
    if any(kind == "files" for _, kind, _ in sources):  # which ones is every library's own
        return share.of(scope.source, scan_scope(database, scope))
    key = (scope.source.root, scope.below, sources)
    if key not in share.scans:
        share.scans[key] = scan_scope(database, scope)
    return share.of(scope.source, share.scans[key])


def scan_scope(connection: Database, scope: Scope) -> Scan:
    """Scan a part of a source, without what belongs to other sources."""
    if scope.source.is_address:
        return scan_objects(connection, scope, known_paths(connection, scope), ALL_SUFFIXES)
    root = Path(scope.source.root)
    if scope.source.kind == "files" and scope.below == ".":
        return scan_files(root, known_paths(connection, scope))
    held_elsewhere = [
        str(file_path(other_root, path, raw))
        for source_id, other_root, path, raw in connection.execute(
            statement("ingest/source_named_files")
        )
        if source_id != scope.source.source_id
    ]
    borders = borders_of(scope.source, list_sources(connection), held_elsewhere)
    return scan(borders, root / scope.below, ALL_SUFFIXES)
