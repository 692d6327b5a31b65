"""Sources in object storage: what an address names, what lies there, and reading it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from sqlclap.addresses import check_address
from sqlclap.audio.recording_start import RecordingStart, stated_start
from sqlclap.db.sources import Source, add_source, change_source, list_sources, native_path
from sqlclap.db.statements import statement
from sqlclap.errors import NoObjectError, StorageError
from sqlclap.ingest.scan import Borders, Exclusion, FoundFile, Scan, SkipReason
from sqlclap.metadata.reading import FileMetadata, file_metadata, keep_metadata
from sqlclap.recordings.times import keep_start
from sqlclap.storage.fetching import FetchedObject, fetched, passing
from sqlclap.storage.listing import FoundObject, kind_of, list_objects, look_at
from sqlclap.storage.passing import PassingObject

if TYPE_CHECKING:
    from sqlclap.db.database import Database
    from sqlclap.ingest.plan import FileTask, Scope


@dataclass(frozen=True)
class TargetAddress:
    """An address that was named for an ingest, as it is stored; something is there."""

    address: str
    is_file: bool


def resolve_address(text: str, suffixes: frozenset[str]) -> TargetAddress:
    """Look at what somebody named.

    Raises
    ------
    IngestError
        It is no address that can be used.
    StorageError
        Nothing is there, or it can't be asked.
    """
    address = check_address(text)
    looks_like_file = PurePosixPath(address).suffix.lower() in suffixes
    return TargetAddress(address, kind_of(address, looks_like_file) == "file")


def address_sources(connection: Database, target: TargetAddress) -> list[tuple[Source, str]]:
    """Find or make the sources of an address; return each with the part of it, "." for all.

    As for folders: what lies in a tree belongs to it, unless that passes it over; a tree around
    sources holds the rest.
    """
    address = target.address
    sources = [source for source in list_sources(connection) if source.is_address]
    enclosing = [
        (source, address.removeprefix(source.root).strip("/") or ".")
        for source in sorted(sources, key=lambda one: -len(one.root))
        if f"{address}/".startswith(f"{source.root}/")
    ]
    tree = next(((one, below) for one, below in enclosing if one.kind == "tree"), None)
    if tree and _borders(tree[0]).passes_over(tree[1]) is None:
        own = tree
    elif target.is_file:
        root, _, name = address.rpartition("/")
        held = [one for one in sources if one.root == root]
        own = (held[0] if held else add_source(connection, root, "files"), name)
    else:
        at = [source for source, below in enclosing if below == "."]
        own = (_as_tree(connection, at[0]) if at else add_source(connection, address, "tree"), ".")
    inner = [(one, ".") for one in sources if one.root.startswith(f"{address}/")]
    return [own, *inner] if not target.is_file else [own]


def _as_tree(connection: Database, source: Source) -> Source:
    return change_source(connection, source, kind="tree") if source.kind != "tree" else source


def _borders(source: Source) -> Borders:
    return Borders(Path(source.root), Exclusion(source.exclude))


def scan_objects(
    connection: Database, scope: Scope, known: Iterable[str], suffixes: frozenset[str]
) -> Scan:
    """List the sounds of a part of a source, without what belongs to other sources.

    Parameters
    ----------
    connection : Database
    scope : Scope
        Of a source that is an address.
    known : iterable of str
        What of it is in the library.
    suffixes : frozenset of str

    Raises
    ------
    StorageError
        The store can't be asked: nothing is known of its objects then.
    """
    source, below = scope.source, scope.below
    is_one = PurePosixPath(below).suffix.lower() in suffixes
    if source.kind == "files" or is_one:
        named = known if below == "." else [below]
        return _named(source, named)
    return _Listing(connection, source).below(below, suffixes)


def _named(source: Source, names: Iterable[str]) -> Scan:
    result = Scan()
    for name in names:
        try:
            found = look_at(f"{source.root}/{name}")
        except NoObjectError:
            continue
        except StorageError as error:
            result.problems.append((name, error.reason))
            continue
        result.files.append(FoundFile(name, found.bytes, found.stamp_ns))
    return result


class _Listing:
    """A listing of one tree."""

    def __init__(self, connection: Database, source: Source) -> None:
        self._source = source
        self._borders = _borders(source)
        self._result = Scan()
        others = [one for one in list_sources(connection) if one != source and one.is_address]
        inner = [one for one in others if one.root.startswith(f"{source.root}/")]
        self._elsewhere = tuple(f"{one.root}/" for one in inner if one.kind == "tree")
        rows = connection.execute(statement("ingest/source_named_files"))
        self._held = {
            f"{root}/{native_path(path, raw)}"
            for source_id, root, path, raw in rows
            if source_id != source.source_id
        }

    def below(self, part: str, suffixes: frozenset[str]) -> Scan:
        root = self._source.root
        prefix = "" if part == "." else f"{part}/"
        for found in list_objects(f"{root}/{prefix}".rstrip("/"), suffixes):
            if isinstance(found, StorageError):
                self._result.problems.append((f"{prefix}{found.address}", found.reason))
            else:
                self._add(f"{prefix}{found.path}", found)
        return self._result

    def _add(self, path: str, found: FoundObject) -> None:
        whole = f"{self._source.root}/{path}"
        if whole in self._held or whole.startswith(self._elsewhere):
            return
        if "\0" in path:
            shown = path.replace("\0", "\\0")
            self._result.problems.append((shown, "its name holds a NUL, which no path may"))
            return
        why = self._borders.passes_over(path)
        self._result.system += why is SkipReason.SYSTEM
        self._result.excluded += why is SkipReason.EXCLUDED
        if why is None:
            self._result.files.append(FoundFile(path, found.bytes, found.stamp_ns))


@dataclass(frozen=True)
class FetchedFacts:
    """What an object says of itself: read while it, or its copy, is here.

    Attributes
    ----------
    metadata : FileMetadata
    start : RecordingStart or None
        When the recording began, unless only the time of its upload would tell.
    """

    metadata: FileMetadata
    start: RecordingStart | None


@contextmanager
def passing_task(task: FileTask) -> Iterator[PassingObject]:
    """Give the object of a task, to be read as it comes."""
    with passing(*_object_of(task)) as found:
        yield found


@contextmanager
def fetched_task(task: FileTask) -> Iterator[FetchedObject]:
    """Fetch the object of a task into a file.

    Raises
    ------
    StorageError
    """
    with fetched(*_object_of(task)) as copy:
        yield copy


def _object_of(task: FileTask) -> tuple[str, FoundObject]:
    file = task.file
    return f"{task.source.root}/{file.path}", FoundObject("", file.bytes, file.mtime_ns)


def read_facts(source: Path | PassingObject, name: str) -> FetchedFacts | None:
    """Read what an object says of itself, or None where that can't be read.

    Parameters
    ----------
    source : Path or PassingObject
        Its copy, or the object as it comes.
    name : str
        Of the object.
    """
    try:
        return FetchedFacts(file_metadata(source, name), stated_start(source, name))
    except OSError:
        return None


def keep_facts(connection: Database, sample_id: int, task: FileTask, facts: FetchedFacts) -> None:
    """Store what a fetched object says of itself; in a write transaction."""
    place = (task.source.root, task.file.path)
    keep_metadata(connection, sample_id, task.file.path, facts.metadata)
    keep_start(connection, sample_id, (*place, task.source.time_zone), facts.start)
