"""What shards are asked for labels: their matches, and the sounds that something is said of.

As `sqlclap.shards.jobs`: values that can travel to the node that has the shard.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from sqlclap.db.samples import samples_by_ids
from sqlclap.db.statements import read_transaction, statement
from sqlclap.errors import UnknownFolderError
from sqlclap.labels.matching import LabelMatch, find_matches
from sqlclap.labels.moments import find_moments
from sqlclap.search.results import Plan
from sqlclap.shards.catalog import CatalogSound, CopiedSound, held_by, read_sound
from sqlclap.shards.travelling import Luggage, TravellingScorer

if TYPE_CHECKING:
    from sqlclap.labels.match_request import MatchRequest
    from sqlclap.shards.reader import ShardReader


class LabelPart(NamedTuple):
    """What a label finds in one shard.

    Attributes
    ----------
    rows : list of LabelMatch
        With the set's ids; of a rival that lies elsewhere it is the catalog's, below zero.
    kind : type
    plan : Plan
    """

    rows: list[LabelMatch]
    kind: type[LabelMatch]
    plan: Plan


class CopyState(NamedTuple):
    """What the sound of a copy is by now.

    Attributes
    ----------
    sample_id : int
        In the set.
    content_hash : str or None
    status : str
    """

    sample_id: int
    content_hash: str | None
    status: str


class AlikeSound(NamedTuple):
    """A sound that holds the same as another.

    Attributes
    ----------
    sample_id : int
        In the set.
    content_hash, path : str
    """

    sample_id: int
    content_hash: str
    path: str


@dataclass(frozen=True, eq=False)
class MatchLabel:
    """Find what a label of the catalog finds, with gaps over all labels."""

    request: MatchRequest
    luggage: Luggage

    def __call__(self, reader: ShardReader) -> LabelPart | UnknownFolderError:
        """Return it; the error where no sound of the shard lies below the filter's folder."""
        reader.check_vectors()
        find = find_moments if self.request.moments else find_matches
        scorer = TravellingScorer(reader, self.luggage)
        try:
            with read_transaction(reader.database) as database:
                found = find(database, scorer, self.request, reader.planner)
        except UnknownFolderError as error:
            return error
        rows = [
            replace(
                one,
                sample_id=reader.ids.told(one.sample_id),
                rival_sample_id=_rival(reader, one.rival_sample_id),
            )
            for one in found
        ]
        return LabelPart(rows, found.kind, found.plan)


@dataclass(frozen=True)
class HeldCopies:
    """Find the sounds of some copies."""

    sounds: tuple[CatalogSound, ...]

    def __call__(self, reader: ShardReader) -> dict[int, int]:
        """Return the set's ids of those that lie here, by the catalog's."""
        held = held_by(reader, self.sounds)
        return {copy: reader.ids.told(there) for copy, there in held.items()}


@dataclass(frozen=True)
class CopiesOf:
    """Read sounds with their vectors, so that they can be copied into the catalog."""

    sample_ids: tuple[int, ...]

    def __call__(self, reader: ShardReader) -> dict[int, CopiedSound]:
        """Return those that there are, by their ids in this library."""
        there = [one.sample_id for one in samples_by_ids(reader.database, self.sample_ids)]
        return {one: read_sound(reader.database, reader.model, one) for one in there}


@dataclass(frozen=True)
class StatesOfCopies:
    """Tell what the sounds of some copies hold by now."""

    sounds: tuple[CatalogSound, ...]

    def __call__(self, reader: ShardReader) -> dict[int, CopyState]:
        """Return it of those that lie here, by the catalog's ids."""
        held = json.dumps([*held_by(reader, self.sounds).items()])
        rows = reader.database.execute(statement("shards/copies_state"), (held,))
        return {
            int(copy): CopyState(reader.ids.told(int(own)), content_hash, str(status))
            for copy, own, content_hash, status in rows
        }


@dataclass(frozen=True)
class LivingAlike:
    """Find the sounds that hold some contents, and whose files are there."""

    contents: tuple[str, ...]

    def __call__(self, reader: ShardReader) -> list[AlikeSound]:
        """Return them with the set's ids."""
        query = statement("shards/living_alike")
        rows = reader.database.execute(query, (json.dumps(self.contents),))
        return [
            AlikeSound(reader.ids.told(int(own)), str(content_hash), str(path))
            for own, content_hash, path in rows
        ]


LABEL_JOBS = (MatchLabel, HeldCopies, CopiesOf, StatesOfCopies, LivingAlike)


def _rival(reader: ShardReader, sample_id: int | None) -> int | None:
    if sample_id is None or sample_id < 0:
        return sample_id
    return reader.ids.told(sample_id)
