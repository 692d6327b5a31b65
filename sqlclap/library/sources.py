"""The folders and files that a library was filled from."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sqlclap.errors import UnknownSourceError
from sqlclap.library.paths import spellings
from sqlclap.library.statements import statement

if TYPE_CHECKING:
    from sqlclap.library.database import Database

SourceKind = Literal["tree", "files"]


@dataclass(frozen=True)
class Source:
    """A folder that samples' paths are relative to.

    Attributes
    ----------
    source_id : int
    root : str
        Absolute.
    kind : {"tree", "files"}
        "tree": all that lies below the folder. "files": only those of its files that were named
        one by one; what else lies there is never taken in.
    exclude : tuple of str
        Patterns of what a tree passes over.
    """

    source_id: int
    root: str
    kind: SourceKind = "tree"
    exclude: tuple[str, ...] = ()

    @property
    def is_there(self) -> bool:
        """Whether its folder is there now; that of an unplugged disk is not."""
        try:
            return Path(self.root).is_dir()
        except OSError:
            return False


def list_sources(connection: Database) -> list[Source]:
    """Return all sources, by root."""
    rows = connection.execute("SELECT source_id, root, kind, exclude FROM sources ORDER BY root")
    return [
        Source(int(source_id), str(root), kind, tuple(map(str, json.loads(exclude))))
        for source_id, root, kind, exclude in rows
    ]


def find_source(connection: Database, folder: str | Path) -> Source:
    """Return the source of a folder, named as it is stored or by any way that leads there.

    Raises
    ------
    UnknownSourceError
        It is none.
    """
    typed = (str(folder), os.path.realpath(Path(folder).expanduser()))
    names = {spelling for name in typed for spelling in spellings(name)}
    sources = list_sources(connection)
    for source in sources:
        if source.root in names:
            return source
    known = ", ".join(source.root for source in sources) or "none yet"
    raise UnknownSourceError(
        f"{folder} is no source of {connection.filename}; expected one of: {known}"
    )


def add_source(connection: Database, root: str | Path, kind: SourceKind) -> Source:
    """Make a source; in a write transaction."""
    insert = statement("source_insert")
    return Source(int(connection.execute(insert, (str(root), kind)).get), str(root), kind)


def source_for(connection: Database, folder: Path) -> Source:
    """Return the innermost tree that `folder` lies in, making one if there is none.

    What other sources hold stays theirs, also of those that lie within the new one.

    Parameters
    ----------
    connection : Database
        In a write transaction.
    folder : Path
        Absolute, without symbolic links.
    """
    trees = [source for source in list_sources(connection) if source.kind == "tree"]
    around = [source for source in trees if folder.is_relative_to(source.root)]
    if around:
        return max(around, key=lambda source: len(source.root))
    return add_source(connection, folder, "tree")


def change_source(
    connection: Database,
    source: Source,
    kind: SourceKind | None = None,
    exclude: Sequence[str] | None = None,
) -> Source:
    """Give a source another kind or other patterns, and return it; in a write transaction."""
    changed = Source(
        source.source_id,
        source.root,
        source.kind if kind is None else kind,
        source.exclude if exclude is None else tuple(dict.fromkeys(exclude)),
    )
    connection.execute(
        "UPDATE sources SET kind = ?, exclude = ? WHERE source_id = ?",
        (changed.kind, json.dumps(changed.exclude, ensure_ascii=False), source.source_id),
    )
    return changed


def remove_source(connection: Database, source: Source) -> int:
    """Remove a source with its samples and return how many those were; in a write transaction.

    The sounds' vectors and tags go. Anchors and votes wait for the same sounds to come back.
    """
    count = int(connection.execute(statement("source_samples_count"), (source.source_id,)).get)
    connection.execute(statement("source_remove"), {"source_id": source.source_id})
    return count


def remove_vacant_sources(connection: Database) -> list[str]:
    """Remove sources that hold nothing and will hold nothing by themselves; return their roots.

    Those are named files of which none is left, and trees that are not there and whose samples
    have all moved away. In a write transaction.
    """
    vacant = {int(row[0]) for row in connection.execute(statement("source_vacant"))}
    gone = [
        source
        for source in list_sources(connection)
        if source.source_id in vacant and (source.kind == "files" or not source.is_there)
    ]
    for source in gone:
        remove_source(connection, source)
    return [source.root for source in gone]
