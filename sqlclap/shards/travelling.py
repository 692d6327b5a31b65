"""A scorer that has left its library: the catalog's labels at work in a shard."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from sqlclap.labels.scorer import Scorer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlclap.arrays import Int64Array
    from sqlclap.db.database import Database
    from sqlclap.shards.reader import ShardReader


@dataclass(frozen=True, eq=False)
class Luggage:
    """What a label's matches need of the catalog, beside its scorer.

    Attributes
    ----------
    left_out : tuple of int
        Copies that the label doesn't find, by the catalog's ids.
    spoken_for : tuple of (int, float, float)
        Spans of copies that it doesn't find.
    """

    left_out: tuple[int, ...]
    spoken_for: tuple[tuple[int, float, float], ...]


def pack(scorer: Scorer, database: Database, position: int, with_anchors: bool) -> Luggage:
    """Read what one label doesn't find from the catalog."""
    gone = scorer.left_out(database, position, with_anchors).tolist()
    return Luggage(tuple(gone), tuple(scorer.spoken_of(database, position, with_anchors)))


class TravellingScorer(Scorer):
    """The catalog's scorer, as one shard sees it.

    Its anchors' sample ids are those that their sounds have in the shard; of sounds that lie
    elsewhere they are the catalog's, below zero.

    Parameters
    ----------
    home : Scorer
    reader : ShardReader
    held : mapping of int to int
        The shard's ids of copies, by the catalog's.
    luggage : Luggage
    """

    def __init__(
        self, home: Scorer, reader: ShardReader, held: Mapping[int, int], luggage: Luggage
    ) -> None:
        there = [held.get(one, -one) for one in home.anchors.sample_ids.tolist()]
        anchors = replace(home.anchors, sample_ids=np.array(there, dtype=np.int64))
        super().__init__(reader.model, home.labels, anchors)
        self._held, self._luggage = held, luggage

    def left_out(self, database: Database, position: int, with_anchors: bool) -> Int64Array:
        """Return the shard's samples that the label doesn't find."""
        held = [self._held[one] for one in self._luggage.left_out if one in self._held]
        return np.array(held, dtype=np.int64)

    def spoken_of(
        self, database: Database, position: int, with_anchors: bool
    ) -> list[tuple[int, float, float]]:
        """Return the spans of the shard's samples that the label doesn't find."""
        return [
            (self._held[sample_id], start_s, end_s)
            for sample_id, start_s, end_s in self._luggage.spoken_for
            if sample_id in self._held
        ]
