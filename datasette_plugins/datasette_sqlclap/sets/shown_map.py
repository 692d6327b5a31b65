"""The map that a page shows: a library's, or the one of all of a set's shards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from datasette_sqlclap.sets.rooms import missing_told
from datasette_sqlclap.sets.whole_set import WholeSet
from sqlclap.map import shown_points

if TYPE_CHECKING:
    from sqlclap.arrays import BoolArray, Float32Array
    from sqlclap.map.shown_points import Grouping, ShownLayout, ShownPoints
    from sqlclap.search.request import Filter
    from sqlclap.session import Session
    from sqlclap.shards.page_points import SetShownLayout


@dataclass(frozen=True)
class LibraryMapShown:
    """The map of a library; see `sqlclap.map.shown_points`."""

    session: Session
    layout: ShownLayout

    @property
    def version(self) -> str:
        """Another one means other points, or other names."""
        return self.layout.version

    @property
    def missing(self) -> dict[str, Any]:
        """Nothing is missing from a library's map."""
        return {}

    def lacking(self, label: str | None = None) -> dict[str, Any]:
        """Nothing is missing from a library's tags."""
        return {}

    def points(self) -> ShownPoints:
        """Return the points."""
        return shown_points.read_shown_points(self.session.database, self.layout)

    def lengths(self) -> Float32Array:
        """Return how long each point's sound is."""
        return shown_points.point_lengths(self.session.database, self.layout)

    def folders(self) -> Grouping:
        """Return the folder of each point."""
        return shown_points.point_folders(self.session.database, self.layout)

    def tags(self) -> Grouping:
        """Return the label of each point's tag."""
        return shown_points.point_tags(self.session.database, self.layout)

    def measures(self, name: str) -> Float32Array:
        """Return a descriptor of each point."""
        return shown_points.point_measures(self.session.database, self.layout, name)

    def kept(self, only: Filter) -> BoolArray:
        """Return whether a search with a filter may find each point."""
        return shown_points.points_kept(self.session, self.layout, only)


@dataclass(frozen=True)
class SetMapShown:
    """The map of a set; see `sqlclap.shards.page_points`."""

    session: WholeSet
    layout: SetShownLayout

    @property
    def version(self) -> str:
        """Another one means other points, other names, or other shards that answer."""
        return self.layout.version

    @property
    def missing(self) -> dict[str, Any]:
        """The shards whose points are not there, as a field."""
        return missing_told(self.layout.missing)

    def lacking(self, label: str | None = None) -> dict[str, Any]:
        """The shards that lack tags, of a label or of any, as a field."""
        from sqlclap.shards.lacking_tags import shards_lacking_tags

        labels = None if label is None else [label]
        return missing_told(shards_lacking_tags(self.session.asked, labels))

    def points(self) -> ShownPoints:
        """Return the points."""
        from sqlclap.shards.page_points import read_set_points

        return read_set_points(self.session.asked, self.layout)

    def lengths(self) -> Float32Array:
        """Return how long each point's sound is."""
        from sqlclap.shards.page_points import set_point_lengths

        return set_point_lengths(self.session.asked, self.layout)

    def folders(self) -> Grouping:
        """Return the folder of each point."""
        from sqlclap.shards.page_points import set_point_folders

        return set_point_folders(self.session.asked, self.layout)

    def tags(self) -> Grouping:
        """Return the label of each point's tag, which the catalog has."""
        from sqlclap.shards.page_points import set_point_tags

        return set_point_tags(self.session.asked, self.layout)

    def measures(self, name: str) -> Float32Array:
        """Return a descriptor of each point."""
        from sqlclap.shards.page_points import set_point_measures

        return set_point_measures(self.session.asked, self.layout, name)

    def kept(self, only: Filter) -> BoolArray:
        """Return whether a search with a filter may find each point."""
        from sqlclap.shards.page_points import set_points_kept

        return set_points_kept(self.session.asked, self.layout, only)


ShownMap = LibraryMapShown | SetMapShown


def shown_map(session: Session) -> ShownMap | None:
    """Return the map in force; None where there is none."""
    if isinstance(session, WholeSet):
        from sqlclap.shards.page_points import find_set_layout

        of_set = find_set_layout(session.asked)
        return None if of_set is None else SetMapShown(session, of_set)
    layout = shown_points.find_shown_layout(session)
    return None if layout is None else LibraryMapShown(session, layout)
