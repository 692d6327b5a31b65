"""A generation in memory, and its way to the disk and into force."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlclap.db.statements import statement
from sqlclap.db.stored_models import StoredModel, tell_of_skipped
from sqlclap.errors import IndexWriteError, SqlclapError
from sqlclap.index.files import (
    builder_lock,
    draft_name,
    generation_name,
    publish_folder,
    remove_leftovers,
    sidecar_folder,
)
from sqlclap.index.hnsw import Graph, library_version
from sqlclap.index.manifest import (
    FORMAT,
    GRAPH_FILE,
    QUERIES_FILE,
    ROWS_FILE,
    Manifest,
    write_hashed,
)
from sqlclap.index.meta import IndexMeta, folders_in_force, put_in_force
from sqlclap.index.recall import Probes, tune
from sqlclap.index.rows import Rows
from sqlclap.index.settings import EfSearch, IndexParams

if TYPE_CHECKING:
    from sqlclap.db.database import Database


@dataclass(frozen=True)
class GenerationContent:
    """What a generation holds.

    Attributes
    ----------
    graph : Graph
    rows : Rows
    probes : Probes
    seq : int
        `embedding_changes` up to here are in it.
    widths : EfSearch or None
        Of the generation that it grew from.
    """

    graph: Graph
    rows: Rows
    probes: Probes
    seq: int
    widths: EfSearch | None = None


@dataclass(frozen=True)
class Origin:
    """How a generation came about.

    Attributes
    ----------
    how : {"built", "caught up"}
    began : float
        By `time.monotonic`, in seconds.
    """

    how: str
    began: float


@dataclass(frozen=True)
class BuildLocation:
    """Where generations of a model are built.

    Attributes
    ----------
    connection : Database
        To the library, open for writing.
    model : StoredModel
    params : IndexParams
    """

    connection: Database
    model: StoredModel
    params: IndexParams

    @property
    def folder(self) -> Path:
        """The sidecar folder."""
        return sidecar_folder(Path(self.connection.filename))


@contextmanager
def build_location(site: BuildLocation) -> Iterator[None]:
    """Hold the builder lock in a tidy sidecar folder.

    Raises
    ------
    IndexBusyError
        Another program is building.
    IndexWriteError
        The folder can't be made or written.
    """
    with clear_write_errors(site.folder):
        site.folder.mkdir(exist_ok=True)
    with clear_write_errors(site.folder), builder_lock(site.folder):
        remove_leftovers(site.folder, folders_in_force(site.connection))
        yield


@contextmanager
def clear_write_errors(folder: Path) -> Iterator[None]:
    """Say in one line that the sidecar can't be written."""
    try:
        yield
    except OSError as error:
        if isinstance(error, IndexWriteError | TimeoutError):
            raise
        raise IndexWriteError(
            f"can't write the index into {folder}: {error.strerror or error}; "
            "the library is whole, and searches go on without the new index"
        ) from error


def publish(
    site: BuildLocation, content: GenerationContent, generation: int, origin: Origin
) -> IndexMeta:
    """Write a generation, make it durable, and put it in force; within `build_location`.

    The order is what makes a crash harmless: files, fsync, rename, then the library's row. Until
    that row is committed the old generation stays in force.

    Parameters
    ----------
    site : BuildLocation
    content : GenerationContent
    generation : int
        Its number.
    origin : Origin
        Kept with the parameters.

    Raises
    ------
    IndexWriteError
        The disk is full, say; what was written so far is removed.
    """
    widths, recall = tune(content.graph, content.rows, content.probes, content.widths)
    found = {"ef_search": widths.near, "ef_far": widths.far, "near_score": widths.near_score}
    name = generation_name(site.model.model_id, generation)
    checksum = _write(site, content, name)
    details = {"how": origin.how, "seconds": round(time.monotonic() - origin.began, 2)}
    meta = IndexMeta(
        generation=generation,
        path=name,
        count=content.rows.count - content.rows.dead_count,
        dead=content.rows.dead_count,
        seq=content.seq,
        checksum=checksum,
        params=asdict(site.params) | found | details,
        recall=recall,
        built_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
    )
    passed_over = _passed_over(site, content)
    try:
        put_in_force(site.connection, site.model.model_id, meta, passed_over)
    except SqlclapError:  # the library is locked, say: what was written is of no use to anyone
        remove_leftovers(site.folder, folders_in_force(site.connection))
        raise
    if passed_over:
        tell_of_skipped(site.connection, site.model)
    remove_leftovers(site.folder, folders_in_force(site.connection))
    return meta


def _passed_over(site: BuildLocation, content: GenerationContent) -> list[int]:
    """Return own embeddings that were there and are not in a generation: they can't be compared.

    Embeddings that came since the generation's last change are among the changes anyway.
    """
    import numpy as np

    query = statement("index/own_ids", model_id=site.model.model_id)
    (text,) = site.connection.execute(query, (content.seq,)).fetchall()[0]
    there = np.fromstring(str(text or ""), dtype=np.int64, sep=",")
    missing: list[int] = np.setdiff1d(there, content.rows.embedding_ids).tolist()
    return missing


def _write(site: BuildLocation, content: GenerationContent, name: str) -> str:
    """Write and rename; return the manifest's checksum."""
    draft = site.folder / draft_name()
    try:
        draft.mkdir()
        files = {
            GRAPH_FILE: write_hashed(draft / GRAPH_FILE, content.graph.write),
            ROWS_FILE: write_hashed(draft / ROWS_FILE, content.rows.write),
            QUERIES_FILE: write_hashed(draft / QUERIES_FILE, content.probes.write),
        }
        checksum = _manifest(site, content, files).write(draft)
        publish_folder(draft, site.folder / name)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return checksum


def _manifest(
    site: BuildLocation, content: GenerationContent, files: dict[str, dict[str, Any]]
) -> Manifest:
    return Manifest(
        format=FORMAT,
        model_version=site.model.model_version,
        dim=site.model.dim,
        count=content.rows.count,
        dead=content.rows.dead_count,
        seq=content.seq,
        library=library_version(),
        files=files,
    )
