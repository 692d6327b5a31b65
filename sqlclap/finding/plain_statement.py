"""A composed query as SQL for any SQLite client that has sqlite-vec, and nothing of sqlclap's.

The statement holds the query's vectors and numbers, and scores every vector by the formula
(`sqlclap.finding.formula`): the rows are those of an exact search, and scores agree to the digits
of 32-bit floats. What the library gains later is found as well, by the scales of today.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from sqlclap.db.statements import statement
from sqlclap.db.vectors import to_blob
from sqlclap.errors import QueryError
from sqlclap.finding.find import compose
from sqlclap.finding.plain_measures import added_in_sql
from sqlclap.finding.ranking import ComposedRanking
from sqlclap.search.filters import folders_meant
from sqlclap.search.query import rank
from sqlclap.search.sort_order import SCORE
from sqlclap.search.sorting import check_column
from sqlclap.search.where_expressions import SQL_LITERALS

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array
    from sqlclap.db.database import Database
    from sqlclap.finding.query import Query
    from sqlclap.search.ranking import Ranking
    from sqlclap.search.request import Filter, Request, SearchOptions
    from sqlclap.session import Session

LOWEST = -1e9
"""A least score that every sound reaches."""

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_LITERAL = re.compile(f"(?xs){SQL_LITERALS}")
_PARAMETER = re.compile(rf"(?xs)(?P<literal>{SQL_LITERALS})|[:@$](?P<name>\w+)")
_OF_SQLCLAP = re.compile(r"\bclap_\w+", re.IGNORECASE)


def plain_statement(session: Session, query: Query, limit: int, options: SearchOptions) -> str:
    """Return an SQL statement that gives a query's rows without sqlclap's functions.

    Raises
    ------
    QueryError
        It takes functions of sqlclap's: it is of moments, has `or_text`, or `where` names some.
    SqlclapError
        The query can't be answered; see `sqlclap.finding.find.find`.
    """
    composed = compose(session, query.checked(), options.request(limit), "files")
    ranking, request = composed.ranking, composed.request
    rank(session, ranking, request, composed.judge)  # whoever is refused rows gets no statement
    if request.moments:
        raise _not_plain("a search for moments")
    if request.or_text is not None:
        raise _not_plain("or_text")
    parts = {
        "score": _score(ranking),
        "model_id": str(int(ranking.model.model_id)),
        "conditions": "\n        AND ".join(_conditions(session.database, ranking, request)),
        "order": _order(session.database, request),
        "min_score": repr(float(LOWEST if request.min_score is None else request.min_score)),
        "limit": str(request.limit),
        "offset": str(request.offset),
    }
    return _PLACEHOLDER.sub(lambda found: parts[found[1]], statement("finding/plain_samples"))


def _not_plain(what: str) -> QueryError:
    return QueryError(f"{what} takes functions of sqlclap: --sql prints the statement with them")


def _score(ranking: Ranking) -> str:
    wanted = _cosine(ranking.vector)
    if not isinstance(ranking, ComposedRanking):
        return wanted
    formula = ranking.formula
    taken = [
        f"\n        - {price!r} * max(0.0, {_cosine(vector)} - {level!r})"
        for price, level, vector in zip(
            formula.prices.tolist(),
            formula.levels.tolist(),
            cast("Any", formula.against.astype("<f4")),
            strict=True,
        )
    ]
    scored = "".join([wanted, *taken])
    if formula.share != 1:
        scored = f"{formula.share!r} * ({scored})"
    added = [] if ranking.measured is None else added_in_sql(ranking.measured.parts)
    return "\n        ".join([scored, *added])


def _cosine(vector: Float32Array) -> str:
    return f"(1.0 - vec_distance_cosine(v.vector, {literal(to_blob(vector))}))"


def _conditions(database: Database, ranking: Ranking, request: Request) -> list[str]:
    found = ["1"]
    if not request.only.is_empty:
        found.append(_filter(database, request.only))
    places = ranking.left_out if isinstance(ranking, ComposedRanking) else ()
    gone = {place.sample_id for place in places}
    gone |= set() if request.without is None else {request.without}
    if gone:
        found.append(f"e.sample_id NOT IN ({', '.join(map(literal, sorted(gone)))})")
    return found


def _filter(database: Database, only: Filter) -> str:
    folders = [None] if only.folder is None else folders_meant(database, only.folder)
    ways = []
    for folder in folders:
        spelled = replace(only, folder=folder)
        bindings = spelled.bindings()
        conditions = [spelled.condition(one, value) for one, value in spelled.given()]
        ways.append(" AND ".join(f"(\n{_written(one, bindings)}\n)" for one in conditions))
    return f"{statement('finding/plain_filter')} {' OR '.join(ways)})"


def _written(condition: str, bindings: dict[str, Any]) -> str:
    """Return a condition with its parameters written out."""

    def value(found: re.Match[str]) -> str:
        if found["literal"] is not None:
            return found[0]
        if found["name"] not in bindings:
            raise QueryError(f"the filter can't be used: there is no value of {found[0]}")
        return literal(bindings[found["name"]])

    named = _OF_SQLCLAP.search(_LITERAL.sub(" ", condition))
    if named:
        raise _not_plain(named[0])
    return _PARAMETER.sub(value, condition)


def _order(database: Database, request: Request) -> str:
    order = request.sort
    if order is None:
        return "o.score DESC, o.embedding_id"
    end = " DESC" if order.descending else ""
    if order.column == SCORE:
        return f"o.score{end}, s.sample_id"
    check_column(database, order.column)
    return f's."{order.column}" IS NULL, s."{order.column}"{end}, s.sample_id'


def literal(value: object) -> str:
    """Return a value as SQL has it.

    >>> literal("it's"), literal(0.5), literal(b"ab"), literal(None), literal(True)
    ("'it''s'", '0.5', "X'6162'", 'NULL', '1')
    """
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return f"X'{value.hex()}'"
    if isinstance(value, int | float):
        return repr(int(value)) if isinstance(value, int) else repr(float(value))
    text = str(value)
    if "\0" in text:
        return f"CAST({literal(text.encode())} AS TEXT)"
    doubled = text.replace("'", "''")
    return f"'{doubled}'"
