"""The HNSW graph over vectors in 16-bit floats, or in compact codes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sqlclap.errors import IndexFileError
from sqlclap.index.hashed_file import HashedFile
from sqlclap.index.links import Connected, Links, connect, raise_in_degrees
from sqlclap.index.scouts import Scouts
from sqlclap.index.settings import IndexParams

if TYPE_CHECKING:
    from sqlclap.arrays import BoolArray, Float32Array, Int64Array

QUANTISATION = 5e-4
"""Most that a score from 16-bit floats is off: 2^-11 relative, for unit vectors (IEEE 754)."""

RANGE_MARGIN = 0.15
"""Share by which the range of compact codes is wider than what the first vectors take."""

ROUNDING = 1e-5
"""Most that the sum over a vector's numbers is off by itself: it is made in 32-bit floats."""

SIGMAS = 5.0
"""A score's error is a sum over all numbers of a vector: so many standard deviations bound it. One
in three millions is off by more."""

LINKING_EF_SEARCH = 48
"""`ef_search` of the walks that look for near ones to link from."""

TOGETHER = 2
"""A kind of search of faiss: one walk sets out from several vectors at once."""

BLOCK_BYTES = 1 << 24
"""Handed over at once when a graph is written."""


def score_error(code_error: float, dim: int) -> float:
    """Return how far a score may be off, given the largest distance of a vector from its code.

    It can't be off by more than that distance; a query that points elsewhere than the error, as
    those of hundreds of numbers do, sees the share of 1 / sqrt(dim) as a standard deviation.
    """
    return code_error * min(1.0, SIGMAS / math.sqrt(dim)) + ROUNDING


Scores = TypeVar("Scores", float, "Float32Array")


@dataclass(frozen=True)
class ScoreErrors:
    """How far the scores that a graph gives may be off, and what follows for candidates.

    Attributes
    ----------
    score : float
        How far a score may be off; see `score_error`.
    code : float
        How far it may be off at the very most: the largest distance of a vector from its code.
    """

    score: float = QUANTISATION
    code: float = QUANTISATION

    def exact_at_most(self, scores: Scores) -> Scores:
        """Return what vectors with these scores can score exactly, at most."""
        return scores + self.score

    def reached_from(self, exact: Scores) -> Scores:
        """Return the score that vectors which reach an exact one have at least."""
        return exact - self.score

    @property
    def largest(self) -> float:
        """A score and an exact one that differ by more are not of the same vector.

        Another client wrote another one in its place.
        """
        return self.code + QUANTISATION


class Selection:
    """Positions that searches may find; making one costs more than a search: keep it.

    Parameters
    ----------
    mask : np.ndarray [shape=(positions,), dtype=bool], optional
        All by default.
    """

    def __init__(self, mask: BoolArray | None = None) -> None:
        import faiss
        import numpy as np

        self._selector = None
        if mask is not None:
            self._selector = faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))
        self._scan = faiss.SearchParameters(sel=self._selector)
        self._walks: dict[int, Any] = {}

    def walk(self, ef_search: int) -> Any:
        """Return the graph library's parameters for a walk."""
        walk = self._walks.get(ef_search)
        if walk is None:
            import faiss

            walk = faiss.SearchParametersHNSW(efSearch=ef_search, sel=self._selector)
            self._walks[ef_search] = walk
        return walk

    def scan(self) -> Any:
        """Return the graph library's parameters for a scan."""
        return self._scan


class Graph:
    """An HNSW graph; positions count from 0 in the order of adding, until they are gathered.

    Searching is safe from several threads. Make one with `new_graph`, `load_graph` or `map_graph`.

    Attributes
    ----------
    dim : int
        Length of a vector.
    """

    def __init__(self, index: Any, writable: bool) -> None:
        import faiss

        self._index = index
        self._storage = faiss.downcast_index(index.storage)
        self._writable = writable
        self._everything = Selection()
        self.dim = int(index.d)

    @property
    def count(self) -> int:
        """Vectors in the graph."""
        return int(self._index.ntotal)

    def add(self, vectors: Float32Array) -> float:
        """Link in unit vectors of shape (n, dim).

        The first ones fix the range of compact codes.

        Returns
        -------
        float
            The largest distance between a vector and its code.
        """
        import numpy as np

        if not self._writable:
            raise ValueError("expected a graph in memory; one that is mapped can't be added to")
        if not len(vectors):
            return 0.0
        if not self._index.is_trained:
            self._index.train(vectors)
        first = self.count
        self._index.add(vectors)
        self.__dict__.pop("_scouts", None)
        held = self.vectors(np.arange(first, self.count))
        return float(np.linalg.norm(held - vectors, axis=1).max())

    def connect(self) -> Connected:
        """Link what hardly any walk would come to, and what none would.

        Among sounds that are nearly alike, such as copies, a graph keeps so few links that most of
        them, and some others, can't be reached from where walks begin.
        """
        import numpy as np

        if self._index.hnsw.entry_point < 0:
            return Connected(0, np.empty(0, dtype=np.int64))
        links = self._links()
        raise_in_degrees(links, self._near)
        with one_thread():  # single queries would wait for threads
            return connect(links, self._near)

    def _near(self, positions: Int64Array, k: int) -> Int64Array:
        return self.search(self.vectors(positions), k, LINKING_EF_SEARCH)[1]

    def _links(self) -> Links:
        import faiss

        hnsw = self._index.hnsw
        return Links(
            table=faiss.rev_swig_ptr(hnsw.neighbors.data(), hnsw.neighbors.size()),
            starts=faiss.vector_to_array(hnsw.offsets)[:-1].astype("int64"),
            most=int(hnsw.nb_neighbors(0)),
            entry=int(hnsw.entry_point),
        )

    def gather(self, order: Int64Array) -> None:
        """Move vectors that a walk visits together to positions near each other.

        A walk takes two thirds of the time then: it mostly waits for memory.

        Parameters
        ----------
        order : np.ndarray [shape=(count,), dtype=int64]
            Former positions, in the order of the new ones; see `Connected`.
        """
        if len(order):
            self._index.permute_entries(order)
            self.__dict__.pop("_scouts", None)

    def write(self, file: HashedFile) -> None:
        """Write the graph to a file."""
        import faiss

        faiss.write_index(self._index, faiss.PyCallbackIOWriter(file.write, BLOCK_BYTES))

    def vectors(self, positions: Int64Array) -> Float32Array:
        """Return the vectors at some positions as the graph holds them, shape (n, dim)."""
        vectors: Float32Array = self._storage.reconstruct_batch(positions)
        return vectors

    def search(
        self, vectors: Float32Array, k: int, ef_search: int, allowed: Selection | None = None
    ) -> tuple[Float32Array, Int64Array]:
        """Return about the `k` nearest to each query.

        Parameters
        ----------
        vectors : np.ndarray [shape=(queries, dim), dtype=float32]
            Unit vectors.
        k : int
        ef_search : int
            Candidates that the walk keeps: more find better and take longer.
        allowed : Selection, optional

        Returns
        -------
        scores : np.ndarray [shape=(queries, k), dtype=float32]
            Approximate cosine similarities, best first.
        positions : np.ndarray [shape=(queries, k), dtype=int64]
            -1 where fewer than `k` were found.
        """
        import faiss
        import numpy as np

        params = (allowed or self._everything).walk(max(ef_search, k))
        queries = self._checked(vectors)
        count = len(queries)
        scores: Float32Array = np.empty((count, k), dtype=np.float32)
        positions: Int64Array = np.empty((count, k), dtype=np.int64)
        # As the library's own `search` does, without looking twice at what is known.
        pointers = [faiss.swig_ptr(array) for array in (queries, scores, positions)]
        self._index.search_c(count, pointers[0], k, pointers[1], pointers[2], params)
        return scores, positions

    def search_far(
        self, vectors: Float32Array, k: int, ef_search: int, allowed: Selection | None = None
    ) -> tuple[Float32Array, Int64Array]:
        """Return about the `k` nearest to each query that lies away from all vectors.

        Walks set out from the nearest scouts. Parameters and results are as in `search`.
        """
        import faiss
        import numpy as np

        if not self._scouts.are_there:
            return self.search(vectors, k, ef_search, allowed)
        params = (allowed or self._everything).walk(max(ef_search, k))
        queries = self._checked(vectors)
        count = len(queries)
        scores: Float32Array = np.empty((count, k), dtype=np.float32)
        positions: Int64Array = np.empty((count, k), dtype=np.int64)
        with one_thread() if count == 1 else nullcontext():  # one query would start them all
            near, starts = self._scouts.nearest(queries)
            if not hasattr(self._index.hnsw, "is_similarity"):
                near = -near  # as faiss takes them before 1.14
            starts = starts.astype(np.int32)
            pointers = [faiss.swig_ptr(one) for one in (starts, near, scores, positions)]
            width = starts.shape[1]
            self._index.search_level_0(
                count, faiss.swig_ptr(queries), k, *pointers, width, TOGETHER, params
            )
        return scores, positions

    def _checked(self, vectors: Float32Array) -> Float32Array:
        import numpy as np

        if vectors.shape[1] != self.dim:
            raise ValueError(f"expected vectors of {self.dim} floats, got {vectors.shape[1]}")
        queries: Float32Array = np.ascontiguousarray(vectors, dtype=np.float32)
        return queries

    @cached_property
    def _scouts(self) -> Scouts:
        """Made when first asked: most searches need none."""
        return Scouts(self._storage)

    def scan(
        self, vectors: Float32Array, k: int, allowed: Selection | None = None
    ) -> tuple[Float32Array, Int64Array]:
        """Return the `k` nearest among the allowed positions, by looking at all of those.

        Parameters and results are as in `search`; only the 16-bit floats stand between these
        scores and the exact ones.
        """
        params = (allowed or self._everything).scan()
        # It would start its threads even for one query, and wait for them on a busy machine.
        with one_thread():
            scores, positions = self._storage.search(vectors, k, params=params)
        return scores, positions


def new_graph(dim: int, params: IndexParams) -> Graph:
    """Make an empty graph."""
    import faiss

    settled = params.settled(None)
    kinds = {"fp16": faiss.ScalarQuantizer.QT_fp16, "compact": faiss.ScalarQuantizer.QT_8bit}
    kind = kinds[settled.codes or "fp16"]
    index = faiss.IndexHNSWSQ(dim, kind, settled.m, faiss.METRIC_INNER_PRODUCT)
    faiss.downcast_index(index.storage).sq.rangestat_arg = RANGE_MARGIN
    index.hnsw.efConstruction = params.ef_construction
    return Graph(index, writable=True)


def load_graph(path: Path, params: IndexParams) -> Graph:
    """Read a graph into memory, to add to it.

    Raises
    ------
    IndexFileError
        It isn't one.
    """
    import faiss

    try:
        # What a damaged file claims to hold is bounded by its size there, and by nothing here.
        faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        index = faiss.read_index(str(path))
    except RuntimeError as error:
        raise IndexFileError(f"{path} can't be read: {error}") from error
    index.hnsw.efConstruction = params.ef_construction
    return Graph(index, writable=True)


def map_graph(path: Path) -> Graph:
    """Open a graph by memory map: it takes milliseconds, and processes share the memory."""
    import faiss

    return Graph(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC), writable=False)


def library_version() -> str:
    """Return name and version of the library that builds the graphs."""
    import faiss

    return f"faiss {faiss.__version__}"


def compare_all(vectors: Float32Array, queries: Float32Array, k: int) -> Int64Array:
    """Return the positions of the `k` vectors nearest to each query, shape (queries, k)."""
    import faiss

    _, positions = faiss.knn(queries, vectors, k, metric=faiss.METRIC_INNER_PRODUCT)
    found: Int64Array = positions
    return found


@contextmanager
def one_thread() -> Iterator[None]:
    """Let the graph library work with one thread; only so, too, does a build repeat itself."""
    import faiss

    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)
