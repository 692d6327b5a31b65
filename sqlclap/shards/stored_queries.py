"""Queries of a set that are kept as vectors: the catalog has them, and every shard its copy.

So whoever opens a single shard with sqlite-vec alone finds them there by their names. A vector is
made once, with the catalog's labels and the sounds of all shards. Copies in shards don't say what
they are made of: a shard by itself knows neither the set's ids nor its labels, so its own
``--refresh`` leaves them alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sqlclap.db.statements import statement, write_transaction
from sqlclap.finding.query import as_query, read_query
from sqlclap.notebook.results import Results
from sqlclap.plain_clients.queries import (
    QueryVector,
    StoredQueries,
    StoredQuery,
    check_name,
    forget,
    keep,
    terms_of,
    unknown_query,
    vector_of_formula,
)
from sqlclap.shards.composing import question_of
from sqlclap.shards.leases import work_lease
from sqlclap.shards.targets import whole_id
from sqlclap.shards.visiting import Visit

if TYPE_CHECKING:
    from sqlclap.api import Library
    from sqlclap.db.database import Database
    from sqlclap.finding.query import Query, Term
    from sqlclap.shards.answers import Reach
    from sqlclap.shards.missing import Missing
    from sqlclap.shards.questions import Question
    from sqlclap.shards.session import SetSession
    from sqlclap.shards.shard import Shard


@dataclass(frozen=True)
class SetQueryVector(QueryVector):
    """A query as numbers; `left_out` are ids of the set.

    Attributes
    ----------
    not_written : tuple of Missing
        Where it was to be kept: shards that could not be written.
    """

    not_written: tuple[Missing, ...] = field(default=())


@dataclass(frozen=True)
class SetQueryRemoval:
    """What became of a query that was to go.

    Attributes
    ----------
    not_written : tuple of Missing
        Shards that could not be written, and may still have it.
    """

    not_written: tuple[Missing, ...]


class SetRefresh(Results[StoredQuery]):
    """The queries of a set that were made anew.

    Attributes
    ----------
    not_written : tuple of Missing
        Shards that could not be written, and still have former vectors.
    """

    def __init__(self, rows: Sequence[StoredQuery], not_written: Sequence[Missing]) -> None:
        super().__init__(rows, StoredQuery)
        self.not_written = tuple(not_written)


class SetQueryRows(Results[StoredQuery]):
    """The queries that a set keeps, by name.

    Attributes
    ----------
    reach : Reach
        Whose copies were looked at.
    differing : tuple of str
        Names of those of which a shard has no copy, or another one.
    leftover : tuple of str
        Names that shards alone have.
    """

    def __init__(
        self,
        rows: Sequence[StoredQuery],
        reach: Reach,
        differing: Sequence[str] = (),
        leftover: Sequence[str] = (),
    ) -> None:
        super().__init__(rows, StoredQuery)
        self.reach, self.differing, self.leftover = reach, tuple(differing), tuple(leftover)

    def remarks(self) -> list[str]:
        """Return what is missing, and what shards have otherwise, as lines."""
        return [
            *self.reach.remarks(),
            *(f"{name}: not all shards have it so: --refresh" for name in self.differing),
            *(f"{name}: some shard has it, the set has not: --remove" for name in self.leftover),
        ]


@dataclass(frozen=True, eq=False)
class _Kept:
    """A query that is to be kept: for the catalog with its terms, for a shard as its numbers."""

    name: str
    terms: str | None
    found: QueryVector
    question: Question

    def keep_in_catalog(self, database: Database) -> None:
        keep(database, self.name, self.found, self.terms)

    def keep_in_shard(self, shard: Shard, library: Library) -> None:
        own = sorted({place.sample_id for place in self.question.in_shard(shard.number)})
        model = library.session.model
        found = replace(self.found, model=model, left_out=tuple(own))
        keep(library.connection, self.name, found, None)


@dataclass(frozen=True)
class _Copy:
    """A query as some library keeps it: all but what it leaves out, which are its own ids."""

    name: str = field(compare=False)
    numbers: tuple[object, ...]


class SetStoredQueries:
    """The queries that a set keeps as vectors, as `StoredQueries` are those of a library.

    Parameters
    ----------
    session : SetSession
    require_all : bool
        Of lists: a shard that can't be opened here is an error.
    """

    def __init__(self, session: SetSession, require_all: bool = False) -> None:
        self._session, self._require_all = session, require_all

    def vector(self, query: Query | Term | str) -> SetQueryVector:
        """Return a query's vector; nothing is kept. See `StoredQueries.vector`.

        Raises
        ------
        PartialAnswerError
            A shard is missing, and several terms are scaled by the sounds of all.
        SqlclapError
            As for `ShardSet.find`.
        """
        return self._made(query)[0]

    def save(self, name: str, query: Query | Term | str) -> SetQueryVector:
        """Keep a query's vector under a name, in the catalog and in every shard.

        Each is written in one transaction; one of that name goes.

        Raises
        ------
        QueryError
            The name is empty, too long, or can't be printed.
        SetError
            The set is open for reading only, or its shards are being changed.
        SqlclapError
            As for `vector`.
        """
        self._session.check_writable()
        check_name(name)
        found, question = self._made(query)
        kept = _Kept(name, terms_of(as_query(query)), found, question)
        return replace(found, not_written=self._keep([kept]))

    def list(self) -> SetQueryRows:
        """Return all, by name."""
        catalog = self._session.catalog
        rows, wanted = StoredQueries(catalog).list(), _copies(catalog.database)
        differing, leftover = set[str](), set[str]()

        def look(_: Shard, library: Library) -> None:
            there = _copies(library.connection)
            differing.update(one.name for key, one in wanted.items() if there.get(key) != one)
            leftover.update(one.name for key, one in there.items() if key not in wanted)

        visit = Visit(self._session.shards).each("read", look)
        reach = visit.reach(self._session.file)
        reach.check(self._require_all)
        return SetQueryRows(rows, reach, sorted(differing), sorted(leftover))

    def remove(self, name: str) -> SetQueryRemoval:
        """Forget a query, under all models, in the catalog and in every shard.

        Raises
        ------
        UnknownQueryError
            There is none of that name.
        SetError
        """
        self._session.check_writable()
        catalog, found = self._session.catalog.database, list[bool]()

        def remove(_: Shard, library: Library) -> None:
            with write_transaction(library.connection) as connection:
                found.append(forget(connection, name))

        with work_lease(self._session.path, alone=False):
            with write_transaction(catalog) as connection:
                found.append(forget(connection, name))
            visit = Visit(self._session.shards).each("write", remove)
        if not any(found) and not visit.left_out:
            kept = StoredQueries(self._session.catalog).list()
            raise unknown_query(name, kept, str(self._session.path))
        return SetQueryRemoval(tuple(visit.left_out))

    def refresh(self) -> SetRefresh:
        """Make the vectors of the set's model anew, and give every shard its copies.

        Those whose terms aren't known stay as they are.

        Raises
        ------
        SetError
        SqlclapError
            As for `vector`; nothing was changed.
        """
        self._session.check_writable()
        model = self._session.model
        rows = [
            one
            for one in StoredQueries(self._session.catalog).list()
            if one.terms is not None and one.model == model.name
        ]
        kept = []
        for one in rows:
            assert one.terms is not None  # noqa: S101 they were looked at
            kept.append(_Kept(one.name, one.terms, *self._made(read_query(one.terms))))
        return SetRefresh(rows, self._keep(kept))

    def _made(self, query: Query | Term | str) -> tuple[SetQueryVector, Question]:
        session = self._session
        question = question_of(session, as_query(query))
        left_out = tuple(sorted({whole_id(session, place) for place in question.own}))
        if question.formula is None:
            found = QueryVector(session.model, question.vector, (), left_out)
        else:
            found = vector_of_formula(session.model, question.formula, left_out)
        return SetQueryVector(found.model, found.vector, found.against, left_out), question

    def _keep(self, kept: Sequence[_Kept]) -> tuple[Missing, ...]:
        """Write to the catalog, then to each shard that can be written; return the others."""

        def store(shard: Shard, library: Library) -> None:
            with write_transaction(library.connection):
                for one in kept:
                    one.keep_in_shard(shard, library)

        with work_lease(self._session.path, alone=False):
            with write_transaction(self._session.catalog.database) as database:
                for one in kept:
                    one.keep_in_catalog(database)
            return tuple(Visit(self._session.shards).each("write", store).left_out)


def _copies(database: Database) -> dict[tuple[str, str], _Copy]:
    """Return what a library keeps, by names and models; case makes no difference."""
    rows = database.execute(statement("plain_clients/query_vectors"))
    return {
        (str(name).casefold(), str(model)): _Copy(str(name), tuple(numbers))
        for name, model, *numbers in rows
    }
