"""How well sounds have words, by FTS5's bm25 over all of a set's sounds.

bm25 is of a corpus: how many documents there are, how long these are, and how many have each
phrase. Shards tell theirs, the sums go back to them, and each ranks its own by FTS5's very formula
(``fts5_aux.c``, with K1 and B as there): the same numbers as one library has.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from weakref import WeakSet

from sqlclap.db.database import Snapshot
from sqlclap.db.exact import Scored
from sqlclap.db.statements import statement
from sqlclap.errors import UnknownFolderError
from sqlclap.search.results import Answer
from sqlclap.search.text_fusion import WINDOW, ByWords, by_words, fused
from sqlclap.shards.questions import Candidate, Question, ranked_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import apsw

    from sqlclap.search.request import Request
    from sqlclap.shards.reader import ShardReader

K1, B = 1.2, 0.75
LEAST_WORTH = 1e-6
"""What FTS5 lets a phrase count that most documents have."""

_PHRASE = re.compile(r'"[^"]*"\*?')
_TOTALS = "SELECT block FROM sound_words_data WHERE id = 1"
_HAVING = "SELECT count(*) FROM sound_words WHERE sound_words MATCH ?"
_prepared: WeakSet[Any] = WeakSet()


@dataclass(frozen=True)
class WordFigures:
    """What bm25 takes of documents.

    Attributes
    ----------
    documents, words : int
        How many there are, and how many words in all of them.
    having : tuple of int
        How many documents have each phrase of the expression.
    """

    documents: int
    words: int
    having: tuple[int, ...]

    @classmethod
    def of_all(cls, parts: Sequence[WordFigures]) -> WordFigures:
        """Add several up."""
        having = zip(*(one.having for one in parts), strict=True)
        documents, words = (sum(one.documents for one in parts), sum(one.words for one in parts))
        return cls(documents, words, tuple(map(sum, having)))

    def ranks(self, rows: Iterable[tuple[list[int], int]]) -> list[float]:
        """Return the ranks of documents, the lower the better, as FTS5 works them out.

        Parameters
        ----------
        rows : iterable of (list of int, int)
            How often each has each phrase, and its words.
        """
        worth = [
            math.log((self.documents - having + 0.5) / (having + 0.5)) for having in self.having
        ]
        worth = [one if one > 0 else LEAST_WORTH for one in worth]
        mean = self.words / self.documents if self.documents else 1.0
        ranks = []
        for counts, words in rows:
            score = 0.0
            length = K1 * (1 - B + B * words / mean)
            for one, count in zip(worth, counts, strict=True):
                score += one * ((count * (K1 + 1.0)) / (count + length))
            ranks.append(-score)
        return ranks


@dataclass(frozen=True)
class CountWords:
    """Count what bm25 takes of a shard's sounds."""

    expression: str

    def __call__(self, reader: ShardReader) -> WordFigures:
        """Return it."""
        database = reader.database
        with Snapshot(database):
            totals = database.execute(_TOTALS).fetchone()
            documents, *words = _numbers(totals[0] if totals else b"") or [0]
            phrases = _PHRASE.findall(self.expression)
            having = tuple(int(database.execute(_HAVING, (one,)).get) for one in phrases)
        return WordFigures(documents, sum(words), having)


class WordsPart(NamedTuple):
    """What of a shard has the words.

    Attributes
    ----------
    rows : list of (float, Candidate)
        With their ranks, best first.
    total, unheard : int
        As of `ByWords`.
    """

    rows: list[tuple[float, Candidate]]
    total: int
    unheard: int


@dataclass(frozen=True, eq=False)
class RankByWords:
    """Rank a shard's sounds by words, and score them by the query.

    Attributes
    ----------
    question : Question
    figures : WordFigures
        Of all shards.
    """

    question: Question
    figures: WordFigures

    def __call__(self, reader: ShardReader) -> WordsPart | UnknownFolderError:
        """Return it; the error where no sound of the shard lies below the filter's folder."""
        database, told = reader.database, reader.ids.told
        ranking, request = ranked_by(reader, self.question, self.question.request)
        _prepare(cast("apsw.Connection", database))
        with Snapshot(database):
            query = statement("shards/words_counted")
            asked = request.or_text, reader.model.model_id
            rows = database.execute(query, asked).fetchall()
            ranks = self.figures.ranks(json.loads(row[2]) for row in rows)
            in_order = sorted(zip(ranks, rows, strict=True), key=lambda pair: (pair[0], pair[1][0]))
            heard = [(int(row[0]), bool(row[1])) for _, row in in_order]
            try:
                found = by_words(database, ranking, request, heard)
            except UnknownFolderError as error:
                return error
        rank_of = {row[0]: rank for rank, row in in_order}
        scored = [
            (rank_of[one.sample_id], Candidate(one.score, told(one.sample_id), reader.number, one))
            for one in found.scored
        ]
        return WordsPart(scored, found.total, found.unheard)


WORD_JOBS = (CountWords, RankByWords)


def fuse(
    near: Sequence[Candidate], by_sound: Answer, parts: Sequence[WordsPart], request: Request
) -> tuple[list[Candidate], Answer]:
    """Join the orders of all shards: the page as candidates, and as an answer.

    Parameters
    ----------
    near : sequence of Candidate
        In the order of the query.
    by_sound : Answer
        What else is told of that order.
    parts : sequence of WordsPart
    request : Request
    """
    rows = [pair for part in parts for pair in part.rows]
    rows.sort(key=lambda pair: (pair[0], pair[1].sample_id))
    there = {one.sample_id: one for one in (*near, *(one for _, one in rows))}
    words = ByWords(
        [_as_scored(one) for _, one in rows[:WINDOW]],
        sum(one.total for one in parts),
        sum(one.unheard for one in parts),
    )
    nearest = [_as_scored(one) for one in near]
    answer = fused(by_sound._replace(nearest=nearest), words, request)
    page = [there[one.sample_id]._replace(score=one.score) for one in answer.nearest]
    return page, answer


def _as_scored(one: Candidate) -> Scored:
    """Let the set's id stand for the embedding's, which is a shard's."""
    return Scored(one.sample_id, one.sample_id, one.score)


def _prepare(database: apsw.Connection) -> None:
    """Let a connection's statements count phrases; once, for FTS5 keeps each that it is told."""
    if database not in _prepared:
        database.register_fts5_function("sqlclap_phrases", _phrases)
        _prepared.add(database)


def _phrases(api: apsw.FTS5ExtensionApi, *_: Any) -> str:
    counts = [sum(map(len, api.phrase_locations(at))) for at in range(api.phrase_count)]
    return json.dumps([counts, api.column_size(-1)])


def _numbers(block: bytes) -> list[int]:
    """Read SQLite's numbers of variable length: of FTS5's totals, rows and each column's words."""
    found, value, length = [], 0, 0
    for byte in block:
        length += 1
        if length == 9:
            found.append((value << 8) | byte)
        elif byte < 128:
            found.append((value << 7) | byte)
        else:
            value = (value << 7) | (byte & 127)
            continue
        value, length = 0, 0
    return found
