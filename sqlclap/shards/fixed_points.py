"""Fixed points of a set's map and clusters, in its catalog: shards place their sounds by them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from sqlclap.db.statements import statement, write_transaction
from sqlclap.db.vectors import from_blobs, to_blob
from sqlclap.map.cluster_store import Clustering, Members
from sqlclap.map.fuzzy_simplicial_set import Sounds
from sqlclap.map.procrustes import PreviousLayout
from sqlclap.map.store import Points
from sqlclap.shards.shown import Kind, SetFit, read_fit, read_names

if TYPE_CHECKING:
    from sqlclap.arrays import BoolArray, Float32Array, Int64Array
    from sqlclap.db.database import Database
    from sqlclap.db.stored_models import StoredModel
    from sqlclap.index.knn import NeighborSearch
    from sqlclap.shards.sampling import SampledSounds


@dataclass(frozen=True)
class FixedSounds(Sounds):
    """Sounds of a set, as maps and clusters take them; all shards look among the same ones.

    `sample_ids` are the set's ids, ascending; `embedding_ids` sum up vectors.
    """

    @classmethod
    def of(cls, sampled: SampledSounds) -> FixedSounds:
        """Take sampled sounds."""
        return cls(vector_keys(sampled.vectors), sampled.set_ids, sampled.vectors, None)

    @cached_property
    def _search(self) -> NeighborSearch:
        return super().neighbor_search()

    def neighbor_search(self) -> NeighborSearch:
        """Return a neighbour search over these sounds, made once."""
        return self._search

    def rows_of(self, set_ids: Int64Array, vectors: Float32Array) -> Int64Array:
        """Return the row of each of other sounds; -1 for those with another vector, or not here."""
        if not len(self):
            return np.full(len(set_ids), -1)
        rows = np.minimum(np.searchsorted(self.sample_ids, set_ids), len(self) - 1)
        same: BoolArray = self.sample_ids[rows] == set_ids
        same[same] = (self.vectors[rows[same]] == vectors[same]).all(axis=1)
        found: Int64Array = np.where(same, rows, -1)
        return found


def vector_keys(vectors: Float32Array) -> Int64Array:
    """Return a number for each vector: another one for another vector."""
    digests = (hashlib.blake2b(to_blob(one), digest_size=8).digest() for one in vectors)
    keys = np.frombuffer(b"".join(digests), dtype="<i8").astype(np.int64)
    return keys & np.int64(2**63 - 1)


@dataclass(frozen=True, eq=False)
class FixedMap:
    """A set's map: its fit, and the points that it fixed.

    Attributes
    ----------
    fit : SetFit
    sounds : FixedSounds
    positions : np.ndarray [shape=(n, 2), dtype=float32]
    agreement : np.ndarray [shape=(n,), dtype=float32]
    """

    fit: SetFit
    sounds: FixedSounds
    positions: Float32Array
    agreement: Float32Array

    @property
    def scale(self) -> np.float32:
        """Factor from the optimizer's units to the map's."""
        return np.float32(self.fit.params.get("scale", 1.0))

    def previous(self) -> PreviousLayout:
        """Return it as what a refit starts from."""
        placed = np.zeros(len(self.sounds), dtype=np.bool_)
        columns = (self.positions, placed, self.agreement, self.sounds.embedding_ids)
        return PreviousLayout(0, Points(self.sounds.sample_ids, *columns), float(self.scale))


@dataclass(frozen=True, eq=False)
class FixedClusters:
    """A set's clusters: their fit, and the sounds that it put into them.

    Attributes
    ----------
    fit : SetFit
    sounds : FixedSounds
    labels : np.ndarray [shape=(n,), dtype=int64]
    probabilities : np.ndarray [shape=(n,), dtype=float32]
    names : list of dict
        As `sqlclap.map.cluster_store.name_rows` gives them.
    """

    fit: SetFit
    sounds: FixedSounds
    labels: Int64Array
    probabilities: Float32Array
    names: list[dict[str, Any]]

    @property
    def names_by_hand(self) -> dict[int, str]:
        """Names that a person gave, by cluster."""
        given = [one for one in self.names if one["source"] == "person" and not one["level"]]
        return {int(one["cluster"]): str(one["name"]) for one in given}

    def clustering(self) -> Clustering:
        """Return them as what new ones are matched with."""
        fit, placed = self.fit, np.zeros(len(self.sounds), dtype=np.bool_)
        told = (0, "", fit.params, fit.seed, fit.seconds, fit.created_at)
        columns = (self.sounds.sample_ids, self.labels, placed, self.sounds.embedding_ids)
        return Clustering(*told, *columns)


@dataclass(frozen=True)
class NewFit:
    """A fit that is to be stored, without its points.

    Attributes
    ----------
    params, report : dict
    seed : int
    seconds : float
    """

    params: dict[str, Any]
    report: dict[str, Any]
    seed: int
    seconds: float


def read_map(catalog: Database, model: StoredModel) -> FixedMap | None:
    """Return a set's map; None: it has none."""
    fit = read_fit(catalog, "map")
    if fit is None:
        return None
    rows = catalog.execute(statement("shards/map_points_read")).fetchall()
    sounds = _sounds([row[0] for row in rows], [row[4] for row in rows], model)
    table = np.array([row[1:4] for row in rows], dtype=np.float32).reshape(-1, 3)
    return FixedMap(fit, sounds, np.ascontiguousarray(table[:, :2]), table[:, 2].copy())


def read_clusters(catalog: Database, model: StoredModel) -> FixedClusters | None:
    """Return a set's clusters; None: it has none."""
    fit = read_fit(catalog, "clusters")
    if fit is None:
        return None
    rows = catalog.execute(statement("shards/cluster_points_read")).fetchall()
    sounds = _sounds([row[0] for row in rows], [row[3] for row in rows], model)
    labels = np.array([row[1] for row in rows], dtype=np.int64)
    shares = np.array([row[2] for row in rows], dtype=np.float32)
    return FixedClusters(fit, sounds, labels, shares, read_names(catalog))


def _sounds(set_ids: list[int], blobs: list[bytes], model: StoredModel) -> FixedSounds:
    vectors = from_blobs(blobs, model.dim)
    ids = np.array(set_ids, dtype=np.int64)
    return FixedSounds(vector_keys(vectors), ids, vectors, None)


def store_map(catalog: Database, new: NewFit, drawn: FittedMap) -> None:
    """Put a map in force for a set, in one transaction; its shards still show what they showed."""
    x, y = drawn.points.positions.T.tolist()
    columns = (drawn.points.sample_ids.tolist(), x, y, drawn.points.agreement.tolist())
    rows = zip(*columns, map(to_blob, drawn.sounds.vectors), strict=True)
    version = _version(new, drawn.points.sample_ids, drawn.points.positions)
    with write_transaction(catalog):
        catalog.execute("DELETE FROM set_map_points")
        catalog.executemany(statement("shards/map_point_insert"), rows)
        catalog.execute(statement("shards/fit_insert"), _fit_row("map", version, new))


@dataclass(frozen=True, eq=False)
class FittedMap:
    """Sounds that were fitted, and their points, in the same order."""

    sounds: FixedSounds
    points: Points


def store_clusters(
    catalog: Database,
    new: NewFit,
    found: tuple[FixedSounds, Members],
    names: Sequence[dict[str, Any]],
) -> None:
    """Put clusters in force for a set, in one transaction; its shards still show what they did."""
    sounds, members = found
    columns = (members.sample_ids.tolist(), members.labels.tolist(), members.probabilities.tolist())
    rows = zip(*columns, map(to_blob, sounds.vectors), strict=True)
    version = _version(new, members.sample_ids, members.labels, members.probabilities)
    with write_transaction(catalog):
        catalog.execute("DELETE FROM set_cluster_points")
        catalog.execute("DELETE FROM set_cluster_names")
        catalog.executemany(statement("shards/cluster_point_insert"), rows)
        catalog.executemany(statement("shards/cluster_name_insert"), names)
        catalog.execute(statement("shards/fit_insert"), _fit_row("clusters", version, new))


def _version(new: NewFit, *columns: Any) -> str:
    digest = hashlib.blake2b(json.dumps(new.params, sort_keys=True).encode(), digest_size=8)
    for column in columns:
        digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()


def _fit_row(kind: Kind, version: str, new: NewFit) -> dict[str, Any]:
    return {
        "kind": kind,
        "version": version,
        "params": json.dumps(new.params),
        "seed": new.seed,
        "report": json.dumps(new.report),
        "seconds": round(new.seconds, 3),
    }
