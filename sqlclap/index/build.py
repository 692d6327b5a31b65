"""Building an index: anew, or from the one in force and what changed since."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from sqlclap.db.statements import read_transaction, statement
from sqlclap.db.stored_models import StoredModel
from sqlclap.db.vectors import count_own, count_windows, own_vectors, unit_rows, vectors_of
from sqlclap.errors import IndexFileError
from sqlclap.index.generation import (
    BuildLocation,
    GenerationContent,
    IndexedVectors,
    Origin,
    build_location,
    check_room,
    publish,
    tidy_after_errors,
    tuning_of,
)
from sqlclap.index.manifest import QUERIES_FILE, WINDOW_QUERIES_FILE
from sqlclap.index.merging import SegmentBuilder, plan_merge
from sqlclap.index.meta import IndexMeta, IndexState, last_generation, read_state
from sqlclap.index.reader import open_view
from sqlclap.index.recall import QUERIES, Probes, new_probes, read_probes
from sqlclap.index.segments import Segment, count_rows
from sqlclap.index.settings import must_rebuild
from sqlclap.index.tail import changed_ids, settle
from sqlclap.progress import NullProgress, ProgressListener

if TYPE_CHECKING:
    from sqlclap.arrays import Int64Array
    from sqlclap.db.database import Database


@dataclass(frozen=True)
class _Changes:
    """What changed since an index was built.

    Attributes
    ----------
    removed : np.ndarray [shape=(n,), dtype=int64]
        Embeddings that are in it, and gone.
    added : dict of int to int
        Sample ids by embedding id of what is not in the index.
    """

    removed: Int64Array
    added: dict[int, int]


def catch_up(
    site: BuildLocation, state: IndexState | None, listener: ProgressListener
) -> IndexedVectors | None:
    """Return what the index in force holds, with all changes in it; None to build it anew.

    What is new becomes a segment; small ones are merged with it. No other segment is read.
    """
    if state is None:
        return None
    meta, live = state.meta, settle(state.changes)
    try:
        old = open_view(site.folder / meta.path, site.model, meta, site.windows).segments
        news = _news(old, state, live)
        if news is None:
            return None
        plan = plan_merge([_without(one, news.removed) for one in old], news.added)
        probes = read_probes(site.folder / meta.path / _KINDS[site.windows].probes)
        merged = plan.run(site, probes, listener)
    except IndexFileError:
        return None
    former = tuning_of(meta, site.windows)
    former = replace(former, changed=former.changed + len(news.added) + len(news.removed))
    return IndexedVectors(merged.segments, merged.probes, merged.passed_over, former)


def _news(
    segments: tuple[Segment, ...], state: IndexState, live: dict[int, int]
) -> _Changes | None:
    """Sort the changes; None where the index can't take them.

    What got in although it was newer than the index's number (a build holds no transaction) is
    in already. An id given a second time, by another client, can't be taken: its vector may
    differ.
    """

    changed = changed_ids(state.changes)
    held: set[int] = set()
    removed = {change.embedding_id for change in state.changes if change.sample_id is None}
    for segment in segments:
        alive = set(segment.rows.held(changed).tolist())
        there = segment.rows.embedding_ids[segment.rows.positions(changed)].tolist()
        removed.update(set(there) - alive)
        held |= alive
    if removed.intersection(live):
        return None
    gone = np.array(sorted(held.difference(live)), dtype=np.int64)
    added = {i: sample for i, sample in live.items() if i not in held}
    count, dead = count_rows(segments)
    if must_rebuild(count, dead + len(gone), len(added)):
        return None
    return _Changes(gone, added)


def _without(segment: Segment, removed: Int64Array) -> Segment:
    positions = segment.rows.positions(removed)
    if not len(positions):
        return segment
    dead = segment.rows.dead.copy()
    dead[positions] = 1
    return segment.with_dead(dead)


Way = Literal["auto", "rebuild"]


def build_index(
    site: BuildLocation, way: Way = "auto", listener: ProgressListener | None = None
) -> IndexMeta:
    """Bring a model's index up to date and put it in force.

    Parameters
    ----------
    site : BuildLocation
    way : {"auto", "rebuild"}
        "auto" adds to the index in force where that is whole and not too worn; "rebuild" never
        looks at it.
    listener : ProgressListener, optional

    Raises
    ------
    IndexBusyError
        Another program is building.
    IndexWriteError
        It can't be written; the index in force stays in force.
    """
    began = time.monotonic()
    listener = listener or NullProgress()
    with build_location(site), tidy_after_errors(site):
        site, in_force = _settled(site)
        both = (site, replace(site, windows=True))
        anew = way == "rebuild" or site.params.codes != in_force
        states = [None, None] if anew else _states(both)
        seq = states[0].now if states[0] else last_change(site.connection)
        caught_up = [catch_up(*pair, listener) for pair in zip(both, states, strict=True)]
        # What changes while it is built counts as newer than the index, whether it got in or not.
        own, windows = (
            _built(kind, seq, listener) if found is None else found
            for kind, found in zip(both, caught_up, strict=True)
        )
        origin = Origin("caught up" if caught_up[0] else "built", began)
        generation = last_generation(site.connection, site.model.model_id) + 1
        return publish(site, GenerationContent(own, windows, seq), generation, origin)


def _settled(site: BuildLocation) -> tuple[BuildLocation, object]:
    """Return it with the codes that are meant, and those of the index in force."""
    try:
        state = read_state(site.connection, site.model.model_id)
    except IndexFileError:
        state = None
    in_force = "fp16" if state is None else state.meta.params.get("codes", "fp16")
    return replace(site, params=site.params.settled(in_force)), in_force


def _states(both: tuple[BuildLocation, BuildLocation]) -> list[IndexState | None]:
    """Return the index in force, of own vectors and of windows; None for one to be built anew."""
    own = both[0]
    try:
        with read_transaction(own.connection) as database:
            number = own.model.model_id
            return [read_state(database, number, windows=one.windows) for one in both]
    except IndexFileError:
        return [None, None]


@dataclass(frozen=True)
class _Kind:
    """What is to be read of samples' own vectors, or of windows."""

    probes: str
    ids: str
    span: str
    id_from: str
    count: Callable[[Database, StoredModel], int]


_KINDS = (
    _Kind(QUERIES_FILE, "index/own_ids", "index/own_ids_span", "index/own_id_from", count_own),
    _Kind(
        WINDOW_QUERIES_FILE,
        "index/window_ids",
        "index/window_ids_span",
        "index/window_id_from",
        count_windows,
    ),
)


def _built(site: BuildLocation, seq: int, listener: ProgressListener) -> IndexedVectors:
    """Build from the stored vectors alone; no transaction is held, `seq` was read before."""
    count = _KINDS[site.windows].count(site.connection, site.model)
    check_room(site, count)
    if count or not site.windows:
        listener.started("index", count)
    builder, probes = SegmentBuilder(site), _probes(site)
    for page in own_vectors(site.connection, site.model, windows=site.windows):
        vectors = unit_rows(page.vectors)
        builder.add(page.embedding_ids, page.sample_ids, vectors)
        probes = probes.seen(page.embedding_ids, vectors)
        listener.advanced(len(vectors))
    segments = builder.finish()
    return IndexedVectors(segments, probes, _passed_over(site, segments, seq))


def _passed_over(site: BuildLocation, segments: list[Segment], seq: int) -> list[int]:
    """Return embeddings that were there and are in no segment: they can't be compared.

    Embeddings that came since the change `seq` are among the changes anyway.
    """

    query = statement(_KINDS[site.windows].ids, model_id=site.model.model_id)
    (text,) = site.connection.execute(query, (seq,)).fetchall()[0]
    missing = np.fromstring(str(text or ""), dtype=np.int64, sep=",")
    for segment in segments:
        missing = missing[segment.rows.find(missing) < 0]
    found: list[int] = missing.tolist()
    return found


def last_change(connection: Database) -> int:
    """Return the number of the last change to any embedding."""
    return int(connection.execute(statement("index/last_change")).get)


def _probes(site: BuildLocation) -> Probes:
    """Choose stored vectors, spread at random over the ids (always the same ones), as queries."""

    database: Database = site.connection
    model = (site.model.model_id,)
    span = database.execute(statement(_KINDS[site.windows].span), model).fetchall()
    chosen: set[int] = set()
    for low, high in span:
        for start in np.random.default_rng(0).integers(low, high + 1, QUERIES).tolist():
            row = database.execute(
                statement(_KINDS[site.windows].id_from), (*model, start)
            ).fetchall()
            chosen.update(embedding_id for (embedding_id,) in row)
    ids, vectors = vectors_of(site.connection, site.model, list(chosen), site.windows)
    return new_probes(ids, unit_rows(vectors))
