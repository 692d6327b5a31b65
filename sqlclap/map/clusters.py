"""A library's clusters as an object: what `Library.clusters` gives."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.db.sqlite_errors import clear_errors_of
from sqlclap.db.statements import statement, write_transaction
from sqlclap.errors import LayoutValueError, NoClustersError
from sqlclap.map.cluster_names import group_clusters, known_names, name_clusters, read_vocabulary
from sqlclap.map.cluster_store import (
    Cluster,
    Clustering,
    Members,
    NewClustering,
    add_members,
    current_clusters,
    names_by_hand,
    store_clusters,
)
from sqlclap.map.clustering import (
    METHOD,
    ClusterAssignment,
    find_clusters,
    keep_numbers,
    persisting,
)
from sqlclap.map.fuzzy_simplicial_set import Sounds, neighbours_among, read_sounds
from sqlclap.map.options import ClusterOptions
from sqlclap.models.vocabulary import taught_vocabulary
from sqlclap.notebook.results import Results
from sqlclap.progress import NullProgress, ProgressListener

if TYPE_CHECKING:
    from sqlclap.arrays import Int64Array
    from sqlclap.db.database import Database
    from sqlclap.db.stored_models import StoredModel
    from sqlclap.session import Session

NEIGHBOURS_ASKED = 15


@dataclass(frozen=True)
class ClusterReport:
    """What was done to clusters.

    Attributes
    ----------
    fitted : bool
        Whether they were found anew; else what is new was put into them.
    new : int
        Sounds that belonged to none before, or have changed since.
    persisted : int
        Clusters that were there before.
    clusters : list of Cluster
    seconds : float
    """

    fitted: bool
    new: int
    persisted: int
    clusters: list[Cluster]
    seconds: float


@clear_errors_of(lambda one: one._session.database.filename)
class LibraryClusters:
    """The clusters of a library's sounds under one model.

    Parameters
    ----------
    session : Session
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def _connection(self) -> Database:
        return self._session.database

    def fit(
        self,
        options: ClusterOptions | None = None,
        vocabulary: Path | None = None,
        listener: ProgressListener | None = None,
    ) -> ClusterReport:
        """Find clusters anew and name them; those that persist keep number and given names.

        Interrupted, or failing, it leaves the clusters of before in force.

        Raises
        ------
        NoVectorsError
            There are no sounds.
        LayoutValueError, VocabularyError
            An option is out of range, or the vocabulary can't be read.
        MissingExtraError
            What finds clusters is not installed.
        """
        began = time.monotonic()
        options, listener = options or ClusterOptions(), listener or NullProgress()
        options.check()
        words, at_work = read_vocabulary(vocabulary), self._session.query_model
        model, encoder = at_work.stored, at_work.encoder
        if vocabulary is None:  # whoever writes a list of their own means every name in it
            words = known_names(words, taught_vocabulary(encoder.bundle))
        before = self._before(model)
        sounds = read_sounds(self._connection, model)
        found = find_clusters(sounds, options, listener)
        labels, given = self._numbered(sounds, found, before)
        listener.started("names", 1)
        named = name_clusters(sounds.vectors, labels, words, encoder.embed_texts)
        groups = group_clusters(sounds.vectors, labels, named)
        listener.advanced(1)
        params = {"min_size": options.size_for(len(sounds)), "neighbors": options.neighbors}
        new = NewClustering(METHOD, params, options.seed, named, groups, given)
        members = Members(sounds.sample_ids, sounds.embedding_ids, labels, found.probabilities)
        seconds = time.monotonic() - began
        store_clusters(self._connection, model, new, members, seconds)
        kept = len(set(labels.tolist()) & set(before.labels.tolist()) - {-1}) if before else 0
        return ClusterReport(True, len(sounds), kept, self.overview(), seconds)

    def _before(self, model: StoredModel) -> Clustering | None:
        try:
            return current_clusters(self._connection, model)
        except NoClustersError:
            return None

    def _numbered(
        self, sounds: Sounds, found: ClusterAssignment, before: Clustering | None
    ) -> tuple[Int64Array, dict[int, str]]:
        """Let clusters that persist keep their numbers; return the names given to those."""
        import numpy as np

        if before is None:
            return found.labels, {}
        _, here, there = np.intersect1d(
            sounds.sample_ids, before.sample_ids, assume_unique=True, return_indices=True
        )
        known = persisting(before.labels[there], found.labels[here])
        given = names_by_hand(self._connection, before.clustering_id)
        kept = {number: name for number, name in given.items() if number in known.values()}
        return keep_numbers(found.labels, known), kept

    def update(
        self,
        options: ClusterOptions | None = None,
        vocabulary: Path | None = None,
        listener: ProgressListener | None = None,
    ) -> ClusterReport:
        """Put what is new or changed into clusters, or find first ones; see `assign`, `fit`."""
        if self._before(self._session.model) is None:
            return self.fit(options, vocabulary, listener)
        return self.assign(listener)

    def assign(self, listener: ProgressListener | None = None) -> ClusterReport:
        """Put new sounds and changed ones where most of their neighbours are.

        If no sound is what it was, clusters are found anew.

        Raises
        ------
        NoClustersError
            There are no clusters yet.
        """
        import numpy as np

        began = time.monotonic()
        model = self._session.model
        current = current_clusters(self._connection, model)
        sounds = read_sounds(self._connection, model)
        rows = current.standing(sounds)
        new, known = np.flatnonzero(rows < 0), np.flatnonzero(rows >= 0)
        known = known[~current.placed[rows[known]]]
        if len(new) and not len(known):
            options = ClusterOptions(neighbors=current.params["neighbors"], seed=current.seed)
            return self.fit(options, listener=listener)
        if len(new):
            fresh, labels = sounds.take(new), current.labels[rows[known]]
            found = _voted(sounds.take(known), labels, fresh, listener or NullProgress())
            put = (fresh.sample_ids, fresh.embedding_ids, found.labels, found.probabilities)
            add_members(self._connection, current.clustering_id, Members(*put, placed=True))
        seconds = time.monotonic() - began
        return ClusterReport(False, len(new), 0, self.overview(), seconds)

    def overview(self) -> Results[Cluster]:
        """Return the clusters in force, largest first, noise (-1) last.

        Raises
        ------
        NoClustersError
            There are none.
        """
        current = current_clusters(self._connection, self._session.model)
        cursor = self._connection.execute(
            statement("map/cluster_overview"), (current.clustering_id,)
        )
        return Results(map(Cluster.of, cursor), Cluster)

    def rename(self, cluster: int, name: str) -> None:
        """Give a cluster a name of your own; it is kept as long as the cluster persists.

        Raises
        ------
        NoClustersError
            There is no such cluster.
        LayoutValueError
            The name is empty.
        """
        if not name.strip():
            raise LayoutValueError("expected a name for the cluster, got none")
        current = current_clusters(self._connection, self._session.model)
        row = {"clustering_id": current.clustering_id, "cluster": cluster, "name": name.strip()}
        with write_transaction(self._connection) as connection:
            renamed = connection.execute(statement("map/cluster_rename"), row).fetchall()
        if not renamed:
            raise NoClustersError(
                f"no cluster {cluster} in {self._connection.filename}: `sqlclap cluster` lists them"
            )


def _voted(
    fitted: Sounds, labels: Int64Array, new: Sounds, listener: ProgressListener
) -> ClusterAssignment:
    """Let each new sound's neighbours vote by similarity; noise has votes, too."""
    import numpy as np

    near = neighbours_among(fitted.field(), new.vectors, NEIGHBOURS_ASKED, listener)
    votes = np.where(near.rows < 0, 0, np.maximum(1 - near.distances, 0)) + 1e-9
    choices = labels[near.rows]
    count = int(labels.max()) + 2
    totals = np.zeros((len(new), count))
    rows = np.repeat(np.arange(len(new)), near.rows.shape[1])
    np.add.at(totals, (rows, choices.ravel() + 1), votes.ravel())
    won = totals.argmax(axis=1) - 1
    shares = totals.max(axis=1) / totals.sum(axis=1)
    return ClusterAssignment(won, np.where(won < 0, 0, shares).astype(np.float32))
