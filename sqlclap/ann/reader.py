"""Readers' side of the sidecar: open the generation in force, notice new ones, keep the tail."""

from __future__ import annotations

import threading
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.ann.files import check_generation, sidecar_folder
from sqlclap.ann.graph import map_graph
from sqlclap.ann.manifest import GRAPH, ROWS
from sqlclap.ann.meta import IndexMeta, IndexState, read_state
from sqlclap.ann.rows import map_rows
from sqlclap.ann.tail import empty_tail, extend_tail
from sqlclap.ann.view import IndexView
from sqlclap.errors import IndexFileError, SidecarWarning
from sqlclap.library.database import WRITING
from sqlclap.vectors import StoredModel

if TYPE_CHECKING:
    from sqlclap.library import Database

TRY_AGAIN_S = 30.0
NO_INDEX = "no index was built"


@dataclass(frozen=True)
class _Refusal:
    """A generation that can't be used."""

    path: str
    reason: str
    at: float


class IndexReader:
    """Keeps the indexes of one library open; safe from several threads and connections."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fresh: dict[int, IndexView] = {}  # as opened, without any tail
        self._latest: dict[int, IndexView] = {}  # with the tail of the latest committed state
        self._refused: dict[int, _Refusal] = {}

    def view(self, database: Database, model: StoredModel) -> tuple[IndexView | None, str]:
        """Return the index as of now, or None and the reason why there is none to use.

        An index that can't be used gives one `SidecarWarning`, and is tried again later.
        """
        base = self._latest.get(model.model_id)
        state = _state_since(database, model, base)
        if state is None:
            return None, NO_INDEX
        if base is None or not _follows(state, base):
            if base is not None and state.meta.path == base.meta.path:
                # An older transaction or a restored library: the tail kept is ahead of it.
                state = _state_since(database, model, None) or state
            opened = self._open(database, model, state)
            if isinstance(opened, str):
                return None, opened
            base, state = opened
        return self._caught_up(database, model, state, base), ""

    def _caught_up(
        self, database: Database, model: StoredModel, state: IndexState, base: IndexView
    ) -> IndexView:
        tail = extend_tail(base.tail, database, model, state)
        view = base if tail is base.tail else IndexView(base.meta, base.graph, base.rows, tail)
        # What a transaction has not committed may never come to be.
        if database.txn_state() != WRITING:
            self._latest[model.model_id] = view
        return view

    def _open(
        self, database: Database, model: StoredModel, state: IndexState
    ) -> tuple[IndexView, IndexState] | str:
        """Open the generation in force; return it with its state, or why it can't be used."""
        with self._lock:
            try:
                return self._opened(database, model, state.meta), state
            except IndexFileError as first:
                # A builder may just have replaced it.
                again = _state_since(database, model, None)
                if again is None:
                    return NO_INDEX
                if again.meta.path == state.meta.path:
                    return self._refuse(database, model, state.meta, first)
            try:
                return self._opened(database, model, again.meta), again
            except IndexFileError as second:
                return self._refuse(database, model, again.meta, second)

    def _opened(self, database: Database, model: StoredModel, meta: IndexMeta) -> IndexView:
        fresh = self._fresh.get(model.model_id)
        if fresh is not None and fresh.meta.path == meta.path:
            return fresh
        refused = self._refused.get(model.model_id)
        if refused and refused.path == meta.path and time.monotonic() - refused.at < TRY_AGAIN_S:
            raise IndexFileError(refused.reason)
        fresh = open_view(sidecar_folder(Path(database.filename)) / meta.path, model, meta)
        self._fresh[model.model_id] = fresh
        return fresh

    def _refuse(
        self, database: Database, model: StoredModel, meta: IndexMeta, error: IndexFileError
    ) -> str:
        known = self._refused.get(model.model_id)
        self._refused[model.model_id] = _Refusal(meta.path, str(error), time.monotonic())
        if known is None or known.path != meta.path:
            warnings.warn(
                f"the index can't be used, so searches are exact and slower: {error}; "
                f"make a new one with `sqlclap index build {database.filename}`",
                SidecarWarning,
                stacklevel=2,
            )
        return f"the index can't be used: {error}"


def open_view(folder: Path, model: StoredModel, meta: IndexMeta) -> IndexView:
    """Open a generation by memory map, without any tail.

    Raises
    ------
    IndexFileError
        It is missing, cut short, altered, foreign, of another model or another format.
    """
    manifest = check_generation(folder, meta.checksum)
    if (manifest.model_version, manifest.dim) != (model.model_version, model.dim):
        raise IndexFileError(f"{folder} is of another model ({manifest.model_version})")
    try:
        graph, rows = map_graph(folder / GRAPH), map_rows(folder / ROWS, manifest.count)
    except (RuntimeError, ValueError, OSError) as error:
        raise IndexFileError(f"{folder} can't be read: {error}") from error
    if (graph.count, graph.dim) != (manifest.count, manifest.dim):
        raise IndexFileError(f"{folder} doesn't hold what it says")
    return IndexView(meta, graph, rows, empty_tail(meta.seq, model.dim))


def _state_since(
    database: Database, model: StoredModel, base: IndexView | None
) -> IndexState | None:
    if base is None:
        return read_state(database, model.model_id)
    return read_state(database, model.model_id, base.meta.path, base.tail.seq)


def _follows(state: IndexState, base: IndexView) -> bool:
    """Whether a state is the one that `base` knows, or a later one of the same generation."""
    return state.meta.path == base.meta.path and state.now >= base.tail.seq
