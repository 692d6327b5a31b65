"""Making segments: of vectors that stream by, and of small segments with what came to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sqlclap.db.vectors import PAGE_ROWS, unit_rows, vectors_of
from sqlclap.index.files import hash_files
from sqlclap.index.generation import BuildLocation, check_room
from sqlclap.index.hnsw import Graph, load_graph, new_graph
from sqlclap.index.manifest import GRAPH_FILE, read_segment_manifest
from sqlclap.index.recall import Probes
from sqlclap.index.rows import Rows, make_rows
from sqlclap.index.segments import Segment, write_segment
from sqlclap.index.settings import choose_merge, is_worn, room_in_segment
from sqlclap.progress import ProgressListener

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array, Int64Array


class SegmentBuilder:
    """Links vectors into graphs, and writes each as a segment when it is full.

    Parameters
    ----------
    site : BuildLocation
    base : Segment, optional
        What the first of them grows from. All of it is read and checked.

    Raises
    ------
    IndexFileError
        The base can't be trusted.
    """

    def __init__(self, site: BuildLocation, base: Segment | None = None) -> None:
        self._site = site
        self._written: list[Segment] = []
        self._graph, self._rows = self._empty()
        self._code_error = 0.0
        if base is not None:
            self._graph, self._rows = _load(site, base), [base.rows]
            self._code_error = base.code_error

    def _empty(self) -> tuple[Graph, list[Rows]]:
        return new_graph(self._site.model.dim, self._site.params), []

    def add(self, ids: Int64Array, samples: Int64Array, vectors: Float32Array) -> None:
        """Link in unit vectors, shape (n, dim), of embeddings and their samples, shape (n,)."""
        start = 0
        while start < len(ids):
            end = start + room_in_segment(self._graph.count)
            self._code_error = max(self._code_error, self._graph.add(vectors[start:end]))
            self._rows.append(make_rows(ids[start:end], samples[start:end]))
            start = end
            if start < len(ids):
                self._write()

    def finish(self) -> list[Segment]:
        """Return all that was made, written."""
        if self._graph.count:
            self._write()
        return self._written

    def _write(self) -> None:
        order, parts = self._graph.connect().order, self._rows
        self._graph.gather(order)
        rows = make_rows(
            np.concatenate([one.embedding_ids for one in parts])[order],
            np.concatenate([one.sample_ids for one in parts])[order],
            np.concatenate([one.dead for one in parts])[order],
        )
        segment = write_segment(
            self._site.folder, self._site.model, self._graph, rows, self._code_error
        )
        self._written.append(segment)
        self._graph, self._rows = self._empty()
        self._code_error = 0.0


def _load(site: BuildLocation, base: Segment) -> Graph:
    """Read a segment's graph into memory; damage must not get into a new one."""
    place = site.folder / base.name
    hash_files(place, read_segment_manifest(place, base.checksum))
    return load_graph(place / GRAPH_FILE, site.params)


@dataclass(frozen=True)
class Merged:
    """Segments after a merge.

    Attributes
    ----------
    segments : list of Segment
        Those that stay, and the new.
    probes : Probes
        Having seen what was in none before.
    passed_over : list of int
        Embeddings that should be in them and have no vector that can be compared.
    """

    segments: list[Segment]
    probes: Probes
    passed_over: list[int]


@dataclass(frozen=True)
class Merge:
    """What becomes of segments when vectors come to them; make one with `plan_merge`.

    Attributes
    ----------
    kept : list of Segment
        Those that stay as they are.
    base : Segment or None
        The one that the new segment grows from; None where it is built of the stored vectors.
    loose_ids, loose_samples : np.ndarray [shape=(n,), dtype=int64]
        Embeddings that are linked in, ascending, and their samples.
    added : np.ndarray [shape=(m,), dtype=int64]
        Those of them that no segment held before.
    """

    kept: list[Segment]
    base: Segment | None
    loose_ids: Int64Array
    loose_samples: Int64Array
    added: Int64Array

    def run(self, site: BuildLocation, probes: Probes, listener: ProgressListener) -> Merged:
        """Write the new segment.

        Raises
        ------
        IndexFileError
            The base can't be trusted.
        IndexWriteError
            The disk is too small; nothing was written.
        """

        count = len(self.loose_ids)
        check_room(site, count + (self.base.rows.count if self.base else 0))
        if count or not site.windows:
            listener.started("index", count)
        builder, missing = SegmentBuilder(site, self.base), self.loose_ids[:0]
        for start in range(0, count, PAGE_ROWS):
            page = self.loose_ids[start : start + PAGE_ROWS]
            ids, stored = vectors_of(site.connection, site.model, page.tolist(), site.windows)
            vectors, new = unit_rows(stored), np.isin(ids, self.added)
            builder.add(ids, self.loose_samples[np.searchsorted(self.loose_ids, ids)], vectors)
            probes = probes.seen(ids[new], vectors[new]) if new.any() else probes
            missing = np.concatenate([missing, np.setdiff1d(page, ids)])
            listener.advanced(len(ids))
        return Merged([*self.kept, *builder.finish()], probes, missing.tolist())


def plan_merge(segments: Sequence[Segment], added: Mapping[int, int]) -> Merge:
    """Choose which segments new vectors are put together with: small ones, and the worn.

    Where one of these makes up at least half, the others are added to its graph.

    Parameters
    ----------
    segments : sequence of Segment
        Those in force.
    added : mapping of int to int
        Sample ids by embedding id of what is in none of them.
    """

    worn = [one for one in segments if is_worn(one.rows.count, one.rows.dead_count)]
    others = [one for one in segments if one not in worn]
    coming = len(added) + sum(one.live_count for one in worn)
    small = [others[at] for at in choose_merge([one.rows.count for one in others], coming)]
    total = coming + sum(one.rows.count for one in small)
    base = small[-1] if small and 2 * small[-1].rows.count >= total else None
    new_ids = np.array([*added], dtype=np.int64)
    ids, samples = [new_ids], [np.array([*added.values()], dtype=np.int64)]
    for one in (*worn, *small):
        if one is not base:
            alive = one.rows.dead == 0
            ids.append(one.rows.embedding_ids[alive])
            samples.append(one.rows.sample_ids[alive])
    loose_ids, loose_samples = np.concatenate(ids), np.concatenate(samples)
    order = np.argsort(loose_ids)
    kept = [one for one in others if one not in small]
    return Merge(kept, base, loose_ids[order], loose_samples[order], new_ids)
