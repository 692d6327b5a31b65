"""A composed query as the SQL statement that gives the same rows."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlclap.db.statements import statement
from sqlclap.errors import QueryError
from sqlclap.finding.between import find_between
from sqlclap.finding.find import compose
from sqlclap.finding.query import Query, Term
from sqlclap.finding.terms import FoundTerm, Reach, find_term
from sqlclap.search.fields import EVENT_SEARCH_FIELDS, fields_of
from sqlclap.search.query import rank

_PARAMETER = re.compile(r"\?([1-9])")

if TYPE_CHECKING:
    from sqlclap.search.request import SearchOptions
    from sqlclap.session import Session


def as_statement(
    session: Session, query: Query, limit: int, options: SearchOptions, reach: Reach = "files"
) -> str:
    """Return an SQL statement for any driver that has the library's functions.

    Sounds that SQL can't name (files, encoded audio, spans) are in it as their vectors. The query
    is asked first, so that whoever is refused an answer is given no statement either.

    Raises
    ------
    QueryError
        A span of the library would have to be left out of the moments found: SQL can't tell.
    SqlclapError
        The query can't be answered; see `sqlclap.finding.find.find`.
    """
    checked = query.checked()
    composed = compose(session, checked, options.request(limit), reach)
    rank(session, composed.ranking, composed.request, composed.judge)
    name = "moments" if options.moments or options.events else "samples"
    sounds = (one for one in composed.found if one.term.kind == "sound")
    terms = tuple(
        _for_sql(session, next(sounds), options) if term.kind == "sound" else term
        for term in checked.terms
    )
    return written_statement(f"finding/query_{name}", terms, limit, options)


def path_as_statement(session: Session, ends: Query, limit: int, options: SearchOptions) -> str:
    """Return an SQL statement that gives the steps of a path; see `as_statement`."""
    find_between(session, ends, options.request(limit))
    found = (find_term(session, term, "files") for term in ends.terms)
    terms = tuple(_for_sql(session, one, options) for one in found)
    return written_statement("finding/between_samples", terms, limit, options)


def written_statement(
    name: str, terms: tuple[Term, ...], limit: int, options: SearchOptions
) -> str:
    """Return a statement of terms that SQL can name, with all that is asked as literals."""
    written = (Query(terms).as_json(), limit, json.dumps(_options(options), ensure_ascii=False))
    asked = statement(name)
    return _PARAMETER.sub(lambda found: _literal(written[int(found[1]) - 1]), asked)


def _for_sql(session: Session, found: FoundTerm, options: SearchOptions) -> Term:
    """Return a term as SQL can name it: a file, or encoded audio, by its vector."""
    term = found.term
    if term.kind != "sound":
        return term
    if found.place is None:
        if options.aspect:
            raise QueryError(
                f"{term} can't be asked in SQL: aspects compare with the library's sounds"
            )
        return Term("vector", tuple(found.vector.tolist()), term.weight)
    if found.place.span is None:
        return replace(term, value=found.place.sample_id)
    try:
        find_term(session, replace(term, value=str(found.place)), "vectors")
    except QueryError as error:
        raise QueryError(f"{term} can't be asked in SQL: {error}") from error
    return replace(term, value=str(found.place))


def _options(options: SearchOptions) -> dict[str, Any]:
    fields = (*fields_of("sql"), *(EVENT_SEARCH_FIELDS if options.events else ()))
    given = {one.name: getattr(options, one.name, None) for one in fields}
    defaults = {one.name: one.default for one in fields}
    return {
        name: dict(value) if name == "params" else value
        for name, value in given.items()
        if value not in (None, {}) and value != defaults[name]
    }


def _literal(value: str | int) -> str:
    if isinstance(value, int):
        return str(value)
    doubled = value.replace("'", "''")
    return f"'{doubled}'"
