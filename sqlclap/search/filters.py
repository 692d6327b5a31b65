"""Running filters: the samples that they let through; folders that hold nothing."""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from sqlclap.db.database import Snapshot
from sqlclap.db.samples import check_label
from sqlclap.db.sources import folder_as_stored, spelled_alike
from sqlclap.db.statements import statement
from sqlclap.errors import QueryError, UnknownFolderError
from sqlclap.index.reader import IndexView
from sqlclap.index.search import Allowed, allow

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sqlclap.db.database import Database
    from sqlclap.search.request import Filter

KEPT_FILTERS = 16
KEPT_S = 60.0  # a filter may speak of the time of day


@dataclass
class _CachedFilter:
    version: tuple[Any, ...]
    at: float
    sample_ids: npt.NDArray[np.int64]
    allowed: tuple[tuple[Any, ...], Allowed] | None = None


class FilterCache:
    """Remembers what filters let through, for as long as the library stays as it is."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: WeakKeyDictionary[Database, OrderedDict[Any, _CachedFilter]] = (
            WeakKeyDictionary()
        )

    def sample_ids(self, database: Database, what: Filter) -> npt.NDArray[np.int64]:
        """Return the samples that a filter lets through, ascending.

        Raises
        ------
        QueryError
            Its SQL can't be run, or no sound lies below its folder (`UnknownFolderError`).
        """
        return self._get(database, what).sample_ids

    def allowed(self, database: Database, what: Filter, view: IndexView) -> Allowed:
        """Return the same as positions of an index."""
        kept = self._get(database, what)
        key = (view.meta.path, view.tail.seq)
        if kept.allowed is None or kept.allowed[0] != key:
            kept.allowed = (key, allow(view, kept.sample_ids))
        return kept.allowed[1]

    def _get(self, database: Database, what: Filter) -> _CachedFilter:
        sql, bindings = what.sql(), what.bindings()
        key = (sql, tuple(sorted((name, repr(value)) for name, value in bindings.items())))
        with Snapshot(database) as now:
            with self._lock:
                entries = self._kept.setdefault(database, OrderedDict())
                kept = entries.get(key)
                if kept and kept.version == now.version and time.monotonic() - kept.at < KEPT_S:
                    entries.move_to_end(key)
                    return kept
            kept = _CachedFilter(now.version, time.monotonic(), _find(database, what))
            if not now.pending:
                with self._lock:
                    entries[key] = kept
                    while len(entries) > KEPT_FILTERS:
                        entries.popitem(last=False)
            return kept


def _find(database: Database, what: Filter) -> npt.NDArray[np.int64]:
    """Return the samples that a filter lets through; names that nothing has are refused."""
    import numpy as np

    bindings = what.bindings()
    if what.label is not None:
        check_label(database, bindings["sqlclap_label"])
    found = _run(database, what.sql(), bindings)
    if len(found) or what.folder is None:
        return found
    others = [
        one for one in folders_meant(database, what.folder) if one != folder_as_stored(what.folder)
    ]
    for folder in others:
        spelled = replace(what, folder=folder)
        found = np.union1d(found, _run(database, spelled.sql(), spelled.bindings()))
    return found


def _run(database: Database, sql: str, bindings: dict[str, Any]) -> npt.NDArray[np.int64]:
    import numpy as np

    try:
        row = database.execute(sql, bindings).fetchone()
    except Exception as error:  # each driver has errors of its own
        if "interrupted" in str(error):  # the statement around it says so, too
            raise
        raise QueryError(f"the filter can't be used: {error}") from error
    if row[0] is None:
        return np.empty(0, dtype=np.int64)
    return np.sort(np.fromstring(row[0], dtype=np.int64, sep=","))


NEAREST = 3
MOST_COMPARED = 5_000


def folders_meant(database: Database, folder: str) -> list[str]:
    """Return the library's own spellings of a folder, as filters take it.

    That is the folder itself where sounds lie below it, else those that differ in how accents are
    spelled (NFC, NFD), or that the same path leads to by ``.`` and ``..``.

    Raises
    ------
    UnknownFolderError
        No sound lies below such a folder; the nearest are named.
    """
    wanted = folder_as_stored(folder)
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
    for root, folder in database.execute(statement("search/filter_folders_there")):
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
