"""Places a shard's sounds on the set's map, and into its clusters, by their fixed points.

What is found is written in one transaction a shard: it shows the former map, or all of the new one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sqlclap.db.statements import statement, write_transaction
from sqlclap.db.stored_models import default_model
from sqlclap.map.cluster_store import (
    Members,
    NewClustering,
    insert_members,
    insert_names,
    put_clusters,
)
from sqlclap.map.clusters import assign_by_vote
from sqlclap.map.fit import LayoutTask, place_new
from sqlclap.map.fuzzy_simplicial_set import Sounds
from sqlclap.map.quality import Quality
from sqlclap.map.store import NewMap, Points, add_points, put_map
from sqlclap.shards.drawn_sounds import vectors_of_samples
from sqlclap.shards.ids import told_ids
from sqlclap.shards.shown import names_version, shown_fits

if TYPE_CHECKING:
    from sqlclap.arrays import Int64Array
    from sqlclap.db.database import Database
    from sqlclap.map.options import LayoutOptions
    from sqlclap.progress import ProgressListener
    from sqlclap.shards.fixed_points import FixedClusters, FixedMap, FixedSounds
    from sqlclap.shards.ids import IdMap

PAGE = 50_000
"""Sounds whose vectors lie in memory at once."""

NOTHING = -1
"""No layout, and no clustering, has this id: all sounds are new."""


class _Lot(NamedTuple):
    """Some of a shard's sounds, and which of them are fixed points."""

    sounds: Sounds
    fixed_rows: Int64Array


class Shelf(NamedTuple):
    """A shard's library, open for writing, as sounds are placed in it.

    Attributes
    ----------
    database : Database
    ids : IdMap
        What its sounds are called in the set.
    listener : ProgressListener
    """

    database: Database
    ids: IdMap
    listener: ProgressListener


def place_on_map(shelf: Shelf, fixed: FixedMap, options: LayoutOptions) -> int:
    """Place a shard's sounds that are not on the set's map yet; return how many were placed."""
    database = shelf.database
    shown = shown_fits(database)
    is_shown = shown.map == fixed.fit.version and shown.layout_id is not None
    held = shown.layout_id if is_shown and shown.layout_id is not None else NOTHING
    task = LayoutTask(fixed.sounds, options, None, shelf.listener)
    lots = _lots(shelf, "shards/unplaced", held, fixed.sounds)
    points = Points.joined([_no_points(), *(_placed(task, lot, fixed) for lot in lots)])
    if is_shown:
        if len(points.sample_ids):
            add_points(database, held, points)
        return len(points.sample_ids)
    model, fit = default_model(database), fixed.fit
    told = [fit.report[name] for name in ("trustworthiness", "continuity", "points", "among")]
    params = fit.params | {"set_map": fit.version}
    new = NewMap(params, fit.seed, Quality(*told), shown.layout_id, fit.report.get("movement"))
    with write_transaction(database):
        put_map(database, model, new, points, fit.seconds)
    return len(points.sample_ids)


def put_into_clusters(shelf: Shelf, fixed: FixedClusters) -> int:
    """Put a shard's sounds into the set's clusters, as far as they are in none of them yet.

    Names that are no longer the set's are replaced. Returns how many sounds were put there.
    """
    database, version = shelf.database, fixed.fit.version
    shown = shown_fits(database)
    is_shown = shown.clusters == version and shown.clustering_id is not None
    held = shown.clustering_id if is_shown and shown.clustering_id is not None else NOTHING
    lots = _lots(shelf, "shards/unassigned", held, fixed.sounds)
    parts = [part for lot in lots for part in _members(lot, fixed, shelf.listener)]
    with write_transaction(database):
        if not is_shown:
            held = _new_clustering(database, fixed)
        elif shown.names != names_version(fixed.names):
            database.execute(statement("shards/names_replace"), (held,))
            insert_names(database, held, fixed.names)
            named = names_version(fixed.names)
            database.execute(statement("shards/names_version"), (held, named))
        for members in parts:
            insert_members(database, held, members)
    return sum(len(one.sample_ids) for one in parts)


def _new_clustering(database: Database, fixed: FixedClusters) -> int:
    fit = fixed.fit
    mine = {"set_clusters": fit.version, "set_names": names_version(fixed.names)}
    new = NewClustering(fit.report["method"], fit.params | mine, fit.seed, (), (), {})
    clustering_id = put_clusters(database, default_model(database), new, fit.seconds)
    insert_names(database, clustering_id, fixed.names)
    return clustering_id


def _lots(shelf: Shelf, query: str, held: int, fixed: FixedSounds) -> Iterator[_Lot]:
    """Read the sounds that lack a place, page by page, in the order of their vectors' ids."""
    database = shelf.database
    model = default_model(database)
    rows = database.execute(statement(query), (model.model_id, held)).fetchall()
    listed: Int64Array = np.array(rows, dtype=np.int64).reshape(-1, 2)
    for start in range(0, len(listed), PAGE):
        page = listed[start : start + PAGE]
        there, vectors = vectors_of_samples(database, model, page[:, 1])
        sounds = Sounds(page[there, 0], page[there, 1], vectors, None)
        yield _Lot(sounds, fixed.rows_of(told_ids(shelf.ids, sounds.sample_ids), vectors))


def _placed(task: LayoutTask, lot: _Lot, fixed: FixedMap) -> Points:
    """Return the points of a page: those that were fitted, and others placed beside these."""
    sounds, rows = lot.sounds, lot.fixed_rows
    is_fixed = rows >= 0
    points = Points(
        sounds.sample_ids,
        fixed.positions[rows],
        ~is_fixed,
        fixed.agreement[rows],
        sounds.embedding_ids,
    )
    new = np.flatnonzero(~is_fixed)
    layout = place_new(task, fixed.sounds, fixed.positions / fixed.scale, sounds.take(new))
    points.positions[new] = layout.positions * fixed.scale
    points.agreement[new] = layout.agreement
    return points


def _members(lot: _Lot, fixed: FixedClusters, listener: ProgressListener) -> Iterator[Members]:
    known, new = np.flatnonzero(lot.fixed_rows >= 0), np.flatnonzero(lot.fixed_rows < 0)
    if len(known):
        own, rows = lot.sounds.take(known), lot.fixed_rows[known]
        shares = fixed.probabilities[rows]
        yield Members(own.sample_ids, own.embedding_ids, fixed.labels[rows], shares)
    if len(new):
        others = lot.sounds.take(new)
        found = assign_by_vote(fixed.sounds, fixed.labels, others, listener)
        ids = (others.sample_ids, others.embedding_ids)
        yield Members(*ids, found.labels, found.probabilities, placed=True)


def _no_points() -> Points:
    ids, flags = np.empty(0, np.int64), np.empty(0, np.bool_)
    return Points(ids, np.empty((0, 2), np.float32), flags, np.empty(0, np.float32), ids)
