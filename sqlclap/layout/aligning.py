"""Turning a new map so that it lies as the old one did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]

DIRECTIONS = 180
SMALLEST_SCALE = 1e-9


@dataclass(frozen=True)
class Aligned:
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

    positions: Floats
    scale: float
    movement: float | None


def align(positions: Floats, shared: Floats, before: Floats) -> Aligned:
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
        return Aligned(positions, 1.0, None)
    here, there = shared.mean(axis=0, dtype=np.float64), before.mean(axis=0, dtype=np.float64)
    centred = shared - here
    left, strengths, right = np.linalg.svd(centred.T @ (before - there))
    size = float((centred**2).sum())
    # A single point, or points that all coincide, say nothing about direction and scale.
    turnable = size > SMALLEST_SCALE and strengths.sum() > SMALLEST_SCALE
    turn = left @ right if turnable else np.eye(2)
    scale = float(strengths.sum()) / size if turnable else 1.0

    def turned(points: Floats) -> Floats:
        moved: Floats = (scale * ((points - here) @ turn) + there).astype(np.float32)
        return moved

    distances = np.linalg.norm(turned(shared) - before, axis=1)
    across = diameter(before)
    movement = float(np.median(distances)) / across if across > 0 else 0.0
    return Aligned(turned(positions), scale, movement)


def diameter(positions: Floats) -> float:
    """Return how wide a map is in its widest direction."""
    import numpy as np

    angles = np.pi * np.arange(DIRECTIONS) / DIRECTIONS
    widest = 0.0
    for angle in angles:
        along = positions @ np.array([np.cos(angle), np.sin(angle)], dtype=np.float32)
        widest = max(widest, float(along.max() - along.min()))
    return widest
