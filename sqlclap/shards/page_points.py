"""The map of a set as pages show it: its points, whose they are, and what colours and filters them.

Each shard tells what it shows of the set's map; points and columns come by ascending id of the set.
A shard that shows another map, or can't be asked, is named among the missing. One that does so only
after it has told of its map is an error: its points would lack in one column, and not in another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from zlib import crc32

import numpy as np

from sqlclap.errors import PartialAnswerError, UnknownFolderError
from sqlclap.map import shown_points
from sqlclap.map.shown_points import Grouping, ShownLayout, ShownName, ShownPoints
from sqlclap.shards.copies import ids_of_copies
from sqlclap.shards.filters import in_shards
from sqlclap.shards.fleet import Gathered
from sqlclap.shards.missing import Missing
from sqlclap.shards.point_jobs import PAGE, PointColumn, PointsPart, ReadPoints, TellLayout
from sqlclap.shards.shown import not_the_sets, read_fit
from sqlclap.shards.tag_jobs import ForemostTags
from sqlclap.shards.tag_runs import named_runs

if TYPE_CHECKING:
    from sqlclap.arrays import AnyArray, BoolArray, Float32Array, Int64Array
    from sqlclap.search.request import Filter
    from sqlclap.shards.session import SetSession

T = TypeVar("T")


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
    found = session.fleet.ask(session.shards, TellLayout())
    parts = {number: one for number, (one, drawn) in found.parts if one and drawn == fit.version}
    others = tuple(
        Missing(number, str(one.path), not_the_sets("map"))
        for number, one in ((one.number, one) for one in session.shards)
        if number not in parts and number not in {gone.shard for gone in found.missing}
    )
    missing = tuple(sorted((*found.missing, *others), key=lambda one: one.shard))
    generation = session.file.generation
    return SetShownLayout(fit.version, parts, missing, generation) if parts else None


def read_set_points(session: SetSession, layout: SetShownLayout) -> ShownPoints:
    """Return the points of the set's map; see `sqlclap.map.shown_points.read_shown_points`."""
    ids, columns = _joined(_pages(session, layout, "points"), 3)
    positions, edges = shown_points.within_square(columns[:, :2])
    clusters = columns[:, 2].astype(np.int64)
    described = shown_points.describe_clusters(clusters, positions, layout.names)
    return ShownPoints(ids, positions, clusters, edges, described)


def set_point_lengths(session: SetSession, layout: SetShownLayout) -> Float32Array:
    """Return how long each point's sound is; see `sqlclap.map.shown_points.point_lengths`."""
    return _joined(_pages(session, layout, "length"))[1]


def set_point_measures(session: SetSession, layout: SetShownLayout, name: str) -> Float32Array:
    """Return a descriptor of each point; see `sqlclap.map.shown_points.point_measures`."""
    return _joined(_pages(session, layout, "measure", measure=name))[1]


def set_point_folders(session: SetSession, layout: SetShownLayout) -> Grouping:
    """Return the folder of each point; see `sqlclap.map.shown_points.group_folders`."""
    parts = _pages(session, layout, "path")
    texts = [
        part._replace(values=np.array([*part.values, None], dtype=object)[:-1]) for part in parts
    ]
    return shown_points.group_folders(_joined(texts)[1].tolist())


def set_point_tags(session: SetSession, layout: SetShownLayout) -> Grouping:
    """Return the label of each point's tag; see `sqlclap.map.shown_points.point_tags`.

    Raises
    ------
    PartialAnswerError
        A shard that shows the map doesn't answer any more.
    """
    ids, _ = _joined(_pages(session, layout, "ids"))
    told, database = ids_of_copies(session), session.catalog.database
    tagged: dict[int, str] = {}
    if runs := named_runs(database):
        shown = [one for one in session.shards if one.number in layout.parts]
        found = session.fleet.ask(shown, ForemostTags(runs))
        _check_all_there(found)
        for whole, labels in found.answers:
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
    asked = in_shards(session, only)
    unknown = list[UnknownFolderError]()
    parts = _pages(session, layout, "kept", only=asked, unknown=unknown)
    if unknown and not parts:
        raise unknown[0]
    points, _ = _joined(_pages(session, layout, "ids"))  # of shards without the folder, too
    ids, kept = _joined(parts)
    return np.isin(points, ids[kept.astype(bool)])


def _pages(
    session: SetSession,
    layout: SetShownLayout,
    column: PointColumn,
    unknown: list[UnknownFolderError] | None = None,
    **of_column: Any,
) -> list[PointsPart]:
    """Read a column of the points of all shards that show the map; nodes tell it page by page.

    Errors of shards that don't know the filter's folder are put into `unknown`.

    Raises
    ------
    PartialAnswerError
        A shard doesn't answer any more, or shows another map by now.
    """
    versions = {number: one.version for number, one in layout.parts.items()}
    shards = [one for one in session.shards if one.number in versions]
    parts: list[PointsPart] = []
    for some, most in (
        ([one for one in shards if not one.places], None),
        ([one for one in shards if one.places], PAGE),
    ):
        left, after = some, dict[int, int]()
        while left:
            job = ReadPoints(column, versions, dict(after), most, **of_column)
            found = session.fleet.ask(left, job)
            _check_all_there(found)
            if unknown is not None:
                unknown += [one for one in found.answers if isinstance(one, UnknownFolderError)]
            told = [(at, one) for at, one in found.parts if isinstance(one, PointsPart)]
            parts += [one for _, one in told]
            after = {number: one.last for number, one in told if one.last is not None}
            left = [one for one in left if one.number in after]
    return parts


def _check_all_there(found: Gathered[Any]) -> None:
    others = [f"shard {at}: shows another map by now" for at, one in found.parts if one is None]
    if gone := [*map(str, found.missing), *others]:
        raise PartialAnswerError(f"the map changed while it was read: {'; '.join(gone)}")


def _joined(parts: Sequence[PointsPart], width: int | None = None) -> tuple[Int64Array, AnyArray]:
    """Put shards' columns behind each other, by ascending id."""
    if not parts:
        return np.empty(0, np.int64), np.empty((0, width) if width else 0)
    ids = np.concatenate([one.set_ids for one in parts])
    values = np.concatenate([one.values for one in parts])
    order = np.argsort(ids)
    return ids[order], values[order]
