"""The collections of a set: kept in its catalog, of sounds of all shards."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlclap.curation.collections import Collections
from sqlclap.curation.keeping import KeptSample, kept_of
from sqlclap.shards.answers import SaidRows
from sqlclap.shards.catalog import CatalogSound, catalog_sounds, held_by
from sqlclap.shards.copies import copied
from sqlclap.shards.kept_afar import KeptAfar
from sqlclap.shards.selection import select_sounds

if TYPE_CHECKING:
    from sqlclap.search.targets import Target
    from sqlclap.shards.reader import ShardReader
    from sqlclap.shards.session import SetSession


@dataclass(frozen=True)
class KeptCopies:
    """Tell what is kept of the sounds of some copies."""

    sounds: tuple[CatalogSound, ...]

    def __call__(self, reader: ShardReader) -> dict[int, KeptSample]:
        """Return those that lie here with the set's ids, by the catalog's."""
        held = held_by(reader, self.sounds)
        rows = {one.sample_id: one for one in kept_of(reader.database, [*held.values()])}
        return {
            copy: replace(rows[there], sample_id=reader.ids.told(there))
            for copy, there in held.items()
            if there in rows
        }


class SetCollections(Collections):
    """The collections of a set; sounds are named as the set names them.

    Parameters
    ----------
    session : SetSession
    """

    def __init__(self, session: SetSession) -> None:
        super().__init__(session.catalog)
        self._set = session

    def add(self, name: str, sounds: Iterable[Target]) -> int:
        """Put sounds of the set into a collection; see `Collections.add`."""
        return super().add(name, self._copies(sounds))

    def remove(self, name: str, sounds: Iterable[Target]) -> int:
        """Take sounds out of a collection; return how many were in it."""
        return super().remove(name, self._copies(sounds))

    def sounds(self, name: str) -> SaidRows[KeptSample]:
        """Return a collection's sounds as they came in; where a shard is missing, the id is 0."""
        copies = super().sounds(name)
        among = {one.sample_id for one in copies}
        every = catalog_sounds(self._session.database, self._set.file)
        asked = KeptCopies(tuple(one for one in every if one.sample_id in among))
        found, reach = self._set.ask(asked)
        afar = KeptAfar(self._set)
        there = {
            copy: afar.over(one.sample_id, one)
            for part in found.answers
            for copy, one in part.items()
        }
        rows = (
            replace(
                there.get(one.sample_id, replace(one, sample_id=0)), collections=one.collections
            )
            for one in copies
        )
        return SaidRows(rows, KeptSample, reach)

    def _copies(self, sounds: Iterable[Target]) -> list[Target]:
        return [copy for copy, _ in copied(self._set, select_sounds(self._set, sounds))]
