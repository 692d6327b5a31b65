"""What label features need of an open library."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlclap.labels.cache import ScorerCache
from sqlclap.labels.scorer import Scorer
from sqlclap.library import LibraryFile
from sqlclap.similarity import Planner
from sqlclap.vectors import StoredModel

if TYPE_CHECKING:
    import apsw

    from sqlclap.models import Encoder


@dataclass(frozen=True)
class LabelShelf:
    """An open library, seen by its labels.

    Attributes
    ----------
    file : LibraryFile
    find_model : callable
        Gives the model whose vectors score; raises NoVectorsError where there are none.
    find_encoder : callable
        Gives the model at work, for words.
    find_planner : callable
        Gives what keeps the library's indexes.
    scorers : ScorerCache
    """

    file: LibraryFile
    find_model: Callable[[], StoredModel]
    find_encoder: Callable[[], Encoder]
    find_planner: Callable[[], Planner]
    scorers: ScorerCache = field(default_factory=ScorerCache)

    @property
    def connection(self) -> apsw.Connection:
        """This thread's connection."""
        return self.file.connection

    @property
    def model(self) -> StoredModel:
        """The model whose vectors score."""
        return self.find_model()

    def scorer(self) -> Scorer:
        """Return all labels' anchors, ready to score."""
        return self.scorers.scorer(self.connection, self.model)
