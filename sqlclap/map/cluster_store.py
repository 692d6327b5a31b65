"""Clusters in the library's tables: reading and writing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from sqlclap.db.database import read_document
from sqlclap.db.statements import statement, write_transaction
from sqlclap.db.stored_models import StoredModel
from sqlclap.errors import NoClustersError
from sqlclap.map.cluster_names import ClusterName, Group
from sqlclap.map.fuzzy_simplicial_set import Sounds
from sqlclap.quantities import typed
from sqlclap.records import Row

if TYPE_CHECKING:
    import numpy.typing as npt

    from sqlclap.arrays import Float32Array, Int64Array
    from sqlclap.db.database import Database


class Cluster(Row):
    """A group of sounds.

    Attributes
    ----------
    cluster : int
        -1 holds the sounds that belong to none.
    name : str or None
    source : {"words", "person"} or None
        Where the name comes from.
    score : float or None
        Cosine of the sounds' middle to the name.
    group_name : str or None
        Of the larger group that it belongs to.
    sounds : int
    probability : float or None
        How surely they belong to it, in the mean.
    placed : int
        How many were put there after their neighbours.
    """

    NOUN: ClassVar[str] = "cluster"
    cluster: int
    name: str | None
    source: str | None
    score: float | None
    group_name: str | None
    sounds: int
    probability: float | None
    placed: int


@dataclass(frozen=True)
class Clustering:
    """The clusters in force.

    Attributes
    ----------
    clustering_id : int
    method : str
    params : dict
    seed : int
    seconds : float
    created_at : str
        UTC.
    sample_ids, labels : np.ndarray [shape=(n,), dtype=int64]
        By ascending sample id; -1 for noise.
    placed : np.ndarray [shape=(n,), dtype=bool]
        Whether the sound was assigned after its neighbours, without finding clusters anew.
    embedding_ids : np.ndarray [shape=(n,), dtype=int64]
        The vectors by which sounds were assigned; -1 if that was not recorded.
    """

    clustering_id: int
    method: str
    params: dict[str, Any]
    seed: int
    seconds: float
    created_at: str
    sample_ids: Int64Array
    labels: Int64Array
    placed: npt.NDArray[np.bool_]
    embedding_ids: Int64Array

    def rows_of_unchanged(self, sounds: Sounds) -> Int64Array:
        """Return each sound's row in the clustering; -1 for sounds that are new or have changed."""

        if not len(self.sample_ids):
            return np.full(len(sounds), -1)
        rows = np.searchsorted(self.sample_ids, sounds.sample_ids)
        rows = np.minimum(rows, len(self.sample_ids) - 1)
        vectors = self.embedding_ids[rows]
        same = (vectors == sounds.embedding_ids) | (vectors < 0)
        unchanged: Int64Array = np.where(
            same & (self.sample_ids[rows] == sounds.sample_ids), rows, -1
        )
        return unchanged


@dataclass(frozen=True)
class Members:
    """Sounds and the clusters that they belong to.

    Attributes
    ----------
    sample_ids, embedding_ids, labels : np.ndarray [shape=(n,), dtype=int64]
    probabilities : np.ndarray [shape=(n,), dtype=float32]
    placed : bool
    """

    sample_ids: Int64Array
    embedding_ids: Int64Array
    labels: Int64Array
    probabilities: Float32Array
    placed: bool = False


@dataclass(frozen=True)
class NewClustering:
    """What is kept of a clustering besides its members.

    Attributes
    ----------
    method : str
    params : dict
    seed : int
    named : sequence of ClusterName
    groups : sequence of Group
    by_hand : dict of int to str
        Names that a person gave.
    """

    method: str
    params: dict[str, Any]
    seed: int
    named: Sequence[ClusterName]
    groups: Sequence[Group]
    by_hand: dict[int, str]


def current_clusters(database: Database, model: StoredModel) -> Clustering:
    """Return the clusters in force.

    Raises
    ------
    NoClustersError
        There are none.
    """

    row = database.execute(statement("map/clustering_current"), (model.model_id,)).fetchone()
    if row is None:
        file = database.filename
        raise NoClustersError(
            f"{file} has no clusters yet: find them with `sqlclap cluster {typed(file)}`"
        )
    clustering_id, method, params, seed, seconds, created_at = row
    rows = database.execute(statement("map/clustering_members"), (clustering_id,)).fetchall()
    table = np.array(rows, dtype=np.int64).reshape(-1, 4)
    cure = f"`sqlclap doctor --repair {typed(database.filename)}` removes them, then find them anew"
    what = f"clusterings.params of clusters {clustering_id}"
    document = read_document(params, dict, what, cure, ("neighbors",))
    columns = (clustering_id, method, document, seed, seconds, created_at)
    return Clustering(*columns, table[:, 0], table[:, 1], table[:, 2].astype(np.bool_), table[:, 3])


def names_by_hand(database: Database, clustering_id: int) -> dict[int, str]:
    """Return the names that a person gave, by cluster."""
    rows = database.execute(statement("map/cluster_names_by_hand"), (clustering_id,))
    return {int(cluster): str(name) for cluster, name in rows}


def store_clusters(
    database: Database,
    model: StoredModel,
    new: NewClustering,
    members: Members,
    seconds: float,
) -> int:
    """Store clusters and put them in force, in one transaction; return the clustering's id.

    The members of the previous clusters are removed.
    """
    with write_transaction(database):
        clustering_id = put_clusters(database, model, new, seconds)
        insert_members(database, clustering_id, members)
    return clustering_id


def put_clusters(database: Database, model: StoredModel, new: NewClustering, seconds: float) -> int:
    """Put clusters in force that have no members yet, within a transaction of the caller's."""
    row = {
        "model_id": model.model_id,
        "method": new.method,
        "params": json.dumps(new.params),
        "seed": new.seed,
        "seconds": round(seconds, 3),
    }
    database.execute(statement("map/clustering_retire"), {"model_id": model.model_id})
    clustering_id = int(database.execute(statement("map/clustering_insert"), row).get)
    insert_names(database, clustering_id, name_rows(new))
    return clustering_id


def insert_names(database: Database, clustering_id: int, names: Sequence[dict[str, Any]]) -> None:
    """Write the names of clusters and of their groups; see `name_rows`."""
    rows = [{"clustering_id": clustering_id, **name} for name in names]
    database.executemany(statement("map/cluster_name_insert"), rows)


def add_members(database: Database, clustering_id: int, members: Members) -> None:
    """Add sounds to clusters in force, in one transaction."""
    with write_transaction(database):
        insert_members(database, clustering_id, members)


def insert_members(database: Database, clustering_id: int, members: Members) -> None:
    """Do the same within a transaction of the caller's."""
    columns = (members.sample_ids, members.embedding_ids, members.labels, members.probabilities)
    rows = (
        {
            "clustering_id": clustering_id,
            "sample_id": sample_id,
            "embedding_id": embedding_id,
            "cluster": cluster,
            "probability": round(probability, 4),
            "placed": int(members.placed),
        }
        for sample_id, embedding_id, cluster, probability in zip(
            *(column.tolist() for column in columns), strict=True
        )
    )
    database.executemany(statement("map/cluster_member_insert"), rows)


def name_rows(new: NewClustering) -> list[dict[str, Any]]:
    """Return the names of clusters (level 0) and of their groups (level 1) as they are stored."""
    first = max((entry.cluster for entry in new.named), default=-1) + 1
    parents = {
        cluster: first + place
        for place, group in enumerate(new.groups)
        for cluster in group.clusters
    }
    rows: list[dict[str, Any]] = [
        {
            "cluster": entry.cluster,
            "level": 0,
            "parent": parents.get(entry.cluster),
            "name": new.by_hand.get(entry.cluster, entry.name),
            "score": entry.score,
            "source": "person" if entry.cluster in new.by_hand else "words",
        }
        for entry in new.named
    ]
    defaults: dict[str, Any] = {"level": 1, "parent": None, "score": None, "source": "words"}
    for place, group in enumerate(new.groups):
        rows.append({"cluster": first + place, "name": group.name} | defaults)
    return rows
