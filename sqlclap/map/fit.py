"""Drawing a map: neighbours, ties, positions, alignment, quality."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sqlclap.db.statements import statement
from sqlclap.db.stored_models import StoredModel
from sqlclap.map import umap_learn
from sqlclap.map.engine import (
    INITIAL_ALPHA,
    DescentSchedule,
    central_neighbours,
    default_epochs,
    optimize_all,
    place,
    principal_directions,
    scattered,
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

FEWEST_FOR_UMAP_LEARN = 4

WARM_STEP = 0.1
"""First step of a fit that starts from an earlier map: most points know their places."""


@dataclass(frozen=True)
class LayoutTask:
    """A map to be drawn.

    Attributes
    ----------
    sounds : Sounds
    options : LayoutOptions
    earlier : PreviousLayout or None
        The map in force.
    listener : ProgressListener
    targets : mapping of int to int
        Label by sample id, where labels are to draw sounds together.
    """

    sounds: Sounds
    options: LayoutOptions
    earlier: PreviousLayout | None
    listener: ProgressListener
    targets: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class FittedLayout:
    """Points of a map, in the units that they were moved in.

    Attributes
    ----------
    positions : np.ndarray [shape=(n, 2), dtype=float32]
    agreement : np.ndarray [shape=(n,), dtype=float32]
    """

    positions: Float32Array
    agreement: Float32Array


def fit_map(
    connection: Database,
    model: StoredModel,
    sounds: Sounds,
    options: LayoutOptions,
    listener: ProgressListener,
) -> int:
    """Draw a map of all sounds and put it in force; return its id.

    Nothing is written before the end: an interruption leaves the map before in force.
    """
    import numpy as np

    began = time.monotonic()
    targets = dict(connection.execute(statement("map/map_targets"))) if options.supervise else {}
    task = LayoutTask(sounds, options, previous_layout(connection, model), listener, targets)
    chosen = _chosen(len(sounds), options)
    fitted = sounds.take(chosen)
    drawn = _draw(task, fitted)
    listener.started("quality", 1)
    quality = measure_quality(fitted.vectors, drawn.positions, options.seed)
    listener.advanced(1)
    rest = np.setdiff1d(np.arange(len(sounds)), chosen)
    beside = place_beside(task, fitted, drawn.positions, sounds.take(rest))
    points = _joined(sounds, (chosen, rest), (drawn, beside))
    aligned = _aligned(points, task)
    points = replace(points, positions=aligned.positions)
    before = task.earlier.layout_id if task.earlier else None
    params = _params(options, len(fitted)) | {"scale": aligned.scale}
    new = NewMap(params, options.seed, quality, before, aligned.movement)
    return store_map(connection, model, new, points, time.monotonic() - began)


def _chosen(count: int, options: LayoutOptions) -> Int64Array:
    """Return the rows that are fitted: all, or a sample."""
    import numpy as np

    if options.sample is None or options.sample >= count:
        return np.arange(count)
    drawn = np.random.default_rng(options.seed).choice(count, options.sample, replace=False)
    return np.sort(drawn)


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


def _draw(task: LayoutTask, fitted: Sounds) -> FittedLayout:
    """Fit sounds to each other."""
    import numpy as np

    options = task.options
    if len(fitted) == 1:
        return FittedLayout(np.zeros((1, 2), dtype=np.float32), np.ones(1, dtype=np.float32))
    neighbours = neighbours_of_all(fitted, options.neighbors, task.listener)
    strengths = membership_strengths(neighbours)
    start, first_step = _start(task, fitted, neighbours, strengths)
    epochs = options.epochs or default_epochs(len(fitted))
    course = DescentSchedule(options.seed, options.min_dist, epochs, first_step)
    task.listener.started("layout", epochs)
    if options.engine == "umap-learn" and len(fitted) >= FEWEST_FOR_UMAP_LEARN:
        extras = {"density": options.density, "target": _targets(task, fitted)}
        positions = umap_learn.embed(fitted.vectors, start, neighbours, course, extras)
        task.listener.advanced(epochs)
    else:
        ties = fuzzy_simplicial_set(neighbours, strengths)
        positions = optimize_all(start, ties, course, task.listener.advanced)
    return FittedLayout(positions, agreement(neighbours, positions))


def _targets(task: LayoutTask, fitted: Sounds) -> Int64Array | None:
    """Return each sound's label, -1 where it has none; None where labels take no part."""
    import numpy as np

    if not task.options.supervise:
        return None
    found = [task.targets.get(sample_id, -1) for sample_id in fitted.sample_ids.tolist()]
    return np.array(found, dtype=np.int64)


def _start(
    task: LayoutTask, fitted: Sounds, neighbours: KnnGraph, strengths: Float32Array
) -> tuple[Float32Array, float]:
    """Return where points start, and the first step's size."""
    import numpy as np

    seed, earlier = task.options.seed, task.earlier
    rows = earlier.standing(fitted) if earlier else np.empty(0, dtype=np.int64)
    known = rows >= 0
    if earlier is None or task.options.from_scratch or 2 * known.sum() < len(fitted):
        return principal_directions(fitted.vectors, 2, seed), INITIAL_ALPHA
    positions = (earlier.points.positions / np.float32(earlier.scale))[rows]
    new = np.flatnonzero(~known)
    near = neighbours.rows[new]
    # Only neighbours that were on the map before say where a new sound belongs.
    weights = np.where(known[near], strengths[new], 0).astype(np.float32)
    local = KnnGraph(near, neighbours.distances[new])
    positions[new] = central_neighbours(local, weights, positions)
    lost = new[weights.max(axis=1, initial=0) <= 0]
    positions[lost] = positions[known].mean(axis=0)
    return scattered(positions, seed), WARM_STEP


def place_beside(
    task: LayoutTask, fitted: Sounds, positions: Float32Array, new: Sounds
) -> FittedLayout:
    """Put sounds beside their neighbours among fitted ones.

    Parameters
    ----------
    task : LayoutTask
    fitted : Sounds
        At least one.
    positions : np.ndarray [shape=(len(fitted), 2), dtype=float32]
    new : Sounds
        May be none.
    """
    import numpy as np

    if not len(new):
        return FittedLayout(np.empty((0, 2), np.float32), np.empty(0, np.float32))
    options, listener = task.options, task.listener
    neighbours = neighbours_among(fitted.field(), new.vectors, options.neighbors, listener)
    placed = place(neighbours, positions, options, listener)
    return FittedLayout(placed, agreement(neighbours, placed, positions))


def _joined(
    sounds: Sounds, rows: tuple[Int64Array, Int64Array], parts: tuple[FittedLayout, FittedLayout]
) -> Points:
    """Return fitted and placed points in the order of the sounds."""
    import numpy as np

    positions = np.empty((len(sounds), 2), dtype=np.float32)
    shares = np.empty(len(sounds), dtype=np.float32)
    for which, part in zip(rows, parts, strict=True):
        positions[which], shares[which] = part.positions, part.agreement
    placed = np.zeros(len(sounds), dtype=np.bool_)
    placed[rows[1]] = True
    return Points(sounds.sample_ids, positions, placed, shares, sounds.embedding_ids)


def _aligned(points: Points, task: LayoutTask) -> ProcrustesFit:
    """Turn the map to lie as the one before did, by sounds that are what they were."""
    if task.earlier is None:
        return ProcrustesFit(points.positions, 1.0, None)
    rows = task.earlier.standing(task.sounds)
    shared, before = rows >= 0, task.earlier.points.positions
    return procrustes(points.positions, points.positions[shared], before[rows[shared]])
