"""Fetches objects in ranges, each byte once, into a file that goes when it has been read."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from sqlclap.addresses import protocol_of
from sqlclap.errors import StorageError
from sqlclap.storage.listing import FoundObject, look_at
from sqlclap.storage.systems import file_system, told

RANGE_BYTES = 8 << 20
"""Asked for at once: what of an object is in memory."""
LARGEST_BYTES = 2 << 30
"""Of an attached table's address, whose size nobody has told."""
SPARE_BYTES = 64 << 20
"""Left free on the disk."""

_IN_RANGES = frozenset({"s3", "gs", "gcs"})


@dataclass(frozen=True)
class FetchedObject:
    """A copy of an object on this machine.

    Attributes
    ----------
    file : Path
        By the object's own name, as decoders and metadata go by it.
    content_hash : str
        SHA-256, hexadecimal.
    """

    file: Path
    content_hash: str


@contextmanager
def fetched(address: str, expected: FoundObject) -> Iterator[FetchedObject]:
    """Fetch an object; its copy is removed at the end.

    Parameters
    ----------
    address : str
    expected : FoundObject
        As the listing has it.

    Raises
    ------
    StorageError
        It can't be fetched, there is no space for it, or it was replaced meanwhile.
    """
    with tempfile.TemporaryDirectory(prefix="sqlclap-") as folder:
        _check_space(folder, expected.bytes, address)
        suffix = PurePosixPath(address).suffix
        file = Path(folder) / (PurePosixPath(address).stem[:60].replace("\0", "") + suffix[:16])
        digest, count = hashlib.sha256(), 0
        with file.open("wb") as target:
            for block in _blocks(address, expected.bytes):
                target.write(block)
                digest.update(block)
                count += len(block)
        in_one = count <= RANGE_BYTES
        # One answer is of one object; several may be of two, if it was replaced in between.
        if count != expected.bytes or not (in_one or _is_as(address, expected)):
            raise StorageError("it was replaced or cut off while it was read", address)
        yield FetchedObject(file, digest.hexdigest())


def download(address: str, target: Path) -> None:
    """Fetch what an address names into a file.

    Raises
    ------
    OSError, ValueError
        It is too large, or can't be written.
    StorageError
        It can't be fetched; or addresses of its kind are not.
    """
    count = 0
    with target.open("wb") as file:
        for block in _streamed(address):
            count += len(block)
            if count > LARGEST_BYTES:
                raise ValueError(f"is larger than {LARGEST_BYTES >> 30} GiB")
            file.write(block)


def _is_as(address: str, expected: FoundObject) -> bool:
    return look_at(address).stamp_ns == expected.stamp_ns


def _blocks(address: str, size: int) -> Iterator[bytes]:
    if protocol_of(address) not in _IN_RANGES:
        yield from _streamed(address, size)
        return
    system = file_system(address)
    for start in range(0, size, RANGE_BYTES):
        with told(address):
            block: bytes = system.cat_file(address, start=start, end=min(size, start + RANGE_BYTES))
        yield block


def _streamed(address: str, size: int | None = None) -> Iterator[bytes]:
    """Yield an answer's bytes as they come: web servers need not know ranges."""
    system = file_system(address)
    options: dict[str, Any] = {"block_size": 0, "size": size} if _is_web(address) else {}
    with told(address):
        source = system.open(address, "rb", **options)
    with source:
        while True:
            with told(address):
                block = source.read(RANGE_BYTES)
            if not block:
                return
            yield block


def _is_web(address: str) -> bool:
    return protocol_of(address) in ("http", "https")


def _check_space(folder: str, size: int, address: str) -> None:
    free = shutil.disk_usage(folder).free
    if size + SPARE_BYTES > free:
        raise StorageError(
            f"it has {size >> 20:,} MiB, and {Path(folder).parent} {free >> 20:,} MiB free; "
            "TMPDIR names another folder",
            address,
        )
