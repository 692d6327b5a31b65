"""The SQL functions of composed queries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlclap.errors import QueryError
from sqlclap.sqlfunctions.arguments import want_text
from sqlclap.sqlfunctions.result_rows import (
    MATCH_COLUMNS,
    MOMENT_COLUMNS,
    match_rows,
    matches_json,
    rows_of,
)
from sqlclap.sqlfunctions.search_options import want_request
from sqlclap.sqlfunctions.spec import Spec

if TYPE_CHECKING:
    from sqlclap.finding.query import Query
    from sqlclap.search.results import Matches
    from sqlclap.session import Session


def query_rows(
    session: Session, query: object, k: object = None, options: object = None
) -> Iterator[tuple[Any, ...]]:
    """``clap_query``."""
    return match_rows(_found(session, "clap_query", query, (10 if k is None else k, options)))


def query_json(session: Session, query: object, k: object, options: object = None) -> str:
    """``clap_query_json``."""
    return matches_json(_found(session, "clap_query_json", query, (k, options)))


def moment_rows(
    session: Session, query: object, k: object = None, options: object = None
) -> Iterator[tuple[Any, ...]]:
    """``clap_query_moments``."""
    asked = (10 if k is None else k, options)
    return rows_of(
        _found(session, "clap_query_moments", query, asked, moments=True), MOMENT_COLUMNS
    )


def moments_json(session: Session, query: object, k: object, options: object = None) -> str:
    """``clap_query_moments_json``."""
    return matches_json(
        _found(session, "clap_query_moments_json", query, (k, options), moments=True)
    )


def between_rows(
    session: Session, ends: object, k: object = None, options: object = None
) -> Iterator[tuple[Any, ...]]:
    """``clap_between``."""
    return match_rows(_between(session, "clap_between", ends, 10 if k is None else k, options))


def between_json(session: Session, ends: object, k: object, options: object = None) -> str:
    """``clap_between_json``."""
    return matches_json(_between(session, "clap_between_json", ends, k, options))


def _between(session: Session, function: str, ends: object, k: object, options: object) -> Matches:
    from sqlclap.finding.between import find_between_in_statement

    request = want_request(function, k, options)
    return find_between_in_statement(session, want_query(function, "ends", ends), request)


def _found(
    session: Session,
    function: str,
    query: object,
    arguments: tuple[object, object],
    moments: bool = False,
) -> Matches:
    from sqlclap.finding.find import find_in_statement

    request = replace(want_request(function, *arguments), moments=moments)
    return find_in_statement(session, want_query(function, "query", query), request)


def want_query(function: str, name: str, terms: object) -> Query:
    """Return the composed query that an argument holds, as JSON.

    Raises
    ------
    QueryError
    """
    from sqlclap.finding.query import read_query

    text = want_text(function, name, terms)
    try:
        return read_query(text).checked()
    except QueryError as error:
        raise QueryError(f"{function}: {error}") from error


_LIKE = (
    "A query is a JSON array of terms, each of `words`, `sound` (a sample_id, a path in the "
    "library, `12@3.0-4.5`), `label` or `vector` (an array of numbers), and a `weight`, 1 by "
    "default and negative for what is not wanted"
)

QUERY_SPECS: tuple[Spec, ...] = (
    Spec(
        name="clap_query",
        arguments=("query", "[k]", "[options]"),
        kind="table",
        gives="rows",
        about=(
            "Table-valued: the k (10) samples that a [composed query](queries.md) puts first, as "
            f"`sqlclap find` ranks them. {_LIKE}. In apsw, `sqlclap query` and `sqlclap shell`."
        ),
        example=(
            "SELECT rank, path\n"
            'FROM clap_query(\'[{"words": "kick"}, {"sound": 1, "weight": -0.5}]\', 3)'
        ),
        run=query_rows,
        columns=MATCH_COLUMNS,
    ),
    Spec(
        name="clap_query_json",
        arguments=("query", "k", "[options]"),
        kind="scalar",
        gives="JSON array of {sample_id, score, rank, ...}",
        about=(
            "The same for drivers without table-valued functions: each has what `sqlclap find "
            "--json` gives but for file. Options as those of clap_neighbors."
        ),
        example=(
            "SELECT m.value ->> 'path' AS path\n"
            'FROM json_each(clap_query_json(\'[{"words": "kick"}]\', 3)) AS m'
        ),
        run=query_json,
    ),
    Spec(
        name="clap_query_moments",
        arguments=("query", "[k]", "[options]"),
        kind="table",
        gives="rows",
        about=(
            "Table-valued: the k (10) moments that a composed query puts first, as clap_moments "
            "has them. In apsw, `sqlclap query` and `sqlclap shell`."
        ),
        example=(
            'SELECT rank, path, start_s, end_s\nFROM clap_query_moments(\'[{"words": "kick"}]\', 3)'
        ),
        run=moment_rows,
        columns=MOMENT_COLUMNS,
    ),
    Spec(
        name="clap_query_moments_json",
        arguments=("query", "k", "[options]"),
        kind="scalar",
        gives="JSON array of {sample_id, start_s, end_s, score, rank, ...}",
        about="The same for drivers without table-valued functions.",
        example=(
            "SELECT m.value ->> 'path' AS path, m.value ->> 'start_s' AS start_s\n"
            'FROM json_each(clap_query_moments_json(\'[{"words": "kick"}]\', 3)) AS m'
        ),
        run=moments_json,
    ),
    Spec(
        name="clap_between",
        arguments=("ends", "[k]", "[options]"),
        kind="table",
        gives="rows",
        about=(
            "Table-valued: k (10) samples on the [way from one sound to another]"
            "(queries.md#a-path-between-two-sounds), in order. The ends are a JSON array of two "
            "terms as clap_query has them, without words and weights. In apsw, `sqlclap query` and "
            "`sqlclap shell`."
        ),
        example='SELECT rank, path\nFROM clap_between(\'[{"sound": 1}, {"sound": 5}]\', 3)',
        run=between_rows,
        columns=MATCH_COLUMNS,
    ),
    Spec(
        name="clap_between_json",
        arguments=("ends", "k", "[options]"),
        kind="scalar",
        gives="JSON array of {sample_id, score, rank, ...}",
        about="The same for drivers without table-valued functions.",
        example=(
            "SELECT m.value ->> 'path' AS path\n"
            'FROM json_each(clap_between_json(\'[{"sound": 1}, {"sound": 5}]\', 3)) AS m'
        ),
        run=between_json,
    ),
)
