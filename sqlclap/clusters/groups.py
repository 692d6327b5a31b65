"""Groups of clusters: what a map shows from far away."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlclap.clusters.naming import Named

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]
    Ids = npt.NDArray[np.int64]

FEWEST = 6
"""Clusters below which there is nothing to group."""


@dataclass(frozen=True)
class Group:
    """Clusters that lie near each other.

    Attributes
    ----------
    clusters : tuple of int
    name : str
    """

    clusters: tuple[int, ...]
    name: str


def group_clusters(vectors: Floats, labels: Ids, named: Sequence[Named]) -> list[Group]:
    """Group clusters by their middles: about the root of their number, by average linkage.

    A group is called after the names that most of its sounds go by.
    """
    import numpy as np
    from scipy.cluster.hierarchy import fcluster, linkage

    if len(named) < FEWEST:
        return []
    middles = np.stack([vectors[labels == entry.cluster].mean(axis=0) for entry in named])
    middles = middles - vectors.mean(axis=0)
    tree = linkage(middles, method="average", metric="cosine")
    belongs = fcluster(tree, t=math.isqrt(2 * len(named)), criterion="maxclust")
    sizes = {entry.cluster: int((labels == entry.cluster).sum()) for entry in named}
    groups: list[Group] = []
    taken: set[str] = set()
    for number in np.unique(belongs):
        members = [entry for entry, group in zip(named, belongs, strict=True) if group == number]
        name = _called(members, sizes, taken)
        taken.add(name)
        groups.append(Group(tuple(entry.cluster for entry in members), name))
    return groups


def _called(members: Sequence[Named], sizes: dict[int, int], taken: set[str]) -> str:
    weights: Counter[str] = Counter()
    for entry in members:
        weights[entry.base] += sizes[entry.cluster]
    words = [base for base, _ in weights.most_common()]
    for many in (2, 1, *range(3, len(words) + 1)):
        name = ", ".join(words[:many])
        if name not in taken:
            return name
    number = 2
    while f"{words[0]} {number}" in taken:
        number += 1
    return f"{words[0]} {number}"
