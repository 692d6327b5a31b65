"""The previous layout, and the alignment of a new one with it (Procrustes analysis)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

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
        Factor from the optimizer's units to the units of this map.
    """

    layout_id: int
    points: Points
    scale: float

    def rows_of(self, sample_ids: Int64Array) -> Int64Array:
        """Return the row of each sample; -1 where the map doesn't hold it."""

        known = self.points.sample_ids
        nearest_row = np.minimum(np.searchsorted(known, sample_ids), len(known) - 1)
        rows: Int64Array = np.where(known[nearest_row] == sample_ids, nearest_row, -1)
        return rows

    def rows_of_unchanged(self, sounds: Sounds) -> Int64Array:
        """Return each sound's row in the map; -1 for sounds that are new or have changed since."""

        rows = self.rows_of(sounds.sample_ids)
        vectors = self.points.embedding_ids[rows]
        same = (vectors == sounds.embedding_ids) | (vectors < 0)
        unchanged: Int64Array = np.where(same, rows, -1)
        return unchanged


def previous_layout(database: Database, model: StoredModel) -> PreviousLayout | None:
    """Return the map in force; None if there is none, or if none of its sounds is left."""
    try:
        status = current_map(database, model)
    except NoMapError:
        return None
    points = read_points(database, status.layout_id)
    if not len(points.sample_ids):
        return None
    return PreviousLayout(status.layout_id, points, float(status.params.get("scale", 1.0)))


ANGLES = 180
SMALLEST_SPREAD = 1e-9


@dataclass(frozen=True)
class ProcrustesFit:
    """A map after its alignment.

    Attributes
    ----------
    positions : np.ndarray [shape=(n, 2), dtype=float32]
    scale : float
        The factor by which lengths were multiplied.
    movement : float or None
        Median movement of the points that both maps hold, as a share of the map's diameter. None
        if there are no such points.
    """

    positions: Float32Array
    scale: float
    movement: float | None


def procrustes(
    positions: Float32Array, shared: Float32Array, previous: Float32Array
) -> ProcrustesFit:
    """Shift, rotate, mirror and scale a map so that shared points lie closest to the previous ones.

    Parameters
    ----------
    positions : np.ndarray [shape=(n, 2), dtype=float32]
    shared : np.ndarray [shape=(m, 2), dtype=float32]
        Positions of the points that the previous map holds, too.
    previous : np.ndarray [shape=(m, 2), dtype=float32]
        Positions of these points on the previous map.

    Notes
    -----
    The orthogonal Procrustes problem with scale: Schönemann, Carroll (1970).
    """

    if not len(shared):
        return ProcrustesFit(positions, 1.0, None)
    centroid, previous_centroid = (
        shared.mean(axis=0, dtype=np.float64),
        previous.mean(axis=0, dtype=np.float64),
    )
    centred = shared - centroid
    u, singular_values, vt = np.linalg.svd(centred.T @ (previous - previous_centroid))
    spread = float((centred**2).sum())
    # A single point, or points that all coincide, determine neither rotation nor scale.
    is_determined = spread > SMALLEST_SPREAD and singular_values.sum() > SMALLEST_SPREAD
    rotation = u @ vt if is_determined else np.eye(2)
    scale = float(singular_values.sum()) / spread if is_determined else 1.0

    def transform(points: Float32Array) -> Float32Array:
        moved: Float32Array = (scale * ((points - centroid) @ rotation) + previous_centroid).astype(
            np.float32
        )
        return moved

    distances = np.linalg.norm(transform(shared) - previous, axis=1)
    width = diameter(previous)
    movement = float(np.median(distances)) / width if width > 0 else 0.0
    return ProcrustesFit(transform(positions), scale, movement)


def diameter(positions: Float32Array) -> float:
    """Return the width of a map in its widest direction."""

    angles = np.pi * np.arange(ANGLES) / ANGLES
    widest = 0.0
    for angle in angles:
        projected = positions @ np.array([np.cos(angle), np.sin(angle)], dtype=np.float32)
        widest = max(widest, float(projected.max() - projected.min()))
    return widest
