"""Libraries of vectors with an index beside them, and the answers they must give."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sqlclap.db.library_file import LibraryFile
from sqlclap.db.stored_models import StoredModel, default_model
from sqlclap.errors import SidecarWarning
from sqlclap.index import build as building
from sqlclap.index import recall
from sqlclap.index.build import Way, build_index
from sqlclap.index.generation import BuildLocation
from sqlclap.index.meta import IndexMeta
from sqlclap.index.settings import Codes, IndexParams
from sqlclap.search.planner import Planner
from sqlclap.search.request import Request
from sqlclap.search.results import Answer
from tests.support.vector_library import add_model, add_samples, one_window, unit_vectors

if TYPE_CHECKING:
    import pytest

DIM = 16
WIDEST = 10_000  # more than any library here holds
TOLERANCE = 1e-6


def make_indexed(path: Path, count: int = 300, dim: int = DIM, seed: int = 0) -> np.ndarray:
    """Make a library of random vectors and its index; return the vectors, sample n being n - 1."""
    vectors = unit_vectors(count, dim, seed)
    with LibraryFile(path, "create") as file:
        add_samples(file, add_model(file, dim), [one_window(vector) for vector in vectors])
        build(file)
    return vectors


def build(file: LibraryFile, way: Way = "auto", codes: Codes | None = None) -> IndexMeta:
    """Build the default model's index, however small the library."""
    model = default_model(file.connection)
    return build_index(BuildLocation(file.connection, model, IndexParams(codes=codes)), way)


def walk_everywhere(patch: pytest.MonkeyPatch | None = None) -> None:
    """Build indexes whose walks are as wide as the library, until `patch` ends, or this process.

    What they find is then exact, whatever their recall: a difference is a fault. Such a walk takes
    the square of the vectors, and a build measures its recall by one for each query: few of both.
    """
    change = setattr if patch is None else patch.setattr
    change(recall, "EF_SEARCH_STEPS", (WIDEST,))
    change(recall, "OUT_OF_DISTRIBUTION_STEPS", (WIDEST,))
    change(building, "QUERIES", 8)


def ask(
    file: LibraryFile,
    vector: np.ndarray,
    request: Request | None = None,
    planner: Planner | None = None,
) -> Answer:
    """Ask for the nearest samples; by a planner that knows nothing yet, unless one is given."""
    model = default_model(file.connection)
    wanted = request or Request()
    return (planner or Planner()).nearest(file.connection, model, vector, wanted)


def scores_of(answer: Answer) -> list[float]:
    """Return an answer's scores, best first."""
    return [one.score for one in answer.nearest]


def true_scores(vectors: Mapping[int, np.ndarray], query: np.ndarray, k: int) -> list[float]:
    """Return the exact `k` best scores among vectors by sample id."""
    scores = [float(vector.astype("f8") @ query.astype("f8")) for vector in vectors.values()]
    return sorted(scores, reverse=True)[:k]


def the_model(file: LibraryFile) -> StoredModel:
    """Return the library's model."""
    return default_model(file.connection)


def sidecar(path: Path) -> Path:
    """Return the folder of generations beside a library."""
    return path.with_name(path.name + "-hnsw")


def generations(path: Path) -> list[Path]:
    """Return the generations and drafts beside a library."""
    return [entry for entry in folders(path) if entry not in segments(path)]


def segments(path: Path) -> list[Path]:
    """Return the segments beside a library, whoever names them."""
    return [entry for entry in folders(path) if "-s" in entry.name]


def folders(path: Path) -> list[Path]:
    """Return all folders beside a library: generations, segments and drafts."""
    return sorted(entry for entry in sidecar(path).iterdir() if entry.is_dir())


@contextmanager
def warnings_of_the_index() -> Iterator[list[str]]:
    """Collect what is warned about the index."""
    told: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield told
    told += [str(w.message) for w in caught if issubclass(w.category, SidecarWarning)]
