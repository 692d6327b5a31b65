"""The map in force as it is shown: points, names of clusters, and what points are coloured by."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary
from zlib import crc32

import numpy as np

from sqlclap.db.database import Snapshot
from sqlclap.db.statements import columns_statement, statement, write_transaction

if TYPE_CHECKING:
    from sqlclap.arrays import BoolArray, Float32Array, Float64Array, Int64Array, UInt16Array
    from sqlclap.db.database import Database, Version
    from sqlclap.search.request import Filter
    from sqlclap.session import Session

MOST_FOLDERS = 254
"""Groups of folders that are told apart; all others are one."""

FINEST = 65_535
"""Steps that the map's square has along each side."""

MARGIN = 1.08  # air around the outermost points


class ShownName(NamedTuple):
    """The name of a cluster (level 0), or of a group of clusters (level 1)."""

    cluster: int
    name: str
    level: int
    parent: int | None


@dataclass(frozen=True)
class ShownLayout:
    """The layout in force with its clustering, and what tells that either has changed.

    Attributes
    ----------
    layout_id : int
    clustering_id : int or None
    count, placed : int
        All points, and those that were placed beside their neighbours.
    drawn : str
        Sums up where everything lies: ids alone don't tell, once a backup was restored.
    names : tuple of ShownName
    """

    layout_id: int
    clustering_id: int | None
    count: int
    placed: int
    drawn: str
    names: tuple[ShownName, ...] = ()

    @property
    def version(self) -> str:
        """Another one means other points, or other names."""
        named = crc32(repr((self.names, self.drawn)).encode())
        numbers = (self.layout_id, self.clustering_id or 0, self.count, self.placed)
        return ".".join(map(str, numbers)) + f".{named:x}"


@dataclass(frozen=True)
class ShownCluster:
    """A cluster or a group of clusters, as it is written on the map.

    Attributes
    ----------
    cluster : int
    count : int
        Points in it.
    x, y : int
        Its middle, the median of its points: 0 to `FINEST`.
    name : str
    level : int
        0: a cluster; 1: a group.
    """

    cluster: int
    count: int
    x: int
    y: int
    name: str
    level: int


@dataclass(frozen=True)
class ShownPoints:
    """The points of a layout, by ascending sample id.

    Attributes
    ----------
    sample_ids : np.ndarray [shape=(n,), dtype=int64]
    positions : np.ndarray [shape=(n, 2), dtype=uint16]
        Within `bounds`, in steps of `FINEST`.
    clusters : np.ndarray [shape=(n,), dtype=int64]
        -1 where a point is in none.
    bounds : tuple of float
        Left, bottom, right, top of a square, in the layout's units.
    described : tuple of ShownCluster
    """

    sample_ids: Int64Array
    positions: UInt16Array
    clusters: Int64Array
    bounds: tuple[float, ...]
    described: tuple[ShownCluster, ...]


@dataclass(frozen=True)
class Grouping:
    """A group of each point, such as its folder.

    Attributes
    ----------
    names : list of str
    places : list of int
        For each point, where its group is in `names`; -1 where it has none.
    """

    names: list[str]
    places: list[int]


class ShownLayoutCache:
    """Finds the layout in force anew when something has changed; safe from several threads.

    Whether it is another one takes a look at every point: half a second for a million.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cache: WeakKeyDictionary[Database, tuple[Version, ShownLayout | None]] = (
            WeakKeyDictionary()
        )

    def layout(self, session: Session) -> ShownLayout | None:
        """Return the layout in force as a session's connection sees it."""
        database = session.database
        with Snapshot(database) as snapshot:
            version = (session.model.model_id, *snapshot.version)
            with self._lock:
                cached = self._cache.get(database)
            if cached is not None and cached[0] == version and not snapshot.pending:
                return cached[1]
            found = _read_shown_layout(session)
            if not snapshot.pending:
                with self._lock:
                    self._cache[database] = (version, found)
            return found


def find_shown_layout(session: Session) -> ShownLayout | None:
    """Return the layout in force of the library's model, or None where there is none."""
    return session.cache(ShownLayoutCache).layout(session)


def _read_shown_layout(session: Session) -> ShownLayout | None:
    tables = "SELECT count(*) FROM sqlite_master WHERE name IN ('layouts', 'clusterings')"
    database = session.database
    if database.execute(tables).get != 2:
        return None
    for name in ("map/drawn_layout", "map/shown_layout"):
        rows = database.execute(statement(name), (session.model.model_id,)).fetchall()
        if rows:
            break
    if not rows or not rows[0][2]:
        return None
    layout_id, clustering_id, count, placed, drawn = rows[0]
    names = database.execute(statement("map/shown_names"), (clustering_id,)).fetchall()
    named = tuple(ShownName(*row) for row in names)
    return ShownLayout(layout_id, clustering_id, count, placed, drawn, named)


def read_shown_points(database: Database, layout: ShownLayout) -> ShownPoints:
    """Return a layout's points: where they are, whose, and in which cluster."""
    wanted = {"layout_id": layout.layout_id, "clustering_id": layout.clustering_id}
    kept = database.execute(statement("map/drawn_points"), wanted | {"drawn": layout.drawn})
    rows = kept.fetchall()
    if rows:
        bounds, sample_ids, positions, clusters = rows[0]
        edges = tuple(json.loads(bounds))
        columns = (
            np.frombuffer(sample_ids, dtype="<i8").astype(np.int64),
            np.frombuffer(positions, dtype="<u2").astype(np.uint16).reshape(-1, 2),
            np.frombuffer(clusters, dtype="<i4").astype(np.int64),
        )
    else:
        edges, columns = _look_at_points(database, wanted)
    return ShownPoints(*columns, edges, describe_clusters(columns[2], columns[1], layout.names))


def _look_at_points(
    database: Database, wanted: dict[str, int | None]
) -> tuple[tuple[float, ...], tuple[Int64Array, UInt16Array, Int64Array]]:
    """Return the bounds of a map, and ids, positions and clusters of its points."""
    rows = database.execute(statement("map/shown_points"), wanted).fetchall()
    table = np.array(rows, dtype=np.float64).reshape(-1, 4)
    scaled, edges = within_square(table[:, 1:3])
    return edges, (table[:, 0].astype(np.int64), scaled, table[:, 3].astype(np.int64))


def within_square(places: Float64Array) -> tuple[UInt16Array, tuple[float, ...]]:
    """Return points of a map in steps of the square around them, and that square's bounds."""
    low, side = _square(places)
    scaled = np.round((places - low) / side * FINEST).astype(np.uint16)
    return scaled, (*low.tolist(), *(low + side).tolist())


def keep_shown_points(session: Session) -> None:
    """Keep the map in force as pages take it, in the library; it is gone when a point changes."""
    database = session.database
    with write_transaction(database):
        model = (session.model.model_id,)
        if database.execute(statement("map/drawn_layout"), model).fetchall():
            return
        rows = database.execute(statement("map/shown_layout"), model).fetchall()
        if not rows or not rows[0][2]:
            return
        names = ("layout_id", "clustering_id", "points", "placed", "drawn")
        row = dict(zip(names, rows[0], strict=True))
        wanted = {name: row[name] for name in ("layout_id", "clustering_id")}
        edges, (sample_ids, positions, clusters) = _look_at_points(database, wanted)
        row |= {
            "bounds": json.dumps(edges),
            "sample_ids": sample_ids.astype("<i8").tobytes(),
            "positions": positions.astype("<u2").tobytes(),
            "members": clusters.astype("<i4").tobytes(),
        }
        database.execute(statement("map/drawn_insert"), row)


def _square(places: Float64Array) -> tuple[Float64Array, float]:
    """Return a square's lower corner and its side, so that distances keep their shape."""
    low, high = places.min(axis=0), places.max(axis=0)
    side = MARGIN * max(float((high - low).max()), 1e-9)
    return low - (side - (high - low)) / 2, side


def describe_clusters(
    clusters: Int64Array, positions: UInt16Array, names: Sequence[ShownName]
) -> tuple[ShownCluster, ...]:
    """Tell each cluster's and group's name, level, size and middle, by ascending number."""
    named = {name.cluster: name for name in names}
    members = _members(clusters)
    for name in names:
        if name.parent is not None and name.cluster in members:
            members.setdefault(name.parent, []).extend(members[name.cluster])
    return tuple(
        _describe(number, positions[places], named.get(number))
        for number, places in sorted(members.items())
    )


def _members(clusters: Int64Array) -> dict[int, list[int]]:
    """Return the points of each cluster; those of no cluster are left out."""

    order = np.argsort(clusters, kind="stable")
    numbers, starts = np.unique(clusters[order], return_index=True)
    parts = np.split(order, starts[1:]) if len(numbers) else []
    pairs = zip(numbers.tolist(), parts, strict=True)
    return {number: part.tolist() for number, part in pairs if number >= 0}


def _describe(number: int, places: UInt16Array, name: ShownName | None) -> ShownCluster:
    x, y = np.median(places, axis=0)
    called, level = (name.name, name.level) if name else ("", 0)
    return ShownCluster(number, len(places), int(x), int(y), called, level)


def point_samples(
    database: Database, layout: ShownLayout
) -> list[tuple[int, str | None, float | None]]:
    """Return id, path and length of each point's sound, by ascending id."""
    rows = database.execute(statement("map/shown_samples"), (layout.layout_id,)).fetchall()
    return [(int(sample_id), path, seconds) for sample_id, path, seconds in rows]


def point_lengths(database: Database, layout: ShownLayout) -> Float32Array:
    """Return how long each point's sound is, in seconds: shape (n,); 0 where that isn't known."""

    lengths = [seconds or 0 for _, _, seconds in point_samples(database, layout)]
    return np.array(lengths, dtype=np.float32)


def point_measures(database: Database, layout: ShownLayout, column: str) -> Float32Array:
    """Return a descriptor of each point: shape (n,); NaN where it has no value.

    Parameters
    ----------
    database : Database
    layout : ShownLayout
    column : str
        The name of one of the library's `stored_columns`.
    """

    sql = columns_statement("map/point_measures", (column,))
    rows = database.execute(sql, (layout.layout_id,)).fetchall()
    return np.array([np.nan if value is None else value for _, value in rows], dtype=np.float32)


def point_folders(database: Database, layout: ShownLayout) -> Grouping:
    """Return the folder of each point; see `group_folders`."""
    return group_folders([path or "" for _, path, _ in point_samples(database, layout)])


def point_tags(database: Database, layout: ShownLayout) -> Grouping:
    """Return the label of each point's tag: the one by hand, or of the highest confidence."""
    tagged = foremost_labels(database)
    return group_labels([tagged.get(one) for one, _, _ in point_samples(database, layout)])


def foremost_labels(database: Database) -> dict[int, str]:
    """Return the label of each sample's tag: the one by hand, or of the highest confidence."""
    names = dict(database.execute("SELECT label_id, name FROM labels").fetchall())
    tagged = database.execute(statement("labels/foremost_tags")).fetchall()
    return {int(sample_id): str(names[label]) for sample_id, label in tagged}


def group_labels(labels: Sequence[str | None]) -> Grouping:
    """Group points by their labels; None: a point has none."""
    names = sorted({one for one in labels if one is not None})
    place = {name: index for index, name in enumerate(names)}
    return Grouping(names, [-1 if one is None else place[one] for one in labels])


def points_kept(session: Session, layout: ShownLayout, only: Filter) -> BoolArray:
    """Return whether a search with a filter may find each point: shape (n,).

    Raises
    ------
    QueryError
        The filter can't be used, or names a label that there isn't (`UnknownLabelError`).
    """

    from sqlclap.search.planner import Planner

    kept = session.cache(Planner).filters.sample_ids(session.database, only)
    return np.isin([one for one, _, _ in point_samples(session.database, layout)], kept)


def group_folders(paths: Sequence[str]) -> Grouping:
    """Group paths by the first folder in which they differ.

    Of many groups the largest `MOST_FOLDERS` are told apart, and a last one stands for all others.
    """
    folders = [path.rpartition("/")[0].split("/") for path in paths]
    common = 0
    while (
        folders
        and all(len(one) > common + 1 for one in folders)
        and (len({one[common] for one in folders}) == 1)
    ):
        common += 1
    groups = ["/".join(one[: common + 1]) or "(top)" for one in folders]
    largest = [name for name, _ in Counter(groups).most_common(MOST_FOLDERS)]
    names = sorted(largest)
    place = {name: index for index, name in enumerate(names)}
    if len(place) < len(set(groups)):
        names.append("(others)")
    return Grouping(names, [place.get(group, len(place)) for group in groups])
