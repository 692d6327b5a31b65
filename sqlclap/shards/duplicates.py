"""Duplicates of a set: pairs within shards and across them, grouped as those of one library.

All shards are needed: what has its double in a missing one would look like the only one.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import starmap
from typing import TYPE_CHECKING

import numpy as np

from sqlclap.db.statements import statement
from sqlclap.search.duplicate_groups import DuplicateGroups
from sqlclap.search.duplicate_kinds import KINDS
from sqlclap.search.duplicates import check_request, described, grouped, narrowed
from sqlclap.search.neighbors import BATCH, MOST_NEIGHBORS
from sqlclap.shards.asking import answered
from sqlclap.shards.catalog import catalog_sounds
from sqlclap.shards.duplicate_jobs import ContentKeys, Passing, TellVersions, VersionsHere
from sqlclap.shards.filters import in_shards
from sqlclap.shards.lacking_tags import checked_reach
from sqlclap.shards.neighbors import SetNeighborsQuery
from sqlclap.shards.tag_runs import named_runs
from sqlclap.shards.walking import walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlclap.arrays import Float32Array, Int64Array
    from sqlclap.search.duplicate_kinds import Measured
    from sqlclap.search.duplicates import Duplicate
    from sqlclap.search.neighbors import Neighbors
    from sqlclap.search.request import Filter
    from sqlclap.shards.session import SetSession

NEAR_ONES = 16
"""Near ones looked for from each sound: at first, and four times as many where all are near."""

ROUNDING = 1e-5
"""How far scores of neighbours and those of stored vectors lie apart at most."""


@dataclass(frozen=True)
class SetDuplicates:
    """A search for the duplicates of a set.

    Attributes
    ----------
    session : SetSession
    threshold : float
        Cosine similarity; above 0, up to 1.
    kinds : sequence of str
        How sounds may be alike; all by default.
    only : Filter, optional
        Which sounds are looked at.

    Raises
    ------
    PartialAnswerError
        A shard can't be asked.
    QueryError
        The threshold is out of range, there is no such kind, or the filter can't be used.
    """

    session: SetSession
    threshold: float
    kinds: Sequence[str] = ()
    only: Filter | None = None

    def found(self) -> DuplicateGroups:
        """Return the groups, largest first."""
        kinds = self.kinds or KINDS
        check_request(self.threshold, kinds)
        passing = self._passing()
        same = self._same(passing)
        pairs = self._candidates(passing)
        versions = self._versions({*same, *(one for pair in pairs for one in pair)})
        near: defaultdict[int, set[int]] = defaultdict(set)
        for first, second in pairs:
            score = versions.score(first, second)
            if score is not None and score >= self.threshold:
                near[first].add(second)
                near[second].add(first)
        groups = [versions.of(members) for members in grouped(same, near)]
        several = [one for one in groups if len(one[0]) > 1]  # some may have gone meanwhile
        return DuplicateGroups(narrowed(starmap(described, several), kinds))

    def _passing(self) -> set[int] | None:
        """Return the sounds that are looked at; None: all."""
        if self.only is None or self.only.is_empty:
            return None
        found, reach = self.session.ask(Passing(in_shards(self.session, self.only)))
        checked_reach(self.session, reach, [self.only.label], require_all=True)
        return {whole for part in answered(found.answers) for whole in part.tolist()}

    def _same(self, passing: set[int] | None) -> dict[int, int]:
        """Return the sounds of contents that there are several of, each with the first of them."""
        found = walk(self.session, ContentKeys)
        found.reach.check(require_all=True)
        table = np.concatenate([np.empty((0, 3), np.int64), *found.pages])
        table = table[np.lexsort((table[:, 0], table[:, 1], table[:, 2]))]
        alike = (table[1:, 1:] == table[:-1, 1:]).all(axis=1)
        several = np.r_[alike, False] | np.r_[False, alike]
        same: dict[int, int] = {}
        first: tuple[int, tuple[int, int]] | None = None
        for whole, *key in table[several].tolist():
            if first is None or first[1] != tuple(key):
                first = (whole, (key[0], key[1]))
            if passing is None or whole in passing:
                same[whole] = first[0]
        return same

    def _candidates(self, passing: set[int] | None) -> set[tuple[int, int]]:
        """Return pairs that are near by their neighbours' lists, the smaller id first."""
        pairs: set[tuple[int, int]] = set()
        n, lots = NEAR_ONES, SetNeighborsQuery(self.session, NEAR_ONES).of_all()
        while True:
            full: list[int] = []
            for lot in lots:
                pairs |= self._near(lot)
                full += lot.sample_ids[self._is_near(lot)[:, -1]].tolist()
            if not full or n == MOST_NEIGHBORS:
                break
            n = min(4 * n, MOST_NEIGHBORS)
            lots = SetNeighborsQuery(self.session, n).of(full)
        if passing is None:
            return pairs
        return {pair for pair in pairs if passing.issuperset(pair)}

    def _is_near(self, lot: Neighbors) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
        near: np.ndarray[tuple[int, int], np.dtype[np.bool_]]
        near = np.nan_to_num(lot.scores, nan=-2.0) >= self.threshold - ROUNDING
        return near

    def _near(self, lot: Neighbors) -> set[tuple[int, int]]:
        rows, columns = np.nonzero(self._is_near(lot))
        firsts, others = lot.sample_ids[rows], lot.neighbor_ids[rows, columns]
        ends = zip(firsts.tolist(), others.tolist(), strict=True)
        return {(min(pair), max(pair)) for pair in ends}

    def _versions(self, set_ids: set[int]) -> Versions:
        catalog = self.session.catalog.database
        marked = {int(row[0]) for row in catalog.execute(statement("shards/marks_in_catalog"))}
        every = catalog_sounds(catalog, self.session.file)
        spoken_of = tuple(one for one in every if one.sample_id in marked)
        runs, parts = named_runs(catalog), list[VersionsHere]()
        wanted = np.array(sorted(set_ids), dtype=np.int64)
        for start in range(0, len(wanted), BATCH):
            job = TellVersions(wanted[start : start + BATCH], spoken_of, runs)
            found, reach = self.session.ask(job)
            reach.check(require_all=True)
            parts += found.answers
        return Versions(self.session, parts)


class Versions:
    """What is known of sounds that may be duplicates, by the set's ids.

    Parameters
    ----------
    session : SetSession
    parts : sequence of VersionsHere
    """

    def __init__(self, session: SetSession, parts: Sequence[VersionsHere]) -> None:
        self._database = session.catalog.database
        self._sounds = {one.sample_id: one for part in parts for one in part.sounds}
        self._measured = {one.sample_id: one for part in parts for one in part.measured}
        self._vectors = dict(_vectors(parts))

    def score(self, first: int, second: int) -> float | None:
        """Return the similarity of two sounds, as one library computes it; None: one has gone."""
        if first not in self._vectors or second not in self._vectors:
            return None
        bindings = (self._vectors[first].tobytes(), self._vectors[second].tobytes())
        query = "SELECT 1.0 - vec_distance_cosine(?, ?)"
        return float(self._database.execute(query, bindings).get)

    def of(self, members: Sequence[int]) -> tuple[list[Duplicate], list[Measured]]:
        """Return a group's sounds, each compared with the first."""
        there = [one for one in members if one in self._sounds]
        scores = {one: self.score(one, there[0]) for one in there}
        sounds = [
            replace(self._sounds[one], score=1.0 if (score := scores[one]) is None else score)
            for one in there
        ]
        return sounds, [self._measured[one] for one in there]


def _vectors(parts: Sequence[VersionsHere]) -> Iterator[tuple[int, Float32Array]]:
    for part in parts:
        ids: Int64Array = part.with_vectors
        yield from zip(ids.tolist(), part.vectors, strict=True)
