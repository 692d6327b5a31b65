"""The map of a library: the class behind `Library.map`."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sqlclap.errors import SidecarError, SidecarWarning
from sqlclap.index.generation import BuildLocation
from sqlclap.index.handle import refresh_index
from sqlclap.index.settings import IndexParams
from sqlclap.map.fit import LayoutTask, fit_map, place_new
from sqlclap.map.fuzzy_simplicial_set import Sounds, read_sounds
from sqlclap.map.options import PLACED_LIMIT, LayoutOptions, refuse_set
from sqlclap.map.procrustes import PreviousLayout, previous_layout
from sqlclap.map.shown_points import keep_shown_points
from sqlclap.map.store import MapStatus, Points, add_points, current_map, read_points
from sqlclap.progress import NullProgress, ProgressListener
from sqlclap.quantities import typed
from sqlclap.session import LibraryPart

if TYPE_CHECKING:
    from sqlclap.arrays import Int64Array
    from sqlclap.db.database import Database
    from sqlclap.db.stored_models import StoredModel

KEPT_OPTIONS = ("neighbors", "min_dist", "sample", "engine", "density", "supervise")
"""Options that a refit takes from the map in force; maps of 0.1.0 lack some."""


@dataclass(frozen=True)
class MapReport:
    """Result of drawing or updating a map.

    Attributes
    ----------
    fitted : bool
        Whether the map was drawn anew; otherwise new sounds were placed on it.
    new : int
        Sounds that are new, or have changed, since the map was last drawn or updated.
    status : MapStatus
    advice : str
        What to do next; empty if there is nothing.
    """

    fitted: bool
    new: int
    status: MapStatus
    advice: str


class LibraryMap(LibraryPart):
    """The map of a library's sounds under one model.

    Parameters
    ----------
    session : Session
    """

    @property
    def _database(self) -> Database:
        return self._session.database

    def fit(
        self, options: LayoutOptions | None = None, listener: ProgressListener | None = None
    ) -> MapReport:
        """Draw the map anew, aligned to the previous one.

        If this is interrupted or fails, the previous map stays in force.

        Raises
        ------
        NoVectorsError
            No sound has a vector.
        LayoutValueError
            An option is out of range.
        MissingExtraError
            What draws maps is not installed.
        """
        options, listener = options or LayoutOptions(), listener or NullProgress()
        options.check()
        model = self._session.model
        _refresh_index(self._database, model, listener)
        previous = previous_layout(self._database, model)
        sounds = read_sounds(self._database, model)
        new = _new_rows(sounds, previous)
        fit_map(self._database, model, sounds, options, listener)
        keep_shown_points(self._session)
        return self._report(fitted=True, new=len(new))

    def place(self, listener: ProgressListener | None = None) -> MapReport:
        """Place new and changed sounds near their neighbours; no other point moves.

        If all sounds of the map have changed, the map is drawn anew.

        Raises
        ------
        NoMapError
            There is no map yet.
        NoVectorsError
            No sound has a vector.
        LayoutValueError
            It is the map of a set, whose shard this library is.
        MissingExtraError
            What draws maps is not installed.
        """
        model, listener = self._session.model, listener or NullProgress()
        status = current_map(self._database, model)
        refuse_set("set_map", status.params, "map", self._database.filename)
        previous = previous_layout(self._database, model)
        sounds = read_sounds(self._database, model)
        new = _new_rows(sounds, previous)
        if previous is None or len(new) == len(sounds):  # nothing there to place them by
            return self.fit(_options_of(status), listener)
        if len(new):
            self._place(
                previous, sounds, new, LayoutTask(sounds, _options_of(status), previous, listener)
            )
        keep_shown_points(self._session)
        return self._report(fitted=False, new=len(new))

    def _place(
        self, previous: PreviousLayout, sounds: Sounds, new: Int64Array, task: LayoutTask
    ) -> None:
        rows = previous.rows_of_unchanged(sounds)
        # Placed points serve as neighbours only if there are no fitted ones.
        is_fitted = (rows >= 0) & ~previous.points.placed[rows]
        fitted_rows = np.flatnonzero(is_fitted if is_fitted.any() else rows >= 0)
        scale, new_sounds = np.float32(previous.scale), sounds.take(new)
        fixed = previous.points.positions[rows[fitted_rows]] / scale
        layout = place_new(task, sounds.take(fitted_rows), fixed, new_sounds)
        columns = (np.ones(len(new), dtype=np.bool_), layout.agreement, new_sounds.embedding_ids)
        points = Points(new_sounds.sample_ids, layout.positions * scale, *columns)
        add_points(self._database, previous.layout_id, points)

    def update(
        self, options: LayoutOptions | None = None, listener: ProgressListener | None = None
    ) -> MapReport:
        """Place new and changed sounds; see `place`. Without a map, draw one; see `fit`."""
        if previous_layout(self._database, self._session.model) is None:
            return self.fit(options, listener)
        return self.place(listener)

    def status(self) -> MapStatus:
        """Return the map in force.

        Raises
        ------
        NoMapError
            There is none.
        """
        return current_map(self._database, self._session.model)

    def points(self) -> Points:
        """Return the points of the map in force, by ascending sample id; without agreement.

        Raises
        ------
        NoMapError
            There is none.
        """
        return read_points(self._database, self.status().layout_id)

    def _report(self, fitted: bool, new: int) -> MapReport:
        status, advice = self.status(), ""
        too_many = status.placed_share > PLACED_LIMIT
        if too_many and status.params.get("sample") is None:
            advice = (
                f"{status.placed:,} of {status.points:,} sounds were only placed: draw the map "
                f"anew with `sqlclap map {typed(self._database.filename)} --refit`"
            )
        return MapReport(fitted, new, status, advice)


def _new_rows(sounds: Sounds, previous: PreviousLayout | None) -> Int64Array:
    if previous is None:
        return np.arange(len(sounds))
    return np.flatnonzero(previous.rows_of_unchanged(sounds) < 0)


def _options_of(status: MapStatus) -> LayoutOptions:
    return LayoutOptions(**kept_options(status.params, status.seed))


def kept_options(params: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """Return the options that a refit takes from the map in force."""
    kept = {name: params[name] for name in KEPT_OPTIONS if name in params}
    return kept | {"seed": seed}


def _refresh_index(database: Database, model: StoredModel, listener: ProgressListener) -> None:
    """Build or update the library's index; without one, a map takes longer."""
    try:
        refresh_index(BuildLocation(database, model, IndexParams()), listener)
    except SidecarError as error:
        warnings.warn(str(error), SidecarWarning, stacklevel=3)
