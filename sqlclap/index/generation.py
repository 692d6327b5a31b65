"""A generation: its segments, and its way to the disk and into force."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlclap.db.stored_models import StoredModel, tell_of_skipped
from sqlclap.errors import IndexWriteError, SqlclapError
from sqlclap.index.files import (
    builder_lock,
    generation_name,
    publish_folder,
    remove_leftovers,
    sidecar_folder,
    writing,
)
from sqlclap.index.hashed_file import write_hashed
from sqlclap.index.manifest import DEAD_FILE, FORMAT, QUERIES_FILE, WINDOW_QUERIES_FILE, Manifest
from sqlclap.index.meta import IndexMeta, folders_in_force, put_in_force
from sqlclap.index.recall import Probes, tune
from sqlclap.index.segments import Segment, count_rows, write_dead
from sqlclap.index.settings import (
    LEAST_EF_SEARCH,
    Codes,
    EfSearch,
    IndexParams,
    ef_search_of,
    must_measure,
    segment_bytes,
)

if TYPE_CHECKING:
    from sqlclap.db.database import Database


@dataclass(frozen=True)
class Tuning:
    """How an index is searched, and how much that finds.

    Attributes
    ----------
    ef_search : EfSearch
    recall : dict
        See `measure_both`.
    changed : int
        Vectors that came or went since it was measured.
    """

    ef_search: EfSearch
    recall: dict[str, Any]
    changed: int = 0

    def params(self) -> dict[str, Any]:
        """Return it, but for the recall, as the library records it; `tuning_of` reads it."""
        return {
            "ef_search": self.ef_search.in_distribution,
            "ef_far": self.ef_search.out_of_distribution,
            "ef_mixed": self.ef_search.mixed,
            "near_score": self.ef_search.in_distribution_score,
            "changed": self.changed,
        }


def tuning_of(meta: IndexMeta, windows: bool) -> Tuning:
    """Read how a generation is searched: its windows, or samples' own vectors."""
    params = meta.search_params(windows)
    changed = int(params.get("changed", 0))
    return Tuning(ef_search_of(params), meta.measured_recall(windows), changed)


@dataclass(frozen=True)
class IndexedVectors:
    """Samples' own vectors, or windows', in segments.

    Attributes
    ----------
    segments : sequence of Segment
        Written already; nobody names the new ones yet.
    probes : Probes
    passed_over : list of int
        Embeddings without a vector that can be compared.
    former : Tuning or None
        Of the generation that they grew from, with what changed since.
    """

    segments: Sequence[Segment]
    probes: Probes
    passed_over: list[int]
    former: Tuning | None = None

    def tune(self, codes: Codes | None) -> Tuning:
        """Find how they are searched; as before, where little has changed since that was found."""
        former, (count, _) = self.former, count_rows(self.segments)
        if former and former.recall and not must_measure(count, former.changed):
            return former
        least = EfSearch(LEAST_EF_SEARCH[codes or "fp16"], 0, 0.0)
        return Tuning(*tune(self.segments, self.probes, former.ef_search if former else least))

    def count(self) -> dict[str, int]:
        """Count the vectors that can be found, and the dead."""
        count, dead = count_rows(self.segments)
        return {"count": count - dead, "dead": dead}


@dataclass(frozen=True)
class GenerationContent:
    """What a generation holds.

    Attributes
    ----------
    own, windows : IndexedVectors
    seq : int
        `embedding_changes` up to here are in it.
    """

    own: IndexedVectors
    windows: IndexedVectors
    seq: int

    @property
    def segments(self) -> list[Segment]:
        """All of them: samples' own first."""
        return [*self.own.segments, *self.windows.segments]

    @property
    def passed_over(self) -> list[int]:
        """Embeddings without a vector that can be compared."""
        return [*self.own.passed_over, *self.windows.passed_over]


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
    windows : bool
        Of the two kinds of vectors that a generation holds, windows' are meant.
    """

    connection: Database
    model: StoredModel
    params: IndexParams
    windows: bool = False

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


def check_room(site: BuildLocation, rows: int) -> None:
    """Check that segments of this many vectors fit on the disk, before any is built.

    Raises
    ------
    IndexWriteError
        They don't; nothing was written.
    """
    needed = segment_bytes(rows, site.model.dim, site.params.codes)
    with clear_write_errors(site.folder):
        free = shutil.disk_usage(site.folder).free
    if free < needed:
        raise IndexWriteError(
            f"can't write the index into {site.folder}: that takes about {needed / 1e6:,.1f} MB, "
            f"and {free / 1e6:,.1f} MB are free; make room there; the library is whole, and "
            "searches go on without the new index"
        )


@contextmanager
def tidy_after_errors(site: BuildLocation) -> Iterator[None]:
    """Remove what was written for a generation that doesn't come into force."""
    try:
        yield
    except (OSError, SqlclapError, KeyboardInterrupt):
        with suppress(SqlclapError):
            remove_leftovers(site.folder, folders_in_force(site.connection))
        raise


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
        The disk is full, say.
    """
    own, windows = (one.tune(site.params.codes) for one in (content.own, content.windows))
    name = generation_name(site.model.model_id, generation)
    checksum = _write(site, content, name)
    details = {"how": origin.how, "seconds": round(time.monotonic() - origin.began, 2)}
    window_params = {"windows": content.windows.count() | windows.params()}
    meta = IndexMeta(
        generation=generation,
        path=name,
        **content.own.count(),
        seq=content.seq,
        checksum=checksum,
        params=asdict(site.params) | own.params() | details | window_params,
        recall=own.recall | {"windows": windows.recall},
        built_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
    )
    put_in_force(site.connection, site.model.model_id, meta, content.passed_over)
    if content.own.passed_over:
        tell_of_skipped(site.connection, site.model)
    remove_leftovers(site.folder, folders_in_force(site.connection))
    return meta


def _write(site: BuildLocation, content: GenerationContent, name: str) -> str:
    """Write and rename; return the manifest's checksum."""
    with writing(site.folder) as draft:
        dead = partial(write_dead, segments=content.segments)
        files = {
            DEAD_FILE: write_hashed(draft / DEAD_FILE, dead),
            QUERIES_FILE: write_hashed(draft / QUERIES_FILE, content.own.probes.write),
            WINDOW_QUERIES_FILE: write_hashed(
                draft / WINDOW_QUERIES_FILE, content.windows.probes.write
            ),
        }
        checksum = _manifest(site, content, files).write(draft)
        publish_folder(draft, site.folder / name)
    return checksum


def _manifest(
    site: BuildLocation, content: GenerationContent, files: dict[str, dict[str, Any]]
) -> Manifest:
    own = [segment.entry(windows=False) for segment in content.own.segments]
    windows = [segment.entry(windows=True) for segment in content.windows.segments]
    return Manifest(
        format=FORMAT,
        model_version=site.model.model_version,
        dim=site.model.dim,
        seq=content.seq,
        segments=[*own, *windows],
        files=files,
    )
