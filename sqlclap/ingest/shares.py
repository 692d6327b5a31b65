"""Scans what a library takes in: all of it, or its share where several libraries divide files."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Container, Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sqlclap.db.sources import Source, file_path, list_sources, path_columns
from sqlclap.db.statements import statement
from sqlclap.ingest.objects import scan_objects
from sqlclap.ingest.plan import Scope, known_paths
from sqlclap.ingest.scan import FoundFile, Scan, borders_of, scan, scan_files
from sqlclap.ingest.sources import ALL_SUFFIXES

if TYPE_CHECKING:
    from sqlclap.db.database import Database

LOOKED_UP_AT_ONCE = 5_000

Name = tuple[str, str]
"""A source's root and a path below it, as they are stored."""


class KnownFile(NamedTuple):
    """What a library remembers of a file."""

    content_hash: str
    bytes: int
    mtime_ns: int


class FileBeyond(NamedTuple):
    """A file that another library takes in, and that has changed there, or is new.

    Attributes
    ----------
    source : Source
    file : FoundFile
    known : KnownFile or None
        What is remembered of that name; None: nothing.
    """

    source: Source
    file: FoundFile
    known: KnownFile | None

    @property
    def path(self) -> Path:
        """Where it is."""
        return file_path(self.source.root, self.file.path, None)


def nothing_remembered(names: Sequence[Name]) -> list[KnownFile | None]:
    """Return that nothing is known of files."""
    return [None for _ in names]


@dataclass(frozen=True)
class FileShare:
    """The files that one library of several takes in, of what is scanned for all of them.

    Attributes
    ----------
    holds : callable
        Says of a source's root and a path below it, as they are stored, whether it takes that.
    scans : dict
        What was scanned already, for libraries whose sources are the same.
    remembered : callable
        Says of names, each a source's root and a path, what other libraries remember of them, but
        for those that they have taken in just now.
    scanned : list of (Source, Scan)
        What was scanned for this library, others' files among it.
    gone : array of int
        The library's samples whose file was found gone. They are marked, and not removed, also
        when pruning: their files may lie in another library by another name.
    """

    holds: Callable[[str, str], bool]
    scans: dict[Hashable, Scan] = field(default_factory=dict)
    remembered: Callable[[Sequence[Name]], list[KnownFile | None]] = nothing_remembered
    scanned: list[tuple[Source, Scan]] = field(default_factory=list)
    gone: array[int] = field(default_factory=lambda: array("q"))

    def of(self, source: Source, found: Scan) -> Scan:
        """Return what of a scan the library takes in."""

        def is_held(path: str) -> bool:
            return self.holds(source.root, path_columns(path)[0])

        return replace(
            found,
            files=found.files.only(lambda file: is_held(file.path)),
            problems=[problem for problem in found.problems if is_held(problem[0])],
        )

    def beyond(self, sizes: Container[int]) -> Iterator[FileBeyond]:
        """Yield the files of some sizes that other libraries take in as new or changed."""
        files = (
            (source, file, (source.root, path_columns(file.path)[0]))
            for source, found in self.scanned
            for file in found.files
            if file.bytes in sizes
        )
        others = (one for one in files if not self.holds(*one[2]))
        while some := [*islice(others, LOOKED_UP_AT_ONCE)]:
            remembered = self.remembered([name for _, _, name in some])
            for (source, file, _), known in zip(some, remembered, strict=True):
                if known is None or known[1:] != (file.bytes, file.mtime_ns):
                    yield FileBeyond(source, file, known)

    def aside(self, root: str, path: str) -> str:
        """Return a path for a sample whose name another sound has; it is of this library, too.

        No file's path begins with a slash.
        """
        names = (f"/:aside {number}:/{path}" for number in count())
        return next(one for one in names if self.holds(root, path_columns(one)[0]))


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
    share.scanned.append((scope.source, share.scans[key]))
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
