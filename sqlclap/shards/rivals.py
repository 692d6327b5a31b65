"""Names negative anchors that rival a label in a shard where they don't lie."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from sqlclap.labels.matching import LabelMatch
from sqlclap.shards.label_jobs import HeldCopies

if TYPE_CHECKING:
    from sqlclap.shards.catalog import CatalogSound
    from sqlclap.shards.session import SetSession
    from sqlclap.shards.travelling import Luggage

Row = TypeVar("Row", bound=LabelMatch)


class RivalsElsewhere:
    """What is known of a label's rivals by their copies in the catalog.

    Parameters
    ----------
    session : SetSession
    luggage : Luggage
        What shards were sent.
    """

    def __init__(self, session: SetSession, luggage: Luggage) -> None:
        self._session = session
        self._copies = {one.sample_id: one for one in luggage.sounds}

    def told(self, row: Row) -> Row:
        """Return a row with the path and the set's id of a rival that lies in another shard."""
        rival = row.rival_sample_id
        if rival is None or rival > 0:
            return row
        copy = self._copies.get(-rival)
        path = None if copy is None else copy.path
        return replace(row, rival_path=path, rival_sample_id=self._whole(copy))

    def _whole(self, copy: CatalogSound | None) -> int | None:
        if copy is None:
            return None
        shards = [one for one in self._session.shards if one.number == copy.shard]
        found = self._session.fleet.ask(shards, HeldCopies((copy,)))
        return next((one.get(copy.sample_id) for one in found.answers), None)
