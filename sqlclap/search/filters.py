"""Evaluates filters: the samples that pass them, and errors for folders without sounds."""

from __future__ import annotations

import json
import os
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from sqlclap.db.database import Snapshot
from sqlclap.db.samples import check_label
from sqlclap.db.sources import folder_as_stored, spelled_alike
from sqlclap.db.statements import statement
from sqlclap.errors import QueryError, UnknownFolderError
from sqlclap.search.fields import FILTERS
from sqlclap.search.search_field import PREFIX

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sqlclap.db.database import Database
    from sqlclap.index.reader import IndexView
    from sqlclap.index.search import Allowed
    from sqlclap.search.request import Filter

KEPT_FILTERS = 16
KEPT_S = 60.0  # a filter may depend on the time of day


@dataclass
class _CachedFilter:
    version: tuple[Any, ...]
    at: float
    sample_ids: npt.NDArray[np.int64]
    allowed: dict[bool, tuple[tuple[Any, ...], Allowed]] = field(default_factory=dict)
    outside: dict[int, npt.NDArray[np.int64]] = field(default_factory=dict)


class FilterCache:
    """A cache of the samples that filters let through, valid until the library changes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: WeakKeyDictionary[Database, OrderedDict[Any, _CachedFilter]] = (
            WeakKeyDictionary()
        )

    def sample_ids(self, database: Database, sample_filter: Filter) -> npt.NDArray[np.int64]:
        """Return the samples that a filter lets through, ascending.

        Raises
        ------
        QueryError
            Its SQL can't be run, or no sound lies below its folder (`UnknownFolderError`).
        """
        return self._get(database, sample_filter).sample_ids

    def count(self, database: Database, sample_filter: Filter) -> int:
        """Count the samples that a filter lets through; errors are as in `sample_ids`."""
        return len(self._get(database, sample_filter).sample_ids)

    def allowed(self, database: Database, sample_filter: Filter, view: IndexView) -> Allowed:
        """Return these samples as positions in an index."""
        from sqlclap.index.search import allow

        entry = self._get(database, sample_filter)
        key, known = (view.meta.path, view.tail.seq), entry.allowed.get(view.windows)
        if known is None or known[0] != key:
            known = entry.allowed[view.windows] = (key, allow(view, entry.sample_ids))
        return known[1]

    def moments_outside(
        self, database: Database, only: Filter, model_id: int
    ) -> npt.NDArray[np.int64]:
        """Return the moments that a filter leaves out of the samples that it lets through.

        Only a `MomentFilter` does that: they lie outside its times. Embedding ids, ascending.
        """
        import numpy as np

        from sqlclap.search.moment_filter import MomentFilter

        if not isinstance(only, MomentFilter):
            return np.empty(0, dtype=np.int64)
        entry = self._get(database, only)
        if model_id not in entry.outside:
            among = json.dumps(entry.sample_ids.tolist())
            more = {f"{PREFIX}among": among, f"{PREFIX}model_id": model_id}
            rows = database.execute(only.outside_sql(), only.bindings() | more)
            entry.outside[model_id] = np.sort(np.array([row[0] for row in rows], dtype=np.int64))
        return entry.outside[model_id]

    def _get(self, database: Database, sample_filter: Filter) -> _CachedFilter:
        sql, bindings = sample_filter.sql(), sample_filter.bindings()
        key = (sql, tuple(sorted((name, repr(value)) for name, value in bindings.items())))
        with Snapshot(database) as snapshot:
            with self._lock:
                entries = self._entries.setdefault(database, OrderedDict())
                entry = entries.get(key)
                if (
                    entry
                    and entry.version == snapshot.version
                    and time.monotonic() - entry.at < KEPT_S
                ):
                    entries.move_to_end(key)
                    return entry
            entry = _CachedFilter(
                snapshot.version, time.monotonic(), _find(database, sample_filter)
            )
            if not snapshot.pending:
                with self._lock:
                    entries[key] = entry
                    while len(entries) > KEPT_FILTERS:
                        entries.popitem(last=False)
            return entry


def _find(database: Database, sample_filter: Filter) -> npt.NDArray[np.int64]:
    """Return the samples that a filter lets through; unknown folders and labels are errors."""
    import numpy as np

    bindings = sample_filter.bindings()
    if sample_filter.label is not None:
        check_label(database, bindings["sqlclap_label"])
    _check_places(database, bindings)
    sample_ids = _run(database, sample_filter.sql(), bindings)
    if len(sample_ids) or sample_filter.folder is None:
        return sample_ids
    others = [
        one
        for one in folders_meant(database, sample_filter.folder)
        if one != folder_as_stored(sample_filter.folder)
    ]
    for folder in others:
        spelled = replace(sample_filter, folder=folder)
        sample_ids = np.union1d(sample_ids, _run(database, spelled.sql(), spelled.bindings()))
    return sample_ids


_NAMED = tuple(one for one in FILTERS if one.names)


def _check_places(database: Database, bindings: dict[str, Any]) -> None:
    """Check that a site, deployment or collection exists: its name may be mistyped."""
    for one in _NAMED:
        what, wanted = one.name, bindings.get(one.parameter)
        rows = database.execute(one.names, (wanted,)).fetchall() if wanted else []
        if wanted and not any(is_it for _, is_it in rows):
            known = [str(name) for name, _ in rows if name is not None]
            shown = ", ".join(known[:MOST_NAMED]) + (", ..." if len(known) > MOST_NAMED else "")
            there = f"there are {shown}" if known else "the library has none yet"
            kind = QueryError if what == "collection" else UnknownFolderError
            raise kind(f"no {what} {wanted!r}: {there}")


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
MOST_NAMED = 10
MOST_COMPARED = 5_000


def folders_meant(database: Database, folder: str) -> list[str]:
    """Return the library's spellings of a folder that a filter names.

    That is the folder itself where sounds lie below it, else those that differ in how accents are
    spelled (NFC, NFD), or that the same path leads to by ``.`` and ``..``.

    Raises
    ------
    UnknownFolderError
        No sound lies below such a folder; the nearest are named.
    """
    named = folder_as_stored(folder)
    below, absolute = _folders_there(database)
    folders = below | absolute
    if named in folders or not named:
        return [named]
    typed = os.path.normpath(named)
    alike = {spelled_alike(typed), spelled_alike(os.path.abspath(typed))}  # noqa: PTH100 as text
    spellings = sorted(one for one in folders if spelled_alike(one) in alike)
    if spellings:
        return spellings
    nearest = _nearest(spelled_alike(typed), below)
    hint = f"; nearest: {', '.join(nearest)}" if nearest else ""
    raise UnknownFolderError(f"no sound of the library lies below the folder {named!r}{hint}")


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


def _nearest(named: str, below: set[str]) -> list[str]:
    from difflib import get_close_matches

    name = named.rpartition("/")[2].lower()
    by_end = sorted(one for one in below if spelled_alike(one).rpartition("/")[2].lower() == name)
    if by_end:
        return by_end[:NEAREST]
    compared = {spelled_alike(one).lower(): one for one in sorted(below)[:MOST_COMPARED]}
    by_name = {one.rpartition("/")[2]: whole for one, whole in compared.items()}
    close = get_close_matches(named.lower(), compared, NEAREST)
    ends = get_close_matches(name, by_name, NEAREST)
    whole = [compared[one] for one in close] + [by_name[one] for one in ends]
    return list(dict.fromkeys(whole))[:NEAREST]
