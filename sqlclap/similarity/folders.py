"""A filter's folder that holds nothing: spelled another way, or not in the library at all."""

from __future__ import annotations

import os
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from sqlclap.errors import UnknownFolderError
from sqlclap.library import path_columns, spelled_alike, statement

if TYPE_CHECKING:
    from sqlclap.library import Database

NEAREST = 3
MOST_COMPARED = 5_000


def as_stored(folder: str) -> str:
    """Write a folder as `path` does: without a slash at its end, and as text."""
    bare = folder.rstrip("/")
    try:
        bare.encode("utf-8")
    except UnicodeEncodeError:
        return path_columns(bare)[0]
    return bare


def folders_meant(database: Database, folder: str) -> list[str]:
    """Return the library's own spellings of a folder, as filters take it.

    That is the folder itself where sounds lie below it, else those that differ in how accents are
    spelled (NFC, NFD), or that the same path leads to by ``.`` and ``..``.

    Raises
    ------
    UnknownFolderError
        No sound lies below such a folder; the nearest are named.
    """
    wanted = as_stored(folder)
    below, absolute = _folders_there(database)
    there = below | absolute
    if wanted in there or not wanted:
        return [wanted]
    typed = os.path.normpath(wanted)
    alike = {spelled_alike(typed), spelled_alike(os.path.abspath(typed))}  # noqa: PTH100 as text
    found = sorted(one for one in there if spelled_alike(one) in alike)
    if found:
        return found
    nearest = _nearest(spelled_alike(typed), below)
    hint = f"; nearest: {', '.join(nearest)}" if nearest else ""
    raise UnknownFolderError(f"no sound of the library lies below the folder {wanted!r}{hint}")


def _folders_there(database: Database) -> tuple[set[str], set[str]]:
    """Return all folders that hold sounds, below their sources and absolute."""
    roots: dict[str, set[str]] = {}
    for root, folder in database.execute(statement("filter_folders_there")):
        roots.setdefault(root.rstrip("/"), set()).add(folder.rstrip("/"))
    below: set[str] = set()
    absolute: set[str] = set()
    for root, folders in roots.items():
        within = {str(up) for one in folders for up in (one, *_parents(one)) if up}
        whole = {root, *_parents(root), *(f"{root}/{one}" for one in within)}
        below |= within
        absolute |= whole
        for around in roots:
            below |= {
                one.removeprefix(around + "/") for one in whole if one.startswith(around + "/")
            }
    return below, absolute


def _parents(folder: str) -> list[str]:
    return [str(one) for one in PurePosixPath(folder).parents if str(one) not in (".", "/")]


def _nearest(wanted: str, below: set[str]) -> list[str]:
    from difflib import get_close_matches

    name = wanted.rpartition("/")[2].lower()
    by_end = sorted(one for one in below if spelled_alike(one).rpartition("/")[2].lower() == name)
    if by_end:
        return by_end[:NEAREST]
    compared = {spelled_alike(one).lower(): one for one in sorted(below)[:MOST_COMPARED]}
    by_name = {one.rpartition("/")[2]: whole for one, whole in compared.items()}
    close = get_close_matches(wanted.lower(), compared, NEAREST)
    ends = get_close_matches(name, by_name, NEAREST)
    whole = [compared[one] for one in close] + [by_name[one] for one in ends]
    return list(dict.fromkeys(whole))[:NEAREST]
