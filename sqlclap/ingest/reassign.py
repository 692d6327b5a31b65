"""Gives samples new paths: sources follow, and samples of the same sound are merged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlclap.db.samples import has_all_vectors_of, merge_samples
from sqlclap.db.sources import (
    Source,
    SourceKind,
    add_source,
    change_source,
    list_sources,
    path_columns,
    remove_source,
)
from sqlclap.db.statements import statement
from sqlclap.ingest.scan import borders_of
from sqlclap.recordings.deployments import move_folders

if TYPE_CHECKING:
    from sqlclap.db.database import Database


@dataclass(frozen=True)
class Destination:
    """The destination of a sample.

    Attributes
    ----------
    sample_id : int
    source : Source
        The source that it comes from.
    file : Path
        Absolute.
    stamp : (int, int) or None
        Size and time of the file that is there with the sample's content.
    twin : int or None
        Another sample of the same sound; the two are merged.
    stays : bool
        Whether the sample stays where it was, because another sound has this path.
    """

    sample_id: int
    source: Source
    file: Path
    stamp: tuple[int, int] | None
    twin: int | None = None
    stays: bool = False

    def with_twin(self, twin: int, file: Path) -> Destination:
        """Return the same destination with another sample to merge with."""
        return replace(self, twin=twin, file=file)

    def left_behind(self) -> Destination:
        """Return a destination that leaves the sample where it was."""
        return replace(self, stays=True)


class SampleReassignment:
    """Moves samples from one folder to another; in a write transaction.

    A source moves as a whole if possible. If its new folder is a source already, or lies in a
    tree, its samples go there.

    Parameters
    ----------
    connection : Database
    old, new : Path
        Absolute folders (or a file and its new name).
    """

    def __init__(self, connection: Database, old: Path, new: Path) -> None:
        self._connection = connection
        self._old = old
        self._new = new
        self._moving: set[int] = set()

    def move(self, homes: Sequence[Destination]) -> None:
        """Move samples, and their sources with them."""
        sources = {destination.source.source_id: destination.source for destination in homes}
        sources |= {one.source_id: one for one in self._empty_sources()}
        staying = {destination.source.source_id for destination in homes if destination.stays}
        whole = [one for one in sources.values() if Path(one.root).is_relative_to(self._old)]
        self._moving = {source.source_id for source in whole}
        # Aside first: one source's new folder may be another's old one.
        for source in whole:
            if source.source_id not in staying:
                self._rename(source, f"//{source.root}")
        for source in sources.values():
            if source in whole:
                self._move_source(source, source.source_id in staying)
            else:
                self._move_part(source)
        after = {one.source_id: one for one in list_sources(self._connection)}
        places = [self._place(destination, after) for destination in homes if not destination.stays]
        # Aside first: one sample's new place may be another's old one.
        for step in ("ingest/relocate_aside", "ingest/relocate_sample"):
            self._connection.executemany(statement(step), places)
        for source in sources.values():
            self._remove_if_left(source)
        move_folders(self._connection, self._old, self._new)

    def _empty_sources(self) -> list[Source]:
        """Return the sources at and below the old folder that have no samples: they move along."""
        sources = list_sources(self._connection)
        below = [one for one in sources if Path(one.root).is_relative_to(self._old)]
        return [one for one in below if not self._samples_of(one)]

    def _samples_of(self, source: Source) -> int:
        count = statement("db/source_samples_count")
        return int(self._connection.execute(count, (source.source_id,)).get)

    def _move_source(self, source: Source, is_shared: bool) -> None:
        root = self._new / Path(source.root).relative_to(self._old)
        sources = list_sources(self._connection)
        others = [one for one in sources if one.source_id not in self._moving]
        existing = [one for one in others if one.root == str(root)]
        if existing:
            is_tree = "tree" in (source.kind, existing[0].kind)
            exclude = (*existing[0].exclude, *source.exclude)
            change_source(self._connection, existing[0], "tree" if is_tree else "files", exclude)
        elif self._tree_around(others, root) is None:
            if is_shared:
                made = add_source(self._connection, root, source.kind)
                zone = source.time_zone
                change_source(self._connection, made, exclude=source.exclude, time_zone=zone)
            else:
                self._rename(source, str(root))

    def _rename(self, source: Source, root: str) -> None:
        rename = "UPDATE sources SET root = ? WHERE source_id = ?"
        self._connection.execute(rename, (root, source.source_id))

    def _move_part(self, source: Source) -> None:
        """Move a part of a source to the source at its destination; make one if needed."""
        if self._tree_around(list_sources(self._connection), self._new) is None:
            folder = self._new.parent if self._new.is_file() else self._new
            kind: SourceKind = "files" if self._new.is_file() else source.kind
            if str(folder) not in {one.root for one in list_sources(self._connection)}:
                add_source(self._connection, folder, kind)

    def _tree_around(self, sources: Sequence[Source], folder: Path) -> Source | None:
        """Return the tree source that contains a folder, unless it excludes the folder."""
        trees = [one for one in sources if one.kind == "tree"]
        enclosing = [one for one in trees if folder.is_relative_to(one.root)]
        if not enclosing:
            return None
        tree = max(enclosing, key=lambda one: len(one.root))
        below = str(folder.relative_to(tree.root))
        return tree if borders_of(tree, []).passes_over(below) is None else None

    def _place(self, destination: Destination, sources: Mapping[int, Source]) -> dict[str, Any]:
        """Merge a sample with its twin, and return the path columns of the remaining one."""
        keep, stamp = destination.sample_id, destination.stamp
        if destination.twin is not None:
            query = "SELECT bytes, mtime_ns FROM samples WHERE sample_id = ?"
            stamp = self._connection.execute(query, (destination.twin,)).fetchone()
            if not has_all_vectors_of(self._connection, destination.sample_id, destination.twin):
                keep = destination.twin
            drop = destination.twin if keep == destination.sample_id else destination.sample_id
            merge_samples(self._connection, keep, drop)
        source = self._source_of(destination, sources)
        path, raw = path_columns(str(destination.file.relative_to(source.root)))
        columns = {"source_id": source.source_id, "path": path, "path_bytes": raw}
        size, mtime_ns = stamp or (None, None)
        return {"sample_id": keep, **columns, "bytes": size, "mtime_ns": mtime_ns}

    def _source_of(self, destination: Destination, sources: Mapping[int, Source]) -> Source:
        """Return the innermost of its own source, where that moves as a whole, and trees."""
        file = str(destination.file)
        enclosing = [one for one in sources.values() if file.startswith(one.root.rstrip("/") + "/")]
        own = [one for one in enclosing if one.source_id == destination.source.source_id]
        if len(enclosing) > len(own):
            tree = self._tree_around(enclosing, destination.file)
            own += [tree] if tree is not None else []
        return max(own or enclosing, key=lambda one: len(one.root))

    def _remove_if_left(self, source: Source) -> None:
        """Remove a source without samples; its former failures are tried again."""
        left = self._samples_of(source)
        current = {one.source_id: one for one in list_sources(self._connection)}
        root = current[source.source_id].root
        if not left and root in (source.root, f"//{source.root}"):
            remove_source(self._connection, source)
