"""Fetches objects: to be decoded as they come, or into a file that goes when it has been read."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from sqlclap.addresses import protocol_of
from sqlclap.errors import NoObjectError, StorageError
from sqlclap.storage.listing import FoundObject, look_at
from sqlclap.storage.passing import PassingObject
from sqlclap.storage.ranges import REPLACED, WAITS_S, ObjectRanges
from sqlclap.storage.systems import file_system, told

RANGE_BYTES = 8 << 20
"""Asked for at once: what of an object is in memory."""
LARGEST_BYTES = 2 << 30
"""Of an attached table's address, whose size nobody has told."""
SPARE_BYTES = 64 << 20
"""Left free on the disk."""


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
def passing(address: str, expected: FoundObject) -> Iterator[PassingObject]:
    """Give an object to be read as it comes.

    Parameters
    ----------
    address : str
    expected : FoundObject
        As the listing has it.
    """
    with closing(PassingObject(ObjectRanges(address, expected))) as found:
        yield found


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
        yield FetchedObject(file, _copied(address, expected, file))


def _copied(address: str, expected: FoundObject, file: Path) -> str:
    for wait_s in WAITS_S if _is_web(address) else ():  # others ask for each range again
        try:
            return _copy(address, expected, file)
        except NoObjectError:
            raise
        except StorageError:
            if _is_other(address, expected):
                raise StorageError(REPLACED, address) from None
            time.sleep(wait_s)
    return _copy(address, expected, file)


def _is_other(address: str, expected: FoundObject) -> bool:
    """Whether what lies there has another size by now: however often it is asked for."""
    try:
        return look_at(address).bytes != expected.bytes
    except StorageError:  # it may be there again, after a while
        return False


def _copy(address: str, expected: FoundObject, file: Path) -> str:
    digest, count = hashlib.sha256(), 0
    with file.open("wb") as target:
        for block in _blocks(address, expected):
            target.write(block)
            digest.update(block)
            count += len(block)
            if count > expected.bytes:
                break
    if count != expected.bytes:
        raise StorageError(REPLACED, address)
    return digest.hexdigest()


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


def _blocks(address: str, expected: FoundObject) -> Iterator[bytes]:
    if _is_web(address):  # one answer is of one version, also where a server tells of none
        yield from _streamed(address, expected.bytes)
        return
    ranges = ObjectRanges(address, expected)
    for start in range(0, expected.bytes, RANGE_BYTES):
        yield ranges.fetch(start, min(expected.bytes, start + RANGE_BYTES))
    ranges.check()


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
