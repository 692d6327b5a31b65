"""The map of a set as pages show it: its points, whose they are, and what colours and filters them.

Each shard tells what it shows of the set's map; points and columns come by ascending id of the set.
A shard that shows another map, or can't be asked, is named among the missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar
from zlib import crc32

import numpy as np

from sqlclap.db.database import Snapshot
from sqlclap.db.statements import statement
from sqlclap.errors import UnknownFolderError
from sqlclap.map import shown_points
from sqlclap.map.shown_points import Grouping, ShownLayout, ShownName, ShownPoints
from sqlclap.shards.copies import ids_of_copies
from sqlclap.shards.filters import in_shards
from sqlclap.shards.fleet import Missing
from sqlclap.shards.ids import told_ids
from sqlclap.shards.shown import not_the_sets, read_fit
from sqlclap.shards.tag_jobs import ForemostTags
from sqlclap.shards.tag_runs import named_runs

if TYPE_CHECKING:
    from sqlclap.arrays import AnyArray, BoolArray, Float32Array, Float64Array, Int64Array
    from sqlclap.search.request import Filter
    from sqlclap.shards.fleet import Gathered
    from sqlclap.shards.reader import ShardReader
    from sqlclap.shards.session import SetSession

T = TypeVar("T")

_SET_MAP = "SELECT json_extract(params, '$.set_map') FROM layouts WHERE layout_id = ?"


@dataclass(frozen=True)
class SetShownLayout:
    """The set's map, as its shards show it just now.

    Attributes
    ----------
    fit : str
        Version of the set's map.
    parts : mapping of int to ShownLayout
        By the shards' numbers.
    missing : tuple of Missing
        Shards that show another map, or none, or can't be asked.
    generation : int
        Of the set's file.
    """

    fit: str
    parts: Mapping[int, ShownLayout]
    missing: tuple[Missing, ...]
    generation: int

    @property
    def version(self) -> str:
        """Another one means other points, other names, or other shards that tell of them."""
        shown = repr((sorted((at, one.version) for at, one in self.parts.items()), self.generation))
        return f"{self.fit}.{crc32(shown.encode()):x}"

    @property
    def names(self) -> tuple[ShownName, ...]:
        """Names of clusters and groups, which are the set's: by ascending number."""
        told = {name.cluster: name for part in self.parts.values() for name in part.names}
        return tuple(told[number] for number in sorted(told))


def find_set_layout(session: SetSession) -> SetShownLayout | None:
    """Return the set's map as it is shown; None where the set has none, or no shard shows it."""
    fit = read_fit(session.catalog.database, "map")
    if fit is None:
        return None
    found = ask_here(session, _shown)
    parts = {number: one for number, (one, drawn) in found.parts if one and drawn == fit.version}
    others = tuple(
        Missing(number, str(one.path), not_the_sets("map"))
        for number, one in ((one.number, one) for one in session.shards)
        if number not in parts and number not in {gone.shard for gone in found.missing}
    )
    missing = tuple(sorted((*found.missing, *others), key=lambda one: one.shard))
    generation = session.file.generation
    return SetShownLayout(fit.version, parts, missing, generation) if parts else None


def _shown(reader: ShardReader) -> tuple[ShownLayout | None, str | None]:
    with Snapshot(reader.database):
        layout = shown_points.find_shown_layout(reader.session)
        if layout is None:
            return None, None
        return layout, reader.database.execute(_SET_MAP, (layout.layout_id,)).get


def ask_here(session: SetSession, job: Callable[[ShardReader], T]) -> Gathered[T]:
    """Ask the shards that lie here; those at nodes are missing, as what is asked doesn't travel."""
    from sqlclap.shards.fleet import Gathered

    here = [one for one in session.shards if not one.places]
    found = session.fleet.ask(here, job)
    afar = tuple(
        Missing(one.number, one.entry.path, f"it lies at node {one.entry.node!r}")
        for one in session.shards
        if one.places
    )
    return Gathered(found.parts, (*found.missing, *afar))


def read_set_points(session: SetSession, layout: SetShownLayout) -> ShownPoints:
    """Return the points of the set's map; see `sqlclap.map.shown_points.read_shown_points`."""

    def read(reader: ShardReader, shown: ShownLayout) -> tuple[Int64Array, Float64Array]:
        wanted = {"layout_id": shown.layout_id, "clustering_id": shown.clustering_id}
        rows = reader.database.execute(statement("map/shown_points"), wanted).fetchall()
        table = np.array(rows, dtype=np.float64).reshape(-1, 4)
        return table[:, 0].astype(np.int64), table[:, 1:]

    ids, columns = _joined(_asked(session, layout, read))
    positions, edges = shown_points.within_square(columns[:, :2])
    clusters = columns[:, 2].astype(np.int64)
    described = shown_points.describe_clusters(clusters, positions, layout.names)
    return ShownPoints(ids, positions, clusters, edges, described)


def set_point_lengths(session: SetSession, layout: SetShownLayout) -> Float32Array:
    """Return how long each point's sound is; see `sqlclap.map.shown_points.point_lengths`."""

    def read(reader: ShardReader, shown: ShownLayout) -> tuple[Int64Array, Float32Array]:
        return _ids(reader, shown), shown_points.point_lengths(reader.database, shown)

    return _joined(_asked(session, layout, read))[1]


def set_point_measures(session: SetSession, layout: SetShownLayout, name: str) -> Float32Array:
    """Return a descriptor of each point; see `sqlclap.map.shown_points.point_measures`."""

    def read(reader: ShardReader, shown: ShownLayout) -> tuple[Int64Array, Float32Array]:
        return _ids(reader, shown), shown_points.point_measures(reader.database, shown, name)

    return _joined(_asked(session, layout, read))[1]


def set_point_folders(session: SetSession, layout: SetShownLayout) -> Grouping:
    """Return the folder of each point; see `sqlclap.map.shown_points.group_folders`."""

    def read(reader: ShardReader, shown: ShownLayout) -> tuple[Int64Array, AnyArray]:
        paths = [path or "" for _, path, _ in shown_points.point_samples(reader.database, shown)]
        return _ids(reader, shown), np.array(paths, dtype=object)

    return shown_points.group_folders(_joined(_asked(session, layout, read))[1].tolist())


def set_point_tags(session: SetSession, layout: SetShownLayout) -> Grouping:
    """Return the label of each point's tag; see `sqlclap.map.shown_points.point_tags`."""

    def read(reader: ShardReader, shown: ShownLayout) -> Columns:
        ids = _ids(reader, shown)
        return ids, ids

    ids, _ = _joined(_asked(session, layout, read))
    told, database = ids_of_copies(session), session.catalog.database
    tagged: dict[int, str] = {}
    if runs := named_runs(database):
        for whole, labels in ask_here(session, ForemostTags(runs)).answers:
            tagged |= dict(zip(whole.tolist(), labels, strict=True))
    by_copy = shown_points.foremost_labels(database)  # by hand: they go before
    tagged |= {told[copy]: label for copy, label in by_copy.items() if copy in told}
    return shown_points.group_labels([tagged.get(one) for one in ids.tolist()])


def set_points_kept(session: SetSession, layout: SetShownLayout, only: Filter) -> BoolArray:
    """Return whether a search with a filter may find each point.

    Raises
    ------
    QueryError
        The filter can't be used.
    UnknownFolderError
        The filter's folder is in no shard.
    """
    asked, unknown = in_shards(session, only), list[UnknownFolderError]()

    def read(reader: ShardReader, shown: ShownLayout) -> tuple[Int64Array, BoolArray]:
        ids = _ids(reader, shown)
        try:
            return ids, shown_points.points_kept(reader.session, shown, asked)
        except UnknownFolderError as error:
            unknown.append(error)
            return ids, np.zeros(len(ids), dtype=bool)

    parts = _asked(session, layout, read)
    if unknown and len(unknown) == len(parts):
        raise unknown[0]
    return _joined(parts)[1]


def _ids(reader: ShardReader, shown: ShownLayout) -> Int64Array:
    rows = shown_points.point_samples(reader.database, shown)
    return np.array([one for one, _, _ in rows], dtype=np.int64)


Columns = tuple["Int64Array", "AnyArray"]
"""Ids, and what is told of each: those of a shard's library, or the set's."""


def _asked(
    session: SetSession,
    layout: SetShownLayout,
    read: Callable[[ShardReader, ShownLayout], Columns],
) -> list[Columns]:
    """Read something of the points of each shard that shows the map; ids become the set's."""

    def job(reader: ShardReader) -> Columns | None:
        shown = layout.parts.get(reader.number)
        if shown is None:
            return None
        with Snapshot(reader.database):
            ids, values = read(reader, shown)
        return told_ids(reader.ids, ids), values

    return [one for one in ask_here(session, job).answers if one is not None]


def _joined(parts: Sequence[Columns]) -> Columns:
    """Put shards' columns behind each other, by ascending id."""
    if not parts:
        return np.empty(0, np.int64), np.empty((0, 3))
    ids = np.concatenate([one for one, _ in parts])
    values = np.concatenate([one for _, one in parts])
    order = np.argsort(ids)
    return ids[order], values[order]
