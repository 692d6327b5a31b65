"""Own vectors that are skipped everywhere: which they are, and one warning of them."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from sqlclap.errors import VectorWarning
from sqlclap.library import statement
from sqlclap.vectors.models import StoredModel

if TYPE_CHECKING:
    from sqlclap.library import Database

SHOWN = 5
LOOKED_OVER = 20_000
"""Vectors up to which a library is looked over before its first search without an index: that
takes a few times as long as the search. Of larger ones a build tells, and `sqlclap doctor`."""


class SkippedVector(NamedTuple):
    """A sample's own embedding that can't be compared.

    Attributes
    ----------
    embedding_id, sample_id : int
    reason : str
    """

    embedding_id: int
    sample_id: int
    reason: str


_LOOKED_AT: WeakKeyDictionary[Database, set[int]] = WeakKeyDictionary()


def skipped_vectors(database: Database, model: StoredModel) -> list[SkippedVector]:
    """Return the samples' own embeddings that are skipped, by looking at every vector."""
    rows = database.execute(statement("own_vectors_skipped", model_id=model.model_id))
    return [SkippedVector(*row) for row in rows]


def count_unusable(database: Database, model: StoredModel) -> int:
    """Count the samples' own embeddings that are skipped, by looking at every vector."""
    return len(skipped_vectors(database, model))


def look_for_skipped(database: Database, model: StoredModel) -> None:
    """Warn of vectors that are skipped, once a connection, where that takes no time."""
    if model.model_id in _LOOKED_AT.get(database, ()):
        return
    row = database.execute(statement("own_vectors_count"), (model.model_id,)).fetchone()
    if row[0] <= LOOKED_OVER:
        tell_of_skipped(database, model)
    else:
        _is_first_look(database, model)


def tell_of_skipped(
    database: Database, model: StoredModel, known: list[SkippedVector] | None = None
) -> None:
    """Warn of vectors that were skipped, once a connection; those known, or all that there are."""
    if _is_first_look(database, model):
        skipped = skipped_vectors(database, model) if known is None else known
        _warn(database, model, skipped)


def describe_skipped(skipped: list[SkippedVector]) -> str:
    """Name samples and reasons, the first few of them."""
    named = [f"sample {one.sample_id} ({one.reason})" for one in skipped[:SHOWN]]
    more = [f"{len(skipped) - SHOWN:,} more"] if len(skipped) > SHOWN else []
    return ", ".join([*named, *more])


def _is_first_look(database: Database, model: StoredModel) -> bool:
    seen = _LOOKED_AT.setdefault(database, set())
    first = model.model_id not in seen
    seen.add(model.model_id)
    return first


def _warn(database: Database, model: StoredModel, skipped: list[SkippedVector]) -> None:
    if skipped:
        warnings.warn(
            f"{len(skipped):,} of {model.name}'s vectors can't be compared and are skipped: "
            f"{describe_skipped(skipped)}; `sqlclap doctor --repair {database.filename}` removes "
            "them, and the next ingest makes them anew",
            VectorWarning,
            stacklevel=2,
        )
