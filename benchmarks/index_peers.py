"""What other libraries do with the same vectors and queries, beside our own search."""

from __future__ import annotations

import importlib.util
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.timing import NEIGHBORS, K, spread
from benchmarks.truth import Truth, recall_of
from benchmarks.vector_library import DIM, numbered, vector_chunks
from sqlclap.db.library_file import LibraryFile
from sqlclap.sqlfunctions.adapters import register_functions

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array

    Search = Callable[[Float32Array], list[int]]

ROUNDS = 5
USEARCH_WIDTHS = (64, 128, 256, 512, 1024)
VECTORLITE_WIDTHS = (10, 64, 128, 256, 512)  # 10 is its default


@dataclass
class PeerFigures:
    """One peer, or one setting of it.

    Attributes
    ----------
    name : str
        With the setting that was measured.
    build_s : float
    p50_ms, p99_ms : float
        Of a search for ten, one query after another; medians of the rounds.
    recall, recall_p5 : float
    """

    name: str
    build_s: float = 0.0
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    recall: float = 0.0
    recall_p5: float = 0.0


@dataclass
class Contestant:
    """A search that is measured beside others.

    Attributes
    ----------
    figures : PeerFigures
    search : callable
        Gives the numbers of a query's ten nearest vectors; these are numbered from 1.
    prepare : callable
        Called before each round: sets the width, say.
    rounds : list of dict
        The spread of each round.
    """

    figures: PeerFigures
    search: Search
    prepare: Callable[[], object] = lambda: None
    rounds: list[dict[str, float]] = field(default_factory=list)


def bench_peers(path: Path, vectors: int, truth: Truth) -> list[PeerFigures]:
    """Measure a library beside the peers that are installed: usearch, vectorlite-py, perch-hoplite.

    Each peer has its own defaults; usearch and vectorlite are measured at several widths, to be
    compared at the same recall. All are built first and then take turns, so that a machine that
    slows down slows down all.

    Parameters
    ----------
    path : Path
        A library of made-up vectors, with its index.
    vectors : int
        Its size.
    truth : Truth
        The queries, and their neighbours in the library.

    Returns
    -------
    list of PeerFigures
        The library's own come first.
    """

    beside = tempfile.TemporaryDirectory(prefix="sqlclap-peers-")
    with LibraryFile(path, "read") as file, beside as folder:
        contestants = [_ours(file)]
        for needs, measure in PEERS.items():
            if all(importlib.util.find_spec(name) for name in needs):
                contestants.extend(measure(vectors, Path(folder)))
        for _ in range(ROUNDS):
            for contestant in contestants:
                contestant.rounds.append(_timed(contestant, truth))
    return [_middle(contestant) for contestant in contestants]


def _middle(contestant: Contestant) -> PeerFigures:
    rounds, named = contestant.rounds, contestant.figures
    medians = {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}
    return PeerFigures(named.name, named.build_s, **medians)


def _timed(contestant: Contestant, truth: Truth) -> dict[str, float]:
    contestant.prepare()
    times, recalls = [], []
    for query, true in zip(truth.queries, truth.ids.tolist(), strict=True):
        began = time.perf_counter()
        ids = contestant.search(query)
        times.append(1000 * (time.perf_counter() - began))
        recalls.append(recall_of(ids, true))
    return spread(times, recalls)


def _ours(file: LibraryFile) -> Contestant:
    """``clap_neighbors`` through SQL; `bench_index` knows how long the build took."""
    register_functions(file.connection)

    def search(query: Float32Array) -> list[int]:
        answer = file.connection.execute(NEIGHBORS, (query.tobytes(), K, None)).get
        return [entry["sample_id"] for entry in json.loads(str(answer))]

    return Contestant(PeerFigures("sqlclap"), search)


def _usearch(vectors: int, _: Path) -> Iterator[Contestant]:
    """Raw usearch, fp16, inner product, 16 links and width 128 to build, as our graph."""

    usearch: Any = importlib.import_module("usearch.index")
    index = usearch.Index(ndim=DIM, metric="ip", dtype="f16", connectivity=16, expansion_add=128)
    began = time.perf_counter()
    for ids, chunk in numbered(vector_chunks(vectors)):
        index.add(ids, chunk)
    build_s = time.perf_counter() - began
    for width in USEARCH_WIDTHS:
        figures = PeerFigures(f"usearch f16, width {width}", build_s)
        prepare = partial(setattr, index, "expansion_search", width)
        yield Contestant(figures, lambda query: index.search(query, K).keys.tolist(), prepare)


def _vectorlite(vectors: int, _: Path) -> Iterator[Contestant]:
    """vectorlite-py through SQL, built with its defaults."""
    import apsw

    vectorlite: Any = importlib.import_module("vectorlite_py")
    connection = apsw.Connection(":memory:")
    connection.enable_load_extension(True)
    connection.load_extension(vectorlite.vectorlite_path())
    options = f"e float32[{DIM}] cosine, hnsw(max_elements={vectors})"
    connection.execute(f"CREATE VIRTUAL TABLE x USING vectorlite({options})")
    began = time.perf_counter()
    for ids, chunk in numbered(vector_chunks(vectors)):
        rows = zip(ids.tolist(), (vector.tobytes() for vector in chunk), strict=True)
        connection.executemany("INSERT INTO x (rowid, e) VALUES (?, ?)", rows)
    build_s = time.perf_counter() - began
    sql = "SELECT rowid, distance FROM x WHERE knn_search(e, knn_param(?, ?, ?))"
    for width in VECTORLITE_WIDTHS:
        figures = PeerFigures(f"vectorlite-py, width {width}", build_s)

        def search(query: Float32Array, width: int = width) -> list[int]:
            rows = connection.execute(sql, (query.tobytes(), K, width)).fetchall()
            return [int(str(row[0])) for row in rows]

        yield Contestant(figures, search)


def _hoplite(vectors: int, folder: Path) -> Iterator[Contestant]:
    """perch-hoplite's SQLite + usearch database, its default configuration and search."""
    module: Any = importlib.import_module("perch_hoplite.db.sqlite_usearch_impl")
    config = module.get_default_usearch_config(DIM)
    database = module.SQLiteUSearchDB.create(str(folder / "hoplite"), usearch_cfg=config)
    began, recording = time.perf_counter(), database.insert_recording(filename="bench.wav")
    first, number_of = 0, {}
    for chunk in vector_chunks(vectors):
        windows = [
            {"recording_id": recording, "offsets": [float(first + n)]} for n in range(len(chunk))
        ]
        ids = database.insert_windows_batch(windows, chunk, handle_duplicates="allow")
        number_of.update({window: first + n + 1 for n, window in enumerate(ids)})
        first += len(chunk)
    database.commit()
    figures = PeerFigures("perch-hoplite", time.perf_counter() - began)

    def search(query: Float32Array) -> list[int]:
        results = database.search(query, K)
        return [number_of[result.window_id] for result in results]

    yield Contestant(figures, search)


PEERS: dict[tuple[str, ...], Callable[[int, Path], Iterator[Contestant]]] = {
    ("usearch",): _usearch,
    ("vectorlite_py",): _vectorlite,
    ("perch_hoplite", "ml_collections", "etils"): _hoplite,
}
