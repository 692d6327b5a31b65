"""Adding what is new to the index in force."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlclap.ann.files import check_sizes, hash_generation
from sqlclap.ann.generation import Content, Site
from sqlclap.ann.graph import load_graph
from sqlclap.ann.manifest import GRAPH, QUERIES, ROWS
from sqlclap.ann.meta import IndexMeta, IndexState
from sqlclap.ann.policy import must_rebuild
from sqlclap.ann.recall import read_probes
from sqlclap.ann.rows import Rows, make_rows, map_rows
from sqlclap.ann.tail import changed_ids, settle
from sqlclap.ann.widths import widths_of
from sqlclap.errors import IndexFileError
from sqlclap.progress import ProgressListener
from sqlclap.vectors import unit_rows, vectors_of

if TYPE_CHECKING:
    from sqlclap.ann.rows import Ids


@dataclass(frozen=True)
class _News:
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

    removed: Ids
    added: dict[int, int]
    seq: int


def caught_up(site: Site, state: IndexState | None, listener: ProgressListener) -> Content | None:
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


def _load(site: Site, meta: IndexMeta) -> Content:
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
        graph = load_graph(folder / GRAPH, site.params)
    hashing.result()
    rows = map_rows(folder / ROWS, manifest.count)
    probes = read_probes(folder / QUERIES)
    return Content(graph, rows, probes, meta.seq, widths_of(meta.params))


def _news(rows: Rows, state: IndexState, live: dict[int, int]) -> _News | None:
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
    return _News(removed, added, state.now)


def _without_removed(old: Content, news: _News) -> Content:
    dead = old.rows.dead.copy()
    dead[news.removed] = 1
    return replace(old, rows=replace(old.rows, dead=dead))


def _with_added(site: Site, old: Content, news: _News, listener: ProgressListener) -> Content:
    import numpy as np

    listener.started("index", len(news.added))
    ids, stored = vectors_of(site.connection, site.model, list(news.added))
    vectors, rows, probes = unit_rows(stored), old.rows, old.probes
    if len(ids):
        old.graph.add(vectors)
        probes = probes.seen(ids, vectors)
    listener.advanced(len(ids))
    samples = np.array([news.added[int(embedding_id)] for embedding_id in ids], dtype=np.int64)
    merged = make_rows(
        np.concatenate([rows.embedding_ids, ids]),
        np.concatenate([rows.sample_ids, samples]),
        np.concatenate([rows.dead, np.zeros(len(ids), dtype=rows.dead.dtype)]),
    )
    return replace(old, rows=merged, probes=probes, seq=news.seq)
