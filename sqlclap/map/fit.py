"""Fits a map: neighbours, fuzzy simplicial set, positions, alignment, quality."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sqlclap.db.statements import statement
from sqlclap.db.stored_models import StoredModel
from sqlclap.map import umap_learn
from sqlclap.map.engine import (
    INITIAL_ALPHA,
    DescentSchedule,
    default_epochs,
    jitter,
    medoid_of_neighbours,
    optimize_layout,
    place_points,
    principal_components,
)
from sqlclap.map.fuzzy_simplicial_set import (
    KnnGraph,
    Sounds,
    fuzzy_simplicial_set,
    membership_strengths,
    neighbours_among,
    neighbours_of_all,
)
from sqlclap.map.options import LayoutOptions
from sqlclap.map.procrustes import PreviousLayout, ProcrustesFit, previous_layout, procrustes
from sqlclap.map.quality import agreement, measure_quality
from sqlclap.map.store import NewMap, Points, store_map
from sqlclap.progress import ProgressListener

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array, Int64Array
    from sqlclap.db.database import Database

MIN_POINTS_FOR_UMAP_LEARN = 4

WARM_START_ALPHA = 0.1
"""Initial step size of a fit that starts from a previous map, whose points need to move little."""


@dataclass(frozen=True)
class LayoutTask:
    """The input of a fit.

    Attributes
    ----------
    sounds : Sounds
    options : LayoutOptions
    previous : PreviousLayout or None
        The map in force, if there is one.
    listener : ProgressListener
    targets : mapping of int to int
        Label id by sample id, for a supervised fit; otherwise empty.
    """

    sounds: Sounds
    options: LayoutOptions
    previous: PreviousLayout | None
    listener: ProgressListener
    targets: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class FittedLayout:
    """Positions of a fit, in the optimizer's units.

    Attributes
    ----------
    positions : np.ndarray [shape=(n, 2), dtype=float32]
    agreement : np.ndarray [shape=(n,), dtype=float32]
    """

    positions: Float32Array
    agreement: Float32Array


def fit_map(
    database: Database,
    model: StoredModel,
    sounds: Sounds,
    options: LayoutOptions,
    listener: ProgressListener,
) -> int:
    """Draw a map of all sounds and put it in force; return its id.

    Nothing is written before the end: after an interruption, the previous map is still in force.
    """

    started = time.monotonic()
    targets = dict(database.execute(statement("map/map_targets"))) if options.supervise else {}
    task = LayoutTask(sounds, options, previous_layout(database, model), listener, targets)
    new, points = draw(task)
    return store_map(database, model, new, points, time.monotonic() - started)


def draw(task: LayoutTask) -> tuple[NewMap, Points]:
    """Draw a map of all sounds of a task, aligned with the one in force; nothing is stored."""
    sounds, options = task.sounds, task.options
    fit_rows = _rows_to_fit(len(sounds), options)
    fitted = sounds.take(fit_rows)
    layout = _fit_layout(task, fitted)
    task.listener.started("quality", 1)
    quality = measure_quality(fitted.vectors, layout.positions, options.seed)
    task.listener.advanced(1)
    placed_rows = np.setdiff1d(np.arange(len(sounds)), fit_rows)
    placed = place_new(task, fitted, layout.positions, sounds.take(placed_rows))
    points = _merge_points(sounds, (fit_rows, placed_rows), (layout, placed))
    aligned = _align_to_previous(points, task)
    points = replace(points, positions=aligned.positions)
    previous_id = task.previous.layout_id if task.previous else None
    params = _params(options, len(fitted)) | {"scale": aligned.scale}
    return NewMap(params, options.seed, quality, previous_id, aligned.movement), points


def _rows_to_fit(count: int, options: LayoutOptions) -> Int64Array:
    """Return the rows of the sounds that are fitted: all of them, or a random sample."""

    if options.sample is None or options.sample >= count:
        return np.arange(count)
    rows = np.random.default_rng(options.seed).choice(count, options.sample, replace=False)
    return np.sort(rows)


def _params(options: LayoutOptions, fitted: int) -> dict[str, Any]:
    return {
        "neighbors": options.neighbors,
        "min_dist": options.min_dist,
        "epochs": options.epochs or default_epochs(fitted),
        "sample": options.sample,
        "from_scratch": options.from_scratch,
        "engine": options.engine,
        "density": options.density,
        "supervise": options.supervise,
    }


def _fit_layout(task: LayoutTask, fitted: Sounds) -> FittedLayout:
    """Fit the positions of sounds with UMAP."""

    options = task.options
    if len(fitted) == 1:
        return FittedLayout(np.zeros((1, 2), dtype=np.float32), np.ones(1, dtype=np.float32))
    neighbours = neighbours_of_all(fitted, options.neighbors, task.listener)
    strengths = membership_strengths(neighbours)
    initial, initial_alpha = _initialise(task, fitted, neighbours, strengths)
    epochs = options.epochs or default_epochs(len(fitted))
    schedule = DescentSchedule(options.seed, options.min_dist, epochs, initial_alpha)
    task.listener.started("layout", epochs)
    if options.engine == "umap-learn" and len(fitted) >= MIN_POINTS_FOR_UMAP_LEARN:
        extras = {"density": options.density, "target": _targets(task, fitted)}
        positions = umap_learn.embed(fitted.vectors, initial, neighbours, schedule, extras)
        task.listener.advanced(epochs)
    else:
        graph = fuzzy_simplicial_set(neighbours, strengths)
        positions = optimize_layout(initial, graph, schedule, task.listener.advanced)
    return FittedLayout(positions, agreement(neighbours, positions))


def _targets(task: LayoutTask, fitted: Sounds) -> Int64Array | None:
    """Return each sound's label id, -1 where it has none; None unless the fit is supervised."""

    if not task.options.supervise:
        return None
    labels = [task.targets.get(sample_id, -1) for sample_id in fitted.sample_ids.tolist()]
    return np.array(labels, dtype=np.int64)


def _initialise(
    task: LayoutTask, fitted: Sounds, neighbours: KnnGraph, strengths: Float32Array
) -> tuple[Float32Array, float]:
    """Return the initial positions and the initial step size."""

    seed, previous = task.options.seed, task.previous
    rows = previous.rows_of_unchanged(fitted) if previous else np.empty(0, dtype=np.int64)
    is_known = rows >= 0
    if previous is None or task.options.from_scratch or 2 * is_known.sum() < len(fitted):
        return principal_components(fitted.vectors, 2, seed), INITIAL_ALPHA
    positions = (previous.points.positions / np.float32(previous.scale))[rows]
    new = np.flatnonzero(~is_known)
    new_neighbours = neighbours.rows[new]
    # New sounds start at neighbours that are on the previous map.
    weights = np.where(is_known[new_neighbours], strengths[new], 0).astype(np.float32)
    subgraph = KnnGraph(new_neighbours, neighbours.distances[new])
    positions[new] = medoid_of_neighbours(subgraph, weights, positions)
    isolated = new[weights.max(axis=1, initial=0) <= 0]
    positions[isolated] = positions[is_known].mean(axis=0)
    return jitter(positions, seed), WARM_START_ALPHA


def place_new(
    task: LayoutTask, fitted: Sounds, positions: Float32Array, new: Sounds
) -> FittedLayout:
    """Place new sounds near their neighbours among fitted ones.

    Parameters
    ----------
    task : LayoutTask
    fitted : Sounds
        At least one.
    positions : np.ndarray [shape=(len(fitted), 2), dtype=float32]
    new : Sounds
        May be empty.
    """

    if not len(new):
        return FittedLayout(np.empty((0, 2), np.float32), np.empty(0, np.float32))
    options, listener = task.options, task.listener
    neighbours = neighbours_among(
        fitted.neighbor_search(), new.vectors, options.neighbors, listener
    )
    placed = place_points(neighbours, positions, options, listener)
    return FittedLayout(placed, agreement(neighbours, placed, positions))


def _merge_points(
    sounds: Sounds, rows: tuple[Int64Array, Int64Array], parts: tuple[FittedLayout, FittedLayout]
) -> Points:
    """Merge fitted and placed points, in the order of the sounds."""

    positions = np.empty((len(sounds), 2), dtype=np.float32)
    shares = np.empty(len(sounds), dtype=np.float32)
    for part_rows, part in zip(rows, parts, strict=True):
        positions[part_rows], shares[part_rows] = part.positions, part.agreement
    placed = np.zeros(len(sounds), dtype=np.bool_)
    placed[rows[1]] = True
    return Points(sounds.sample_ids, positions, placed, shares, sounds.embedding_ids)


def _align_to_previous(points: Points, task: LayoutTask) -> ProcrustesFit:
    """Align the map with the previous one by the sounds that have not changed."""
    if task.previous is None:
        return ProcrustesFit(points.positions, 1.0, None)
    rows = task.previous.rows_of_unchanged(task.sounds)
    is_shared, previous_positions = rows >= 0, task.previous.points.positions
    return procrustes(
        points.positions, points.positions[is_shared], previous_positions[rows[is_shared]]
    )
