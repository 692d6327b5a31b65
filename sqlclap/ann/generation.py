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

from sqlclap.ann.files import (
    draft_name,
    generation_name,
    publish_folder,
    remove_leftovers,
    sidecar_folder,
)
from sqlclap.ann.graph import Graph, library_version
from sqlclap.ann.lock import builder_lock
from sqlclap.ann.manifest import FORMAT, GRAPH, QUERIES, ROWS, Manifest
from sqlclap.ann.meta import IndexMeta, folders_in_force, put_in_force
from sqlclap.ann.policy import IndexParams
from sqlclap.ann.recall import Probes, tune
from sqlclap.ann.rows import Rows
from sqlclap.ann.stream import write_hashed
from sqlclap.ann.widths import Widths
from sqlclap.errors import IndexWriteError, SqlclapError
from sqlclap.library import statement
from sqlclap.vectors import StoredModel, tell_of_skipped

if TYPE_CHECKING:
    from sqlclap.library.database import Database


@dataclass(frozen=True)
class Content:
    """What a generation holds.

    Attributes
    ----------
    graph : Graph
    rows : Rows
    probes : Probes
    seq : int
        `embedding_changes` up to here are in it.
    widths : Widths or None
        Of the generation that it grew from.
    """

    graph: Graph
    rows: Rows
    probes: Probes
    seq: int
    widths: Widths | None = None


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
class Site:
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
def building_site(site: Site) -> Iterator[None]:
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


def publish(site: Site, content: Content, generation: int, origin: Origin) -> IndexMeta:
    """Write a generation, make it durable, and put it in force; within `building_site`.

    The order is what makes a crash harmless: files, fsync, rename, then the library's row. Until
    that row is committed the old generation stays in force.

    Parameters
    ----------
    site : Site
    content : Content
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


def _passed_over(site: Site, content: Content) -> list[int]:
    """Return own embeddings that were there and are not in a generation: they can't be compared.

    Embeddings that came since the generation's last change are among the changes anyway.
    """
    import numpy as np

    query = statement("own_ids", model_id=site.model.model_id)
    (text,) = site.connection.execute(query, (content.seq,)).fetchall()[0]
    there = np.fromstring(str(text or ""), dtype=np.int64, sep=",")
    missing: list[int] = np.setdiff1d(there, content.rows.embedding_ids).tolist()
    return missing


def _write(site: Site, content: Content, name: str) -> str:
    """Write and rename; return the manifest's checksum."""
    draft = site.folder / draft_name()
    try:
        draft.mkdir()
        files = {
            GRAPH: write_hashed(draft / GRAPH, content.graph.write),
            ROWS: write_hashed(draft / ROWS, content.rows.write),
            QUERIES: write_hashed(draft / QUERIES, content.probes.write),
        }
        checksum = _manifest(site, content, files).write(draft)
        publish_folder(draft, site.folder / name)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return checksum


def _manifest(site: Site, content: Content, files: dict[str, dict[str, Any]]) -> Manifest:
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
