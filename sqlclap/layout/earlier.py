"""The map before: where its points lie, for a new one to start from and be aligned to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlclap.errors import NoMapError
from sqlclap.layout.stored import current_map, read_points
from sqlclap.vectors import StoredModel

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sqlclap.library import Database

    Floats = npt.NDArray[np.float32]
    Ids = npt.NDArray[np.int64]
    Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class EarlierMap:
    """A map that is in force.

    Attributes
    ----------
    layout_id : int
    sample_ids : np.ndarray [shape=(n,), dtype=int64]
        Ascending.
    positions : np.ndarray [shape=(n, 2), dtype=float32]
    placed : np.ndarray [shape=(n,), dtype=bool]
    scale : float
        Length of a unit that points were moved in, on this map.
    """

    layout_id: int
    sample_ids: Ids
    positions: Floats
    placed: Mask
    scale: float

    def rows_of(self, sample_ids: Ids) -> Ids:
        """Return the row of each sample; -1 where the map doesn't hold it."""
        import numpy as np

        at = np.searchsorted(self.sample_ids, sample_ids)
        at = np.minimum(at, len(self.sample_ids) - 1)
        rows: Ids = np.where(self.sample_ids[at] == sample_ids, at, -1)
        return rows


def earlier_map(database: Database, model: StoredModel) -> EarlierMap | None:
    """Return the map in force; None where there is none, or none of its sounds is left."""
    try:
        status = current_map(database, model)
    except NoMapError:
        return None
    sample_ids, positions, placed = read_points(database, status.layout_id)
    if not len(sample_ids):
        return None
    scale = float(status.params.get("scale", 1.0))
    return EarlierMap(status.layout_id, sample_ids, positions, placed, scale)
