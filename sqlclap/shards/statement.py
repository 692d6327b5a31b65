"""A composed query of a set as the SQL statement that gives the same rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlclap.errors import QueryError
from sqlclap.finding.statement import written_statement
from sqlclap.shards.asking import Asked
from sqlclap.shards.composing import find
from sqlclap.shards.jobs import SetSound
from sqlclap.shards.targets import resolve, split_target

if TYPE_CHECKING:
    from sqlclap.finding.query import Query, Term
    from sqlclap.search.request import SearchOptions
    from sqlclap.shards.session import SetSession


def set_statement(session: SetSession, query: Query, limit: int, options: SearchOptions) -> str:
    """Return an SQL statement for `sqlclap query` with the set, see `sqlclap.shards.tables`.

    Sounds are in it by their ids in the set. The query is asked first, so that whoever is refused
    an answer is given no statement either.

    Raises
    ------
    QueryError
        Moments are asked for, which SQL over a set has not; or a file.
    UnknownSoundError
    SqlclapError
        The query can't be answered; see `sqlclap.shards.composing.find`.
    """
    checked = query.checked()
    find(session, checked, Asked(options.request(limit)))
    if options.moments or options.events:
        raise QueryError("SQL over a set finds sounds, and no moments")
    terms = tuple(_for_sql(session, term) for term in checked.terms)
    return written_statement("finding/query_set", terms, limit, options)


def _for_sql(session: SetSession, term: Term) -> Term:
    if term.kind != "sound":
        return term
    named, span = split_target(session, term.value)
    sound = resolve(session, named)
    if not isinstance(sound, SetSound):
        raise QueryError(f"{term} can't be asked in SQL: it is no sound of the set")
    return replace(term, value=sound.whole if span is None else f"{sound.whole}@{span}")
