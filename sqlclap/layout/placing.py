"""Putting new points beside their neighbours, while the old ones stay where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlclap.layout.descent import SMALL, Course, settle_among
from sqlclap.layout.graph import Neighbours, membership
from sqlclap.layout.start import scattered
from sqlclap.progress import ProgressListener

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sqlclap.layout.options import LayoutOptions

    Floats = npt.NDArray[np.float32]

EPOCHS_FEW = 100
EPOCHS_MANY = 30
FIRST_STEP = 0.25  # as umap-learn's transform: a quarter of a fit's
BLOCK = 8_192


def place(
    neighbours: Neighbours, fixed: Floats, options: LayoutOptions, listener: ProgressListener
) -> Floats:
    """Return where new points go.

    Parameters
    ----------
    neighbours : Neighbours
        Of the new points; rows of `fixed`.
    fixed : np.ndarray [shape=(m, 2), dtype=float32]
        Where the old points lie; at least one.
    options : LayoutOptions
    listener : ProgressListener

    Returns
    -------
    np.ndarray [shape=(n, 2), dtype=float32]
    """
    strengths = membership(neighbours)
    start = scattered(central_neighbours(neighbours, strengths, fixed), options.seed)
    epochs = EPOCHS_FEW if len(start) <= SMALL else EPOCHS_MANY
    course = Course(options.seed, options.min_dist, epochs, FIRST_STEP)
    listener.started("placing", epochs)
    ties = _ties(neighbours, strengths, len(fixed))
    return settle_among(start, fixed, ties, course, listener.advanced)


def central_neighbours(neighbours: Neighbours, strengths: Floats, fixed: Floats) -> Floats:
    """Return the position of that neighbour which lies nearest to all the others.

    A mean would put points whose neighbours lie on two islands into the sea between them.
    """
    import numpy as np

    positions = np.empty((len(strengths), fixed.shape[1]), dtype=np.float32)
    for start in range(0, len(strengths), BLOCK):
        part = slice(start, start + BLOCK)
        weights = strengths[part]
        there = fixed[neighbours.rows[part]]  # -1 has no weight
        apart = np.linalg.norm(there[:, :, None] - there[:, None, :], axis=-1)
        cost = (apart * weights[:, None, :]).sum(axis=2)
        cost[weights <= 0] = np.inf
        chosen = cost.argmin(axis=1)
        positions[part] = there[np.arange(len(there)), chosen]
    return positions


def _ties(neighbours: Neighbours, strengths: Floats, others: int) -> Any:
    import numpy as np
    from scipy.sparse import csr_matrix

    kept = strengths > 0
    starts = np.concatenate([[0], np.cumsum(kept.sum(axis=1))])
    columns = neighbours.rows[kept].astype(np.int32)
    return csr_matrix((strengths[kept], columns, starts), shape=(len(kept), others))
