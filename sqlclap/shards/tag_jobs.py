"""What shards are asked for tag runs: to plan their parts, and to tell what they have been written.

As `sqlclap.shards.jobs`: values that can travel to the node that has the shard. A run of a set is a
row of the catalog; each shard's part of it is a run of its own library, which names the catalog's
(`params`, ``set_run``). Tags count while the catalog has their run in force.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sqlclap.db.samples import samples_by_ids
from sqlclap.db.sources import file_path
from sqlclap.db.spans import optional_span
from sqlclap.db.statements import read_transaction, statement
from sqlclap.labels.tag_planning import (
    Claimed,
    PlannedRun,
    Planning,
    Reached,
    RunPart,
    plan_tags,
    score_everything,
)
from sqlclap.labels.tags import Tag
from sqlclap.progress import NullProgress
from sqlclap.shards.catalog import held_by
from sqlclap.shards.ids import told_ids
from sqlclap.shards.travelling import TravellingScorer
from sqlclap.shards.walking import PAGE, Begins, Page

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlclap.arrays import Int64Array
    from sqlclap.db.database import Database
    from sqlclap.labels.tag_conflicts import HeldTag
    from sqlclap.labels.tag_preview import PlannedTag
    from sqlclap.progress import ProgressListener
    from sqlclap.shards.catalog import CatalogSound, Holder
    from sqlclap.shards.ids import IdMap
    from sqlclap.shards.reader import ShardReader
    from sqlclap.shards.travelling import Luggage

Runs = dict[str, str]
"""The set's runs that are in force: their labels' names, by their numbers as text."""


@dataclass(frozen=True)
class SaidOfCopies:
    """What the catalog says of its copies that keeps sounds from being tagged.

    Attributes
    ----------
    rejected : tuple of tuple of int
        Copies, by the labels' positions.
    spoken_of : tuple of tuple of (int, float, float)
        Spans of copies, by the labels' positions.
    tags : tuple of (int, str, float or None, float or None)
        Tags by hand: copies, labels and spans.
    """

    rejected: tuple[tuple[int, ...], ...]
    spoken_of: tuple[tuple[tuple[int, float, float], ...], ...]
    tags: tuple[tuple[int, str, float | None, float | None], ...]


@dataclass(frozen=True, eq=False)
class TagWork:
    """What a shard needs to plan its parts of runs.

    Attributes
    ----------
    luggage : Luggage
    said : SaidOfCopies
    runs : dict of str to str
        Runs in force before; see `Runs`.
    positions : tuple of int
        Of the labels, among the luggage's.
    reached : Reached
    planning : Planning
    """

    luggage: Luggage
    said: SaidOfCopies
    runs: Runs
    positions: tuple[int, ...]
    reached: Reached
    planning: Planning


class TaggingScorer(TravellingScorer):
    """The catalog's scorer in a shard, with what is said against each label's sounds.

    Parameters
    ----------
    holder : Holder
    work : TagWork
    """

    def __init__(self, holder: Holder, work: TagWork) -> None:
        super().__init__(holder, work.luggage)
        self._said = work.said

    def left_out(self, database: Database, position: int, with_anchors: bool) -> Int64Array:
        """Return the shard's samples that a label is not to be on."""
        rejected = self._said.rejected[position]
        return np.array([self.held[one] for one in rejected if one in self.held], dtype=np.int64)

    def spoken_of(
        self, database: Database, position: int, with_anchors: bool
    ) -> list[tuple[int, float, float]]:
        """Return the spans of the shard's samples that a label is not to be on."""
        return [
            (self.held[copy], start_s, end_s)
            for copy, start_s, end_s in self._said.spoken_of[position]
            if copy in self.held
        ]

    def tags_held(self, database: Database, runs: Runs, moments: bool) -> Iterator[HeldTag]:
        """Yield the tags that the shard's samples have: by hand, and of the set's runs in force."""
        for copy, name, start_s, end_s in self._said.tags:
            if copy in self.held and (start_s is not None) == moments:
                yield self.held[copy], name, optional_span(start_s, end_s)
        rows = database.execute(statement("shards/run_tags_held"), (json.dumps(runs), moments))
        for sample_id, name, start_s, end_s in rows:
            yield int(sample_id), str(name), optional_span(start_s, end_s)


def score_in(
    holder: Holder, work: TagWork, listener: ProgressListener
) -> tuple[TaggingScorer, dict[int, Claimed]]:
    """Score all sounds of a shard; return its scorer, and what reaches the confidence."""
    scorer = TaggingScorer(holder, work)
    database = holder.database
    return scorer, score_everything(database, scorer, work.positions, work.reached, listener)


def plan_in(
    database: Database, scorer: TaggingScorer, claimed: Mapping[int, Claimed], work: TagWork
) -> list[PlannedRun]:
    """Plan a shard's parts of runs; in a transaction."""
    held = scorer.tags_held(database, work.runs, work.planning.moments)
    return plan_tags(database, scorer, claimed, held, work.planning)


def told_part(ids: IdMap, part: RunPart) -> RunPart:
    """Return what is told of a run, with the set's ids.

    Rivals that lie in another shard stay as they are: the catalog's copies, below zero.
    """
    conflicts = [replace(one, sample_id=ids.told(one.sample_id)) for one in part.conflicts]
    preview = [
        replace(one, sample_id=ids.told(one.sample_id), rival_sample_id=_rival(ids, one))
        for one in part.preview
    ]
    return replace(part, conflicts=conflicts, preview=preview)


def _rival(ids: IdMap, one: PlannedTag) -> int | None:
    rival = one.rival_sample_id
    return rival if rival is None or rival < 0 else ids.told(rival)


@dataclass(frozen=True, eq=False)
class PlanTags:
    """Plan a shard's parts of runs, and write nothing."""

    work: TagWork

    def __call__(self, reader: ShardReader) -> list[RunPart]:
        """Return what is told of each label's."""
        with read_transaction(reader.database) as database:
            scorer, claimed = score_in(reader, self.work, NullProgress())
            plans = plan_in(database, scorer, claimed, self.work)
        return [told_part(reader.ids, one.told) for one in plans]


@dataclass(frozen=True)
class PartsOfRuns:
    """Tell which of some of the set's runs have their part in a shard."""

    runs: tuple[int, ...]

    def __call__(self, reader: ShardReader) -> dict[int, int]:
        """Return how many tags each has there."""
        query = statement("shards/run_parts")
        rows = reader.database.execute(query, (json.dumps(self.runs),))
        return {int(run): int(count) for run, count in rows}


@dataclass(frozen=True)
class ReadTags:
    """Read the tags of the set's runs, page by page of sounds."""

    runs: Runs
    begins: Begins

    def __call__(self, reader: ShardReader) -> Page | None:
        """Return them with the set's ids."""
        after = self.begins.of(reader.number)
        if after is None:
            return None
        rows = _tag_rows(reader.database, self.runs, (after, PAGE, None))
        sounds = {int(row[0]) for row in rows}
        last = max(sounds) if len(sounds) == PAGE else None
        return Page(_tags(reader, rows), last)


@dataclass(frozen=True)
class TagsOfSound:
    """Read the tags that the set's runs gave one sound."""

    runs: Runs
    set_id: int

    def __call__(self, reader: ShardReader) -> list[Tag]:
        """Return them where it lies here."""
        there = samples_by_ids(reader.database, reader.ids.held(self.set_id))
        rows = [
            row
            for one in there
            for row in _tag_rows(reader.database, self.runs, (0, 1, one.sample_id))
        ]
        return _tags(reader, rows)


def _tag_rows(
    database: Database, runs: Runs, part: tuple[int, int, int | None]
) -> list[tuple[Any, ...]]:
    query = statement("shards/run_tags")
    return database.execute(query, (json.dumps(runs), *part)).fetchall()


def _tags(reader: ShardReader, rows: list[tuple[Any, ...]]) -> list[Tag]:
    told = reader.ids.told
    return [
        Tag(told(sample_id), file_path(root, path, path_bytes), path, *rest)
        for sample_id, root, path, path_bytes, *rest in rows
    ]


@dataclass(frozen=True)
class CountTagged:
    """Count the sounds that the set's runs tag, by label, without those that are tagged by hand.

    Attributes
    ----------
    runs : dict of str to str
        See `Runs`.
    by_hand : tuple of (str, int)
        Labels and copies.
    sounds : tuple of CatalogSound
        These copies.
    """

    runs: Runs
    by_hand: tuple[tuple[str, int], ...]
    sounds: tuple[CatalogSound, ...]

    def __call__(self, reader: ShardReader) -> dict[str, int]:
        """Return the counts."""
        held = held_by(reader, self.sounds)
        by_hand = [[name, held[copy]] for name, copy in self.by_hand if copy in held]
        bindings = (json.dumps(self.runs), json.dumps(by_hand))
        rows = reader.database.execute(statement("shards/run_tagged"), bindings)
        return {str(name): int(count) for name, count in rows}


@dataclass(frozen=True)
class ForemostTags:
    """Tell the label of each sound's tag of highest confidence and score, of the set's runs."""

    runs: Runs

    def __call__(self, reader: ShardReader) -> tuple[Int64Array, list[str]]:
        """Return ids of the set, and the labels."""
        query = statement("shards/run_tags_foremost")
        rows = reader.database.execute(query, (json.dumps(self.runs),)).fetchall()
        numbers = np.array([row[0] for row in rows], dtype=np.int64)
        return told_ids(reader.ids, numbers), [str(row[1]) for row in rows]


TAG_JOBS = (PlanTags, PartsOfRuns, ReadTags, TagsOfSound, CountTagged, ForemostTags)
