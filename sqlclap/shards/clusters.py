"""The clusters of a set: found in an even sample of all its sounds, the others put into them."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.db.statements import statement, write_transaction
from sqlclap.errors import MissingModelError, NoClustersError, NoTextTowerError
from sqlclap.map.cluster_names import group_clusters
from sqlclap.map.cluster_store import Cluster, Members, NewClustering, name_rows
from sqlclap.map.clustering import METHOD, find_clusters
from sqlclap.map.clusters import (
    ClusterReport,
    cluster_name,
    match_previous,
    naming_by,
    numbering,
)
from sqlclap.map.options import ClusterOptions
from sqlclap.notebook.results import Results
from sqlclap.progress import NullProgress, ProgressListener
from sqlclap.quantities import typed
from sqlclap.session import QueryModel
from sqlclap.shards.fixed_points import FixedSounds, NewFit, read_clusters, store_clusters
from sqlclap.shards.leases import map_lease
from sqlclap.shards.map_jobs import CountMembers
from sqlclap.shards.maps import SAMPLE, no_vectors
from sqlclap.shards.placing import Shelf, put_into_clusters
from sqlclap.shards.sampling import even_sample
from sqlclap.shards.shown import read_fit, read_names
from sqlclap.shards.stages import ShardProgress
from sqlclap.shards.visiting import Visit

if TYPE_CHECKING:
    from sqlclap.api import Library
    from sqlclap.map.clusters import Naming
    from sqlclap.shards.fixed_points import FixedClusters
    from sqlclap.shards.missing import Missing
    from sqlclap.shards.session import SetSession
    from sqlclap.shards.shard import Shard


@dataclass(frozen=True)
class SetClusterReport(ClusterReport):
    """Result of finding or updating a set's clusters.

    Attributes
    ----------
    not_written : list of Missing
        Shards that couldn't be opened or written: they show what they showed, and get their part
        by the next run.
    """

    not_written: list[Missing] = field(default_factory=list)


class SetClusters:
    """The clusters of a set's sounds; see `LibraryClusters`.

    Parameters
    ----------
    session : SetSession
    """

    def __init__(self, session: SetSession) -> None:
        self._session = session

    def fit(
        self,
        options: ClusterOptions | None = None,
        vocabulary: str | Path | None = None,
        listener: ProgressListener | None = None,
    ) -> SetClusterReport:
        """Find clusters anew in an even sample, name them, and put all sounds into them.

        Raises
        ------
        NoVectorsError
            No sound has a vector.
        LayoutValueError, VocabularyError
            An option is out of range, or the vocabulary can't be read.
        SetError
            Another program works on the set.
        MissingExtraError
            The extra ``map`` is not installed.
        NoTextTowerError
            A vocabulary is given, and the set's model has no words.
        """
        started = time.monotonic()
        options, listener = options or ClusterOptions(), listener or NullProgress()
        options.check()
        with map_lease(self._session.path):
            naming = self._naming(vocabulary)
            kept, visit = self._fit(options, naming, listener)
            new = self._put_all(visit, self._fixed(), listener)
        by = naming.model.stored.name if naming.model else None
        told = (time.monotonic() - started, by, naming.note, visit.left_out)
        return SetClusterReport(True, new, kept, self.overview(), *told)

    def update(
        self,
        options: ClusterOptions | None = None,
        vocabulary: str | Path | None = None,
        listener: ProgressListener | None = None,
    ) -> SetClusterReport:
        """Put what is new into clusters; see `assign`. Without clusters, see `fit`."""
        if read_fit(self._session.catalog.database, "clusters") is None:
            return self.fit(options, vocabulary, listener)
        return self.assign(listener)

    def assign(self, listener: ProgressListener | None = None) -> SetClusterReport:
        """Put each new or changed sound into the cluster of most of its nearest fixed sounds.

        Shards that show other clusters or names, or none, are brought up to these.

        Raises
        ------
        NoClustersError
            There are no clusters yet.
        SetError
            Another program works on the set.
        """
        started = time.monotonic()
        with map_lease(self._session.path):
            visit = Visit(self._session.shards)
            new = self._put_all(visit, self._fixed(), listener or NullProgress())
        told = (time.monotonic() - started, None, None, visit.left_out)
        return SetClusterReport(False, new, 0, self.overview(), *told)

    def overview(self) -> Results[Cluster]:
        """Return the clusters in force, largest first, noise (-1) last.

        Counts are of the shards that can be asked and show these clusters.

        Raises
        ------
        NoClustersError
            There are none.
        """
        catalog = self._session.catalog.database
        fit = read_fit(catalog, "clusters")
        if fit is None:
            raise self._none()
        sounds, placed, shares = Counter[int](), Counter[int](), defaultdict[int, float](float)

        found, _ = self._session.ask(CountMembers(fit.version))
        for cluster, members, share, put in chain.from_iterable(found.answers):
            sounds[cluster] += members
            shares[cluster] += share
            placed[cluster] += put
        named = {int(one["cluster"]): one for one in read_names(catalog)}
        rows = []
        for cluster in sorted(sounds, key=lambda one: (one < 0, -sounds[one], one)):
            own = named.get(cluster) or dict.fromkeys(("name", "source", "score", "parent"))
            parent = own["parent"]
            group = None if parent is None else named[int(parent)]["name"]
            words = (own["name"], own["source"], own["score"], group)
            share = shares[cluster] / sounds[cluster]
            rows.append(Cluster.of((cluster, *words, sounds[cluster], share, placed[cluster])))
        return Results(rows, Cluster)

    def rename(self, cluster: int, name: str) -> list[Missing]:
        """Give a cluster a name of your own; it is kept as long as the cluster persists.

        Returns
        -------
        list of Missing
            Shards that couldn't be written: they show the former name until the next `assign`.

        Raises
        ------
        NoClustersError
            There is no such cluster.
        LayoutValueError
            The name is empty.
        """
        name = cluster_name(name)
        with map_lease(self._session.path):
            row = {"cluster": cluster, "name": name}
            with write_transaction(self._session.catalog.database) as database:
                renamed = database.execute(statement("shards/cluster_rename"), row).fetchall()
            if not renamed:
                path = self._session.path
                raise NoClustersError(
                    f"no cluster {cluster} in {path}: `sqlclap cluster {typed(path)}` lists them"
                )
            visit = Visit(self._session.shards)
            self._put_all(visit, self._fixed(), NullProgress())
        return visit.left_out

    def _fit(
        self, options: ClusterOptions, naming: Naming, listener: ProgressListener
    ) -> tuple[int, Visit]:
        """Find clusters in a sample and store them in the catalog; return how many persist."""
        started, session = time.monotonic(), self._session
        catalog, model = session.catalog.database, session.model
        sampled, visit = even_sample(session, SAMPLE, options.seed)
        if not len(sampled.set_ids):
            raise no_vectors(session, visit)
        sounds, before = FixedSounds.of(sampled), read_clusters(catalog, model)
        assignment = find_clusters(sounds, options, listener)
        labels, by_hand = assignment.labels, dict[int, str]()
        if before is not None:
            given = before.names_by_hand
            labels, by_hand = match_previous(sounds, labels, before.clustering(), given)
        listener.started("names", 1)
        named = naming.name(catalog, model, sounds, labels)
        groups = group_clusters(sounds.vectors, labels, named) if naming.model else []
        listener.advanced(1)
        params = {"min_size": options.size_for(len(sounds)), "neighbors": options.neighbors}
        names = name_rows(NewClustering(METHOD, params, options.seed, named, groups, by_hand))
        members = Members(
            sounds.sample_ids, sounds.embedding_ids, labels, assignment.probabilities.round(4)
        )
        new = NewFit(params, {"method": METHOD}, options.seed, time.monotonic() - started)
        store_clusters(catalog, new, (sounds, members), names)
        known = set(before.labels.tolist()) - {-1} if before else set[int]()
        return len(set(labels.tolist()) & known), visit

    def _naming(self, vocabulary: str | Path | None) -> Naming:
        try:
            encoder = self._session.encoder
            _ = encoder.bundle.text
        except (NoTextTowerError, MissingModelError) as error:
            if vocabulary is not None:
                raise
            return numbering(error)
        return naming_by(QueryModel(encoder, self._session.model), vocabulary)

    def _put_all(self, visit: Visit, fixed: FixedClusters, listener: ProgressListener) -> int:
        counts: list[int] = []

        def put(shard: Shard, library: Library) -> None:
            told = ShardProgress(listener, visit.place_of(shard))
            shelf = Shelf(library.connection, shard.entry.ids, told)
            counts.append(put_into_clusters(shelf, fixed))

        visit.each("write", put)
        return sum(counts)

    def _fixed(self) -> FixedClusters:
        fixed = read_clusters(self._session.catalog.database, self._session.model)
        if fixed is None:
            raise self._none()
        return fixed

    def _none(self) -> NoClustersError:
        path = self._session.path
        return NoClustersError(
            f"{path} has no clusters yet: find them with `sqlclap cluster {typed(path)}`"
        )
