"""Asks for ranges of objects: again where the network failed, and never for a mix of two."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from sqlclap.addresses import protocol_of
from sqlclap.errors import StorageError
from sqlclap.storage.listing import FoundObject, look_at, stamp_of
from sqlclap.storage.systems import file_system, told

WAITS_S = (0.2, 1.0, 4.0)
"""Before a range is asked for again."""
REPLACED = "it was replaced or cut off while it was read"

_HOPELESS = (FileNotFoundError, PermissionError, ImportError, StorageError)
_VERSION = ("ETag", "LastModified", "Last-Modified")
_TRY_AGAIN = frozenset({408, 425, 429})


class NoRangesError(Exception):
    """A web server answers with the whole, or doesn't tell which version a range is of."""


@dataclass(frozen=True)
class _Answer:
    """Bytes, and what the store tells with them of the object; nothing where it doesn't."""

    content: bytes
    details: Mapping[str, Any]


class ObjectRanges:
    """One version of an object, by ranges. Safe with several threads.

    Parameters
    ----------
    address : str
    expected : FoundObject
        As the listing has it.
    """

    def __init__(self, address: str, expected: FoundObject) -> None:
        self.address = address
        self.expected = expected
        self._system = file_system(address)
        self._is_told = True

    def fetch(self, start: int, stop: int) -> bytes:
        """Return a range.

        Raises
        ------
        StorageError
            It can't be fetched, after some tries; or the object has been replaced.
        NoRangesError
            The server gives no ranges that can be put together.
        """
        for wait_s in (*WAITS_S, None):
            try:
                return self._fetch(start, stop)
            except NoRangesError:
                raise
            except Exception as error:
                if wait_s is None or _is_hopeless(error):
                    with told(self.address):
                        raise
            time.sleep(wait_s)
        raise AssertionError

    def check(self) -> None:
        """Make sure, after the last of several ranges, that all were of the same version.

        Raises
        ------
        StorageError
            The object has been replaced, or can't be asked about.
        """
        if not self._is_told and look_at(self.address).stamp_ns != self.expected.stamp_ns:
            raise StorageError(REPLACED, self.address)

    def _fetch(self, start: int, stop: int) -> bytes:
        is_part = (start, stop) != (0, self.expected.bytes)
        answer = _ask(self._system, self.address, range(start, stop), is_part)
        told_stamp = stamp_of(answer.details) if answer.details and is_part else None
        # One answer is of one version, whichever.
        self._is_told = told_stamp is not None or not is_part
        if told_stamp not in (None, self.expected.stamp_ns) or len(answer.content) > stop - start:
            raise StorageError(REPLACED, self.address)
        if len(answer.content) < stop - start:
            raise ConnectionError(REPLACED)
        return answer.content


def _is_hopeless(error: Exception) -> bool:
    """Whether asking again is of no use."""
    status = getattr(error, "status", None)  # of aiohttp; s3fs asks again by itself
    refused = isinstance(status, int) and 400 <= status < 500 and status not in _TRY_AGAIN
    return refused or isinstance(error, _HOPELESS) or type(error).__name__ == "NoCredentialsError"


def _ask(system: Any, address: str, part: range, is_part: bool) -> _Answer:
    from fsspec.asyn import sync

    protocol = protocol_of(address)
    if protocol in ("http", "https"):
        return sync(system.loop, _ask_web, system, address, part, is_part)  # type: ignore[no-any-return]
    if not part:
        return _Answer(b"", {})
    if protocol == "s3":
        return sync(system.loop, _ask_s3, system, address, part)  # type: ignore[no-any-return]
    return _Answer(system.cat_file(address, start=part.start, end=part.stop), {})


async def _ask_s3(system: Any, address: str, part: range) -> _Answer:
    """Ask as s3fs does: its own ways to read a range don't tell of which version it is."""
    bucket, key, _ = system.split_path(address)
    asked = f"bytes={part.start}-{part.stop - 1}"
    found = await system._call_s3("get_object", Bucket=bucket, Key=key, Range=asked)
    async with found["Body"] as body:
        return _Answer(await body.read(), {name: found.get(name) for name in _VERSION})


async def _ask_web(system: Any, address: str, part: range, is_part: bool) -> _Answer:
    """Ask for a part, or for all: a server that knows no parts answers with all of it."""
    headers = {"Accept-Encoding": "identity"}
    if is_part:
        headers["Range"] = f"bytes={part.start}-{part.stop - 1}"
    session = await system.set_session()
    settings = dict(system.kwargs)
    settings["headers"] = dict(settings.get("headers", {})) | headers
    async with session.get(system.encode_url(address), **settings) as answer:
        system._raise_not_found_for_status(answer, address)
        if is_part and (
            answer.status != HTTPStatus.PARTIAL_CONTENT or "ETag" not in answer.headers
        ):
            raise NoRangesError
        content = bytearray()
        async for block in answer.content.iter_any():
            content += block
            if len(content) > len(part):
                break
        return _Answer(bytes(content), {name: answer.headers.get(name) for name in _VERSION})
