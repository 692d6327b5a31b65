"""The tail: what came and went since an index was built."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sqlclap.db.stored_models import StoredModel
from sqlclap.db.vectors import unit_rows, vectors_of
from sqlclap.index.meta import Change, IndexState

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array, Int64Array
    from sqlclap.db.database import Database


@dataclass(frozen=True)
class Tail:
    """Vectors outside an index, and what in the index no longer holds.

    Attributes
    ----------
    seq : int
        `embedding_changes` up to here are considered.
    mark : int or None
        Of the last of them; None where there is none since the index was built.
    embedding_ids, sample_ids : np.ndarray [shape=(n,), dtype=int64]
    vectors : np.ndarray [shape=(n, dim), dtype=float32]
        Unit vectors.
    changed : np.ndarray [shape=(m,), dtype=int64]
        Embeddings that came, went, or both: whatever the index says of these is out of date.
    waiting : dict of int to int
        Sample ids by embedding id of those without a vector that can be compared: another client
        may still write one.
    """

    seq: int
    mark: int | None
    embedding_ids: Int64Array
    sample_ids: Int64Array
    vectors: Float32Array
    changed: Int64Array
    waiting: dict[int, int] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """Vectors in the tail."""
        return len(self.embedding_ids)


def empty_tail(seq: int, dim: int) -> Tail:
    """Return a tail that holds nothing, right after an index's last change."""
    import numpy as np

    ids = np.empty(0, dtype=np.int64)
    return Tail(seq, None, ids, ids, np.empty((0, dim), dtype=np.float32), ids)


def settle(changes: Iterable[Change]) -> dict[int, int]:
    """Return sample ids by embedding id of what is there after all changes."""
    live: dict[int, int] = {}
    for change in changes:
        if change.sample_id is None:
            live.pop(change.embedding_id, None)
        else:
            live[change.embedding_id] = change.sample_id
    return live


def changed_ids(changes: Iterable[Change]) -> Int64Array:
    """Return the embeddings that changes speak of, ascending."""
    import numpy as np

    return np.unique(np.array([change.embedding_id for change in changes], dtype=np.int64))


def extend_tail(tail: Tail, database: Database, model: StoredModel, state: IndexState) -> Tail:
    """Return a tail that also considers newer changes."""
    import numpy as np

    if not state.changes and not tail.waiting:
        return tail if tail.seq == state.now else replace(tail, seq=state.now, mark=state.mark)
    touched = changed_ids(state.changes)
    gone = set(touched.tolist())
    live = {i: sample for i, sample in tail.waiting.items() if i not in gone}
    live |= settle(state.changes)
    ids, vectors = vectors_of(database, model, list(live), state.windows)
    samples = np.array([live[int(embedding_id)] for embedding_id in ids], dtype=np.int64)
    waiting = {i: live[i] for i in live.keys() - set(ids.tolist())}
    kept = ~np.isin(tail.embedding_ids, touched)
    return Tail(
        state.now,
        state.mark,
        np.concatenate([tail.embedding_ids[kept], ids]),
        np.concatenate([tail.sample_ids[kept], samples]),
        np.concatenate([tail.vectors[kept], unit_rows(vectors)]),
        np.union1d(tail.changed, touched),
        waiting,
    )
