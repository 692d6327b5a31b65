"""Facets: how many sounds there are of each folder, format, key, label, ...

Counted are all sounds that pass the filters. How well they answer a query makes no difference: a
ranking has no end, so that whatever is asked for, all of them are in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlclap.counts import check_count
from sqlclap.db.database import Snapshot
from sqlclap.db.samples import count_samples
from sqlclap.db.statements import statement
from sqlclap.errors import QueryError
from sqlclap.search.fields import FIELDS, fields_of
from sqlclap.search.filters import folders_meant
from sqlclap.search.planner import Planner
from sqlclap.search.search_field import PREFIX

if TYPE_CHECKING:
    from sqlclap.db.database import Database
    from sqlclap.search.request import Filter, SearchOptions
    from sqlclap.session import Session


class Facet(NamedTuple):
    """By what sounds can be counted.

    Attributes
    ----------
    name : str
    statement : str
        A file in ``sql/queries`` that gives each sample's values; NULL: it has none.
    reads : tuple of str
        Tables that it reads beside `samples`.
    """

    name: str
    statement: str
    reads: tuple[str, ...] = ()


FACETS: Mapping[str, Facet] = {
    one.name: one
    for one in (
        *(Facet(one.name, one.facet, one.reads) for one in FIELDS if one.facet),
        Facet("kind", "search/facet_kind"),
        Facet("channels", "search/facet_channels"),
        Facet("sample_rate", "search/facet_sample_rate"),
        Facet("year", "search/facet_year", ("recording_times",)),
        Facet("rating", "search/facet_rating", ("sample_ratings",)),
    )
}


@dataclass(frozen=True)
class FacetValue:
    """How many sounds have a value.

    Attributes
    ----------
    value : str or int
    sounds : int
    """

    value: str | int
    sounds: int


@dataclass(frozen=True)
class FacetCounts:
    """How many sounds there are of each value of a facet.

    Attributes
    ----------
    facet : str
    counted : int
        All sounds that pass the filters.
    without : int
        Those of them that have no value.
    values : tuple of FacetValue
        Most sounds first, equal ones by value. A sound may have several labels and collections.
    other_values : int
        How many more values there are.
    other_sounds : int
        Sum of their sounds.
    """

    facet: str
    counted: int
    without: int
    values: tuple[FacetValue, ...]
    other_values: int
    other_sounds: int


def read_facets(text: str) -> list[Facet]:
    """Return the facets that a text names, separated by commas.

    Raises
    ------
    QueryError
        There is no such facet, or none is named.
    """
    names = dict.fromkeys(part.strip() for part in text.split(","))
    unknown = [name for name in names if name not in FACETS]
    if unknown:
        raise QueryError(f"expected facets of {', '.join(FACETS)}; got {unknown[0][:60]!r}")
    return [FACETS[name] for name in names]


def counted_filter(options: SearchOptions) -> Filter:
    """Return the filter whose sounds are counted.

    Raises
    ------
    QueryError
        An option is of a ranking: it would make no difference to what is counted.
    """
    others = [one for one in fields_of("python") if not one.is_filter]
    given = [one.name for one in others if getattr(options, one.name) != one.default]
    if given:
        raise QueryError(
            f"facets count all sounds that pass the filters, and {', '.join(given)} is none: a "
            "ranking has no end; `sqlclap query` counts among answers"
        )
    return options.request(1).only


def count_facets(
    session: Session,
    facets: Iterable[Facet],
    only: Filter,
    n: int,
    told: Mapping[str, str] | None = None,
) -> list[FacetCounts]:
    """Count the sounds that pass a filter by facets, in one state of the library.

    Parameters
    ----------
    session : Session
    facets : iterable of Facet
    only : Filter
    n : int
        How many values of each are told; the others are summed up.
    told : mapping, optional
        More values that the facets' statements take, by their names.

    Raises
    ------
    QueryError
        `n` is below 1, or the filter can't be used.
    """
    n = check_count(n, "a number of values")
    with Snapshot(session.database):
        asked = _Asked.of(session, only, told or {})
        return [asked.counts(one, n) for one in facets]


@dataclass(frozen=True)
class _Asked:
    """What is counted.

    Attributes
    ----------
    database : Database
    counted : int
        Sounds that pass the filter.
    bindings : mapping
        Values for the facets' statements.
    """

    database: Database
    counted: int
    bindings: Mapping[str, Any]

    @classmethod
    def of(cls, session: Session, only: Filter, told: Mapping[str, str]) -> _Asked:
        database, among = session.database, None
        if only.is_empty:
            counted = count_samples(database)
        else:
            sample_ids = session.cache(Planner).filters.sample_ids(database, only)
            counted, among = len(sample_ids), json.dumps(sample_ids.tolist())
        base = "" if only.folder is None else folders_meant(database, only.folder)[0]
        return cls(database, counted, {**told, "among": among, "base": base.rstrip("/")})

    def counts(self, facet: Facet, n: int) -> FacetCounts:
        """Count by one facet."""
        valued = statement(facet.statement).rstrip(";")
        sql = statement("search/facet_counts").replace("{valued}", valued)
        named = {f"{PREFIX}{name}": value for name, value in self.bindings.items()}
        needed = {name: value for name, value in named.items() if f":{name}" in sql}
        rows = self.database.execute(sql, needed).fetchall()
        values = [FacetValue(value, sounds) for value, sounds in rows if value is not None]
        without = sum(sounds for value, sounds in rows if value is None)
        others = values[n:]
        other_sounds = sum(one.sounds for one in others)
        told = (without, tuple(values[:n]), len(others), other_sounds)
        return FacetCounts(facet.name, self.counted, *told)
