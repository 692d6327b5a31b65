"""The folders that a library was filled from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.library.statements import statement

if TYPE_CHECKING:
    import apsw


@dataclass(frozen=True)
class Source:
    """A folder that samples' paths are relative to."""

    source_id: int
    root: str


def list_sources(connection: apsw.Connection) -> list[Source]:
    """Return all sources, by root."""
    rows = connection.execute("SELECT source_id, root FROM sources ORDER BY root")
    return [Source(int(source_id), str(root)) for source_id, root in rows]


def source_for(connection: apsw.Connection, folder: Path) -> Source:
    """Return the source that covers `folder`, making it if there is none.

    A folder inside a known source belongs to that source. A folder that holds known sources takes
    their samples over, ids and all, so that no file is ever in a library twice.

    Parameters
    ----------
    connection : apsw.Connection
        In a write transaction.
    folder : Path
        Absolute, without symbolic links.
    """
    sources = list_sources(connection)
    for source in sources:
        if folder.is_relative_to(source.root):
            return source
    insert = "INSERT INTO sources (root) VALUES (?) RETURNING source_id"
    outer = Source(int(connection.execute(insert, (str(folder),)).get), str(folder))
    for source in sources:
        if Path(source.root).is_relative_to(folder):
            _take_over(connection, outer, source)
    return outer


def _take_over(connection: apsw.Connection, outer: Source, inner: Source) -> None:
    prefix = Path(inner.root).relative_to(outer.root).as_posix() + "/"
    for name in ("source_take_over", "source_take_over_failures"):
        connection.execute(statement(name), (outer.source_id, prefix, inner.source_id))
    connection.execute("DELETE FROM sources WHERE source_id = ?", (inner.source_id,))
