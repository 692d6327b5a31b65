"""Times composed queries of six terms, and compares some of them with exact ones.

``python -m benchmarks.composed FILE SOUNDS``, and how many of each kind are compared: 20, or 0
where only times are asked for.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import sqlclap
from benchmarks.truth import recall_of
from benchmarks.vector_library import far_away, make_vector_library, settle_index
from sqlclap.db.library_file import LibraryFile
from sqlclap.finding.query import Query

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array

QUERIES = 100
NAN = float("nan")
COMPARED = 20
K = 10


@dataclass(frozen=True)
class ComposedFigures:
    """Times of one kind of queries, each asked once, and how many of the true ten they find.

    Attributes
    ----------
    terms : str
    p50_ms, p99_ms : float
    paths : dict
        By path and `ef_search` of the walk, how many queries took it.
    recall, recall_p5 : float
        Of those that are compared; NaN without any.
    """

    terms: str
    p50_ms: float
    p99_ms: float
    paths: dict[str, int]
    recall: float
    recall_p5: float


def bench_composed(path: Path, sounds: int, compared: int = COMPARED) -> list[ComposedFigures]:
    """Ask composed queries of a library of made-up vectors; made where it isn't there, and kept."""
    if not path.exists():
        make_vector_library(path, sounds)
    with LibraryFile(path) as file:
        settle_index(file, "fp16")
    with sqlclap.open(path, mode="read") as library:
        words = far_away(sounds, 256)
        list(map(library.find, _queries("six sounds", sounds, words, seed=1)))  # opens all
        asked = {kind: list(_queries(kind, sounds, words, count=QUERIES)) for kind in KINDS}
        return [_measured(library, kind, asked[kind], compared) for kind in KINDS]


KINDS = {
    "six sounds": ("like",) * 6,
    "six words": ("toward",) * 6,
    "three sounds, three words": ("like", "toward") * 3,
    "four sounds, not two others": ("like",) * 4 + ("unlike",) * 2,
    "two sounds, two words, not a sound, not a word": (
        *("like", "toward") * 2,
        *("unlike", "away_from"),
    ),
}
"""Stand-ins for words are vectors as far from all sounds as words are."""


def _queries(
    kind: str, sounds: int, words: Float32Array, seed: int = 0, count: int = 20
) -> Iterator[Query]:
    random = np.random.default_rng(seed)
    for _ in range(count):
        query = Query()
        for way in KINDS[kind]:
            term = random.integers(1, sounds + 1) if way.endswith("like") else random.choice(words)
            query = getattr(query, way)(int(term) if term.ndim == 0 else term)
        yield query


def _measured(
    library: sqlclap.Library, kind: str, queries: list[Query], compared: int
) -> ComposedFigures:
    times, paths, recalls = [], dict[str, int](), []
    for number, query in enumerate(queries):
        begun = time.perf_counter()
        found = library.find(query, K)
        times.append(1000 * (time.perf_counter() - begun))
        taken = f"{found.plan.path} {found.plan.ef_search}"
        paths[taken] = paths.get(taken, 0) + 1
        if number < compared:
            exact = library.find(query, K, sqlclap.SearchOptions(exact=True))
            recalls.append(recall_of(*([one.sample_id for one in ten] for ten in (found, exact))))
    p50, p99 = np.percentile(times, (50, 99)).round(2).tolist()
    mean, p5 = (
        (float(np.mean(recalls)), float(np.percentile(recalls, 5))) if recalls else (NAN,) * 2
    )
    return ComposedFigures(kind, p50, p99, paths, round(mean, 4), round(p5, 4))


if __name__ == "__main__":
    measured = bench_composed(Path(sys.argv[1]), *map(int, sys.argv[2:]))
    print(json.dumps(list(map(asdict, measured)), indent=1))
