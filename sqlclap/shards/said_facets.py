"""Facets by what a set's catalog says of sounds: labels and collections.

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
    for name in ("label", "collection")
}
"""These facets, as shards count by them."""

Pairs = tuple[tuple[int, str], ...]
"""Copies, and what they have."""


@dataclass(frozen=True, eq=False)
class SaidOfSounds:
    """What the catalog says of copies.

    Attributes
    ----------
    labelled, collected : tuple of (int, str)
        Copies with their labels, without those of runs, and with their collections.
    sounds : tuple of CatalogSound
        These copies.
    runs : dict of str to str
        Labels of the set's runs in force, by the runs' numbers as text.
    """

    labelled: Pairs
    collected: Pairs
    sounds: tuple[CatalogSound, ...]
    runs: dict[str, str]

    def bindings(self, reader: ShardReader) -> dict[str, str]:
        """Return the values for a shard's statements."""
        held = held_by(reader, self.sounds)
        both = {"labelled": self.labelled, "collected": self.collected}
        told = {
            name: [[held[copy], value] for copy, value in pairs if copy in held]
            for name, pairs in both.items()
        }
        return {name: json.dumps(one) for name, one in (told | {"runs": self.runs}).items()}


def said_for(session: SetSession, facets: Iterable[Facet]) -> SaidOfSounds | None:
    """Return what shards have to know to count by some facets; None: nothing."""
    names = {one.name for one in facets} & IN_SHARDS.keys()
    if not names:
        return None
    catalog = session.catalog.database
    labelled = _pairs(catalog, "label") if "label" in names else ()
    collected = _pairs(catalog, "collection") if "collection" in names else ()
    copies = {copy for copy, _ in (*labelled, *collected)}
    every = catalog_sounds(catalog, session.file)
    own = tuple(one for one in every if one.sample_id in copies)
    return SaidOfSounds(labelled, collected, own, named_runs(catalog))


def _pairs(catalog: Database, name: str) -> Pairs:
    rows = catalog.execute(statement(FACETS[name].statement))
    return tuple((int(copy), str(value)) for copy, value in rows if value is not None)
