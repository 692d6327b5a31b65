"""What an ingest has to do: files to read, and what became of the others."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlclap.db.sources import Source, native_path
from sqlclap.db.statements import statement
from sqlclap.ingest.paged_list import PagedList
from sqlclap.ingest.scan import FoundFile

if TYPE_CHECKING:
    from sqlclap.db.database import Database


@dataclass(frozen=True)
class Record:
    """What the library has stored about a file.

    Attributes
    ----------
    sample_id : int
    path : str
        Relative, as Python has it.
    content_hash : str
    bytes, mtime_ns : int
    status : str
    has_vector : bool
        Whether it has a vector under the model of this ingest.
    is_outdated : bool
        Whether an earlier revision read it, whose result may differ.
    """

    sample_id: int
    path: str
    content_hash: str
    bytes: int
    mtime_ns: int
    status: str
    has_vector: bool
    is_outdated: bool = False

    @property
    def was_measured(self) -> bool:
        """Whether its sound was heard, the last time that its file was read."""
        return self.status in ("ok", "silent")

    @property
    def is_embedded(self) -> bool:
        """Whether it has all vectors that its content can have."""
        return self.status == "silent" or self.has_vector

    @property
    def is_complete(self) -> bool:
        """Whether nothing needs to be done as long as its file stays unchanged."""
        return self.was_measured and self.is_embedded

    def has_stamp_of(self, file: FoundFile) -> bool:
        """Whether a file has the size and time that are known of it."""
        return (self.bytes, self.mtime_ns) == (file.bytes, file.mtime_ns)


@dataclass(frozen=True)
class FileTask:
    """A file to be read.

    Attributes
    ----------
    source : Source
    file : FoundFile
    known : Record or None
        The stored record of this path, if any.
    read_again : bool
        Decode it even when its content is known.
    measure : bool
        Where its content is known, measure it anew all the same; its vectors stay.
    """

    source: Source
    file: FoundFile
    known: Record | None
    read_again: bool = False
    measure: bool = False

    @property
    def looks_unchanged(self) -> bool:
        """Whether nothing would need to be done, by the file's size and time."""
        known = self.known
        return known is not None and known.is_complete and known.has_stamp_of(self.file)

    def is_known_content(self, content_hash: str) -> bool:
        """Whether what the file holds is known already, with its vectors."""
        known = self.known
        if known is None or known.content_hash != content_hash:
            return False
        return known.is_embedded and not self.read_again


@dataclass(frozen=True)
class TakenUpAgain:
    """What is opened though its file is as it was.

    Attributes
    ----------
    failed : bool
        Files that failed before.
    measured_enough : frozenset of int, optional
        Sets of descriptors; samples that were measured with another one are measured anew. None:
        no sample is.
    unchanged : bool
        All others: whether their content is still the same is not taken from size and time.
    """

    failed: bool = False
    measured_enough: frozenset[int] | None = None
    unchanged: bool = False


@dataclass
class Plan:
    """What an ingest has to do, in pages: it may be as long as folders are.

    Attributes
    ----------
    tasks : PagedList of FileTask
        Files to hash, and to decode where the hash is not known.
    unchanged : int
        Files that are in the library as they are.
    failed_before : int
        Files that failed before and have not changed since.
    gone : PagedList of (Source, Record)
        Files that the scan did not find. Some may turn out to have moved.
    problems : list of (Source, str, str)
        Source, path and reason of what could not be scanned.
    settled : PagedList of (Source, str)
        Former failures that are resolved: files that are gone, folders that can be read again.
    passed_over : PagedList of (Source, Record)
        Samples that are now excluded, or recognised as a recycle bin's. Their files exist.
    system, excluded : int
        Recycle bins and the like, and what patterns exclude: files and folders passed over.
    """

    tasks: PagedList[FileTask] = field(default_factory=PagedList)
    unchanged: int = 0
    failed_before: int = 0
    gone: PagedList[tuple[Source, Record]] = field(default_factory=PagedList)
    problems: list[tuple[Source, str, str]] = field(default_factory=list)
    settled: PagedList[tuple[Source, str]] = field(default_factory=PagedList)
    passed_over: PagedList[tuple[Source, Record]] = field(default_factory=PagedList)
    system: int = 0
    excluded: int = 0


@dataclass(frozen=True)
class Scope:
    """A part of a source that is looked at.

    Attributes
    ----------
    source : Source
    below : str
        Folder or file, relative to the source's root; "." is all of it.
    """

    source: Source
    below: str

    def covers(self, path: str) -> bool:
        """Whether a relative path lies in this part."""
        return self.below in (".", path) or path.startswith(self.below + os.sep)


def known_paths(connection: Database, scope: Scope) -> PagedList[str]:
    """Return the files of a part of a source, taken in or failed."""
    rows = connection.execute(statement("ingest/source_known_files"), (scope.source.source_id,))
    names = (native_path(text, raw) for text, raw in rows)
    return PagedList(name for name in names if scope.covers(name))
