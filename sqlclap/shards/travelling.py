"""A scorer that has left its library: the catalog's labels at work in a shard."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from sqlclap.labels.scorer import AnchorSet, Scorer
from sqlclap.shards.catalog import CatalogSound, held_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlclap.arrays import Int64Array
    from sqlclap.db.database import Database
    from sqlclap.labels.scoring import LabelSettings
    from sqlclap.shards.catalog import Holder


@dataclass(frozen=True, eq=False)
class Luggage:
    """What shards need of the catalog to find what a label finds, or who is to be asked about.

    Attributes
    ----------
    labels : tuple of LabelSettings
        All of the set's.
    anchors : AnchorSet
        Those of all labels, with their vectors; sample ids are the catalog's, as below.
    left_out : tuple of int
        Copies that are not looked for.
    spoken_for : tuple of (int, float, float)
        Spans of copies that are not looked for.
    sounds : tuple of CatalogSound
        The copies that the above are about.
    """

    labels: tuple[LabelSettings, ...]
    anchors: AnchorSet
    left_out: tuple[int, ...]
    spoken_for: tuple[tuple[int, float, float], ...]
    sounds: tuple[CatalogSound, ...]


def pack(
    scorer: Scorer,
    sounds: Iterable[CatalogSound],
    left_out: Sequence[int],
    spoken_for: Sequence[tuple[int, float, float]] = (),
) -> Luggage:
    """Put together what shards need of the catalog.

    Parameters
    ----------
    scorer : Scorer
        The catalog's.
    sounds : iterable of CatalogSound
        All copies.
    left_out, spoken_for
        See `Luggage`.
    """
    named = {*scorer.anchors.sample_ids.tolist(), *left_out, *(one[0] for one in spoken_for)}
    return Luggage(
        labels=scorer.labels,
        anchors=scorer.anchors,
        left_out=tuple(left_out),
        spoken_for=tuple(spoken_for),
        sounds=tuple(one for one in sounds if one.sample_id in named),
    )


class TravellingScorer(Scorer):
    """The catalog's scorer, as one shard sees it.

    Its anchors' sample ids are those that their sounds have in the shard; of sounds that lie
    elsewhere they are the catalog's, below zero.

    Parameters
    ----------
    reader : Holder
    luggage : Luggage

    Attributes
    ----------
    held : dict of int to int
        Ids in the shard of the copies whose sounds lie there, by the catalog's.
    """

    def __init__(self, reader: Holder, luggage: Luggage) -> None:
        held = held_by(reader, luggage.sounds)
        there = [held.get(one, -one) for one in luggage.anchors.sample_ids.tolist()]
        anchors = replace(luggage.anchors, sample_ids=np.array(there, dtype=np.int64))
        super().__init__(reader.model, luggage.labels, anchors)
        self.held, self._luggage = held, luggage

    def left_out(self, database: Database, position: int, with_anchors: bool) -> Int64Array:
        """Return the shard's samples that are not looked for."""
        held = [self.held[one] for one in self._luggage.left_out if one in self.held]
        return np.array(held, dtype=np.int64)

    def spoken_of(
        self, database: Database, position: int, with_anchors: bool
    ) -> list[tuple[int, float, float]]:
        """Return the spans of the shard's samples that are not looked for."""
        return [
            (self.held[sample_id], start_s, end_s)
            for sample_id, start_s, end_s in self._luggage.spoken_for
            if sample_id in self.held
        ]
