"""The previous layout, and fitting a new one onto it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlclap.db.stored_models import StoredModel
from sqlclap.errors import NoMapError
from sqlclap.map.fuzzy_simplicial_set import Sounds
from sqlclap.map.store import Points, current_map, read_points

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array, Int64Array
    from sqlclap.db.database import Database


@dataclass(frozen=True)
class PreviousLayout:
    """A map that is in force.

    Attributes
    ----------
    layout_id : int
    points : Points
        By ascending sample id.
    scale : float
        Length of a unit that points were moved in, on this map.
    """

    layout_id: int
    points: Points
    scale: float

    def rows_of(self, sample_ids: Int64Array) -> Int64Array:
        """Return the row of each sample; -1 where the map doesn't hold it."""
        import numpy as np

        known = self.points.sample_ids
        at = np.minimum(np.searchsorted(known, sample_ids), len(known) - 1)
        rows: Int64Array = np.where(known[at] == sample_ids, at, -1)
        return rows

    def standing(self, sounds: Sounds) -> Int64Array:
        """Return the row of each sound that is what it was; -1 for new and changed ones."""
        import numpy as np

        rows = self.rows_of(sounds.sample_ids)
        vectors = self.points.embedding_ids[rows]
        same = (vectors == sounds.embedding_ids) | (vectors < 0)
        standing: Int64Array = np.where(same, rows, -1)
        return standing


def previous_layout(database: Database, model: StoredModel) -> PreviousLayout | None:
    """Return the map in force; None where there is none, or none of its sounds is left."""
    try:
        status = current_map(database, model)
    except NoMapError:
        return None
    points = read_points(database, status.layout_id)
    if not len(points.sample_ids):
        return None
    return PreviousLayout(status.layout_id, points, float(status.params.get("scale", 1.0)))


DIRECTIONS = 180
SMALLEST_SCALE = 1e-9


@dataclass(frozen=True)
class ProcrustesFit:
    """A map after it was turned.

    Attributes
    ----------
    positions : np.ndarray [shape=(n, 2), dtype=float32]
    scale : float
        What lengths were multiplied by.
    movement : float or None
        How far the points of both maps moved: the median, as a share of the map's diameter. None
        where no point is in both.
    """

    positions: Float32Array
    scale: float
    movement: float | None


def procrustes(
    positions: Float32Array, shared: Float32Array, before: Float32Array
) -> ProcrustesFit:
    """Shift, turn, mirror and scale a map so that shared points come closest to where they were.

    Parameters
    ----------
    positions : np.ndarray [shape=(n, 2), dtype=float32]
    shared : np.ndarray [shape=(m, 2), dtype=float32]
        Those of the points that the map before holds too.
    before : np.ndarray [shape=(m, 2), dtype=float32]
        Where they were.

    Notes
    -----
    The orthogonal Procrustes problem with scale: Schönemann, Carroll (1970).
    """
    import numpy as np

    if not len(shared):
        return ProcrustesFit(positions, 1.0, None)
    here, there = shared.mean(axis=0, dtype=np.float64), before.mean(axis=0, dtype=np.float64)
    centred = shared - here
    left, strengths, right = np.linalg.svd(centred.T @ (before - there))
    size = float((centred**2).sum())
    # A single point, or points that all coincide, say nothing about direction and scale.
    turnable = size > SMALLEST_SCALE and strengths.sum() > SMALLEST_SCALE
    turn = left @ right if turnable else np.eye(2)
    scale = float(strengths.sum()) / size if turnable else 1.0

    def turned(points: Float32Array) -> Float32Array:
        moved: Float32Array = (scale * ((points - here) @ turn) + there).astype(np.float32)
        return moved

    distances = np.linalg.norm(turned(shared) - before, axis=1)
    across = diameter(before)
    movement = float(np.median(distances)) / across if across > 0 else 0.0
    return ProcrustesFit(turned(positions), scale, movement)


def diameter(positions: Float32Array) -> float:
    """Return how wide a map is in its widest direction."""
    import numpy as np

    angles = np.pi * np.arange(DIRECTIONS) / DIRECTIONS
    widest = 0.0
    for angle in angles:
        along = positions @ np.array([np.cos(angle), np.sin(angle)], dtype=np.float32)
        widest = max(widest, float(along.max() - along.min()))
    return widest
