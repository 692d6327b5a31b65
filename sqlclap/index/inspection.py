"""Looking at an index without using it: its state, and whether it holds what the library holds."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sqlclap.db.statements import read_transaction
from sqlclap.db.stored_models import StoredModel, count_unusable, list_models
from sqlclap.db.summary import Summary, summarise
from sqlclap.db.vectors import OwnVectors, count_own, count_windows, own_vectors, unit_rows
from sqlclap.errors import IndexFileError
from sqlclap.index.files import check_generation, generation_bytes, hash_generation, sidecar_folder
from sqlclap.index.hnsw import QUANTISATION
from sqlclap.index.manifest import QUERIES_FILE, WINDOW_QUERIES_FILE
from sqlclap.index.meta import IndexMeta, IndexState, last_generation, read_state
from sqlclap.index.reader import IndexView, open_view
from sqlclap.index.recall import Probes, measure_both, new_probes, read_probes
from sqlclap.index.rows import Rows
from sqlclap.index.segments import GenerationFiles, open_rows
from sqlclap.index.settings import is_worth_building, is_worth_refreshing
from sqlclap.index.tail import changed_ids, empty_tail, extend_tail, settle

if TYPE_CHECKING:
    from sqlclap.db.database import Database

BUILD_ANEW = "build it anew"


@dataclass(frozen=True)
class IndexStatus:
    """The state of a model's index.

    Attributes
    ----------
    model : str
    vectors : int
        Samples' own vectors in the library.
    generation : int or None
        None where no index was built.
    folder : str or None
    indexed, dead, tail : int
        Vectors it answers for; removed ones still in it; newer ones compared directly.
    unusable : int
        Samples' own vectors that are missing or can't be compared (zeros, NaN): skipped everywhere.
    bytes : int
        Its size.
    recall : dict
        mean, p5, k, queries; the same of queries out of distribution under "far", and of composed
        ones under "mixed".
    params : dict
        m, ef_construction, ef_search, ef_far, ef_mixed, near_score, how, seconds.
    built_at : str or None
    problem : str or None
        Why it can't be used.
    advice : str
        What to do, if anything.
    windows : dict
        vectors: windows of long sounds in the library; indexed, dead, tail of these.
    """

    model: str
    vectors: int
    generation: int | None = None
    folder: str | None = None
    indexed: int = 0
    dead: int = 0
    tail: int = 0
    unusable: int = 0
    bytes: int = 0
    recall: dict[str, Any] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=dict)
    built_at: str | None = None
    problem: str | None = None
    advice: str = ""
    windows: dict[str, int] = field(default_factory=dict)


def index_status(database: Database, model: StoredModel) -> IndexStatus:
    """Return the state of a model's index; its graphs are not opened."""
    try:
        state = read_state(database, model.model_id)
    except IndexFileError as error:
        number = last_generation(database, model.model_id)
        unreadable = IndexStatus(model.name, count_own(database, model), generation=number)
        return replace(
            unreadable,
            folder=generation_in_force(database, model),
            unusable=count_skipped(database, model),
            problem=str(error),
            advice=BUILD_ANEW,
        )
    vectors, unusable = count_own(database, model), count_skipped(database, model)
    if state is None:
        worth = is_worth_building(vectors)
        advice = "build one: searches will be faster" if worth else "none needed: exact is fast"
        return IndexStatus(model.name, vectors, unusable=unusable, advice=advice)
    folder = sidecar_folder(Path(database.filename)) / state.meta.path
    rows, problem = _rows_of(folder, state.meta, windows=False)
    status = _status(model, vectors, state, rows)
    status = replace(status, windows=_window_status(database, model, folder))
    status = replace(status, folder=str(folder), bytes=generation_bytes(folder), unusable=unusable)
    if problem:
        status = replace(status, problem=problem, advice=BUILD_ANEW)
    return replace(status, tail=status.tail - unusable)


def generation_rows(folder: Path, meta: IndexMeta, windows: bool) -> list[Rows]:
    """Open the rows of windows, or of samples' own vectors, in a generation; not its graphs.

    Raises
    ------
    IndexFileError
        It can't be trusted.
    OSError, ValueError
        It can't be read.
    """
    manifest = check_generation(folder, meta.checksum)
    meta.check_manifest(manifest)
    return open_rows(GenerationFiles(folder, manifest), windows)


def _window_status(database: Database, model: StoredModel, folder: Path) -> dict[str, int]:
    """Count the windows: all, those indexed, and the newer."""
    count = count_windows(database, model)
    state = read_state(database, model.model_id, windows=True)
    if state is None:
        return {"vectors": count}
    rows, _ = _rows_of(folder, state.meta, windows=True)
    status = _status(model, count, state, rows)
    return {"vectors": count, "indexed": status.indexed, "dead": status.dead, "tail": status.tail}


def _rows_of(folder: Path, meta: IndexMeta, windows: bool) -> tuple[list[Rows] | None, str]:
    """Open a generation's rows; None, and why, where it can't be used."""
    try:
        return generation_rows(folder, meta, windows), ""
    except IndexFileError as error:
        return None, str(error)
    except (OSError, ValueError) as error:  # it went just now
        return None, f"{folder} can't be read: {error}"


def generation_in_force(database: Database, model: StoredModel) -> str | None:
    """Return the folder that the library names for a model, as `IndexStatus.folder` does."""
    query = "SELECT path FROM index_meta WHERE model_id = ?"
    row = database.execute(query, (model.model_id,)).fetchone()
    return None if row is None else str(sidecar_folder(Path(database.filename)) / str(row[0]))


def count_skipped(database: Database, model: StoredModel) -> int:
    """Count the samples' own embeddings that are skipped.

    An index in force keeps those apart, so that only these are looked at; what was written over
    since is not noticed (`verify_index` does). Without one, every vector is looked at.
    """
    try:
        state = read_state(database, model.model_id)
    except IndexFileError:
        state = None
    if state is None:
        return count_unusable(database, model)
    tail = extend_tail(empty_tail(state.meta.seq, model.dim), database, model, state)
    return len(tail.waiting)


def summarise_library(connection: Database) -> Summary:
    """Count what a library holds, and what of it is skipped."""
    with read_transaction(connection) as database:
        summary = summarise(connection)
        for row, model in zip(summary.models, list_models(database), strict=True):
            row["skipped"] = count_skipped(database, model)
    return summary


def _status(
    model: StoredModel, vectors: int, state: IndexState, rows: list[Rows] | None
) -> IndexStatus:
    meta, live = state.meta, settle(state.changes)
    counts = meta.search_params(True) if state.windows else {"count": meta.count, "dead": meta.dead}
    touched = changed_ids(state.changes)
    if rows is not None:  # only the index itself knows which of those it holds
        touched = np.concatenate([touched[:0], *(one.held(touched) for one in rows)])
    gone = np.setdiff1d(touched, np.array([*live], dtype=np.int64))
    count = int(counts.get("count", 0))
    dead = int(counts.get("dead", 0)) + len(gone)
    indexed = count + dead - len(gone)
    stale = is_worth_refreshing(indexed, dead, len(live))
    return IndexStatus(
        model=model.name,
        vectors=vectors,
        generation=meta.generation,
        indexed=max(0, count - len(touched)),
        dead=dead,
        tail=len(live),
        recall=meta.recall,
        params=meta.params,
        built_at=meta.built_at,
        advice="let it catch up: build" if stale else "",
    )


@dataclass(frozen=True)
class IndexVerdict:
    """What `verify_index` found.

    Attributes
    ----------
    problems : list of str
        Empty where all is well.
    vectors : int
        Stored vectors that were compared.
    missing, ghosts, altered : int
        Vectors that neither index nor tail holds; entries of the index for which there is no
        vector; vectors that the index holds otherwise.
    recall : dict
        Measured anew.
    """

    problems: list[str]
    vectors: int = 0
    missing: int = 0
    ghosts: int = 0
    altered: int = 0
    recall: dict[str, Any] = field(default_factory=dict)


def verify_index(database: Database, model: StoredModel) -> IndexVerdict:
    """Hash an index, compare each of its entries with the stored vectors, measure recall anew.

    Its graph is opened only once all hashes are right. Call it in a read transaction.
    """
    try:
        state = read_state(database, model.model_id)
        window_state = read_state(database, model.model_id, windows=True)
    except IndexFileError as error:
        return IndexVerdict([str(error)])
    if state is None or window_state is None:
        return IndexVerdict(["no index was built"])
    folder = sidecar_folder(Path(database.filename)) / state.meta.path
    try:
        hash_generation(folder, check_generation(folder, state.meta.checksum))
        fresh = [open_view(folder, model, state.meta, windows) for windows in (False, True)]
        probes = [read_probes(folder / name) for name in (QUERIES_FILE, WINDOW_QUERIES_FILE)]
    except IndexFileError as error:
        return IndexVerdict([str(error)])
    except OSError as error:  # it went just now
        return IndexVerdict([f"{folder} can't be read: {error.strerror}"])
    verdicts = []
    for view, seen, kept in zip(fresh, (state, window_state), probes, strict=True):
        tail = extend_tail(view.tail, database, model, seen)
        verdicts.append(_compare(replace(view, tail=tail), kept, database, model))
    return _united(*verdicts)


def _united(own: IndexVerdict, windows: IndexVerdict) -> IndexVerdict:
    return IndexVerdict(
        own.problems + [f"windows: {problem}" for problem in windows.problems],
        own.vectors + windows.vectors,
        own.missing + windows.missing,
        own.ghosts + windows.ghosts,
        own.altered + windows.altered,
        own.recall | {"windows": windows.recall},
    )


def _compare(view: IndexView, kept: Probes, database: Database, model: StoredModel) -> IndexVerdict:
    stored = kept.in_distribution
    probes = new_probes(stored.ids, stored.vectors)
    vectors, missing, altered, met = 0, 0, 0, 0
    for stored_page in own_vectors(database, model, windows=view.windows):
        page = stored_page._replace(vectors=unit_rows(stored_page.vectors))
        page_missing, page_altered, page_met = _compare_page(view, page)
        missing, altered, met = missing + page_missing, altered + page_altered, met + page_met
        vectors += len(page.embedding_ids)
        probes = probes.seen(page.embedding_ids, page.vectors)
    ghosts = view.usable_count - met
    counts = {"missing": missing, "without a vector": ghosts, "altered": altered}
    problems = [f"{count:,} entries {what}" for what, count in counts.items() if count]
    recall = measure_both(view.segments, probes, view.ef_search)
    return IndexVerdict(problems, vectors, missing, ghosts, altered, recall)


def _compare_page(view: IndexView, page: OwnVectors) -> tuple[int, int, int]:
    """Count a page's unit vectors that are missing, altered, and met in the graphs."""

    met = np.zeros(len(page.embedding_ids), dtype=np.bool_)
    altered = 0
    for one in view.live:
        positions = one.segment.rows.find(page.embedding_ids)
        here = positions >= 0
        if one.mask is not None:
            here &= one.mask[positions]
        held = one.segment.graph.vectors(positions[here])
        far = np.linalg.norm(held - page.vectors[here], axis=1)
        altered += int(np.count_nonzero(far > one.segment.code_error + QUANTISATION))
        met |= here
    elsewhere = np.isin(page.embedding_ids, view.tail.embedding_ids)
    return int((~met & ~elsewhere).sum()), altered, int(met.sum())
