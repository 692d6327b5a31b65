"""Which clusters of before are still there."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Ids = npt.NDArray[np.int64]

SHARED = 0.5
"""Share of sounds (of both clusters together) from which a cluster is the one of before."""


def persisting(old: Ids, new: Ids) -> dict[int, int]:
    """Match clusters by the sounds that they share.

    Parameters
    ----------
    old, new : np.ndarray [shape=(n,), dtype=int64]
        The same sounds' clusters, -1 for noise.

    Returns
    -------
    dict of int to int
        Old clusters by new ones: each pair shares at least half of its sounds (Jaccard index).
    """
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    if not len(old) or old.max() < 0 or new.max() < 0:
        return {}
    both = (old >= 0) & (new >= 0)
    shared = np.zeros((new.max() + 1, old.max() + 1))
    np.add.at(shared, (new[both], old[both]), 1)
    sizes = np.bincount(new[new >= 0], minlength=len(shared))[:, None] + np.bincount(
        old[old >= 0], minlength=shared.shape[1]
    )
    jaccard = shared / np.maximum(sizes - shared, 1)
    pairs = zip(*linear_sum_assignment(-jaccard), strict=True)
    return {int(one): int(other) for one, other in pairs if jaccard[one, other] >= SHARED}


def keep_numbers(labels: Ids, known: dict[int, int]) -> Ids:
    """Number clusters so that those of before keep theirs; others take free ones."""
    import numpy as np

    count = int(labels.max(initial=-1)) + 1
    free = iter(number for number in range(2 * count + 1) if number not in known.values())
    numbers = [known[cluster] if cluster in known else next(free) for cluster in range(count)]
    table = np.array([*numbers, -1], dtype=np.int64)
    renumbered: Ids = table[labels]
    return renumbered
