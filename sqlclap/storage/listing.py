"""Lists the objects below an address, each with a stamp that changes when the object does."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from sqlclap.addresses import is_address, protocol_of
from sqlclap.errors import StorageError
from sqlclap.storage.systems import file_system, told
from sqlclap.thread_pool import ThreadPool

AT_ONCE = 8
"""Requests on their way, where each object has to be asked about by itself."""

_SECOND_NS = 1_000_000_000
_TIMES = ("LastModified", "Last-Modified", "last_modified", "updated", "mtime", "modified")
_TAGS = ("ETag", "etag", "Content-MD5", "content_settings", "md5Hash", "crc32c")
_WEB = ("http", "https")


@dataclass(frozen=True)
class FoundObject:
    """An object of a store.

    Attributes
    ----------
    path : str
        Below the address that was listed; "" for that object itself.
    bytes : int
    stamp_ns : int
        Time of its last change (in nanoseconds), to the second: what is below a second is made of
        its ETag, so that content that is replaced within a second is noticed, too.
    """

    path: str
    bytes: int
    stamp_ns: int


def kind_of(address: str, looks_like_file: bool) -> str:
    """Return "file" or "folder", for what an address names.

    Parameters
    ----------
    address : str
    looks_like_file : bool
        Whether its name ends like a sound's: web servers don't say what is a folder.

    Raises
    ------
    StorageError
        Nothing is there, or it can't be asked.
    """
    system = file_system(address)
    if protocol_of(address) in _WEB:
        with told(address):
            system.info(address if looks_like_file else f"{address}/")
        return "file" if looks_like_file else "folder"
    with told(address):
        return "file" if system.info(address)["type"] == "file" else "folder"


def list_objects(address: str, suffixes: frozenset[str]) -> Iterator[FoundObject | StorageError]:
    """Yield the objects at or below an address whose name ends like a sound's, in no order.

    One that can't be asked about comes as the error; it does not end the listing.

    Raises
    ------
    StorageError
        They can't be listed.
    """
    system, is_web = file_system(address), protocol_of(address) in _WEB
    with told(address):
        found = _linked(system, f"{address}/") if is_web else system.find(address, detail=True)
    named = _sounds(system, address, found, suffixes)
    if not is_web:
        for path, details in named:
            yield _found(path, details)
        return
    paths = [path for path, _ in named]
    with ThreadPool(AT_ONCE) as pool:
        yield from pool.map(lambda path: _asked(address, path), paths)


def _linked(system: Any, root: str) -> dict[str, Mapping[str, Any]]:
    """Return what a page links to, and the pages below it.

    Not fsspec's `find`: it takes a page that doesn't answer for one without links, and all that is
    behind it would be missing. Only one that is gone (404) is that.
    """
    found: dict[str, Mapping[str, Any]] = {}
    waiting, seen = [root], {root}
    while waiting:
        page = waiting.pop()
        try:
            links = system.ls(page, detail=True)
        except FileNotFoundError:
            if page == root:
                raise
            continue
        for link in links:
            name = str(link["name"])
            if link["type"] != "directory":
                found[name] = link
            elif name.startswith(root) and name not in seen:
                seen.add(name)
                waiting.append(name)
    return found


def look_at(address: str) -> FoundObject:
    """Return one object, with "" as its path.

    Raises
    ------
    StorageError
        It is not there, or can't be asked about.
    """
    system = file_system(address)
    with told(address):
        details = system.info(address)
        if details.get("type") == "directory":
            raise FileNotFoundError(address)
        return _found("", details)


def _asked(address: str, path: str) -> FoundObject | StorageError:
    try:
        found = look_at(f"{address}/{path}")
    except StorageError as error:
        return StorageError(error.reason, path)
    return FoundObject(path, found.bytes, found.stamp_ns)


def _sounds(
    system: Any, address: str, found: Mapping[str, Any], suffixes: frozenset[str]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    # Listed names have no protocol, but on the web.
    plain = str(system._strip_protocol(address)).rstrip("/")
    for name, details in found.items():
        root = address if is_address(name) else plain
        below = name.removeprefix(f"{root}/")
        dot = below.rfind(".")
        is_sound = dot > 0 and below[dot:].lower() in suffixes
        if below != name and is_sound and details.get("type") != "directory":
            yield below, details


def _found(path: str, details: Mapping[str, Any]) -> FoundObject:
    return FoundObject(path, int(details.get("size") or 0), stamp_of(details))


def stamp_of(details: Mapping[str, Any]) -> int:
    """Return an object's stamp: see `FoundObject`.

    What tells neither a time nor an ETag gets the present: it is read each time.
    """
    changed = next((details[name] for name in _TIMES if details.get(name)), None)
    tag = next((str(details[name]) for name in _TAGS if details.get(name)), "")
    if changed is None and not tag:
        return time.time_ns()
    digest = hashlib.blake2b(tag.encode(), digest_size=8).digest() if tag else b""
    return _seconds(changed) * _SECOND_NS + int.from_bytes(digest, "big") % _SECOND_NS


def _seconds(changed: Any) -> int:
    if isinstance(changed, datetime):
        return int(changed.timestamp())
    if isinstance(changed, int | float):
        return int(changed)
    if changed is None:
        return 0
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            return int(read(str(changed)).timestamp())
        except ValueError:
            continue
    return 0
