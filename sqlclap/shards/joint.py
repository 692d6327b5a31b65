"""Answers a plain question from the indexes of several shards together.

Each shard by itself would rank and describe sounds that others outdo. Here all indexes are walked
first, narrowly, and side by side; what they find is put together, and only what can be among the
best of all is scored by its stored vector and described, by one statement a shard that has any.
Shards whose walk doesn't settle what they hold are left to be asked by themselves, as are those
without an index.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sqlclap.db.database import Snapshot
from sqlclap.db.exact import score_known
from sqlclap.errors import UnknownFolderError
from sqlclap.search.planner import DEEPEST
from sqlclap.search.results import Match, Plan, scored_fields
from sqlclap.search.vector_query import FEW, NO_FLOOR
from sqlclap.shards.questions import Candidate, Part, Question

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from sqlclap.arrays import Float32Array
    from sqlclap.db.exact import Scored
    from sqlclap.db.stored_models import StoredModel
    from sqlclap.index.candidates import Candidates
    from sqlclap.index.reader import IndexView
    from sqlclap.index.search import Allowed
    from sqlclap.search.background import Background
    from sqlclap.shards.reader import ShardReader
    from sqlclap.shards.side_by_side import SideBySide

Attempt = Callable[[Callable[[], None]], bool]
"""Does something for a shard, and returns whether that went well."""

MOST_TOLD = 50
"""Of more wanted ones, what is told is read once the page is known: it may hold few of them."""

NOTHING = np.empty(0, dtype=np.float32)

LEAST_RANKED = 2
"""So many of a shard are ranked once in each state of its library, whatever they score: an index
that holds other vectors is to be noticed."""


def fits(question: Question) -> bool:
    """Whether a question can be answered so: the best by vectors' scores are wanted."""
    asked = question.to_each
    special = asked.exact or asked.moments or asked.aspects or asked.or_text is not None
    plain = question.formula is None and asked.sort is None and not special
    return plain and asked.depth + len(question.own) <= DEEPEST


class _Seen(NamedTuple):
    """A shard in one state, with the index that is to be walked."""

    reader: ShardReader
    snapshot: Snapshot
    model: StoredModel
    view: IndexView
    allowed: Allowed | None
    background: Background


@dataclass(eq=False)
class _Walked:
    """A shard, what its walk found, and what of that was ranked.

    Attributes
    ----------
    own : frozenset of int
        Its sounds that are asked with.
    ranked : int
        So many of them were scored by their stored vectors.
    rows : list of Scored
        These, without the sounds that are asked with.
    fields : dict of int to dict
        What is told of them, by their embeddings.
    is_trusted : bool
        The index holds the library's vectors.
    """

    seen: _Seen
    own: frozenset[int]
    found: Candidates
    ranked: int = 0
    rows: list[Scored] = field(default_factory=list)
    fields: dict[int, dict[str, Any]] = field(default_factory=dict)
    is_trusted: bool = True

    def count_to_rank(self, least: float) -> int:
        """Count the candidates that are to be ranked where others score at least so much."""
        if self.found.bound_after(self.ranked) >= least:
            return int(self.found.reaching(least))
        if self.ranked or self.seen.view.meta.path in self._compared:
            return 0
        return min(LEAST_RANKED, self.found.pool)

    @property
    def _compared(self) -> set[str]:
        return self.seen.reader.compared(self.seen.snapshot)

    def rank(self, vector: Float32Array, count: int, tells: bool) -> None:
        """Score further candidates by their stored vectors, and read what is told of them."""
        samples = self.found.samples(self.ranked, count)
        database, model = self.seen.snapshot.database, self.seen.model
        if tells:
            scored, fields = scored_fields(database, model, vector, samples)
            self.fields |= fields
        else:
            scored = score_known(database, model, vector, samples)
        self._compare(scored, count)
        self._compared.add(self.seen.view.meta.path)
        self.rows += [one for one in scored if one.sample_id not in self.own]
        self.ranked = count

    def _compare(self, scored: list[Scored], count: int) -> None:
        """Notice an index that holds other vectors than the library."""
        exact = {one.embedding_id: one.score for one in scored}
        some = slice(self.ranked, count)
        ids, scores = self.found.embedding_ids[some].tolist(), self.found.scores[some].tolist()
        off = [
            abs(exact[one] - score) for one, score in zip(ids, scores, strict=True) if one in exact
        ]
        if max(off, default=0.0) > self.found.errors.largest:
            self.is_trusted = False
            indexes, database = self.seen.reader.planner.indexes, self.seen.snapshot.database
            indexes.distrust(database, self.seen.model, self.seen.view)

    def is_settled(self, floor: float) -> bool:
        """Whether nothing that was not ranked is among the best, the last of which scores so."""
        bound = self.found.bound_after(self.ranked)
        return self.is_trusted and (bound <= NO_FLOOR or bound < floor)

    def part(self, least: float, filtered: bool, seconds: float) -> Part:
        """Return what the shard answers: what scores at least so much."""
        number, whole = self.seen.reader.number, self.seen.reader.ids.told
        kept = [one for one in self.rows if one.score >= least]
        rows = [Candidate(one.score, whole(one.sample_id), number, one) for one in kept]
        fields = {}
        for row in rows:
            told = self.fields.get(row.scored.embedding_id)
            if told is not None:
                fields[row.sample_id] = told
                told["sample_id"] = row.sample_id
        best = max((one.score for one in self.rows), default=None)
        return Part(rows, Match, best, self._plan(filtered, seconds), [], fields)

    def _plan(self, filtered: bool, seconds: float) -> Plan:
        from sqlclap.search.index_search import reason_of

        view, found, allowed = self.seen.view, self.found, self.seen.allowed
        return Plan(
            path=found.path,
            reason=reason_of(found.path, filtered),
            generation=view.meta.generation,
            indexed=view.usable_count,
            tail=view.tail.count,
            removed=view.removed_count,
            allowed=None if allowed is None else allowed.total,
            ef_search=found.ef_search,
            ranked=self.ranked,
            seconds=seconds,
        )


class JointSearch:
    """One question to several shards; a context manager, in which each is seen in one state.

    Parameters
    ----------
    question : Question
        One that fits.
    has_words : bool
        Whether the set's model has words.
    """

    def __init__(self, question: Question, has_words: bool) -> None:
        self._question, self._has_words = question, has_words
        self._asked = question.to_each
        self._began = time.perf_counter()
        self._held = ExitStack()
        self._seen: list[_Seen] = []
        self._walked: list[_Walked] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._held.close()

    def look(self, reader: ShardReader) -> None:
        """Look at a shard as it is now; one that has nothing to walk is left out."""
        snapshot = self._held.enter_context(Snapshot(reader.database))
        model, only = reader.session.model_at(snapshot), self._asked.only
        planner = reader.planner
        try:
            if not only.is_empty and planner.filters.count(snapshot.database, only) <= FEW:
                return
            view, allowed, _ = planner.index_of(snapshot, model, "samples", only)
        except UnknownFolderError:  # it is told where the shard is asked by itself
            return
        if view is not None:
            encoder = reader.encoder if self._has_words else None
            background = reader.background_at(snapshot, encoder)
            self._seen.append(_Seen(reader, snapshot, model, view, allowed, background))

    def walk(self, beside: SideBySide) -> None:
        """Walk all indexes."""
        every = sum(one.reader.share for one in self._seen)
        beside.do([self._walk_of(one, one.reader.share / every) for one in self._seen])

    def _walk_of(self, seen: _Seen, share: float) -> Callable[[], None]:
        """Return what walks a shard's index: mostly in the graph library, without Python's lock."""
        from sqlclap.index.search import Walking, find_candidates
        from sqlclap.search.index_search import narrow_walk, usual_pool

        own = frozenset(one.sample_id for one in self._question.in_shard(seen.reader.number))
        depth = self._asked.limit + len(own)
        pool, walking = narrow_walk(depth, share)
        if self._asked.mixed:
            pool, walking = usual_pool(depth), Walking(mixed=True)

        def walk() -> None:
            found = find_candidates(seen.view, self._question.vector, pool, seen.allowed, walking)
            self._walked.append(_Walked(seen, own, found))

        return walk

    def rank(self, attempt: Attempt) -> None:
        """Rank what can be among the best of all; a shard of which that fails is left out."""
        least = self._least_walked()
        for _ in range(2):  # what the best score exactly tells who else can be among them
            for one in [*self._walked]:
                count = one.count_to_rank(least)
                work = partial(one.rank, self._question.vector, count, self._tells)
                if count > one.ranked and not attempt(work):
                    self._walked.remove(one)
            least = self._least_ranked()

    @property
    def _tells(self) -> bool:
        return self._asked.limit <= MOST_TOLD

    def _least_walked(self) -> float:
        """Return what the last of the best scores, as far as walks tell."""
        scores = np.concatenate([NOTHING, *(one.found.scores for one in self._walked)])
        wanted = self._asked.limit + len(self._question.own)
        return float(np.partition(scores, -wanted)[-wanted]) if len(scores) >= wanted else NO_FLOOR

    def _least_ranked(self) -> float:
        """Return what the last of the best scores exactly."""
        scores = [one.score for each in self._walked for one in each.rows]
        scores.sort(reverse=True)
        wanted = self._asked.limit
        return scores[wanted - 1] if len(scores) >= wanted else NO_FLOOR

    def answers(self) -> dict[int, tuple[Part, Background]]:
        """Return what shards answer, by their numbers; those that aren't settled are left out."""
        floor, filtered = self._least_ranked(), not self._asked.only.is_empty
        least = max(floor, NO_FLOOR if self._asked.min_score is None else self._asked.min_score)
        seconds = time.perf_counter() - self._began
        return {
            one.seen.reader.number: (one.part(least, filtered, seconds), one.seen.background)
            for one in self._walked
            if one.is_settled(floor)
        }
