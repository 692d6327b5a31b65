"""What a generation says of itself: format, model, counts, and the hash of each file."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlclap.errors import IndexFileError

FORMAT = 2
MANIFEST = "manifest.json"
GRAPH = "graph.hnsw"
ROWS = "rows.bin"
QUERIES = "queries.npz"


@dataclass(frozen=True)
class Manifest:
    """A generation's description; ``manifest.json`` in its folder.

    Attributes
    ----------
    format : int
        Of these files; another number is refused.
    model_version : str
        Vectors of another version are never compared with these.
    dim, count, dead, seq : int
        Length of a vector; positions; removed ones among them; `embedding_changes` up to here.
    library : str
        Name and version of the library that wrote the graph.
    files : dict
        Size in bytes and SHA-256 by file name.
    """

    format: int
    model_version: str
    dim: int
    count: int
    dead: int
    seq: int
    library: str
    files: dict[str, dict[str, Any]]

    def write(self, folder: Path) -> str:
        """Write ``manifest.json`` and return its SHA-256, in hexadecimal."""
        content = json.dumps(asdict(self), indent=1, sort_keys=True).encode("ascii")
        (folder / MANIFEST).write_bytes(content)
        return hashlib.sha256(content).hexdigest()


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
    try:
        content = (folder / MANIFEST).read_bytes()
    except OSError as error:
        raise IndexFileError(f"{folder} is missing or can't be read") from error
    if hashlib.sha256(content).hexdigest() != checksum:
        found = _format_of(content)
        if found not in (None, FORMAT):
            raise IndexFileError(f"{folder} has format {found}, this sqlclap reads {FORMAT}")
        raise IndexFileError(f"{folder} was altered, or belongs to another library")
    if _format_of(content) != FORMAT:
        message = f"{folder} has format {_format_of(content)}, this sqlclap reads {FORMAT}"
        raise IndexFileError(message)
    return Manifest(**json.loads(content))


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _format_of(content: bytes) -> Any:
    try:
        return json.loads(content).get("format")
    except (ValueError, AttributeError):
        return None
