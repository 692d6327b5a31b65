"""Building an index: anew, or from the one in force and what changed since."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from sqlclap.db.statements import statement
from sqlclap.db.vectors import OwnVectors, count_own, own_vectors, unit_rows, vectors_of
from sqlclap.errors import IndexFileError
from sqlclap.index.files import check_sizes, hash_generation
from sqlclap.index.generation import (
    BuildLocation,
    GenerationContent,
    Origin,
    build_location,
    publish,
)
from sqlclap.index.hnsw import load_graph, new_graph
from sqlclap.index.manifest import GRAPH_FILE, QUERIES_FILE, ROWS_FILE
from sqlclap.index.meta import (
    IndexMeta,
    IndexState,
    changed_ids,
    last_generation,
    read_state,
    settle,
)
from sqlclap.index.recall import QUERIES, Probes, new_probes, read_probes
from sqlclap.index.rows import Rows, empty_rows, make_rows, map_rows
from sqlclap.index.settings import ef_search_of, must_rebuild
from sqlclap.progress import NullProgress, ProgressListener

if TYPE_CHECKING:
    from sqlclap.arrays import Int64Array
    from sqlclap.db.database import Database


@dataclass(frozen=True)
class _Changes:
    """What changed since an index was built.

    Attributes
    ----------
    removed : np.ndarray [shape=(n,), dtype=int64]
        Positions whose embedding is gone.
    added : dict of int to int
        Sample ids by embedding id of what is not in the index.
    seq : int
        Number of the last change among these.
    """

    removed: Int64Array
    added: dict[int, int]
    seq: int


def catch_up(
    site: BuildLocation, state: IndexState | None, listener: ProgressListener
) -> GenerationContent | None:
    """Return the index in force with all changes in it; None where it must be built anew."""
    if state is None:
        return None
    meta, live = state.meta, settle(state.changes)
    if must_rebuild(meta.count + meta.dead, meta.dead, len(live)):
        return None
    try:
        old = _load(site, meta)
    except IndexFileError:
        return None
    news = _news(old.rows, state, live)
    if news is None:
        return None
    return _with_added(site, _without_removed(old, news), news, listener)


def _load(site: BuildLocation, meta: IndexMeta) -> GenerationContent:
    """Read the generation in force into memory, every byte of it checked.

    Raises
    ------
    IndexFileError
        It can't be trusted.
    """
    folder = site.folder / meta.path
    manifest = check_sizes(folder, meta.checksum)
    meta.check_manifest(manifest)
    with ThreadPoolExecutor(1, "sqlclap-hash") as beside:
        hashing = beside.submit(hash_generation, folder, manifest)
        graph = load_graph(folder / GRAPH_FILE, site.params)
    hashing.result()
    rows = map_rows(folder / ROWS_FILE, manifest.count)
    probes = read_probes(folder / QUERIES_FILE)
    return GenerationContent(graph, rows, probes, meta.seq, ef_search_of(meta.params))


def _news(rows: Rows, state: IndexState, live: dict[int, int]) -> _Changes | None:
    """Sort the changes; None where the index can't take them.

    What got in although it was newer than the index's number (a build holds no transaction) is
    in already. An id given a second time, by another client, can't be taken: its vector may
    differ.
    """
    import numpy as np

    known = rows.positions(changed_ids(state.changes))
    removed_once = {change.embedding_id for change in state.changes if change.sample_id is None}
    removed_before = rows.embedding_ids[known[rows.dead[known] == 1]].tolist()
    if removed_once.union(removed_before).intersection(live):
        return None
    known_ids = set(rows.embedding_ids[known].tolist())
    gone = np.array(sorted(known_ids.difference(live)), dtype=np.int64)
    added = {i: sample for i, sample in live.items() if i not in known_ids}
    removed = rows.positions(gone)
    if must_rebuild(rows.count, rows.dead_count + len(removed), len(added)):
        return None
    return _Changes(removed, added, state.now)


def _without_removed(old: GenerationContent, news: _Changes) -> GenerationContent:
    dead = old.rows.dead.copy()
    dead[news.removed] = 1
    return replace(old, rows=replace(old.rows, dead=dead))


def _with_added(
    site: BuildLocation, old: GenerationContent, news: _Changes, listener: ProgressListener
) -> GenerationContent:
    import numpy as np

    listener.started("index", len(news.added))
    ids, stored = vectors_of(site.connection, site.model, list(news.added))
    vectors, rows, probes = unit_rows(stored), old.rows, old.probes
    if len(ids):
        old.graph.add(vectors)
        old.graph.connect()
        probes = probes.seen(ids, vectors)
    listener.advanced(len(ids))
    samples = np.array([news.added[int(embedding_id)] for embedding_id in ids], dtype=np.int64)
    merged = make_rows(
        np.concatenate([rows.embedding_ids, ids]),
        np.concatenate([rows.sample_ids, samples]),
        np.concatenate([rows.dead, np.zeros(len(ids), dtype=rows.dead.dtype)]),
    )
    return replace(old, rows=merged, probes=probes, seq=news.seq)


Way = Literal["auto", "rebuild"]


def build_index(
    site: BuildLocation, way: Way = "auto", listener: ProgressListener | None = None
) -> IndexMeta:
    """Bring a model's index up to date and put it in force.

    Parameters
    ----------
    site : BuildLocation
    way : {"auto", "rebuild"}
        "auto" adds to the index in force where that is whole and not too worn; "rebuild" never
        looks at it.
    listener : ProgressListener, optional

    Raises
    ------
    IndexBusyError
        Another program is building.
    IndexWriteError
        It can't be written; the index in force stays in force.
    """
    began = time.monotonic()
    listener = listener or NullProgress()
    with build_location(site):
        state = _state(site)
        content = None if way == "rebuild" else catch_up(site, state, listener)
        origin = Origin("caught up" if content else "built", began)
        if content is None:
            content = _built(site, listener)
        generation = last_generation(site.connection, site.model.model_id) + 1
        return publish(site, content, generation, origin)


def _state(site: BuildLocation) -> IndexState | None:
    """Return the index in force; None where there is none, or none that can be trusted."""
    try:
        return read_state(site.connection, site.model.model_id)
    except IndexFileError:
        return None


def _built(site: BuildLocation, listener: ProgressListener) -> GenerationContent:
    """Build from the stored vectors alone.

    The number of the last change is read first and no transaction is held: what changes meanwhile
    counts as newer than the index, whether it got in or not.
    """
    import numpy as np

    seq = last_change(site.connection)
    listener.started("index", count_own(site.connection, site.model))
    graph, probes = new_graph(site.model.dim, site.params), _probes(site)
    pages: list[OwnVectors] = []
    for page in own_vectors(site.connection, site.model):
        vectors = unit_rows(page.vectors)
        graph.add(vectors)
        probes = probes.seen(page.embedding_ids, vectors)
        pages.append(replace(page, vectors=vectors[:0]))
        listener.advanced(len(vectors))
    if not pages:
        return GenerationContent(graph, empty_rows(), probes, seq)
    embedding_ids = np.concatenate([page.embedding_ids for page in pages])
    sample_ids = np.concatenate([page.sample_ids for page in pages])
    graph.connect()
    order = graph.gather()
    return GenerationContent(graph, make_rows(embedding_ids[order], sample_ids[order]), probes, seq)


def last_change(connection: Database) -> int:
    """Return the number of the last change to any embedding."""
    return int(connection.execute(statement("index/last_change")).get)


def _probes(site: BuildLocation) -> Probes:
    """Choose stored vectors, spread at random over the ids (always the same ones), as queries."""
    import numpy as np

    database: Database = site.connection
    model = (site.model.model_id,)
    span = database.execute(statement("index/own_ids_span"), model).fetchall()
    chosen: set[int] = set()
    for low, high in span:
        for start in np.random.default_rng(0).integers(low, high + 1, QUERIES).tolist():
            row = database.execute(statement("index/own_id_from"), (*model, start)).fetchall()
            chosen.update(embedding_id for (embedding_id,) in row)
    ids, vectors = vectors_of(site.connection, site.model, list(chosen))
    return new_probes(ids, unit_rows(vectors))
