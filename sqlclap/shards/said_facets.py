"""Facets by what a set's catalog says of sounds: labels, collections, and ratings of some.

What it says of copies goes to the shards by their names; tags of runs, the shards have themselves.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlclap.db.statements import statement
from sqlclap.search.facets import FACETS, Facet
from sqlclap.shards.catalog import CatalogSound, catalog_sounds, held_by
from sqlclap.shards.tag_runs import named_runs

if TYPE_CHECKING:
    from sqlclap.db.database import Database
    from sqlclap.shards.reader import ShardReader
    from sqlclap.shards.session import SetSession

IN_SHARDS: Mapping[str, Facet] = {
    name: FACETS[name]._replace(statement=f"shards/facet_{name}")
    for name in ("label", "collection", "rating")
}
"""These facets, as shards count by them."""

Pairs = tuple[tuple[int, str | int], ...]
"""Copies, and what they have."""


@dataclass(frozen=True, eq=False)
class SaidOfSounds:
    """What the catalog says of copies.

    Attributes
    ----------
    labelled, collected, rated : tuple of (int, str or int)
        Copies with their labels, without those of runs, their collections, and the stars that
        sounds at nodes have.
    sounds : tuple of CatalogSound
        These copies.
    runs : dict of str to str
        Labels of the set's runs in force, by the runs' numbers as text.
    """

    labelled: Pairs
    collected: Pairs
    rated: Pairs
    sounds: tuple[CatalogSound, ...]
    runs: dict[str, str]

    def bindings(self, reader: ShardReader) -> dict[str, str]:
        """Return the values for a shard's statements."""
        held = held_by(reader, self.sounds)
        told = {
            name: [[held[copy], value] for copy, value in getattr(self, name) if copy in held]
            for name in ("labelled", "collected", "rated")
        }
        return {name: json.dumps(one) for name, one in (told | {"runs": self.runs}).items()}


def said_for(session: SetSession, facets: Iterable[Facet]) -> SaidOfSounds | None:
    """Return what shards have to know to count by some facets; None: nothing."""
    names = {one.name for one in facets} & IN_SHARDS.keys()
    if not names:
        return None
    catalog = session.catalog.database
    said: dict[str, Pairs] = {
        name: _pairs(catalog, name) if name in names else () for name in IN_SHARDS
    }
    copies = {copy for pairs in said.values() for copy, _ in pairs}
    every = catalog_sounds(catalog, session.file)
    own = tuple(one for one in every if one.sample_id in copies)
    pairs = said["label"], said["collection"], said["rating"]
    return SaidOfSounds(*pairs, own, named_runs(catalog))


def _pairs(catalog: Database, name: str) -> Pairs:
    rows = catalog.execute(statement(FACETS[name].statement))
    return tuple((int(copy), value) for copy, value in rows if value is not None)
