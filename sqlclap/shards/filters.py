"""Filters of a set: what its catalog holds goes to the shards as the names of sounds."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlclap.db.statements import statement
from sqlclap.labels.store import find_label
from sqlclap.search.planner import Planner
from sqlclap.search.request import Filter
from sqlclap.search.search_field import PREFIX
from sqlclap.shards.catalog import catalog_sounds
from sqlclap.shards.tag_runs import runs_of_set
from sqlclap.shards.where_ids import with_set_ids

if TYPE_CHECKING:
    from sqlclap.shards.session import SetSession


def in_shards(session: SetSession, only: Filter) -> Filter:
    """Return a set's filter as each of its shards takes it.

    Labels and collections are the catalog's: what passes there are copies, whose names tell their
    sounds. In `where`, ``sample_id`` is the set's.

    Raises
    ------
    QueryError
        In `where`, ``sample_id`` stands as a name; or there is no such collection.
    UnknownLabelError
    """
    if only.where is not None:
        where, params = with_set_ids(only.where, only.params)
        only = replace(only, where=where, params=params)
    kept = _kept_by_catalog(session, only)
    if only.label is None and only.collection is None and not kept:
        return only
    conditions, bound = [only.where] if only.where else [], dict(only.params)
    if "favourite" in kept:
        only = replace(only, favourite=False)
    if "min_rating" in kept:
        only = replace(only, min_rating=None)
    for condition, values in kept.values():
        conditions.append(condition)
        bound |= values
    if only.collection is not None:
        conditions.append(statement("shards/filter_named"))
        bound[f"{PREFIX}named"] = _names(session, Filter(collection=only.collection))
    if only.label is not None:
        conditions.append(f"{_named('labelled')}\nOR {statement('shards/filter_runs')}")
        bound[f"{PREFIX}labelled"] = _names(session, Filter(label=only.label))
        bound[f"{PREFIX}runs"] = json.dumps(_runs(session, only.label))
    # A line of its own: a comment at an expression's end ends there.
    where = " AND ".join(f"(\n{one}\n)" for one in conditions)
    others = replace(only, label=None, collection=None)
    return replace(others, where=where, params=bound)


def _kept_by_catalog(session: SetSession, only: Filter) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return conditions, and their values, in place of filters of which the catalog knows more.

    It keeps favourites and ratings of sounds that lie at nodes; where it has none, shards know all.
    """
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    if only.favourite and (own := _names(session, Filter(favourite=True))) != NOBODY:
        condition = f"({statement('search/filter_favourite')})\nOR {_named('favoured')}"
        bound = {f"{PREFIX}favourite": True, f"{PREFIX}favoured": own}
        found["favourite"] = condition, bound
    rated = NOBODY if only.min_rating is None else _names(session, Filter(min_rating=1))
    if rated != NOBODY:
        of_shard = f"({statement('search/filter_min_rating')} AND NOT ({_named('rated')}))"
        stars = Filter(min_rating=only.min_rating)
        bound = {f"{PREFIX}rated": rated, f"{PREFIX}well_rated": _names(session, stars)}
        bound[f"{PREFIX}min_rating"] = only.min_rating
        found["min_rating"] = f"{of_shard}\nOR {_named('well_rated')}", bound
    return found


NOBODY = "[]"
"""Names of no sounds, as JSON."""


def _named(parameter: str) -> str:
    """Return the condition that a sound is among names, which are a parameter."""
    return statement("shards/filter_named").replace(f"{PREFIX}named", f"{PREFIX}{parameter}")


def _names(session: SetSession, said: Filter) -> str:
    """Return the names of the copies that pass a filter in the catalog, as JSON."""
    catalog = session.catalog
    passing = catalog.cache(Planner).filters.sample_ids(catalog.database, said)
    among = set(passing.tolist())
    copies = catalog_sounds(catalog.database, session.file)
    return json.dumps([one.name for one in copies if one.sample_id in among])


def _runs(session: SetSession, label: str) -> list[int]:
    """Return a label's tag runs in force, whose tags lie in the shards."""
    catalog = session.catalog.database
    name = find_label(catalog, label).name
    return [run for run, kept in runs_of_set(catalog).items() if kept.label == name]
