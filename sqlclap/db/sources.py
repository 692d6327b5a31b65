"""Sources, and file names as text that any SQLite client can show."""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sqlclap.addresses import is_address, place_of_sound
from sqlclap.db.statements import statement
from sqlclap.errors import NoAudioError, UnknownSourceError
from sqlclap.homes import expand_home
from sqlclap.records import has_audio

if TYPE_CHECKING:
    from sqlclap.db.database import Database

# What `backslashreplace` makes of a byte that is not UTF-8.
_ESCAPE = re.compile(rb"\\x[89a-f][0-9a-f]")


def refuse_without_audio(root: str, named: str) -> None:
    """Refuse a sound of a source without files on this machine.

    Raises
    ------
    NoAudioError
    """
    if is_address(root):
        raise NoAudioError(
            f"{named} is in object storage: it is not played from there, nor opened; searches, "
            "labels and the map know it all the same"
        )
    if not has_audio(root):
        raise NoAudioError(
            f"{named} has no audio: its vector was imported, and the sound itself is not here"
        )


def path_columns(relative: str) -> tuple[str, bytes | None]:
    r"""Split a path as Python has it into the columns ``path`` and ``path_bytes``.

    Names that are escaped have their own backslashes doubled, which makes the text of each name
    its own.

    >>> path_columns("kit/kick.wav")
    ('kit/kick.wav', None)
    >>> path_columns(os.fsdecode(b"kit/caf\xe9.wav"))
    ('kit/caf\\xe9.wav', b'kit/caf\xe9.wav')
    >>> path_columns(r"kit/caf\xe9.wav")
    ('kit/caf\\\\xe9.wav', b'kit/caf\\xe9.wav')
    """
    relative = relative.replace(os.sep, "/")
    raw = os.fsencode(relative)
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        is_plain = False
    else:
        is_plain = _ESCAPE.search(raw) is None
    if is_plain:
        return relative, None
    return raw.replace(b"\\", b"\\\\").decode("utf-8", errors="backslashreplace"), raw


def folder_as_stored(folder: str) -> str:
    """Write a folder as `path` does: without a slash at its end, and as text."""
    bare = folder.rstrip("/")
    try:
        bare.encode("utf-8")
    except UnicodeEncodeError:
        return path_columns(bare)[0]
    return bare


def native_path(path: str, path_bytes: bytes | None) -> str:
    """Undo `path_columns`: a relative path as Python has it."""
    return path.replace("/", os.sep) if path_bytes is None else os.fsdecode(path_bytes)


def file_path(root: str, path: str, path_bytes: bytes | None) -> Path:
    """Return where on disk a sample's columns point."""
    # Joined as text: making one Path is much faster than putting two together.
    return place_of_sound(root, path if path_bytes is None else os.fsdecode(path_bytes))


def spelled_alike(name: str) -> str:
    """Return a name in NFC, which is the same for all its Unicode spellings.

    Some systems store an accent as a letter's part, others beside it (``é`` as one character or
    two): who types one means the other too.
    """
    return unicodedata.normalize("NFC", name)


def spellings(name: str) -> list[str]:
    """Return a name as it is typed, then in NFC and NFD if they differ.

    >>> [len(one) for one in spellings("\u00e9")], spellings("e")
    ([1, 2], ['e'])
    """
    forms = (unicodedata.normalize(form, name) for form in ("NFC", "NFD"))
    return list(dict.fromkeys([name, *forms]))


SourceKind = Literal["tree", "files"]


@dataclass(frozen=True)
class Source:
    """A folder that samples' paths are relative to.

    Attributes
    ----------
    source_id : int
    root : str
        Absolute; of objects, their address, such as ``s3://bucket/drums``; of vectors that came
        without files, ``vectors:`` and a name.
    kind : {"tree", "files"}
        "tree": all that lies below the folder. "files": only those of its files that were named
        one by one; what else lies there is never taken in.
    exclude : tuple of str
        Patterns of what a tree passes over.
    time_zone : str or None
        Of its recorders' clocks, where these don't say theirs.
    """

    source_id: int
    root: str
    kind: SourceKind = "tree"
    exclude: tuple[str, ...] = ()
    time_zone: str | None = None

    @property
    def has_audio(self) -> bool:
        """Whether it has files at all, and not vectors alone."""
        return has_audio(self.root)

    @property
    def is_address(self) -> bool:
        """Whether its sounds are objects at an address, and no files."""
        return is_address(self.root)

    @property
    def is_there(self) -> bool:
        """Whether its folder exists now; false for an unplugged disk. Addresses aren't asked."""
        if self.is_address:
            return True
        try:
            return Path(self.root).is_dir()
        except OSError:
            return False


def list_roots(connection: Database) -> list[str]:
    """Return the folders of all sources, those with the longest names first."""
    rows = connection.execute("SELECT root FROM sources ORDER BY length(root) DESC")
    return [str(root) for (root,) in rows]


def list_sources(connection: Database) -> list[Source]:
    """Return all sources, by root."""
    rows = connection.execute(statement("db/sources_all"))
    return [
        Source(int(source_id), str(root), kind, tuple(map(str, json.loads(exclude))), time_zone)
        for source_id, root, kind, exclude, time_zone in rows
    ]


def find_source(connection: Database, folder: str | Path) -> Source:
    """Return the source of a folder, named as it is stored or by any way that leads there.

    Raises
    ------
    UnknownSourceError
        The folder is no source.
    """
    return source_among(list_sources(connection), folder, connection.filename)


def source_among(sources: Iterable[Source], folder: str | Path, holder: str) -> Source:
    """Return the source of a folder among some of a library or a set, which is named."""
    typed = (str(folder), os.path.realpath(expand_home(folder)))
    names = {spelling for name in typed for spelling in spellings(name)}
    known = []
    for source in sources:
        if source.root in names:
            return source
        known.append(source.root)
    told = ", ".join(known) or "none yet"
    raise UnknownSourceError(f"{folder} is no source of {holder}; expected one of: {told}")


def add_source(connection: Database, root: str | Path, kind: SourceKind) -> Source:
    """Make a source; in a write transaction."""
    insert = statement("db/source_insert")
    return Source(int(connection.execute(insert, (str(root), kind)).get), str(root), kind)


def source_for(connection: Database, folder: Path) -> Source:
    """Return the innermost tree that contains `folder`; make one if there is none.

    Files of other sources stay theirs, also of sources within the new one.

    Parameters
    ----------
    connection : Database
        In a write transaction.
    folder : Path
        Absolute, without symbolic links.
    """
    trees = [source for source in list_sources(connection) if source.kind == "tree"]
    enclosing = [source for source in trees if folder.is_relative_to(source.root)]
    if enclosing:
        return max(enclosing, key=lambda source: len(source.root))
    return add_source(connection, folder, "tree")


def change_source(
    connection: Database,
    source: Source,
    kind: SourceKind | None = None,
    exclude: Sequence[str] | None = None,
    time_zone: str | None = None,
) -> Source:
    """Give a source another kind, patterns or time zone; in a write transaction."""
    changed = Source(
        source.source_id,
        source.root,
        source.kind if kind is None else kind,
        source.exclude if exclude is None else tuple(dict.fromkeys(exclude)),
        source.time_zone if time_zone is None else time_zone,
    )
    patterns = json.dumps(changed.exclude, ensure_ascii=False)
    connection.execute(
        "UPDATE sources SET kind = ?, exclude = ?, time_zone = ? WHERE source_id = ?",
        (changed.kind, patterns, changed.time_zone, source.source_id),
    )
    return changed


def remove_source(connection: Database, source: Source) -> int:
    """Remove a source with its samples and return how many those were; in a write transaction.

    The sounds' vectors and tags go. Anchors and votes wait for the same sounds to come back.
    """
    count = int(connection.execute(statement("db/source_samples_count"), (source.source_id,)).get)
    connection.execute(statement("db/source_remove"), {"source_id": source.source_id})
    return count


def remove_vacant_sources(connection: Database) -> list[str]:
    """Remove sources that are empty and will stay empty; return their roots.

    Those are named files of which none is left, and trees that are not there and whose samples
    have all moved away. In a write transaction.
    """
    vacant = {int(row[0]) for row in connection.execute(statement("db/source_vacant"))}
    removable = [
        source
        for source in list_sources(connection)
        if source.source_id in vacant and (source.kind == "files" or not source.is_there)
    ]
    for source in removable:
        remove_source(connection, source)
    return [source.root for source in removable]
