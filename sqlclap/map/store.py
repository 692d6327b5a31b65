"""Maps as rows of the library."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlclap.db.database import read_document
from sqlclap.db.statements import statement, write_transaction
from sqlclap.db.stored_models import StoredModel
from sqlclap.errors import NoMapError
from sqlclap.map.quality import Quality

if TYPE_CHECKING:
    from sqlclap.arrays import BoolArray, Float32Array, Int64Array
    from sqlclap.db.database import Database


@dataclass(frozen=True)
class MapStatus:
    """The map in force.

    Attributes
    ----------
    layout_id : int
    params : dict
        neighbors, min_dist, epochs, sample, from_scratch; and scale, which min_dist has to be
        multiplied by to be in the map's units.
    seed : int
    trustworthiness, continuity : float or None
        0 to 1, of the points that were fitted.
    quality : dict
        How many points were looked at for that (points), among how many neighbours (among).
    seconds : float
        How long it took.
    aligned_to : int or None
        The map before.
    movement : float or None
        Median movement since that one, as a share of its diameter.
    created_at : str
        UTC.
    points, placed : int
        All points, and those that were placed beside their neighbours.
    agreement : float or None
        Mean share of a sound's nearest sounds that are nearest on the map too.
    """

    layout_id: int
    params: dict[str, Any]
    seed: int
    trustworthiness: float | None
    continuity: float | None
    quality: dict[str, int]
    seconds: float
    aligned_to: int | None
    movement: float | None
    created_at: str
    points: int
    placed: int
    agreement: float | None

    @property
    def placed_share(self) -> float:
        """Share of the points that were placed (0 to 1)."""
        return self.placed / self.points if self.points else 0.0


@dataclass(frozen=True)
class Points:
    """Points of a map.

    Attributes
    ----------
    sample_ids : np.ndarray [shape=(n,), dtype=int64]
    positions : np.ndarray [shape=(n, 2), dtype=float32]
    placed : np.ndarray [shape=(n,), dtype=bool]
    agreement : np.ndarray [shape=(n,), dtype=float32]
    embedding_ids : np.ndarray [shape=(n,), dtype=int64]
        The vectors that they were put there for; -1 where that was not kept.
    """

    sample_ids: Int64Array
    positions: Float32Array
    placed: BoolArray
    agreement: Float32Array
    embedding_ids: Int64Array


@dataclass(frozen=True)
class NewMap:
    """What is kept of a map besides its points.

    Attributes
    ----------
    params : dict
    seed : int
    quality : Quality
    aligned_to : int or None
    movement : float or None
    """

    params: dict[str, Any]
    seed: int
    quality: Quality
    aligned_to: int | None
    movement: float | None


def current_map(database: Database, model: StoredModel) -> MapStatus:
    """Return the map in force.

    Raises
    ------
    NoMapError
        There is none.
    """
    row = database.execute(statement("map/layout_current"), (model.model_id,)).fetchone()
    if row is None:
        raise NoMapError(
            f"{database.filename} has no map yet: draw one with `sqlclap map {database.filename}`"
        )
    layout_id, params, seed, trust, continuity, quality, *rest = row
    cure = f"`sqlclap doctor --repair {database.filename}` removes the map, then draw it anew"
    what, needed = f"layouts.params of map {layout_id}", ("neighbors", "min_dist", "sample")
    documents = (
        read_document(params, dict, what, cure, needed),
        read_document(quality, dict, f"layouts.quality of map {layout_id}", cure),
    )
    return MapStatus(layout_id, documents[0], seed, trust, continuity, documents[1], *rest)


def read_points(database: Database, layout_id: int) -> Points:
    """Return a map's points, by ascending sample id; without agreement."""
    import numpy as np

    rows = database.execute(statement("map/layout_points"), (layout_id,)).fetchall()
    table = np.array(rows, dtype=np.float64).reshape(-1, 5)
    return Points(
        table[:, 0].astype(np.int64),
        table[:, 1:3].astype(np.float32),
        table[:, 3].astype(np.bool_),
        np.full(len(table), np.nan, dtype=np.float32),
        table[:, 4].astype(np.int64),
    )


def store_map(
    connection: Database, model: StoredModel, new: NewMap, points: Points, seconds: float
) -> int:
    """Put a map in force, in one transaction; return its id. The points of others go."""
    row = {
        "model_id": model.model_id,
        "params": json.dumps(new.params),
        "seed": new.seed,
        "trustworthiness": new.quality.trustworthiness,
        "continuity": new.quality.continuity,
        "quality": json.dumps({"points": new.quality.points, "among": new.quality.among}),
        "seconds": round(seconds, 3),
        "aligned_to": new.aligned_to,
        "movement": new.movement,
    }
    with write_transaction(connection):
        connection.execute(statement("map/layout_retire"), {"model_id": model.model_id})
        layout_id = int(connection.execute(statement("map/layout_insert"), row).get)
        _insert(connection, layout_id, points)
    return layout_id


def add_points(connection: Database, layout_id: int, points: Points) -> None:
    """Add points to a map, in one transaction."""
    with write_transaction(connection):
        _insert(connection, layout_id, points)


def _insert(connection: Database, layout_id: int, points: Points) -> None:
    columns = (
        points.sample_ids.tolist(),
        points.positions[:, 0].tolist(),
        points.positions[:, 1].tolist(),
        points.placed.tolist(),
        points.agreement.tolist(),
        points.embedding_ids.tolist(),
    )
    rows = (
        {
            "layout_id": layout_id,
            "sample_id": sample_id,
            "x": x,
            "y": y,
            "placed": int(placed),
            "agreement": round(agreement, 4),
            "embedding_id": embedding_id,
        }
        for sample_id, x, y, placed, agreement, embedding_id in zip(*columns, strict=True)
    )
    connection.executemany(statement("map/layout_point_insert"), rows)
