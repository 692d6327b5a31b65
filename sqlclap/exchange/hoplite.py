"""Databases of perch-hoplite as they lie on disk: a folder with SQLite tables and USearch vectors.

Its vectors are 16-bit floats of any length, under the windows' ids; start and end of a window or
annotation are two 64-bit floats in a BLOB. USearch (the extra ``hoplite``) reads and writes the
vectors; perch-hoplite itself is not needed.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

import apsw
import numpy as np

from sqlclap.db.database import named_rows
from sqlclap.db.statements import statement
from sqlclap.errors import HopliteError, NotInstalledError
from sqlclap.exchange.annotations import Annotation, checked
from sqlclap.labels.votes import Verdict

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array, Int64Array

TABLES, VECTORS = "hoplite.sqlite", "usearch.index"
OFFSETS = struct.Struct("<2d")
LABEL_TYPES: dict[int, Verdict] = {0: "reject", 1: "accept", 2: "unsure"}
PROVENANCE = "provenance"
_OWN = {
    "deployments": {"id", "name", "project", "latitude", "longitude"},
    "recordings": {"id", "filename", "datetime", "deployment_id"},
    "annotations": {"id", "recording_id", "offsets", "label", "label_type", "provenance"},
}


@dataclass(frozen=True)
class HopliteDeployment:
    """A row of ``deployments``.

    Attributes
    ----------
    deployment_id : int
    name, project : str
        The project is the name of the data set that its recordings are of.
    latitude, longitude : float or None
        In degrees.
    more : mapping of str to str
        Further columns.
    """

    deployment_id: int
    name: str
    project: str
    latitude: float | None = None
    longitude: float | None = None
    more: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class HopliteRecording:
    """A row of ``recordings``.

    Attributes
    ----------
    recording_id : int
    filename : str
        Below the data set's folder.
    started_at : str or None
        ISO 8601.
    deployment_id : int or None
    """

    recording_id: int
    filename: str
    started_at: str | None = None
    deployment_id: int | None = None


@dataclass(frozen=True)
class HopliteWindows:
    """A recording's windows, by start.

    Attributes
    ----------
    window_ids : np.ndarray [shape=(n,), dtype=int64]
    starts, ends : np.ndarray [shape=(n,), dtype=float32]
        In seconds.
    """

    window_ids: Int64Array
    starts: Float32Array
    ends: Float32Array


def usearch() -> Any:
    """Return the module that reads and writes vectors.

    Raises
    ------
    NotInstalledError
    """
    from sqlclap.models.runtime import load_runtime

    load_runtime()  # after usearch 2.26, loading it ends the process by a segmentation fault
    try:
        from usearch import index
    except ImportError as error:
        raise NotInstalledError(
            "usearch is not installed, which holds perch-hoplite's vectors: "
            "pip install 'sqlclap[hoplite]'"
        ) from error
    return index


class HopliteDatabase:
    """A database of perch-hoplite, open for reading. A context manager.

    Parameters
    ----------
    folder : Path
        That of ``hoplite.sqlite`` and ``usearch.index``.

    Raises
    ------
    HopliteError
        There is none, or it is damaged or of another version.
    NotInstalledError
        USearch is not there.

    Attributes
    ----------
    folder : Path
    metadata : dict
        By key: ``model_config``, ``audio_sources`` and what else there is.
    dim : int
        Length of its vectors.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._vectors = self._open_vectors()
        self.dim = int(self._vectors.ndim)
        self._stamp = self._stamp_now()
        self._tables = self._open_tables()
        self.metadata = self._read_metadata()

    def _open_vectors(self) -> Any:
        restore, file = usearch().Index.restore, self.folder / VECTORS
        try:
            index = restore(str(file), view=True) if file.is_file() else None
        except RuntimeError as error:
            raise HopliteError(f"{file} is damaged: {error}") from error
        except OSError as error:
            raise HopliteError(f"{self.folder} can't be read: {error.strerror}") from error
        if index is None:
            raise HopliteError(
                f"{self.folder} is no database of perch-hoplite: expected a folder with {TABLES} "
                f"and {VECTORS}"
            )
        return index

    def _open_tables(self) -> apsw.Connection:
        file = self.folder / TABLES
        # Without a journal to be heeded, nothing is left beside it, and it may lie where nothing
        # can be written.
        journal = file.with_name(f"{TABLES}-wal")
        is_quiet = not journal.is_file() or journal.stat().st_size == 0
        place = f"file:{quote(str(file.absolute()))}?mode=ro{'&immutable=1' if is_quiet else ''}"
        try:
            tables = apsw.Connection(place, flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
            there = {str(row[0]) for row in tables.execute(statement("exchange/hoplite_tables"))}
        except apsw.Error as error:
            raise HopliteError(f"{file} can't be read: {error}") from error
        lacking = sorted({"hoplite_metadata", "windows", *_OWN} - there)
        if lacking:
            tables.close()
            raise HopliteError(
                f"{file} has no table {lacking[0]}: expected a database of perch-hoplite 1.0; it "
                "converts its earlier ones itself (perch_hoplite.agile.migrations)"
            )
        return tables

    def _read_metadata(self) -> dict[str, Any]:
        rows = self._rows("SELECT key, value FROM hoplite_metadata")
        try:
            return {str(row["key"]): json.loads(row["value"]) for row in rows}
        except (ValueError, TypeError) as error:
            raise HopliteError(f"{self.folder / TABLES}: metadata that is no JSON") from error

    def _rows(self, query: str, bindings: tuple[object, ...] = ()) -> Iterator[dict[str, Any]]:
        try:
            yield from named_rows(self._tables.execute(query, bindings))
        except apsw.Error as error:
            raise HopliteError(f"{self.folder / TABLES} can't be read: {error}") from error

    def deployments(self) -> list[HopliteDeployment]:
        """Return the deployments, by id."""
        return [
            HopliteDeployment(
                row["id"],
                str(row["name"]),
                str(row["project"]),
                row["latitude"],
                row["longitude"],
                _further("deployments", row),
            )
            for row in self._rows("SELECT * FROM deployments ORDER BY id")
        ]

    def recordings(self) -> list[HopliteRecording]:
        """Return the recordings, by id."""
        return [
            HopliteRecording(row["id"], str(row["filename"]), row["datetime"], row["deployment_id"])
            for row in self._rows("SELECT * FROM recordings ORDER BY id")
        ]

    def windows(self, recording_id: int) -> HopliteWindows:
        """Return a recording's windows.

        Raises
        ------
        HopliteError
            A span is damaged.
        """
        query = "SELECT id, offsets FROM windows WHERE recording_id = ?"
        held = sorted(
            (*self._span("window", row), int(row["id"]))
            for row in self._rows(query, (recording_id,))
        )
        starts, ends, ids = zip(*held, strict=True) if held else ((), (), ())
        return HopliteWindows(
            np.array(ids, dtype=np.int64),
            np.array(starts, dtype=np.float32),
            np.array(ends, dtype=np.float32),
        )

    def vectors(self, windows: HopliteWindows) -> Float32Array:
        """Return the windows' vectors, shape (n, dim); NaN for those that have none."""
        found: Float32Array = np.full((len(windows.window_ids), self.dim), np.nan, np.float32)
        keys = windows.window_ids.astype(np.uint64)
        there = np.atleast_1d(self._vectors.contains(keys))
        if there.any():
            found[there] = np.stack([*self._vectors.get(keys[there])])
        return found

    def annotations(self, recording_id: int) -> list[Annotation]:
        """Return a recording's annotations, by id.

        Raises
        ------
        HopliteError, AnnotationError
            A span is damaged, or can't be.
        """
        query = "SELECT * FROM annotations WHERE recording_id = ? ORDER BY id"
        return [self._annotation(row) for row in self._rows(query, (recording_id,))]

    def _annotation(self, row: dict[str, Any]) -> Annotation:
        start_s, end_s = self._span("annotation", row)
        if row["label_type"] not in LABEL_TYPES:
            raise HopliteError(
                f"{self.folder / TABLES}: annotation {row['id']} is of the unknown type "
                f"{row['label_type']!r}"
            )
        more = {PROVENANCE: str(row["provenance"]), **_further("annotations", row)}
        return checked(
            Annotation(
                label=str(row["label"]),
                start_s=start_s,
                end_s=end_s,
                verdict=LABEL_TYPES[row["label_type"]],
                more=more,
                place=f"{self.folder / TABLES}, annotation {row['id']}",
            )
        )

    def _span(self, what: str, row: dict[str, Any]) -> tuple[float, float]:
        blob = row["offsets"]
        if isinstance(blob, bytes) and len(blob) == OFFSETS.size:
            start, end = OFFSETS.unpack(blob)
            if 0 <= start <= end < np.inf:
                return round(start, 6), round(end, 6)
        raise HopliteError(
            f"{self.folder / TABLES}: {what} {row['id']} has no start and end in seconds"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._tables.close()
        if error is None and self._stamp_now() != self._stamp:
            raise HopliteError(f"another program wrote to {self.folder} meanwhile: try again")

    def _stamp_now(self) -> list[tuple[int, int]]:
        """Size and time of its files."""
        try:
            stats = [(self.folder / name).stat() for name in (TABLES, VECTORS)]
        except OSError as error:
            raise HopliteError(f"{self.folder} can't be read: {error.strerror}") from error
        return [(one.st_size, one.st_mtime_ns) for one in stats]


def _further(table: str, row: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: str(value)
        for name, value in row.items()
        if name not in _OWN[table] and value is not None and not isinstance(value, bytes)
    }
