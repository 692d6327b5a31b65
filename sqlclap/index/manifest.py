"""Manifests: what a sidecar's segments and generations are, and the hashes of their files."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlclap.errors import IndexFileError

if TYPE_CHECKING:
    pass


FORMAT = 4
MANIFEST = "manifest.json"
GRAPH_FILE = "graph.hnsw"
ROWS_FILE = "rows.bin"
QUERIES_FILE = "queries.npz"
WINDOW_QUERIES_FILE = "window_queries.npz"
DEAD_FILE = "dead.bin"


@dataclass(frozen=True)
class SegmentManifest:
    """A segment's description; ``manifest.json`` in its folder. Nothing of it ever changes.

    Attributes
    ----------
    format : int
        Of these files; another number is refused.
    model_version : str
        Vectors of another version are never compared with these.
    dim, count : int
        Length of a vector; positions.
    code_error : float
        The largest distance between a vector and what the graph holds of it.
    library : str
        Name and version of the library that wrote the graph.
    files : dict
        Size in bytes and SHA-256 by file name.
    """

    format: int
    model_version: str
    dim: int
    count: int
    code_error: float
    library: str
    files: dict[str, dict[str, Any]]

    def write(self, folder: Path) -> str:
        """Write ``manifest.json`` and return its SHA-256, in hexadecimal."""
        return _write(folder, asdict(self))


@dataclass(frozen=True)
class SegmentEntry:
    """A segment as a generation names it.

    Attributes
    ----------
    name : str
        Of its folder, beside the generation's.
    checksum : str
        SHA-256 of its manifest.
    count, dead : int
        Positions; removed ones among them.
    windows : bool
        Its vectors are windows'; else samples' own.
    """

    name: str
    checksum: str
    count: int
    dead: int
    windows: bool


@dataclass(frozen=True)
class Manifest:
    """A generation's description; ``manifest.json`` in its folder.

    Attributes
    ----------
    format : int
        Of these files; another number is refused.
    model_version : str
        Vectors of another version are never compared with these.
    dim, seq : int
        Length of a vector; `embedding_changes` up to here.
    segments : list of SegmentEntry
    files : dict
        Size in bytes and SHA-256 by file name.
    """

    format: int
    model_version: str
    dim: int
    seq: int
    segments: list[SegmentEntry]
    files: dict[str, dict[str, Any]]

    def count(self, windows: bool) -> tuple[int, int]:
        """Count the positions of windows, or of samples' own, and the dead ones among them."""
        entries = [entry for entry in self.segments if entry.windows == windows]
        return sum(entry.count for entry in entries), sum(entry.dead for entry in entries)

    def write(self, folder: Path) -> str:
        """Write ``manifest.json`` and return its SHA-256, in hexadecimal."""
        return _write(folder, asdict(self))


def read_manifest(folder: Path, checksum: str) -> Manifest:
    """Read a generation's manifest.

    Parameters
    ----------
    folder : Path
    checksum : str
        SHA-256 that the library recorded when it published this generation.

    Raises
    ------
    IndexFileError
        It is missing, is not the one that the library published, or has another format.
    """
    document = _read(folder, checksum)
    entries = [SegmentEntry(**entry) for entry in document.pop("segments")]
    return Manifest(segments=entries, **document)


def read_segment_manifest(folder: Path, checksum: str) -> SegmentManifest:
    """Read a segment's manifest, whose SHA-256 its generation names; see `read_manifest`."""
    return SegmentManifest(**_read(folder, checksum))


def segment_names(folder: Path) -> set[str] | None:
    """Return the segments that a generation names, unchecked; None where that can't be read."""
    try:
        document = json.loads((folder / MANIFEST).read_bytes())
        return {str(entry["name"]) for entry in document.get("segments", ())}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _write(folder: Path, document: dict[str, Any]) -> str:
    content = json.dumps(document, indent=1, sort_keys=True).encode("ascii")
    (folder / MANIFEST).write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def _read(folder: Path, checksum: str) -> dict[str, Any]:
    """Read a manifest whose SHA-256 is known."""
    try:
        content = (folder / MANIFEST).read_bytes()
    except OSError as error:
        raise IndexFileError(f"{folder} is missing or can't be read") from error
    found = _format_of(content)
    if hashlib.sha256(content).hexdigest() != checksum and found in (None, FORMAT):
        raise IndexFileError(f"{folder} was altered, or belongs to another library")
    if found != FORMAT:
        raise IndexFileError(f"{folder} has format {found}, this sqlclap reads {FORMAT}")
    document: dict[str, Any] = json.loads(content)
    return document


def _format_of(content: bytes) -> Any:
    try:
        return json.loads(content).get("format")
    except (ValueError, AttributeError):
        return None
