"""Searches for the same neighbours that take turns: our own, by each kind of codes, and peers'."""

from __future__ import annotations

import importlib.util
import json
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from benchmarks.timing import NEIGHBORS, K, spread
from benchmarks.truth import Truth, recall_of
from benchmarks.vector_library import DIM, numbered, vector_chunks
from sqlclap.db.library_file import LibraryFile
from sqlclap.db.stored_models import default_model
from sqlclap.db.vectors import count_own
from sqlclap.index.handle import LibraryIndex
from sqlclap.sqlfunctions.adapters import register_functions

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array

    Search = Callable[[Float32Array], list[int]]

ROUNDS = 12
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
    bytes_a_vector : float
        On the disk, rows and probes included; 0 where it wasn't looked at.
    p50_ms, p99_ms : float
        Of a search for ten, one query after another; medians of the rounds.
    recall, recall_p5 : float
    against_first : float
        How many times the p50 of the first it took, round by round: the median of that.
    """

    name: str
    build_s: float = 0.0
    bytes_a_vector: float = 0.0
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    recall: float = 0.0
    recall_p5: float = 0.0
    against_first: float = 1.0


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


def bench_peers(libraries: Sequence[Path], truth: Truth, others: bool) -> list[PeerFigures]:
    """Measure libraries, and peers that are installed: usearch, vectorlite-py, perch-hoplite.

    Each peer has its own defaults; usearch and vectorlite are measured at several widths, to be
    compared at the same recall. All are built first and then take turns, so that a machine that
    slows down slows down all.

    Parameters
    ----------
    libraries : sequence of Path
        Libraries of the same made-up vectors, with their indexes.
    truth : Truth
        The queries, and their neighbours in the libraries.
    others : bool
        Measure the peers, too.

    Returns
    -------
    list of PeerFigures
        The libraries' own come first, in their order.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="sqlclap-peers-")))
        files = [stack.enter_context(LibraryFile(path, "read")) for path in libraries]
        contestants = [_ours(file) for file in files]
        for needs, measure in PEERS.items() if others else ():
            if all(importlib.util.find_spec(name) for name in needs):
                vectors = count_own(files[0].connection, default_model(files[0].connection))
                contestants.extend(measure(vectors, folder))
        for _ in range(ROUNDS):
            for contestant in contestants:
                contestant.rounds.append(_timed(contestant, truth))
    return [_middle(contestant, contestants[0]) for contestant in contestants]


def _middle(contestant: Contestant, first: Contestant) -> PeerFigures:
    rounds = contestant.rounds
    medians: dict[str, Any] = {
        name: statistics.median(one[name] for one in rounds) for name in rounds[0]
    }
    pairs = zip(rounds, first.rounds, strict=True)
    against = statistics.median(one["p50_ms"] / other["p50_ms"] for one, other in pairs)
    return replace(contestant.figures, **medians, against_first=against)


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
    """``clap_neighbors`` through SQL."""
    register_functions(file.connection)
    model = default_model(file.connection)
    status = LibraryIndex(file.connection, model).status()
    figures = PeerFigures(
        f"sqlclap, {status.params['codes']}",
        build_s=float(status.params["seconds"]),
        bytes_a_vector=status.bytes / count_own(file.connection, model),
    )

    def search(query: Float32Array) -> list[int]:
        answer = file.connection.execute(NEIGHBORS, (query.tobytes(), K, None)).get
        return [entry["sample_id"] for entry in json.loads(str(answer))]

    return Contestant(figures, search)


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
