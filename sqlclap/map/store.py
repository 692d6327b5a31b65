"""Maps in the library's tables: reading and writing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sqlclap.db.database import read_document
from sqlclap.db.statements import statement, write_transaction
from sqlclap.db.stored_models import StoredModel
from sqlclap.errors import NoMapError
from sqlclap.map.quality import Quality
from sqlclap.quantities import typed

if TYPE_CHECKING:
    from sqlclap.arrays import BoolArray, Float32Array, Int64Array
    from sqlclap.db.database import Database


@dataclass(frozen=True, kw_only=True)
class DrawnMap:
    """A map in force, of a library or of a set.

    Attributes
    ----------
    params : dict
        neighbors, min_dist, epochs, sample, from_scratch; and scale, the factor from the units of
        min_dist to the map's units.
    seed : int
    trustworthiness, continuity : float or None
        0 to 1, of the points that were fitted.
    quality : dict
        Over how many points these were measured (points), and with how many neighbours (among).
    seconds : float
        Time that fitting took.
    movement : float or None
        Median movement of points against the previous map, as a share of its diameter.
    created_at : str
        UTC.
    points, placed : int
        All points, and those that were placed among existing points instead of fitted.
    agreement : float or None
        Mean share of a sound's nearest sounds that are nearest on the map too.
    """

    params: dict[str, Any]
    seed: int
    trustworthiness: float | None
    continuity: float | None
    quality: dict[str, int]
    seconds: float
    movement: float | None
    created_at: str
    points: int
    placed: int
    agreement: float | None

    @property
    def placed_share(self) -> float:
        """Share of the points that were placed (0 to 1)."""
        return self.placed / self.points if self.points else 0.0


@dataclass(frozen=True, kw_only=True)
class MapStatus(DrawnMap):
    """The map of a library that is in force.

    Attributes
    ----------
    layout_id : int
    aligned_to : int or None
        Layout id of the previous map.
    """

    layout_id: int
    aligned_to: int | None


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
        The vectors by which sounds were placed; -1 if that was not recorded.
    """

    sample_ids: Int64Array
    positions: Float32Array
    placed: BoolArray
    agreement: Float32Array
    embedding_ids: Int64Array

    @classmethod
    def joined(cls, parts: Sequence[Points]) -> Points:
        """Return the points of several parts, at least one, behind each other."""
        columns: Any = zip(*(vars(part).values() for part in parts), strict=True)
        return cls(*(np.concatenate(column) for column in columns))


@dataclass(frozen=True)
class NewMap:
    """A new map's description, without its points.

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


_TOLD = (
    *("layout_id", "params", "seed", "trustworthiness", "continuity", "quality", "seconds"),
    *("aligned_to", "movement", "created_at", "points", "placed", "agreement"),
)
"""Fields of `MapStatus` in the order of its statement's columns."""


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
            f"{database.filename} has no map yet: draw one with `sqlclap map "
            f"{typed(database.filename)}`"
        )
    told = dict(zip(_TOLD, row, strict=True))
    layout_id = told["layout_id"]
    cure = (
        f"`sqlclap doctor --repair {typed(database.filename)}` removes the map, then draw it anew"
    )
    what, required = f"layouts.params of map {layout_id}", ("neighbors", "min_dist", "sample")
    told["params"] = read_document(told["params"], dict, what, cure, required)
    quality = f"layouts.quality of map {layout_id}"
    told["quality"] = read_document(told["quality"], dict, quality, cure)
    return MapStatus(**told)


def read_points(database: Database, layout_id: int) -> Points:
    """Return a map's points, by ascending sample id; without agreement."""

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
    database: Database, model: StoredModel, layout: NewMap, points: Points, seconds: float
) -> int:
    """Store a map and put it in force, in one transaction; return its id.

    The points of previous maps are removed.
    """
    with write_transaction(database):
        return put_map(database, model, layout, points, seconds)


def put_map(
    database: Database, model: StoredModel, layout: NewMap, points: Points, seconds: float
) -> int:
    """Do the same within a transaction of the caller's."""
    row = {
        "model_id": model.model_id,
        "params": json.dumps(layout.params),
        "seed": layout.seed,
        "trustworthiness": layout.quality.trustworthiness,
        "continuity": layout.quality.continuity,
        "quality": json.dumps({"points": layout.quality.points, "among": layout.quality.among}),
        "seconds": round(seconds, 3),
        "aligned_to": layout.aligned_to,
        "movement": layout.movement,
    }
    database.execute(statement("map/layout_retire"), {"model_id": model.model_id})
    layout_id = int(database.execute(statement("map/layout_insert"), row).get)
    _insert(database, layout_id, points)
    return layout_id


def add_points(database: Database, layout_id: int, points: Points) -> None:
    """Add points to a map, in one transaction."""
    with write_transaction(database):
        _insert(database, layout_id, points)


def _insert(database: Database, layout_id: int, points: Points) -> None:
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
    database.executemany(statement("map/layout_point_insert"), rows)
