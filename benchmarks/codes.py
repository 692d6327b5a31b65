"""What codes of the index find and take on a library's own vectors: real sounds', say."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import sqlclap
from benchmarks.timing import K
from sqlclap.db.library_file import LibraryFile
from sqlclap.db.stored_models import default_model
from sqlclap.errors import LibraryError
from sqlclap.index.handle import LibraryIndex
from sqlclap.index.settings import CODES
from sqlclap.search.request import SearchOptions

if TYPE_CHECKING:
    from sqlclap.index.settings import Codes
    from sqlclap.search.results import Matches

QUERIES = 500
SAME_SCORE = 1e-6
"""Sounds whose scores differ by less, such as copies, can stand for each other."""


@dataclass
class CodesFigures:
    """What `bench_codes` measured, for one kind of codes and of vectors.

    Attributes
    ----------
    codes : {"fp16", "compact"}
    among : {"sounds", "moments"}
    vectors : int
        That searches look among.
    bytes_a_vector : float
        Of the whole index, by samples' own vectors and windows.
    queries : int
    recall, recall_p5 : float
        Share of the exact ten that a search finds: mean, and of the worst twentieth.
    ranked : float
        Candidates that were ranked by their stored vectors, mean.
    """

    codes: Codes
    among: str
    vectors: int
    bytes_a_vector: float
    queries: int = 0
    recall: float = 0.0
    recall_p5: float = 0.0
    ranked: float = 0.0


def bench_codes(path: Path) -> list[CodesFigures]:
    """Index a copy of a library with each kind of codes; compare searches with exact ones.

    Queries are sounds of the library, spread over it. The library itself is only read.

    Raises
    ------
    LibraryError
        It holds too few sounds.
    """
    rows = []
    with tempfile.TemporaryDirectory(prefix="sqlclap-bench-") as folder:
        copy = Path(folder) / "copy.db"
        with LibraryFile(path, "read") as file:
            file.connection.execute("VACUUM INTO ?", (str(copy),))
        for codes in CODES:
            for figures in _indexed(copy, codes):
                _measure(copy, figures)
                rows.append(figures)
    if not rows:
        raise LibraryError(
            f"{path} has too few sounds with vectors: take in more than {K} with "
            f"`sqlclap ingest {path} FOLDER`"
        )
    return rows


def _indexed(path: Path, codes: Codes) -> list[CodesFigures]:
    """Index a library; return figures to fill in, of what it holds enough of."""
    with LibraryFile(path) as file:
        index = LibraryIndex(file.connection, default_model(file.connection))
        index.build("rebuild", codes=codes)
        status = index.status()
    counts = {"sounds": status.vectors, "moments": status.windows["vectors"]}
    taken = status.bytes / max(1, sum(counts.values()))
    return [
        CodesFigures(codes, among, vectors, taken)
        for among, vectors in counts.items()
        if vectors > K
    ]


def _measure(path: Path, figures: CodesFigures) -> None:
    """Ask for the neighbours of some sounds, by the index and exactly."""
    asked = SearchOptions(moments=figures.among == "moments")
    recalls, ranked = [], []
    with sqlclap.open(path, mode="read") as library:
        for sample_id in _spread(library):
            found = library.similar(sample_id, K, asked)
            true = library.similar(sample_id, K, replace(asked, exact=True))
            recalls.append(_recall(found, true))
            ranked.append(found.plan.ranked)
    figures.queries, figures.ranked = len(recalls), float(np.mean(ranked))
    figures.recall = float(np.mean(recalls))
    figures.recall_p5 = float(np.percentile(recalls, 5))


def _spread(library: sqlclap.Library) -> list[int]:
    """Choose samples that have a vector, always the same ones."""
    ids = library.vectors().sample_ids
    chosen: list[int] = np.unique(ids[np.linspace(0, len(ids) - 1, QUERIES).astype(int)]).tolist()
    return chosen


def _recall(found: Matches, true: Matches) -> float:
    least = min(one.score for one in true) - SAME_SCORE
    return sum(one.score >= least for one in found) / len(true)
