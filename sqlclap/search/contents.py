"""Reads a library's samples and vectors, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple, SupportsIndex, overload

import numpy as np

from sqlclap.counts import check_count
from sqlclap.db.samples import Sample, sample_by_id, samples_by_ids
from sqlclap.db.vectors import unit_rows, vectors_of_samples
from sqlclap.notebook.results import PagedResults, Results
from sqlclap.search.planner import Planner

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array, Int64Array
    from sqlclap.search.request import Filter
    from sqlclap.session import Session

SAMPLES_AT_ONCE = 1_000
VECTORS_AT_ONCE = 4_096


class Vectors(NamedTuple):
    """Samples' own vectors.

    Attributes
    ----------
    sample_ids : np.ndarray [shape=(n,), dtype=int64]
        Sample ids, ascending.
    array : np.ndarray [shape=(n, dim), dtype=float32]
        One unit vector per row, so that products of rows are cosines.
    """

    sample_ids: Int64Array
    array: Float32Array


class Samples(PagedResults[Sample]):
    """A sequence of samples by ascending id: the ids are fixed, the samples are read lazily.

    Samples that were removed meanwhile are skipped in iteration.

    Parameters
    ----------
    session : Session
    sample_ids : np.ndarray [shape=(n,), dtype=int64]
    """

    def __init__(self, session: Session, sample_ids: Int64Array) -> None:
        super().__init__(Sample)
        self._session = session
        self.sample_ids = sample_ids

    def __len__(self) -> int:
        return len(self.sample_ids)

    def __iter__(self) -> Iterator[Sample]:
        for start in range(0, len(self), SAMPLES_AT_ONCE):
            page = self.sample_ids[start : start + SAMPLES_AT_ONCE].tolist()
            yield from samples_by_ids(self._session.database, page)

    @overload
    def __getitem__(self, which: SupportsIndex, /) -> Sample: ...

    @overload
    def __getitem__(self, which: slice, /) -> Results[Sample]: ...

    def __getitem__(self, which: SupportsIndex | slice, /) -> Sample | Results[Sample]:
        """Return a sample, or a list of some; `UnknownSoundError` for one that is gone by now."""
        if not isinstance(which, slice):
            return sample_by_id(self._session.database, int(self.sample_ids[which]))
        ids = self.sample_ids[which].tolist()
        found = {one.sample_id: one for one in samples_by_ids(self._session.database, ids)}
        return Results((found[one] for one in ids if one in found), Sample)


def find_samples(session: Session, only: Filter | None = None) -> Samples:
    """Return the samples that a filter lets through; all without one.

    Raises
    ------
    QueryError
        The filter can't be used.
    """
    return Samples(session, _sample_ids(session, only))


def _sample_ids(session: Session, only: Filter | None) -> Int64Array:
    if only is not None and not only.is_empty:
        cached = session.cache(Planner).filters.sample_ids(session.database, only)
        return cached.copy()
    rows = session.database.execute("SELECT sample_id FROM samples ORDER BY sample_id")
    return np.fromiter((row[0] for row in rows), dtype=np.int64)


def vector_batches(
    session: Session, only: Filter | None = None, size: int = VECTORS_AT_ONCE
) -> Iterator[Vectors]:
    """Yield samples' own vectors of the model in use, by ascending sample id, page by page.

    Samples without a vector that can be compared (silent ones, say) are left out. No transaction
    is held between pages: what is written meanwhile may or may not be seen.

    Parameters
    ----------
    session : Session
    only : Filter, optional
    size : int
        Number of samples per page.

    Raises
    ------
    QueryError
        The filter can't be used, or `size` is below 1.
    NoVectorsError
        The library is empty, or holds no vectors of this model.
    """
    size = check_count(size, "a size")
    return _pages(session, _sample_ids(session, only), size)


def _pages(session: Session, sample_ids: Int64Array, size: int) -> Iterator[Vectors]:
    model = session.model
    for start in range(0, len(sample_ids), size):
        page = sample_ids[start : start + size].tolist()
        found, vectors = vectors_of_samples(session.database, model, page)
        if found:
            yield Vectors(np.array(found, dtype=np.int64), unit_rows(vectors))


def read_vectors(session: Session, only: Filter | None = None) -> Vectors:
    """Return samples' own vectors in one array; see `vector_batches`.

    Memory holds the array and one page besides.
    """
    sample_ids = _sample_ids(session, only)
    array = np.empty((len(sample_ids), session.model.dim), dtype=np.float32)
    count = 0
    for page in _pages(session, sample_ids, VECTORS_AT_ONCE):
        sample_ids[count : count + len(page.sample_ids)] = page.sample_ids
        array[count : count + len(page.sample_ids)] = page.array
        count += len(page.sample_ids)
    return Vectors(sample_ids[:count], array[:count])
