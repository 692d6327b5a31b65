"""What is like a query, or has certain words: either suffices (the search field ``or_text``).

Two orders are joined by reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009): that of
the query, and that of full-text search (FTS5's bm25). A sound is worth the sum of
``1 / (K + rank)`` over the orders that have it among their first `WINDOW`; equal ones come by
score, then by id. Only ranks count, so that bm25 and cosines need no common scale. Each sound keeps
its score by the query.

The filter narrows both orders, ``min_score`` that of the query alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from sqlclap.db.statements import statement
from sqlclap.search.results import Answer

if TYPE_CHECKING:
    from sqlclap.db.database import Database
    from sqlclap.db.exact import Scored
    from sqlclap.search.ranking import Ranking
    from sqlclap.search.request import Request
    from sqlclap.search.results import FoundBy, Plan

K = 60
"""As in the paper: how little the first places count for more than those behind them."""

WINDOW = 500
"""How many of each order are joined. An index settles a composed query to this depth; beyond it,
every vector would have to be compared. Pages join up, for no page looks deeper."""

SPARE = 64
"""So many more by words are scored: sounds that are asked about are no answers."""


class ByWords(NamedTuple):
    """Sounds that have the words.

    Attributes
    ----------
    scored : list of Scored
        Best first by words, with their scores by the query.
    total : int
        How many have them, and pass the filter.
    unheard : int
        Those of them without a vector, which have no score.
    """

    scored: list[Scored]
    total: int
    unheard: int

    @property
    def remark(self) -> str | None:
        """What of them is not among the answers, if anything."""
        told = []
        if self.total - self.unheard > WINDOW:
            told.append(
                f"{self.total:,} sounds have the words of or_text: the best {WINDOW} by words are "
                "joined with those that are like the query; the filter text finds all"
            )
        if self.unheard:
            told.append(
                f"left out with the words of or_text, without a vector of the model: "
                f"{self.unheard:,}"
            )
        return "; ".join(told) or None


def nearest_by_either(database: Database, ranking: Ranking, request: Request) -> Answer:
    """Return what a request with `or_text` asks for; see `Ranking.nearest`."""
    by_sound = ranking.nearest(database, without_words(request))
    query = statement("search/words_ranked")
    rows = database.execute(query, (request.or_text, ranking.model.model_id)).fetchall()
    return fused(by_sound, by_words(database, ranking, request, rows), request)


def without_words(request: Request) -> Request:
    """Return what is asked of the order of the query alone."""
    return replace(request, or_text=None, limit=WINDOW, offset=0)


def fused(by_sound: Answer, by_words: ByWords, request: Request) -> Answer:
    """Join what both orders have; see the module."""
    worth: dict[int, float] = {}
    for order in (by_sound.nearest, by_words.scored):
        for rank, one in enumerate(order, start=1):
            worth[one.embedding_id] = worth.get(one.embedding_id, 0.0) + 1 / (K + rank)
    # Of a sound that both found, the score is the same.
    everyone = {one.embedding_id: one for one in (*by_words.scored, *by_sound.nearest)}
    joined = sorted(
        everyone.values(),
        key=lambda one: (-worth[one.embedding_id], -one.score, one.embedding_id),
    )
    page = joined[request.offset : request.offset + request.limit]
    plan = _plan(by_sound.plan, by_words)
    return Answer(page, plan, by_sound.best, _found_by(by_sound.nearest, by_words.scored))


def _found_by(by_sound: list[Scored], by_words: list[Scored]) -> dict[int, FoundBy]:
    found: dict[int, FoundBy] = {one.embedding_id: "sound" for one in by_sound}
    for one in by_words:
        found[one.embedding_id] = "both" if one.embedding_id in found else "text"
    return found


def by_words(
    database: Database, ranking: Ranking, request: Request, rows: list[tuple[int, bool]]
) -> ByWords:
    """Score the sounds that have the words and pass a request's filter.

    Parameters
    ----------
    database : Database
    ranking : Ranking
    request : Request
    rows : list of (int, bool)
        Samples, best first by words, and whether each has a vector.
    """
    if not request.only.is_empty:
        allowed = set(ranking.planner.filters.sample_ids(database, request.only).tolist())
        rows = [row for row in rows if row[0] in allowed]
    rows = [row for row in rows if row[0] != request.without]
    heard = [sample_id for sample_id, has_vector in rows if has_vector]
    chosen = heard[: WINDOW + SPARE]
    by_sample = {one.sample_id: one for one in ranking.score_samples(database, chosen)}
    scored = [by_sample[sample_id] for sample_id in chosen if sample_id in by_sample]
    return ByWords(scored[:WINDOW], len(rows), len(rows) - len(heard))


def _plan(plan: Plan, by_words: ByWords) -> Plan:
    reason = f"{plan.reason}; {by_words.total:,} by words"
    ranked = plan.ranked + len(by_words.scored)
    return replace(plan, reason=reason, ranked=ranked, remark=by_words.remark)
