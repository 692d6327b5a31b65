"""What shards are asked for a page's map: their points, and what colours and filters them.

As `sqlclap.shards.jobs`: values that can travel to the node that has the shard, which hands its
points over in pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from sqlclap.db.database import Snapshot
from sqlclap.db.measured_columns import stored_columns
from sqlclap.db.statements import statement
from sqlclap.errors import UnknownFolderError
from sqlclap.map import shown_points
from sqlclap.map.shown_points import ShownLayout
from sqlclap.shards.ids import told_ids

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlclap.arrays import AnyArray, Int64Array
    from sqlclap.search.request import Filter
    from sqlclap.shards.reader import ShardReader

PointColumn = Literal["points", "ids", "length", "path", "measure", "kept"]

PAGE = 250_000
"""Points that a node hands over at once: its answer has a limit."""

_SET_MAP = "SELECT json_extract(params, '$.set_map') FROM layouts WHERE layout_id = ?"


@dataclass(frozen=True)
class TellLayout:
    """Tell the layout in force of a shard, and the version of the set's map that it is of."""

    def __call__(self, reader: ShardReader) -> tuple[ShownLayout | None, str | None]:
        """Return both."""
        with Snapshot(reader.database):
            layout = shown_points.find_shown_layout(reader.session)
            if layout is None:
                return None, None
            return layout, reader.database.execute(_SET_MAP, (layout.layout_id,)).get


class PointsPart(NamedTuple):
    """A page of a column of a shard's points.

    Attributes
    ----------
    set_ids : np.ndarray [shape=(n,), dtype=int64]
    values : np.ndarray or list
        Of points their places and clusters, shape (n, 3); of paths texts.
    last : int or None
        The shard's id that the page ends with; None: there is nothing behind it.
    """

    set_ids: Int64Array
    values: AnyArray | list[str]
    last: int | None


@dataclass(frozen=True, eq=False)
class ReadPoints:
    """Read a column of a shard's points, by ascending id.

    Attributes
    ----------
    column : str
    versions : mapping of int to str
        Of the layouts that shards have told, by the shards' numbers: of another one nothing is
        told.
    after : mapping of int to int
        The ids that pages before have ended with; all shards begin where it is empty.
    most : int or None
        How many at once; None: all.
    measure : str
        Name of the descriptor, for "measure".
    only : Filter or None
        For "kept".
    """

    column: PointColumn
    versions: Mapping[int, str]
    after: Mapping[int, int]
    most: int | None
    measure: str = ""
    only: Filter | None = None

    def __call__(self, reader: ShardReader) -> PointsPart | UnknownFolderError | None:
        """Return a page; the error where the filter's folder or site is none of the shard."""
        with Snapshot(reader.database):
            shown = shown_points.find_shown_layout(reader.session)
            if shown is None or shown.version != self.versions.get(reader.number):
                return None
            try:
                ids, values = self._read(reader, shown)
            except UnknownFolderError as error:
                return error
        start = int(np.searchsorted(ids, self.after.get(reader.number, -1), side="right"))
        end = len(ids) if self.most is None else min(start + self.most, len(ids))
        last = int(ids[end - 1]) if end < len(ids) else None
        return PointsPart(told_ids(reader.ids, ids[start:end]), values[start:end], last)

    def _read(self, reader: ShardReader, shown: ShownLayout) -> tuple[Int64Array, Any]:
        database = reader.database
        if self.column == "points":
            wanted = {"layout_id": shown.layout_id, "clustering_id": shown.clustering_id}
            rows = database.execute(statement("map/shown_points"), wanted).fetchall()
            table = np.array(rows, dtype=np.float64).reshape(-1, 4)
            return table[:, 0].astype(np.int64), table[:, 1:]
        samples = shown_points.point_samples(database, shown)
        ids = np.array([one for one, _, _ in samples], dtype=np.int64)
        if self.column == "length":
            lengths = [seconds or 0 for _, _, seconds in samples]
            return ids, np.array(lengths, dtype=np.float32)
        if self.column == "path":
            return ids, [path or "" for _, path, _ in samples]
        if self.column == "measure":
            return ids, self._measures(reader, shown, len(ids))
        if self.column == "kept" and self.only is not None:
            return ids, shown_points.points_kept(reader.session, shown, self.only)
        return ids, ids

    def _measures(self, reader: ShardReader, shown: ShownLayout, count: int) -> AnyArray:
        """Return a descriptor; another package's may be known to other shards alone."""
        known = [one.name for one in stored_columns(reader.database)]
        if self.measure not in known:
            return np.full(count, np.nan, dtype=np.float32)
        return shown_points.point_measures(reader.database, shown, self.measure)


POINT_JOBS = (TellLayout, ReadPoints)
