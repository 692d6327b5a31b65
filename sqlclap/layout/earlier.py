"""The map before: where its points lie, for a new one to start from and be aligned to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlclap.errors import NoMapError
from sqlclap.layout.sounds import Sounds
from sqlclap.layout.stored import Points, current_map, read_points
from sqlclap.vectors import StoredModel

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sqlclap.library import Database

    Ids = npt.NDArray[np.int64]


@dataclass(frozen=True)
class EarlierMap:
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

    def rows_of(self, sample_ids: Ids) -> Ids:
        """Return the row of each sample; -1 where the map doesn't hold it."""
        import numpy as np

        known = self.points.sample_ids
        at = np.minimum(np.searchsorted(known, sample_ids), len(known) - 1)
        rows: Ids = np.where(known[at] == sample_ids, at, -1)
        return rows

    def standing(self, sounds: Sounds) -> Ids:
        """Return the row of each sound that is what it was; -1 for new and changed ones."""
        import numpy as np

        rows = self.rows_of(sounds.sample_ids)
        vectors = self.points.embedding_ids[rows]
        same = (vectors == sounds.embedding_ids) | (vectors < 0)
        standing: Ids = np.where(same, rows, -1)
        return standing


def earlier_map(database: Database, model: StoredModel) -> EarlierMap | None:
    """Return the map in force; None where there is none, or none of its sounds is left."""
    try:
        status = current_map(database, model)
    except NoMapError:
        return None
    points = read_points(database, status.layout_id)
    if not len(points.sample_ids):
        return None
    return EarlierMap(status.layout_id, points, float(status.params.get("scale", 1.0)))
