"""All sounds' vectors at once, and who is near whom."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlclap.ann import Field, IndexReader, field_of
from sqlclap.errors import NoVectorsError
from sqlclap.layout.compiling import import_compiled
from sqlclap.layout.graph import Neighbours
from sqlclap.library import read_transaction
from sqlclap.progress import ProgressListener
from sqlclap.vectors import StoredModel, count_own, own_vectors, unit_rows

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sqlclap.ann import IndexView
    from sqlclap.library import Database

    Floats = npt.NDArray[np.float32]
    Ids = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Sounds:
    """Samples with their own vectors.

    Attributes
    ----------
    embedding_ids : np.ndarray [shape=(n,), dtype=int64]
        Ascending.
    sample_ids : np.ndarray [shape=(n,), dtype=int64]
    vectors : np.ndarray [shape=(n, dim), dtype=float32]
        Unit vectors.
    index : IndexView or None
        The library's index.
    """

    embedding_ids: Ids
    sample_ids: Ids
    vectors: Floats
    index: IndexView | None

    def __len__(self) -> int:
        return len(self.sample_ids)

    def take(self, rows: Ids) -> Sounds:
        """Return some of them; `rows` ascending."""
        if len(rows) == len(self):
            return self
        taken = (self.embedding_ids[rows], self.sample_ids[rows], self.vectors[rows])
        return Sounds(*taken, self.index)

    def field(self) -> Field:
        """Return these sounds as what neighbours are looked for in."""
        return field_of(self.index, self.embedding_ids, self.vectors)


def read_sounds(database: Database, model: StoredModel) -> Sounds:
    """Read all samples' own vectors in one state of the library.

    Raises
    ------
    NoVectorsError
        There are none.
    """
    import numpy as np

    with read_transaction(database):
        index, _ = IndexReader().view(database, model)
        count, at = count_own(database, model), 0
        vectors = np.empty((count, model.dim), dtype=np.float32)
        ids = np.empty((2, count), dtype=np.int64)
        for page in own_vectors(database, model):
            part = slice(at, at + len(page.sample_ids))
            vectors[part] = unit_rows(page.vectors)
            ids[0, part], ids[1, part] = page.embedding_ids, page.sample_ids
            at = part.stop
    vectors, ids = vectors[:at], ids[:, :at]  # those that can't be compared are left out
    if not at:
        raise NoVectorsError(
            f"no sound has a vector under {model.name} ({model.model_version}): "
            f"add sounds with `sqlclap ingest {database.filename} FOLDER`"
        )
    return Sounds(ids[0], ids[1], vectors, index)


def neighbours_of_all(sounds: Sounds, k: int, listener: ProgressListener) -> Neighbours:
    """Return the `k` nearest others of each sound; fewer where there are not so many."""
    listener.started("neighbours", len(sounds))
    score = import_compiled("sqlclap.layout.nearness").score
    field = replace(sounds.field(), score=score)
    k = min(k, len(sounds) - 1)
    scores, rows = field.search(sounds.vectors, k + 1, listener.advanced)
    return _without_self(scores, rows)


def neighbours_among(
    field: Field, vectors: Floats, k: int, listener: ProgressListener
) -> Neighbours:
    """Return the `k` nearest of a field to vectors outside it."""
    listener.started("neighbours", len(vectors))
    scores, rows = field.search(vectors, min(k, len(field.vectors)), listener.advanced)
    return Neighbours(rows, _distances(scores))


def _without_self(scores: Floats, rows: Ids) -> Neighbours:
    """Leave each point out of its own neighbours; where it is not among them, the last goes."""
    import numpy as np

    others = rows != np.arange(len(rows))[:, None]
    others[others.all(axis=1), -1] = False
    shape = (len(rows), rows.shape[1] - 1)
    return Neighbours(rows[others].reshape(shape), _distances(scores[others].reshape(shape)))


def _distances(scores: Floats) -> Floats:
    import numpy as np

    distances: Floats = np.maximum(np.float32(1.0) - scores, 0).astype(np.float32)
    # 32-bit floats can't tell closer sounds from equal ones.
    distances[distances < 1e-6] = 0.0
    return distances
