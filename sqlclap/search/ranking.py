"""Rankings: what a search orders samples and moments by."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from sqlclap.db.exact import score_samples

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlclap.arrays import Float32Array
    from sqlclap.db.database import Database
    from sqlclap.db.exact import Scored
    from sqlclap.db.stored_models import StoredModel
    from sqlclap.search.planner import Planner
    from sqlclap.search.request import Request
    from sqlclap.search.results import Answer, Plan
    from sqlclap.search.vector_query import Among


ScoredMoment = tuple[int, int, float, float, float | None]
"""Of a moment: its embedding, its sample, start and end (in seconds), and its score."""


class Ranking(Protocol):
    """An order of samples and moments, best first; see `Planner`, whose methods these follow."""

    @property
    def planner(self) -> Planner:
        """Of the library."""

    @property
    def model(self) -> StoredModel:
        """The model whose vectors are compared."""

    @property
    def vector(self) -> Float32Array:
        """The unit vector of what is wanted, shape (dim,)."""

    def nearest(self, database: Database, request: Request) -> Answer:
        """Return the best samples; see `Planner.nearest`."""

    def score_samples(self, database: Database, sample_ids: Sequence[int]) -> list[Scored]:
        """Return those of some samples that have a score and may be answers, best first."""

    def moments(
        self, database: Database, request: Request, among: Among
    ) -> tuple[list[Scored], Plan]:
        """Return the best embeddings; see `Planner.moments`."""

    def rescored(self, database: Database, moments: list[ScoredMoment]) -> list[ScoredMoment]:
        """Return moments, scored by the vector alone, with their own scores, if any."""


class VectorRanking(NamedTuple):
    """The order by cosine similarity to one unit vector.

    Attributes
    ----------
    planner : Planner
    model : StoredModel
    vector : np.ndarray [shape=(dim,), dtype=float32]
    """

    planner: Planner
    model: StoredModel
    vector: Float32Array

    def nearest(self, database: Database, request: Request) -> Answer:
        """Return the nearest samples."""
        return self.planner.nearest(database, self.model, self.vector, request)

    def score_samples(self, database: Database, sample_ids: Sequence[int]) -> list[Scored]:
        """Return the samples that have a vector, with their cosines, best first."""
        return score_samples(database, self.model, self.vector, sample_ids, len(sample_ids))

    def moments(
        self, database: Database, request: Request, among: Among
    ) -> tuple[list[Scored], Plan]:
        """Return the nearest embeddings."""
        return self.planner.moments(database, self.model, self.vector, request, among)

    def rescored(self, database: Database, moments: list[ScoredMoment]) -> list[ScoredMoment]:
        """Return the moments as they are: the vector is all there is."""
        return moments
