"""Candidates for a label: the neighbours of its anchors, and what the rest can score at most.

Each positive anchor's nearest samples are looked up in the index. A sample outside an anchor's
list is no nearer to that anchor than the list's last: its floor. So every sample, seen or not, has
an upper bound for its score (Fagin, Lotem, Naor: Optimal aggregation algorithms for middleware,
2003), and samples can be scored exactly in the order of their bounds until no other can do better.
That holds as far as the index finds an anchor's neighbours: its recall is measured and stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlclap.ann import IndexView, find_candidates
from sqlclap.ann.graph import QUANTISATION
from sqlclap.ann.search import NOTHING_ELSE
from sqlclap.labels.scorer import Scorer
from sqlclap.labels.scoring import mean_of_best, weighted

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sqlclap.labels.scoring import Floats

    Ids = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Pool:
    """Samples that may match a label.

    Attributes
    ----------
    embedding_ids : np.ndarray [shape=(n,), dtype=int64]
    bounds : np.ndarray [shape=(n,), dtype=float64]
        What each can score at most, largest first.
    outside : float
        What a sample outside the pool can score at most; `NOTHING_ELSE` when there are none.
    """

    embedding_ids: Ids
    bounds: Floats
    outside: float


def find_pool(view: IndexView, scorer: Scorer, position: int, pool: int) -> Pool:
    """Unite the neighbours of a label's positive anchors.

    Parameters
    ----------
    view : IndexView
    scorer : Scorer
    position : int
        The label's, among the scorer's.
    pool : int
        Neighbours of each anchor.
    """
    import numpy as np

    columns = scorer.positives[position]
    found, complete = [], True
    for column in columns:
        lists = find_candidates(view, scorer.anchors.vectors[column], pool)
        found.append((lists.embedding_ids, lists.scores))
        complete &= lists.complete
    ids = np.unique(np.concatenate([ids for ids, _ in found]))
    # Lists that hold everything hold the same samples: their floors bound nothing.
    floors = np.array(
        [scores[-1] if len(scores) else -1.0 for _, scores in found], dtype=np.float64
    )
    table = np.repeat(floors[None, :], len(ids), axis=0)
    for anchor, (listed, scores) in enumerate(found):
        table[np.searchsorted(ids, listed), anchor] = scores
    weights, depth = scorer.anchors.weights[columns], scorer.labels[position].top_k
    bounds = mean_of_best(weighted(table + QUANTISATION, weights), depth)
    outside = mean_of_best(weighted(floors[None, :] + QUANTISATION, weights), depth)[0]
    order = np.argsort(-bounds, kind="stable")
    return Pool(ids[order], bounds[order], NOTHING_ELSE if complete else float(outside))
