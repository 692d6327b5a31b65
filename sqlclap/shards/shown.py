"""Which map and clusters of the set each shard shows, and whether all show those in force."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sqlclap.db.database import named_rows, read_document
from sqlclap.db.statements import statement

if TYPE_CHECKING:
    from sqlclap.db.database import Database

Kind = Literal["map", "clusters"]


@dataclass(frozen=True)
class ShownFits:
    """What a shard's library shows.

    Attributes
    ----------
    layout_id : int or None
        Of its map in force; None: it has none.
    map : str or None
        Version of the set's map that this is; None: a map of its own.
    points, placed : int
        On the map, and those that were placed beside fixed points.
    agreement : float
        All points' together.
    clustering_id : int or None
    clusters, names : str or None
        Versions of the set's clusters, and of their names.
    members : int
        Sounds with a cluster, or in none.
    """

    layout_id: int | None = None
    map: str | None = None
    points: int = 0
    placed: int = 0
    agreement: float = 0.0
    clustering_id: int | None = None
    clusters: str | None = None
    names: str | None = None
    members: int = 0


def shown_fits(database: Database) -> ShownFits:
    """Return what a shard's library shows."""
    for row in named_rows(database.execute(statement("shards/shown_fits"))):
        return ShownFits(**row)
    return ShownFits()


@dataclass(frozen=True)
class SetFit:
    """A map or clusters of a set, as its catalog has them.

    Attributes
    ----------
    version : str
        Sums up all fixed points.
    params : dict
    seed : int
    report : dict
        What was measured of the fit.
    seconds : float
    created_at : str
        UTC.
    """

    version: str
    params: dict[str, Any]
    seed: int
    report: dict[str, Any]
    seconds: float
    created_at: str


def read_fit(catalog: Database, kind: Kind) -> SetFit | None:
    """Return the fit that is in force; None: there is none."""
    rows = catalog.execute(statement("shards/fit_read"), (kind,)).fetchall()
    for version, params, seed, report, seconds, created_at in rows:
        cure = "draw it anew with --refit"
        documents = [
            read_document(one, dict, f"set_fits.{name} of the {kind}", cure)
            for name, one in (("params", params), ("report", report))
        ]
        return SetFit(version, documents[0], seed, documents[1], seconds, created_at)
    return None


def read_names(catalog: Database) -> list[dict[str, Any]]:
    """Return the rows of the names of a set's clusters."""
    return [*named_rows(catalog.execute(statement("shards/cluster_names_read")))]


def names_version(names: Sequence[dict[str, Any]]) -> str:
    """Return what sums up names."""
    return hashlib.blake2b(json.dumps(names, sort_keys=True).encode(), digest_size=8).hexdigest()


def not_the_sets(what: str) -> str:
    """Say what a shard shows otherwise than the set has it, and what to do."""
    command = "map" if what == "map" else "cluster"
    return f"doesn't show the set's {what}: `sqlclap {command} SET` brings it up to date"


@dataclass(frozen=True)
class FitsInForce:
    """The versions that all shards are to show.

    Attributes
    ----------
    map, clusters, names : str or None
        None: the set has none.
    """

    map: str | None = None
    clusters: str | None = None
    names: str | None = None

    @classmethod
    def of(cls, catalog: Database) -> FitsInForce:
        """Read them from a catalog."""
        drawn = read_fit(catalog, "map")
        found = read_fit(catalog, "clusters")
        names = None if found is None else names_version(read_names(catalog))
        return cls(
            None if drawn is None else drawn.version,
            None if found is None else found.version,
            names,
        )

    def differing(self, shown: ShownFits) -> list[str]:
        """Return what a shard shows otherwise than the set has it: none where all is alike."""
        told = []
        if self.map is not None and shown.map != self.map:
            told.append("map")
        if self.clusters is not None and shown.clusters != self.clusters:
            told.append("clusters")
        elif self.names is not None and shown.names != self.names:
            told.append("names of clusters")
        return told
