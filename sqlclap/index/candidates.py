"""Candidates: what an index says may be among the nearest, and what follows for the exact answer.

A candidate's score is approximate; whoever asked ranks the candidates exactly on the stored
vectors, which also drops whatever has gone meanwhile. The rules are the same for one query and
for a batch of them, whose arrays have one axis more in front.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from sqlclap.db.exact import BELOW_ALL
from sqlclap.deprecated import former_attribute
from sqlclap.index.hnsw import ScoreErrors

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array, Int64Array

NOTHING_ELSE = BELOW_ALL
"""A bound for scores where there is nothing to score: below any cosine."""

ANYTHING = 1.0
"""A bound for scores where any vector may have been missed: the highest cosine."""

Path = Literal["graph", "scan"]


@dataclass(frozen=True)
class Candidates:
    """Embeddings that may be among the nearest to a query, or to each of a batch.

    Attributes
    ----------
    embedding_ids, sample_ids : np.ndarray [shape=(..., pool), dtype=int32 or int64]
        -1 where a query of a batch has fewer.
    scores : np.ndarray [shape=(..., pool), dtype=float32]
        Cosine similarities, best first: approximate ones from the graph, exact ones from the tail;
        -inf where a query of a batch has fewer.
    path : {"graph", "scan"}
        How those of the index were found; "graph" where any of them were by a graph.
    ef_search : int
        Of the walk; 0 where there was none.
    complete : bool
        These are all that are allowed; else as many as were asked for, and none of the others
        has a higher score.
    errors : ScoreErrors
    """

    embedding_ids: Int64Array
    sample_ids: Int64Array
    scores: Float32Array
    path: Path
    ef_search: int
    complete: bool
    errors: ScoreErrors = field(default_factory=ScoreErrors)

    width = former_attribute("width", "ef_search")

    @property
    def pool(self) -> int:
        """Candidates of each query."""
        return int(self.scores.shape[-1])

    def samples(self, start: int = 0, end: int | None = None) -> dict[int, int]:
        """Return one query's sample ids by embedding id, of all or from `start` up to `end`."""
        ids, samples = self.embedding_ids[start:end], self.sample_ids[start:end]
        return dict(zip(ids.tolist(), samples.tolist(), strict=True))

    def worth_ranking(self, n: int) -> Any:
        """Guess how many have to be ranked to find the exact `n` best; mostly it is enough.

        Returns
        -------
        int, or np.ndarray [shape=(queries,), dtype=int64]
        """
        import numpy as np

        if self.pool <= n:
            return self.pool + np.zeros(self.scores.shape[:-1], dtype=np.int64)
        return self.reaching(self.scores[..., n - 1])

    def reaching(self, exact: Any) -> Any:
        """Count those that can score as much exactly, given how far scores may be off.

        Parameters
        ----------
        exact : float, or np.ndarray [shape=(queries,), dtype=float32]

        Returns
        -------
        int, or np.ndarray [shape=(queries,), dtype=int64]
        """
        import numpy as np

        least = self.errors.reached_from(exact)
        if self.scores.ndim == 1:  # thrice as fast
            return int(np.count_nonzero(self.scores >= least))
        return np.count_nonzero(self.scores >= least[..., None], axis=-1)

    def bound_after(self, ranked: Any) -> Any:
        """Return what any that is not among the first `ranked` can score exactly, at most.

        Parameters
        ----------
        ranked : int, or np.ndarray [shape=(queries,), dtype=int64]

        Returns
        -------
        float, or np.ndarray [shape=(queries,), dtype=float32]
        """
        import numpy as np

        if self.scores.ndim == 1:
            following = self.scores[ranked] if ranked < self.pool else self._missed
            return max(self.errors.exact_at_most(float(following)), NOTHING_ELSE)
        every = np.concatenate([self.scores, self._missed[..., None]], axis=-1)
        following = np.take_along_axis(every, ranked[..., None], axis=-1)[..., 0]
        if not self.complete:  # fewer were found than there are
            following = np.where(np.isneginf(following), np.float32(ANYTHING), following)
        return np.maximum(self.errors.exact_at_most(following), NOTHING_ELSE)

    @cached_property
    def _missed(self) -> Any:
        """What those that are no candidates score, at most."""
        import numpy as np

        if self.complete or not self.pool:
            nothing_found = NOTHING_ELSE - ANYTHING if self.complete else ANYTHING
            return np.full(self.scores.shape[:-1], nothing_found, dtype=np.float32)
        return self.scores[..., -1]

    def holds(self, exact: Float32Array) -> bool:
        """Whether exact scores are of the vectors that the index holds.

        They aren't where another client wrote other vectors in their place.

        Parameters
        ----------
        exact : np.ndarray [shape=(..., pool), dtype=float32]
            NaN for those that weren't scored.
        """
        import numpy as np

        return not (np.abs(exact - self.scores) > self.errors.largest).any()
