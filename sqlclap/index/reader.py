"""Readers' side of the sidecar: open the generation in force, notice new ones, keep the tail."""

from __future__ import annotations

import threading
import time
import warnings
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from sqlclap.db.database import Snapshot, Version
from sqlclap.db.stored_models import NO_INDEX, SkippedVector, StoredModel, tell_of_skipped
from sqlclap.deprecated import former_attribute
from sqlclap.errors import IndexFileError, SidecarWarning
from sqlclap.index.files import check_generation, replaced_for, sidecar_folder
from sqlclap.index.hnsw import QUANTISATION, ScoreErrors, score_error
from sqlclap.index.meta import IndexMeta, IndexState, read_state
from sqlclap.index.segments import (
    GenerationFiles,
    LiveSegment,
    Segment,
    live_segment,
    open_segments,
)
from sqlclap.index.settings import EfSearch, ef_search_of
from sqlclap.index.tail import Tail, empty_tail, extend_tail
from sqlclap.quantities import typed

if TYPE_CHECKING:
    from sqlclap.arrays import Int64Array
    from sqlclap.db.database import Database


@dataclass(frozen=True, eq=False)
class IndexView:
    """A generation and what changed since; never altered, so threads can share it.

    Attributes
    ----------
    meta : IndexMeta
    segments : tuple of Segment
    tail : Tail
    windows : bool
        They hold windows, else samples' own vectors.
    """

    meta: IndexMeta
    segments: tuple[Segment, ...]
    tail: Tail
    windows: bool = False

    @cached_property
    def live(self) -> tuple[LiveSegment, ...]:
        """What of each segment still holds."""
        return tuple(live_segment(one, self.tail.changed) for one in self.segments)

    @cached_property
    def usable_count(self) -> int:
        """How many positions still hold."""
        return sum(one.count for one in self.live)

    @cached_property
    def removed_count(self) -> int:
        """How many no longer do."""
        return sum(one.rows.count for one in self.segments) - self.usable_count

    @cached_property
    def sample_ids(self) -> Int64Array:
        """The samples that it holds anything of, the tail's included, ascending; shape (n,)."""
        import numpy as np

        found = [np.unique(self.tail.sample_ids)]
        for one in self.live:
            ids = one.segment.rows.sample_ids
            found.append(np.unique(ids if one.mask is None else ids[one.mask]))
        return np.unique(np.concatenate(found))

    @cached_property
    def ef_search(self) -> EfSearch:
        """How widely to search."""
        return ef_search_of(self.meta.search_params(self.windows))

    widths = former_attribute("widths", "ef_search")

    @cached_property
    def errors(self) -> ScoreErrors:
        """How far scores that the graphs give may be off."""
        code = max((one.code_error for one in self.segments), default=QUANTISATION)
        return ScoreErrors(score_error(code, self.tail.vectors.shape[1]), code)

    @property
    def score_error(self) -> float:
        """How far a score that a graph gives may be off."""
        return self.errors.score

    @property
    def count(self) -> int:
        """Vectors that can be found: in the graphs and in the tail."""
        return self.usable_count + self.tail.count


TRY_AGAIN_S = 30.0
REPLACED = "the index was replaced after this transaction began"
UNREADABLE = "index_meta"
REPLACED_S = 60.0
"""A transaction that began before an index was replaced is seldom older; a library that was
restored beside a newer index mostly is."""


@dataclass(frozen=True)
class _Refusal:
    """A generation that can't be used."""

    path: str
    reason: str
    at: float


_Key = tuple[int, bool]
"""A model's number, and whether its windows are meant."""


@dataclass(frozen=True)
class _ConnectionView:
    """An index as a connection saw it in one state of the library."""

    version: Version
    view: IndexView


class IndexReader:
    """Keeps the indexes of one library open; safe from several threads and connections."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fresh: dict[_Key, IndexView] = {}  # as opened, without any tail
        self._latest: dict[_Key, IndexView] = {}  # with the tail of the latest committed state
        self._refused: dict[int, _Refusal] = {}
        self._distrusted: set[str] = set()
        self._seen: WeakKeyDictionary[Database, dict[_Key, _ConnectionView]] = WeakKeyDictionary()

    def view(
        self,
        database: Database,
        model: StoredModel,
        now: Snapshot | None = None,
        windows: bool = False,
    ) -> tuple[IndexView | None, str]:
        """Return the index as of now, or None and the reason why none can be used.

        An index that can't be used gives one `SidecarWarning`, and is tried again later.

        Parameters
        ----------
        database : Database
        model : StoredModel
        now : Snapshot, optional
            What the caller reads; it moves on where the index has just been replaced.
        windows : bool
            That of windows, else that of samples' own vectors.
        """
        if now is None:
            with Snapshot(database) as current:
                return self.view(database, model, current, windows)
        key = (model.model_id, windows)
        seen = self._seen.get(database, {}).get(key)
        if seen is not None and seen.version == now.version:
            return seen.view, ""
        gone: set[str] = set()
        view, problem = self._view(database, model, windows, gone)
        while problem == REPLACED and now.renew():
            view, problem = self._view(database, model, windows, gone)
        if view is not None and not now.pending:
            with self._lock:
                kept = self._seen.setdefault(database, {})
            kept[key] = _ConnectionView(now.version, view)
            self._latest[key] = view
        return view, problem

    def _view(
        self, database: Database, model: StoredModel, windows: bool, gone: set[str]
    ) -> tuple[IndexView | None, str]:
        """Return the same, from what the library says now; note in `gone` what was replaced."""
        base = self._latest.get((model.model_id, windows))
        try:
            state = _state_since(database, model, windows, base)
        except IndexFileError as error:
            with self._lock:
                return None, self._refuse(database, model, UNREADABLE, error)
        if state is None:
            return None, NO_INDEX
        if base is None or not _follows(state, base):
            if base is not None and state.meta.path == base.meta.path:
                # An older transaction or a restored library: the tail kept is not of its past.
                state = _state_since(database, model, windows, None) or state
            opened = self._open(database, model, state, gone)
            if isinstance(opened, str):
                return None, opened
            base = opened
        tail = extend_tail(base.tail, database, model, state)
        if tail is base.tail:
            return base, ""
        if tail.waiting:
            skipped = [SkippedVector(*one, "none that can be") for one in tail.waiting.items()]
            tell_of_skipped(database, model, skipped)
        return replace(base, tail=tail), ""

    def _open(
        self, database: Database, model: StoredModel, state: IndexState, gone: set[str]
    ) -> IndexView | str:
        """Open the generation in force; or return why it can't be used.

        One that a newer state still names, though it is known to be gone, was not replaced: an
        older library lies beside a newer index. One that it names anew may be replaced, too.
        """
        meta = state.meta
        with self._lock:
            try:
                return self._opened(database, model, meta, state.windows)
            except IndexFileError as error:
                since = None if meta.path in gone else replaced_for(_folder(database, meta))
                if since is not None and since < REPLACED_S:
                    gone.add(meta.path)
                    return REPLACED
                return self._refuse(database, model, meta.path, error)

    def _opened(
        self, database: Database, model: StoredModel, meta: IndexMeta, windows: bool
    ) -> IndexView:
        key = (model.model_id, windows)
        fresh = self._fresh.get(key)
        if fresh is not None and (fresh.meta.path, fresh.meta.seq) == (meta.path, meta.seq):
            return fresh
        refused = self._refused.get(model.model_id)
        if meta.path in self._distrusted:
            raise IndexFileError(f"{meta.path} holds other vectors than the library")
        if refused and refused.path == meta.path and time.monotonic() - refused.at < TRY_AGAIN_S:
            raise IndexFileError(refused.reason)
        known = fresh.segments if fresh is not None else ()
        fresh = open_view(_folder(database, meta), model, meta, windows, known)
        self._fresh[key] = fresh
        return fresh

    def distrust(self, database: Database, model: StoredModel, view: IndexView) -> None:
        """Do without an index from now on: the library holds other vectors than it does."""
        reason = f"{view.meta.path} holds other vectors than the library (written over?)"
        with self._lock:
            self._distrusted.add(view.meta.path)
            for windows in (False, True):
                self._fresh.pop((model.model_id, windows), None)
                self._latest.pop((model.model_id, windows), None)
            self._seen.clear()
            self._refuse(database, model, view.meta.path, IndexFileError(reason), " --rebuild")

    def _refuse(
        self,
        database: Database,
        model: StoredModel,
        path: str,
        error: IndexFileError,
        how: str = "",
    ) -> str:
        known = self._refused.get(model.model_id)
        self._refused[model.model_id] = _Refusal(path, str(error), time.monotonic())
        if known is None or known.path != path:
            warnings.warn(
                f"the index can't be used, so searches are exact and slower: {error}; "
                f"make a new one with `sqlclap index build {typed(database.filename)}{how}`",
                SidecarWarning,
                stacklevel=2,
            )
        return f"the index can't be used: {error}"


def open_view(
    folder: Path,
    model: StoredModel,
    meta: IndexMeta,
    windows: bool = False,
    known: tuple[Segment, ...] = (),
) -> IndexView:
    """Open a generation by memory map, without any tail.

    Parameters
    ----------
    folder : Path
    model : StoredModel
    meta : IndexMeta
    windows : bool
        Its windows, else its samples' own vectors.
    known : tuple of Segment
        Those that are open already.

    Raises
    ------
    IndexFileError
        It is missing, cut short, altered, foreign, of another model or another format.
    """
    manifest = check_generation(folder, meta.checksum)
    if manifest.model_version not in model.versions or manifest.dim != model.dim:
        raise IndexFileError(f"{folder} is of another model ({manifest.model_version})")
    meta.check_manifest(manifest)
    segments = open_segments(GenerationFiles(folder, manifest), model, windows, known)
    return IndexView(meta, segments, empty_tail(meta.seq, model.dim), windows)


def _folder(database: Database, meta: IndexMeta) -> Path:
    return sidecar_folder(Path(database.filename)) / meta.path


def _state_since(
    database: Database, model: StoredModel, windows: bool, base: IndexView | None
) -> IndexState | None:
    if base is None:
        return read_state(database, model.model_id, windows=windows)
    return read_state(database, model.model_id, base.meta.path, base.tail.seq, windows)


def _follows(state: IndexState, base: IndexView) -> bool:
    """Whether a state is the one that `base` knows, or a later one of the same generation.

    Numbers alone don't say so: a library restored from a backup gives them to other changes.
    """
    same = (state.meta.path, state.mark_then) == (base.meta.path, base.tail.mark)
    return same and state.now >= base.tail.seq
