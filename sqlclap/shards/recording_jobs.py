"""What shards are asked for recordings: how much was recorded when, and lists in order of time.

As `sqlclap.shards.jobs`: values that can travel to the node that has the shard.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from sqlclap.db.samples import samples_by_ids
from sqlclap.db.statements import read_transaction, statement
from sqlclap.errors import UnknownFolderError
from sqlclap.labels.activity import matched_places, passing_ids
from sqlclap.recordings.activity import (
    ActivityRow,
    Period,
    count_activity,
    count_timeless,
    list_sites,
)
from sqlclap.recordings.listing import Recording, RecordingsPage, has_times, list_recordings
from sqlclap.shards.catalog import CatalogSound, held_by
from sqlclap.shards.travelling import Luggage, TravellingScorer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlclap.db.database import Database
    from sqlclap.labels.scoring import Confidence
    from sqlclap.recordings.activity import Place
    from sqlclap.search.request import Filter
    from sqlclap.shards.reader import ShardReader


@dataclass(frozen=True, eq=False)
class SoughtLabel:
    """A label of the catalog that is looked for in recordings.

    Attributes
    ----------
    name : str
    confidence : {"low", "medium", "high"} or None
        Of matches; None: what is tagged counts.
    luggage : Luggage or None
        For matches.
    tagged : tuple of (int, float or None)
        Copies that are tagged, and where in them.
    sounds : tuple of CatalogSound
        These copies.
    runs : tuple of int
        Runs in force that have tagged sounds with it.
    """

    name: str
    confidence: Confidence | None
    luggage: Luggage | None = None
    tagged: tuple[tuple[int, float | None], ...] = ()
    sounds: tuple[CatalogSound, ...] = ()
    runs: tuple[int, ...] = ()

    def places(self, reader: ShardReader, database: Database) -> Iterable[Place]:
        """Return where it is in a shard."""
        if self.luggage is not None and self.confidence is not None:
            scorer = TravellingScorer(reader, self.luggage)
            return matched_places(database, scorer, self.name, self.confidence)
        held = held_by(reader, self.sounds)
        by_hand = [(held[copy], start_s) for copy, start_s in self.tagged if copy in held]
        rows = database.execute(statement("shards/run_places"), (json.dumps(self.runs),))
        return [*by_hand, *((int(own), start_s) for own, start_s in rows)]


class ActivityPart(NamedTuple):
    """What a shard tells of its recordings.

    Attributes
    ----------
    rows : list of tuple
        The fields of its `ActivityRow`; none where no sound of it passes.
    timeless : int
    sites : list of str
    """

    rows: list[tuple[str, str | None, int | None, int, float, int | None]]
    timeless: int
    sites: list[str]


@dataclass(frozen=True, eq=False)
class CountActivity:
    """Count a shard's recordings by periods."""

    by: Period
    only: Filter
    sought: SoughtLabel | None

    def __call__(self, reader: ShardReader) -> ActivityPart | UnknownFolderError:
        """Return the counts; the error where the filter's folder or site is none of the shard."""
        try:
            with read_transaction(reader.database) as database:
                passing = passing_ids(reader.session, self.only)
                found = None if self.sought is None else self.sought.places(reader, database)
                counted = count_activity(database, self.by, found, passing)
                return ActivityPart(
                    [_as_tuple(one) for one in counted],
                    count_timeless(database),
                    list_sites(database),
                )
        except UnknownFolderError as error:
            return error


def _as_tuple(
    row: ActivityRow,
) -> tuple[str, str | None, int | None, int, float, int | None]:
    counts = row.recordings, row.duration_s, row.recordings_with_it
    return row.period, row.date, row.hour, *counts


@dataclass(frozen=True, eq=False)
class ListRecordings:
    """List a shard's recordings in order of time; of one sound of the set alone, if it is named."""

    page: RecordingsPage
    only: Filter
    sought: SoughtLabel | None
    set_id: int | None = None

    def __call__(self, reader: ShardReader) -> tuple[list[Recording], int] | UnknownFolderError:
        """Return them, with the set's ids, and how many there are in all."""
        try:
            with read_transaction(reader.database) as database:
                passing = passing_ids(reader.session, self.only)
                if self.set_id is not None:
                    own = samples_by_ids(database, reader.ids.held(self.set_id))
                    passing = [
                        one.sample_id for one in own if passing is None or one.sample_id in passing
                    ]
                found = None if self.sought is None else self.sought.places(reader, database)
                listed, total = list_recordings(database, self.page, found, passing)
        except UnknownFolderError as error:
            return error
        told = reader.ids.told
        return [replace(one, sample_id=told(one.sample_id)) for one in listed], total


@dataclass(frozen=True)
class HasTimes:
    """See whether it is known of any sound of a shard when it was recorded."""

    def __call__(self, reader: ShardReader) -> bool:
        """Return it."""
        return has_times(reader.database)


RECORDING_JOBS = (CountActivity, ListRecordings, HasTimes)
