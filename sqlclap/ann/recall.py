"""Recall against the exact answer, over a sample of queries that is kept with the index.

The exact neighbours are gathered while the vectors stream by during a build, and kept: when an
index catches up, only the new vectors are compared.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlclap.ann.policy import EF_SEARCH_STEPS, RECALL_P5_WANTED, RECALL_WANTED
from sqlclap.ann.stream import HashedFile

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sqlclap.ann.graph import Graph
    from sqlclap.ann.rows import Ids, Rows

    Vectors = npt.NDArray[np.float32]

QUERIES = 256
K = 10
KEPT = 3 * K  # true neighbours kept, so that some may be deleted later
POOL = 64  # candidates that a search ranks exactly; see `sqlclap.ann.search`


@dataclass(frozen=True)
class QuerySample:
    """Queries with their true neighbours.

    Attributes
    ----------
    ids : np.ndarray [shape=(queries,), dtype=int64]
        Embeddings that serve as queries; none is its own neighbour.
    vectors : np.ndarray [shape=(queries, dim), dtype=float32]
    true_ids : np.ndarray [shape=(queries, KEPT), dtype=int64]
        Embeddings, nearest first; 0 where there are fewer.
    true_scores : np.ndarray [shape=(queries, KEPT), dtype=float32]
    """

    ids: Ids
    vectors: Vectors
    true_ids: Ids
    true_scores: Vectors

    def seen(self, ids: Ids, vectors: Vectors) -> QuerySample:
        """Compare the queries with more vectors, shape (n, dim); return the sample after it."""
        import numpy as np

        scores = self.vectors @ vectors.T
        scores[self.ids[:, None] == ids[None, :]] = -np.inf
        best = min(KEPT, scores.shape[1])
        among = np.argpartition(-scores, best - 1, axis=1)[:, :best]
        all_ids = np.concatenate([self.true_ids, ids[among]], axis=1)
        near = np.take_along_axis(scores, among, axis=1)
        all_scores = np.concatenate([self.true_scores, near], axis=1)
        order = np.argsort(-all_scores, axis=1, kind="stable")[:, :KEPT]
        return replace(
            self,
            true_ids=np.take_along_axis(all_ids, order, axis=1),
            true_scores=np.take_along_axis(all_scores, order, axis=1),
        )

    def write(self, file: HashedFile) -> None:
        """Write the sample to a file."""
        import numpy as np

        archive = io.BytesIO()
        np.savez(
            archive,
            ids=self.ids,
            vectors=self.vectors,
            true_ids=self.true_ids,
            true_scores=self.true_scores,
        )
        file.write(archive.getvalue())


def new_sample(ids: Ids, vectors: Vectors) -> QuerySample:
    """Start a sample with queries that have seen no vectors yet."""
    import numpy as np

    none = np.zeros((len(ids), KEPT), dtype=np.int64)
    scores = np.full((len(ids), KEPT), -np.inf, dtype=np.float32)
    return QuerySample(ids, vectors, none, scores)


def read_sample(path: Path) -> QuerySample:
    """Read a sample from its file."""
    import numpy as np

    with np.load(path) as stored:
        return QuerySample(**{name: stored[name] for name in stored.files})


def measure_recall(graph: Graph, rows: Rows, sample: QuerySample, ef: int) -> dict[str, Any]:
    """Measure recall@10: the share of the ten true neighbours among what a search ranks.

    Returns
    -------
    dict
        mean and p5 (the fifth percentile: the worst queries) from 0 to 1, k, queries.
    """
    import numpy as np

    found_ids = np.empty((0, POOL), dtype=np.int64)
    if len(sample.ids) and graph.count:
        _, positions = graph.search(sample.vectors, POOL, ef)
        found_ids = np.where(positions < 0, -1, rows.embedding_ids[positions])
    dead = set(rows.embedding_ids[rows.dead == 1].tolist())
    recalls = []
    for found, wanted in zip(found_ids.tolist(), sample.true_ids.tolist(), strict=True):
        true = [embedding for embedding in wanted if embedding and embedding not in dead][:K]
        if true:
            recalls.append(len(set(true) & set(found)) / len(true))
    known = np.array(recalls or [1.0])
    mean, p5 = round(float(known.mean()), 5), round(float(np.percentile(known, 5)), 5)
    return {"mean": mean, "p5": p5, "k": K, "queries": len(recalls)}


def tune(graph: Graph, rows: Rows, sample: QuerySample) -> tuple[int, dict[str, Any]]:
    """Find the narrowest search that reaches the recall wanted; return its width and recall."""
    ef, recall = 0, {"mean": 0.0, "p5": 0.0}
    for ef in EF_SEARCH_STEPS:
        recall = measure_recall(graph, rows, sample, ef)
        if recall["mean"] >= RECALL_WANTED and recall["p5"] >= RECALL_P5_WANTED:
            break
    return ef, recall
