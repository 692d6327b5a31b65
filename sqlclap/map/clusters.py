"""The clusters of a library: the class behind `Library.clusters`."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sqlclap.arrays import plain_number
from sqlclap.db.statements import statement, write_transaction
from sqlclap.errors import LayoutValueError, ModelError, NoClustersError, NoTextTowerError
from sqlclap.given_names import given_name
from sqlclap.map.cluster_names import ClusterName, group_clusters, name_clusters, number_clusters
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
    match_clusters,
    renumber_clusters,
)
from sqlclap.map.fuzzy_simplicial_set import Sounds, neighbours_among, read_sounds
from sqlclap.map.options import ClusterOptions, refuse_set
from sqlclap.map.shown_points import keep_shown_points
from sqlclap.map.vocabulary import known_names, read_vocabulary
from sqlclap.models.vocabulary import taught_vocabulary
from sqlclap.notebook.results import Results
from sqlclap.progress import NullProgress, ProgressListener
from sqlclap.session import LibraryPart

if TYPE_CHECKING:
    from sqlclap.arrays import Float64Array, Int64Array
    from sqlclap.db.database import Database
    from sqlclap.db.stored_models import StoredModel
    from sqlclap.map.vocabulary import Vocabulary
    from sqlclap.session import QueryModel

NEIGHBOURS_VOTING = 15


@dataclass(frozen=True)
class ClusterReport:
    """Result of finding or updating clusters.

    Attributes
    ----------
    fitted : bool
        Whether clusters were found anew; otherwise new sounds were assigned to existing ones.
    new : int
        Sounds that are new, or have changed, since clusters were last found or updated.
    persisted : int
        Clusters that kept their numbers from the previous run.
    clusters : list of Cluster
    seconds : float
    named_by : str or None
        The model whose words name the clusters: the library's own, or another one of it where that
        has no words; None where they were not named anew, or are numbered.
    note : str or None
        Why they are numbered, and what would name them.
    """

    fitted: bool
    new: int
    persisted: int
    clusters: list[Cluster]
    seconds: float
    named_by: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class Naming:
    """The words for clusters, and the model that compares them with sounds, if any has words."""

    words: Vocabulary
    model: QueryModel | None
    note: str | None = None

    def name(
        self, database: Database, own: StoredModel, sounds: Sounds, labels: Int64Array
    ) -> list[ClusterName]:
        """Name clusters of `own`'s vectors, by the describing model's vectors of their sounds."""
        if self.model is None:
            return number_clusters(labels)
        embed = self.model.encoder.embed_texts
        if self.model.stored.model_id == own.model_id:
            return name_clusters(sounds.vectors, labels, self.words, embed)
        described = read_sounds(database, self.model.stored)
        _, rows, own_rows = np.intersect1d(
            described.sample_ids, sounds.sample_ids, assume_unique=True, return_indices=True
        )
        named = name_clusters(described.vectors[rows], labels[own_rows], self.words, embed)
        known = {entry.cluster for entry in named}  # a cluster's sounds may wait for vectors of it
        return named + [entry for entry in number_clusters(labels) if entry.cluster not in known]


def numbering(error: ModelError) -> Naming:
    """Return what calls clusters by their numbers, where no model has words."""
    return Naming(read_vocabulary(), None, f"clusters are numbered, not named, for {error}")


def cluster_name(name: object) -> str:
    """Return a name for a cluster, or raise a `LayoutValueError`."""
    text = given_name(name, "a name for the cluster", LayoutValueError)
    if not text:
        raise LayoutValueError("expected a name for the cluster, got none")
    return text


def naming_by(model: QueryModel, vocabulary: str | Path | None) -> Naming:
    """Return the words of a vocabulary, and the model that has words, to compare them with.

    Raises
    ------
    VocabularyError
        The vocabulary can't be read.
    """
    words = read_vocabulary(vocabulary)
    if vocabulary is None:  # a user's own list is taken as it is
        words = known_names(words, taught_vocabulary(model.encoder.bundle))
    return Naming(words, model)


class LibraryClusters(LibraryPart):
    """The clusters of a library's sounds under one model.

    Parameters
    ----------
    session : Session
    """

    @property
    def _database(self) -> Database:
        return self._session.database

    def fit(
        self,
        options: ClusterOptions | None = None,
        vocabulary: str | Path | None = None,
        listener: ProgressListener | None = None,
    ) -> ClusterReport:
        """Find clusters anew and name them; matched ones keep numbers and names given by hand.

        If this is interrupted or fails, the previous clusters stay in force.

        Raises
        ------
        NoVectorsError
            No sound has a vector.
        LayoutValueError, VocabularyError
            An option is out of range, or the vocabulary can't be read.
        MissingExtraError
            The extra ``map`` is not installed.
        NoTextTowerError
            A vocabulary is given, and no model of the library has words.
        """
        started = time.monotonic()
        options, listener = options or ClusterOptions(), listener or NullProgress()
        options.check()
        model, naming = self._session.model, self._naming(vocabulary)
        previous = self._current_or_none(model)
        sounds = read_sounds(self._database, model)
        assignment = find_clusters(sounds, options, listener)
        labels, names_kept = self._match_previous(sounds, assignment, previous)
        listener.started("names", 1)
        named = naming.name(self._database, model, sounds, labels)
        groups = group_clusters(sounds.vectors, labels, named) if naming.model else []
        listener.advanced(1)
        params = {"min_size": options.size_for(len(sounds)), "neighbors": options.neighbors}
        new = NewClustering(METHOD, params, options.seed, named, groups, names_kept)
        members = Members(sounds.sample_ids, sounds.embedding_ids, labels, assignment.probabilities)
        seconds = time.monotonic() - started
        store_clusters(self._database, model, new, members, seconds)
        keep_shown_points(self._session)
        kept = len(set(labels.tolist()) & set(previous.labels.tolist()) - {-1}) if previous else 0
        by = naming.model.stored.name if naming.model else None
        return ClusterReport(True, len(sounds), kept, self.overview(), seconds, by, naming.note)

    def _naming(self, vocabulary: str | Path | None) -> Naming:
        try:
            model = self._session.describing_model
        except NoTextTowerError as error:
            if vocabulary is not None:
                raise
            return numbering(error)
        return naming_by(model, vocabulary)

    def _current_or_none(self, model: StoredModel) -> Clustering | None:
        try:
            return current_clusters(self._database, model)
        except NoClustersError:
            return None

    def _match_previous(
        self, sounds: Sounds, assignment: ClusterAssignment, previous: Clustering | None
    ) -> tuple[Int64Array, dict[int, str]]:
        """Return labels that keep matched clusters' numbers, and names given to these by hand."""

        if previous is None:
            return assignment.labels, {}
        by_hand = names_by_hand(self._database, previous.clustering_id)
        return match_previous(sounds, assignment.labels, previous, by_hand)

    def update(
        self,
        options: ClusterOptions | None = None,
        vocabulary: str | Path | None = None,
        listener: ProgressListener | None = None,
    ) -> ClusterReport:
        """Assign new and changed sounds to clusters; see `assign`. Without clusters, see `fit`."""
        if self._current_or_none(self._session.model) is None:
            return self.fit(options, vocabulary, listener)
        return self.assign(listener)

    def assign(self, listener: ProgressListener | None = None) -> ClusterReport:
        """Assign each new or changed sound to the cluster of most of its neighbours.

        If all sounds have changed, clusters are found anew.

        Raises
        ------
        NoClustersError
            There are no clusters yet.
        LayoutValueError
            They are those of a set, whose shard this library is.
        """

        started = time.monotonic()
        model = self._session.model
        current = current_clusters(self._database, model)
        refuse_set("set_clusters", current.params, "clusters", self._database.filename)
        sounds = read_sounds(self._database, model)
        rows = current.rows_of_unchanged(sounds)
        new, known = np.flatnonzero(rows < 0), np.flatnonzero(rows >= 0)
        known = known[~current.placed[rows[known]]]
        if len(new) and not len(known):
            options = ClusterOptions(neighbors=current.params["neighbors"], seed=current.seed)
            return self.fit(options, listener=listener)
        if len(new):
            new_sounds, labels = sounds.take(new), current.labels[rows[known]]
            assignment = assign_by_vote(
                sounds.take(known), labels, new_sounds, listener or NullProgress()
            )
            columns = (
                new_sounds.sample_ids,
                new_sounds.embedding_ids,
                assignment.labels,
                assignment.probabilities,
            )
            add_members(self._database, current.clustering_id, Members(*columns, placed=True))
        keep_shown_points(self._session)
        seconds = time.monotonic() - started
        return ClusterReport(False, len(new), 0, self.overview(), seconds)

    def overview(self) -> Results[Cluster]:
        """Return the clusters in force, largest first, noise (-1) last.

        Raises
        ------
        NoClustersError
            There are none.
        """
        current = current_clusters(self._database, self._session.model)
        cursor = self._database.execute(statement("map/cluster_overview"), (current.clustering_id,))
        return Results(map(Cluster.of, cursor), Cluster)

    def rename(self, cluster: int, name: str) -> None:
        """Give a cluster a name of your own; it is kept as long as the cluster persists.

        Raises
        ------
        NoClustersError
            There is no such cluster.
        LayoutValueError
            The name is empty, or they are the clusters of a set, whose shard this library is.
        """
        name = cluster_name(name)
        current = current_clusters(self._database, self._session.model)
        refuse_set("set_clusters", current.params, "clusters", self._database.filename)
        named = {"cluster": plain_number(cluster), "name": name}
        row = {"clustering_id": current.clustering_id, **named}
        with write_transaction(self._database) as connection:
            renamed = connection.execute(statement("map/cluster_rename"), row).fetchall()
        if not renamed:
            raise NoClustersError(
                f"no cluster {cluster} in {self._database.filename}: `sqlclap cluster` lists them"
            )


def match_previous(
    sounds: Sounds, labels: Int64Array, previous: Clustering, by_hand: Mapping[int, str]
) -> tuple[Int64Array, dict[int, str]]:
    """Return labels that keep matched clusters' numbers, and names given to these by hand."""
    _, current_rows, previous_rows = np.intersect1d(
        sounds.sample_ids, previous.sample_ids, assume_unique=True, return_indices=True
    )
    matched = match_clusters(previous.labels[previous_rows], labels[current_rows])
    kept = {number: name for number, name in by_hand.items() if number in matched.values()}
    return renumber_clusters(labels, matched), kept


def assign_by_vote(
    fitted: Sounds, labels: Int64Array, new: Sounds, listener: ProgressListener
) -> ClusterAssignment:
    """Assign new sounds by their neighbours' votes, weighted by similarity; noise can win, too."""

    neighbours = neighbours_among(
        fitted.neighbor_search(), new.vectors, NEIGHBOURS_VOTING, listener
    )
    votes = np.where(neighbours.rows < 0, 0, np.maximum(1 - neighbours.distances, 0)) + 1e-9
    winners, shares = count_votes(labels[neighbours.rows], votes)
    return ClusterAssignment(winners, np.where(winners < 0, 0, shares).astype(np.float32))


def count_votes(choices: Int64Array, votes: Float64Array) -> tuple[Int64Array, Float64Array]:
    """Return whom each row's votes choose, the lower of equals, and the share of votes for it.

    A table of rows by clusters would hold mostly zeros, and of many clusters outgrow memory: votes
    are compared with each other instead.

    Parameters
    ----------
    choices : np.ndarray [shape=(n, voters), dtype=int64]
    votes : np.ndarray [shape=(n, voters), dtype=float64]
        Above 0.
    """
    totals = np.zeros(votes.shape)  # of what each voter chose
    for at in range(votes.shape[1]):
        totals += np.where(choices == choices[:, [at]], votes[:, [at]], 0)
    most = totals.max(axis=1, keepdims=True)
    beyond = np.iinfo(np.int64).max
    winners: Int64Array = np.where(totals == most, choices, beyond).min(axis=1)
    return winners, most[:, 0] / votes.sum(axis=1)
