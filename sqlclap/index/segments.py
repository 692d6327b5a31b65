"""Segments: immutable graphs of at most about a million vectors each, and what of them is dead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.db.stored_models import StoredModel
from sqlclap.errors import IndexFileError
from sqlclap.index.files import check_segment, publish_segment, segment_name, writing
from sqlclap.index.hashed_file import HashedFile, write_hashed
from sqlclap.index.hnsw import QUANTISATION, Graph, Selection, library_version, map_graph
from sqlclap.index.manifest import (
    DEAD_FILE,
    FORMAT,
    GRAPH_FILE,
    ROWS_FILE,
    Manifest,
    SegmentEntry,
    SegmentManifest,
)
from sqlclap.index.rows import Rows, map_rows

if TYPE_CHECKING:
    from sqlclap.arrays import BoolArray, Int64Array, UInt8Array


@dataclass(frozen=True, eq=False)
class Segment:
    """A graph, its rows, and which of these are dead.

    Attributes
    ----------
    graph : Graph
    rows : Rows
    name, checksum : str
        Of its folder and its manifest; empty while it is in memory only.
    code_error : float
        The largest distance between a vector and what the graph holds of it.
    """

    graph: Graph
    rows: Rows
    name: str = ""
    checksum: str = ""
    code_error: float = QUANTISATION

    @property
    def live_count(self) -> int:
        """Vectors in it that are not dead."""
        return self.rows.count - self.rows.dead_count

    def entry(self, windows: bool) -> SegmentEntry:
        """Describe it for a generation's manifest, as one of windows or of samples' own."""
        return SegmentEntry(
            self.name, self.checksum, self.rows.count, self.rows.dead_count, windows
        )

    def with_dead(self, dead: UInt8Array) -> Segment:
        """Return it with other dead rows, shape (count,)."""
        return replace(self, rows=replace(self.rows, dead=dead))


@dataclass(frozen=True, eq=False)
class LiveSegment:
    """What of a segment may be found.

    Attributes
    ----------
    segment : Segment
    mask : np.ndarray [shape=(rows,), dtype=bool] or None
        Positions that may be; None where all may.
    """

    segment: Segment
    mask: BoolArray | None

    @cached_property
    def selection(self) -> Selection | None:
        """The same, for the graph."""
        return None if self.mask is None else Selection(self.mask)

    @cached_property
    def count(self) -> int:
        """How many positions may be found."""
        import numpy as np

        return self.segment.rows.count if self.mask is None else int(np.count_nonzero(self.mask))


def live_segment(segment: Segment, changed: Int64Array) -> LiveSegment:
    """Leave out the dead, and embeddings that changed since."""
    rows = segment.rows
    positions = rows.positions(changed)
    if not len(positions) and not rows.dead_count:
        return LiveSegment(segment, None)
    mask: BoolArray = rows.dead == 0
    mask[positions] = False
    return LiveSegment(segment, mask)


def count_rows(segments: Iterable[Segment]) -> tuple[int, int]:
    """Count all positions, and the dead ones among them."""
    pairs = [(one.rows.count, one.rows.dead_count) for one in segments]
    return sum(count for count, _ in pairs), sum(dead for _, dead in pairs)


def write_segment(
    folder: Path, model: StoredModel, graph: Graph, rows: Rows, code_error: float = QUANTISATION
) -> Segment:
    """Write a graph and its rows into a sidecar folder as a segment, durably; return it mapped.

    It is in force once a generation that names it is. The same graph and rows have the same name.

    Raises
    ------
    OSError
        The disk is full, say; what was written so far is removed.
    """
    with writing(folder) as draft:
        files = {
            GRAPH_FILE: write_hashed(draft / GRAPH_FILE, graph.write),
            ROWS_FILE: write_hashed(draft / ROWS_FILE, rows.write),
        }
        about = SegmentManifest(
            FORMAT,
            model.model_version,
            model.dim,
            rows.count,
            code_error,
            library_version(),
            files,
        )
        checksum = about.write(draft)
        name = segment_name(model.model_id, checksum)
        publish_segment(draft, folder / name, checksum)
    return _open(folder / name, model, checksum).with_dead(rows.dead)


@dataclass(frozen=True)
class GenerationFiles:
    """A generation's folder and its manifest, checked.

    Attributes
    ----------
    folder : Path
    manifest : Manifest
    """

    folder: Path
    manifest: Manifest

    def entries(self, windows: bool) -> list[tuple[SegmentEntry, UInt8Array]]:
        """Return the segments of windows, or of samples' own, with which rows are dead.

        Raises
        ------
        IndexFileError
            That is not what the manifest says.
        """
        dead = read_dead(self.folder / DEAD_FILE, self.manifest)
        pairs = zip(self.manifest.segments, dead, strict=True)
        return [(entry, gone) for entry, gone in pairs if entry.windows == windows]


def open_segments(
    generation: GenerationFiles,
    model: StoredModel,
    windows: bool,
    known: Sequence[Segment] = (),
) -> tuple[Segment, ...]:
    """Open a generation's segments by memory map.

    Parameters
    ----------
    generation : GenerationFiles
    model : StoredModel
    windows : bool
        Those of windows, else those of samples' own vectors.
    known : sequence of Segment
        Open ones, which are not opened again.

    Raises
    ------
    IndexFileError
        One is missing, cut short, altered, foreign, of another model or another format.
    """
    there = {(one.name, one.checksum): one for one in known}
    opened = []
    for entry, dead in generation.entries(windows):
        segment = there.get((entry.name, entry.checksum))
        if segment is None:
            segment = _open(generation.folder.parent / entry.name, model, entry.checksum)
        if segment.rows.count != entry.count:
            raise IndexFileError(f"{entry.name} doesn't hold what {generation.folder} says")
        opened.append(segment.with_dead(dead))
    return tuple(opened)


def _open(place: Path, model: StoredModel, checksum: str) -> Segment:
    about = check_segment(place, checksum)
    if about.model_version not in model.versions or about.dim != model.dim:
        raise IndexFileError(f"{place} is of another model ({about.model_version})")
    try:
        graph, rows = map_graph(place / GRAPH_FILE), map_rows(place / ROWS_FILE, about.count)
    except (RuntimeError, ValueError, OSError) as error:
        raise IndexFileError(f"{place} can't be read: {error}") from error
    if (graph.count, graph.dim) != (about.count, about.dim):
        raise IndexFileError(f"{place} doesn't hold what it says")
    return Segment(graph, rows, place.name, checksum, about.code_error)


def open_rows(generation: GenerationFiles, windows: bool) -> list[Rows]:
    """Open the rows of a generation's segments, but not their graphs; see `open_segments`.

    Raises
    ------
    IndexFileError
        They can't be trusted.
    OSError, ValueError
        They can't be read.
    """
    rows = []
    for entry, dead in generation.entries(windows):
        place = generation.folder.parent / entry.name
        check_segment(place, entry.checksum)
        rows.append(replace(map_rows(place / ROWS_FILE, entry.count), dead=dead))
    return rows


def write_dead(file: HashedFile, segments: Iterable[Segment]) -> None:
    """Write which rows are dead: a bitmap a segment, each in whole bytes."""
    import numpy as np

    for segment in segments:
        file.write(np.packbits(segment.rows.dead).tobytes())


def read_dead(path: Path, manifest: Manifest) -> list[UInt8Array]:
    """Read which rows are dead, segment by segment.

    Raises
    ------
    IndexFileError
        It is not what the manifest says.
    """
    import numpy as np

    try:
        content = np.frombuffer(path.read_bytes(), dtype=np.uint8)
    except OSError as error:
        raise IndexFileError(f"{path} can't be read: {error.strerror}") from error
    sizes = [(entry.count + 7) // 8 for entry in manifest.segments]
    if len(content) != sum(sizes):
        raise IndexFileError(f"{path} has {len(content)} bytes, not {sum(sizes)}")
    dead, start = [], 0
    for size, entry in zip(sizes, manifest.segments, strict=True):
        dead.append(np.unpackbits(content[start : start + size], count=entry.count))
        if int(dead[-1].sum()) != entry.dead:
            raise IndexFileError(f"{path} doesn't hold what it says")
        start += size
    return dead
