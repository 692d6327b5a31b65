"""Queries kept as vectors: clients that have sqlite-vec alone search by their names.

The table is ``clap_queries``; the views over it are ``clap_query_nearest`` and
``clap_query_scores``, whose scores are those of `Library.find`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlclap.db.statements import statement, write_transaction
from sqlclap.db.vectors import to_blob
from sqlclap.errors import QueryError, UnknownQueryError
from sqlclap.finding.find import compose
from sqlclap.finding.query import Query, Term, as_query, read_query
from sqlclap.finding.ranking import ComposedRanking
from sqlclap.quantities import typed
from sqlclap.search.request import SearchOptions
from sqlclap.session import LibraryPart

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array
    from sqlclap.db.database import Database
    from sqlclap.db.stored_models import StoredModel
    from sqlclap.finding.formula import Formula

LONGEST_NAME = 200


@dataclass(frozen=True)
class QueryVector:
    """A query as numbers.

    Attributes
    ----------
    model : StoredModel
        Whose vectors it is compared with.
    vector : np.ndarray [shape=(dim,), dtype=float32]
        What is wanted, of length 1.
    against : tuple of (np.ndarray, float, float)
        What is not wanted: a unit vector, what a cosine costs above its level, the level.
    left_out : tuple of int
        Samples that are no answers: the library's own that are wanted to be like.
    """

    model: StoredModel
    vector: Float32Array
    against: tuple[tuple[Float32Array, float, float], ...]
    left_out: tuple[int, ...]


@dataclass(frozen=True)
class StoredQuery:
    """A row of ``clap_queries``.

    Attributes
    ----------
    name : str
    model : str
        Name of the model; views show those of the library's default model.
    terms : str or None
        What it was made of, as JSON; None where another program wrote it.
    against : int
        Terms that are not wanted; those with some are not in ``clap_query_nearest``.
    created_at : str
    """

    name: str
    model: str
    terms: str | None
    against: int
    created_at: str


def vector_of_formula(
    model: StoredModel, formula: Formula, left_out: tuple[int, ...]
) -> QueryVector:
    """Return a composed query as numbers."""
    against = zip(
        formula.against.astype("f4"), formula.prices.tolist(), formula.levels.tolist(),
        strict=True,
    )  # fmt: skip
    return QueryVector(model, formula.vector, tuple(against), left_out)


class StoredQueries(LibraryPart):
    """The queries that a library keeps as vectors.

    Parameters
    ----------
    session : Session
    """

    def vector(self, query: Query | Term | str) -> QueryVector:
        """Return a query's vector; nothing is kept.

        Raises
        ------
        SqlclapError
            As for `Library.find`.
        """
        request = SearchOptions().request(1)
        composed = compose(self._session, as_query(query).checked(), request, "files")
        ranking, found = composed.ranking, composed.request.without
        if not isinstance(ranking, ComposedRanking):
            own = () if found is None else (int(found),)
            return QueryVector(ranking.model, ranking.vector, (), own)
        left_out = tuple(sorted({place.sample_id for place in ranking.left_out}))
        return vector_of_formula(ranking.model, ranking.formula, left_out)

    def save(self, name: str, query: Query | Term | str) -> QueryVector:
        """Keep a query's vector under a name; one of that name goes.

        Raises
        ------
        QueryError
            The name is empty, too long, or can't be printed.
        SqlclapError
            As for `Library.find`.
        """
        check_name(name)
        found = self.vector(query)
        with write_transaction(self._session.database) as connection:
            keep(connection, name, found, terms_of(as_query(query)))
        return found

    def list(self) -> tuple[StoredQuery, ...]:
        """Return all, by name."""
        rows = self._session.database.execute(statement("plain_clients/queries"))
        return tuple(StoredQuery(*row) for row in rows)

    def remove(self, name: str) -> None:
        """Forget a query, under all models.

        Raises
        ------
        UnknownQueryError
            There is none of that name.
        """
        with write_transaction(self._session.database) as connection:
            if not forget(connection, name):
                raise unknown_query(name, self.list(), self._library_name)

    def refresh(self) -> Iterator[StoredQuery]:
        """Make the vectors of the model in use anew: labels and sounds may have changed since.

        Those whose terms aren't known stay as they are, and aren't yielded.
        """
        model = self._session.model
        for stored in self.list():
            if stored.terms is not None and stored.model == model.name:
                self.save(stored.name, read_query(stored.terms))
                yield stored


def unknown_query(name: str, kept: Sequence[StoredQuery], library: str) -> UnknownQueryError:
    """Return the error that there is no query of a name."""
    known = ", ".join(one.name for one in kept[:20]) or "none yet"
    return UnknownQueryError(
        f"no query {name!r} is kept: there is {known}; keep one with `sqlclap query-vector "
        f"{typed(library)} WORDS --save NAME`"
    )


def check_name(name: str) -> None:
    """Check what a query is to be called.

    Raises
    ------
    QueryError
        The name is empty, too long, or can't be printed.
    """
    if not name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
        raise QueryError(f"expected a name of 1 to {LONGEST_NAME} letters, got {name[:40]!r}")


def terms_of(query: Query) -> str | None:
    """Return what a query is made of, as JSON; None where that can't hold it."""
    try:
        return query.as_json()
    except QueryError:  # encoded audio, which JSON can't hold
        return None


def keep(connection: Database, name: str, found: QueryVector, terms: str | None) -> None:
    """Keep a vector under a name in place of one of that name; within a write transaction."""
    row = {
        "name": name.strip(),
        "model_id": found.model.model_id,
        "vector": to_blob(found.vector),
        "terms": terms,
        "left_out": json.dumps(found.left_out),
    }
    connection.execute(statement("plain_clients/query_remove"), row)
    query_id = connection.execute(statement("plain_clients/query_insert"), row).get
    connection.executemany(
        statement("plain_clients/against_insert"),
        [(query_id, to_blob(vector), *rest) for vector, *rest in found.against],
    )


def forget(connection: Database, name: str) -> bool:
    """Forget a query, under all models; return whether there was one. In a write transaction."""
    connection.execute("DELETE FROM clap_queries WHERE name = ?", (name,))
    return bool(connection.changes())
