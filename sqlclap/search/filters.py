"""Filters: which samples may be found, as SQL; folders that hold nothing."""

from __future__ import annotations

import math
import os
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from sqlclap.db.database import Snapshot
from sqlclap.db.samples import check_label
from sqlclap.db.sources import path_columns, spelled_alike
from sqlclap.db.statements import statement
from sqlclap.errors import QueryError, UnknownFolderError
from sqlclap.index.reader import IndexView
from sqlclap.index.search import Allowed, allow

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sqlclap.db.database import Database

KEPT_FILTERS = 16
KEPT_S = 60.0  # a filter may speak of the time of day

_LITERALS = re.compile(
    r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | `[^`]*` | \[[^\]]*\] | --[^\n]* | /\*.*?(?:\*/|\Z)""",
    re.VERBOSE | re.DOTALL,
)

_OF_SOURCES = re.compile(r"root|sources", re.IGNORECASE)


@dataclass(frozen=True)
class Filter:
    """Which samples may be found.

    Attributes
    ----------
    where : str, optional
        An SQL expression over the columns of ``samples`` and ``root``, such as
        ``duration_s < :longest``; other tables are reached by subqueries.
    params : mapping
        Values of its named parameters.
    folder : str, optional
        A folder below a source, or an absolute one; accents may be spelled either way.
    min_length, max_length : float, optional
        In seconds, both included.
    label : str, optional
        Only samples tagged with this label, and its positive anchors.

    Raises
    ------
    QueryError
        Nothing can pass: the shortest length is above the longest, or a value is empty.
    """

    where: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    folder: str | None = None
    min_length: float | None = None
    max_length: float | None = None
    label: str | None = None

    def __post_init__(self) -> None:
        for name in ("folder", "label"):
            value = getattr(self, name)
            if value is not None and not value.strip():
                raise QueryError(f"expected a {name}, got an empty text")
        least, most = self.min_length, self.max_length
        if any(value is not None and not math.isfinite(value) for value in (least, most)):
            raise QueryError(f"expected lengths in seconds, got {least} to {most}")
        if least is not None and most is not None and least > most:
            raise QueryError(
                f"no sound is at least {least:g} s and at most {most:g} s long: "
                "min_length is above max_length"
            )
        if self.params and self.where is None:
            named = ", ".join(sorted(map(str, self.params)))
            raise QueryError(f"there is no where that the parameters are of: {named}")

    @property
    def is_empty(self) -> bool:
        """Whether everything may be found."""
        parts = (self.where, self.folder, self.min_length, self.max_length, self.label)
        return all(part is None for part in parts)

    def sql(self) -> str:
        """Return the statement that gives the samples' ids, with named parameters.

        Raises
        ------
        QueryError
            `where` is no single expression.
        """
        conditions = [self._checked_where()] if self.where is not None else []
        if self.folder is not None:
            conditions.append(statement("search/filter_folder"))
        if self.min_length is not None:
            conditions.append("duration_s >= :sqlclap_min_length")
        if self.max_length is not None:
            conditions.append("duration_s <= :sqlclap_max_length")
        if self.label is not None:
            conditions.append(statement("search/filter_label"))
        # A line of its own, so that a comment at its end ends there.
        joined = " AND ".join(f"(\n{condition}\n)" for condition in conditions)
        name = (
            "search/filter_samples" if _OF_SOURCES.search(joined) else "search/filter_samples_alone"
        )
        return f"{statement(name)} {joined}"

    def bindings(self) -> dict[str, Any]:
        """Return the values for the statement."""
        own = {
            "sqlclap_folder": None if self.folder is None else as_stored(self.folder),
            "sqlclap_min_length": self.min_length,
            "sqlclap_max_length": self.max_length,
            "sqlclap_label": self.label.strip() if self.label else self.label,
        }
        return dict(self.params) | {name: value for name, value in own.items() if value is not None}

    def _checked_where(self) -> str:
        """Refuse what would end the statement, or the parentheses around the expression."""
        where = self.where or ""
        bare, depth = _LITERALS.sub(" ", where), 0
        for sign in bare:
            depth += (sign == "(") - (sign == ")")
            if depth < 0 or sign == ";":
                break
        if depth != 0 or ";" in bare or not bare.strip():
            raise QueryError(f"expected one SQL expression, such as duration_s < 2; got {where!r}")
        return where


@dataclass
class _CachedFilter:
    version: tuple[Any, ...]
    at: float
    sample_ids: npt.NDArray[np.int64]
    allowed: dict[bool, tuple[tuple[Any, ...], Allowed]] = field(default_factory=dict)


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
        key, known = (view.meta.path, view.tail.seq), kept.allowed.get(view.windows)
        if known is None or known[0] != key:
            known = kept.allowed[view.windows] = (key, allow(view, kept.sample_ids))
        return known[1]

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
    others = [one for one in folders_meant(database, what.folder) if one != as_stored(what.folder)]
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
