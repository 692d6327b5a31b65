"""A library's map as an object: what `Library.map` gives."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlclap.db.sqlite_errors import clear_errors_of
from sqlclap.errors import SidecarError, SidecarWarning
from sqlclap.index.generation import BuildLocation
from sqlclap.index.handle import refresh_index
from sqlclap.index.settings import IndexParams
from sqlclap.map.fit import LayoutTask, fit_map, place_beside
from sqlclap.map.fuzzy_simplicial_set import Sounds, read_sounds
from sqlclap.map.options import PLACED_LIMIT, LayoutOptions
from sqlclap.map.procrustes import PreviousLayout, previous_layout
from sqlclap.map.store import MapStatus, Points, add_points, current_map, read_points
from sqlclap.progress import NullProgress, ProgressListener

if TYPE_CHECKING:
    from sqlclap.arrays import Int64Array
    from sqlclap.db.database import Database
    from sqlclap.db.stored_models import StoredModel
    from sqlclap.session import Session

KEPT = ("neighbors", "min_dist", "sample", "engine", "density", "supervise")
"""Options that a refit takes from the map there is; maps of 0.1.0 lack some."""


@dataclass(frozen=True)
class MapReport:
    """What was done to a map.

    Attributes
    ----------
    fitted : bool
        Whether it was drawn anew; else what is new was placed.
    new : int
        Sounds that were not on it before, or have changed since.
    status : MapStatus
    advice : str
        What to do next, or nothing.
    """

    fitted: bool
    new: int
    status: MapStatus
    advice: str


@clear_errors_of(lambda one: one._session.database.filename)
class LibraryMap:
    """The map of a library's sounds under one model.

    Parameters
    ----------
    session : Session
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def _connection(self) -> Database:
        return self._session.database

    def fit(
        self, options: LayoutOptions | None = None, listener: ProgressListener | None = None
    ) -> MapReport:
        """Draw the map anew, aligned to the one before.

        Interrupted, or failing, it leaves the map before in force.

        Raises
        ------
        NoVectorsError
            There is nothing to draw.
        LayoutValueError
            An option is out of range.
        MissingExtraError
            What draws maps is not installed.
        """
        options, listener = options or LayoutOptions(), listener or NullProgress()
        options.check()
        model = self._session.model
        _let_index_follow(self._connection, model, listener)
        before = previous_layout(self._connection, model)
        sounds = read_sounds(self._connection, model)
        new = _new_rows(sounds, before)
        fit_map(self._connection, model, sounds, options, listener)
        return self._report(fitted=True, new=len(new))

    def place(self, listener: ProgressListener | None = None) -> MapReport:
        """Put new sounds and changed ones beside their neighbours; nothing else moves.

        If nothing on the map is what it was, it is drawn anew.

        Raises
        ------
        NoMapError
            There is no map to put them on.
        NoVectorsError
            There are no sounds.
        MissingExtraError
            What draws maps is not installed.
        """
        model, listener = self._session.model, listener or NullProgress()
        status = current_map(self._connection, model)
        earlier = previous_layout(self._connection, model)
        sounds = read_sounds(self._connection, model)
        new = _new_rows(sounds, earlier)
        if earlier is None or len(new) == len(sounds):  # nothing there to place them by
            return self.fit(_options_of(status), listener)
        if len(new):
            self._place(
                earlier, sounds, new, LayoutTask(sounds, _options_of(status), earlier, listener)
            )
        return self._report(fitted=False, new=len(new))

    def _place(
        self, earlier: PreviousLayout, sounds: Sounds, new: Int64Array, task: LayoutTask
    ) -> None:
        import numpy as np

        rows = earlier.standing(sounds)
        # What was itself placed is no ground to place on, unless there is nothing else.
        ground = (rows >= 0) & ~earlier.points.placed[rows]
        chosen = np.flatnonzero(ground if ground.any() else rows >= 0)
        scale, fresh = np.float32(earlier.scale), sounds.take(new)
        there = earlier.points.positions[rows[chosen]] / scale
        drawn = place_beside(task, sounds.take(chosen), there, fresh)
        how = (np.ones(len(new), dtype=np.bool_), drawn.agreement, fresh.embedding_ids)
        points = Points(fresh.sample_ids, drawn.positions * scale, *how)
        add_points(self._connection, earlier.layout_id, points)

    def update(
        self, options: LayoutOptions | None = None, listener: ProgressListener | None = None
    ) -> MapReport:
        """Place what is new or changed, or draw a first map; see `place` and `fit`."""
        if previous_layout(self._connection, self._session.model) is None:
            return self.fit(options, listener)
        return self.place(listener)

    def status(self) -> MapStatus:
        """Return the map in force.

        Raises
        ------
        NoMapError
            There is none.
        """
        return current_map(self._connection, self._session.model)

    def points(self) -> Points:
        """Return the points of the map in force, by ascending sample id; without agreement.

        Raises
        ------
        NoMapError
            There is none.
        """
        return read_points(self._connection, self.status().layout_id)

    def _report(self, fitted: bool, new: int) -> MapReport:
        status, advice = self.status(), ""
        too_many = status.placed_share > PLACED_LIMIT
        if too_many and status.params.get("sample") is None:
            advice = (
                f"{status.placed:,} of {status.points:,} sounds were only placed: draw the map "
                f"anew with `sqlclap map {self._connection.filename} --refit`"
            )
        return MapReport(fitted, new, status, advice)


def _new_rows(sounds: Sounds, earlier: PreviousLayout | None) -> Int64Array:
    import numpy as np

    if earlier is None:
        return np.arange(len(sounds))
    return np.flatnonzero(earlier.standing(sounds) < 0)


def _options_of(status: MapStatus) -> LayoutOptions:
    return LayoutOptions(**kept_options(status))


def kept_options(status: MapStatus) -> dict[str, Any]:
    """Return the options that a refit takes from the map there is."""
    kept = {name: status.params[name] for name in KEPT if name in status.params}
    return kept | {"seed": status.seed}


def _let_index_follow(connection: Database, model: StoredModel, listener: ProgressListener) -> None:
    """Build the library's index where a map needs it; a map can do without."""
    try:
        refresh_index(BuildLocation(connection, model, IndexParams()), listener)
    except SidecarError as error:
        warnings.warn(str(error), SidecarWarning, stacklevel=3)
