"""Filters of a set: what its catalog holds goes to the shards as the names of sounds."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlclap.db.statements import statement
from sqlclap.errors import QueryError
from sqlclap.search.planner import Planner
from sqlclap.search.request import Filter
from sqlclap.search.search_field import PREFIX
from sqlclap.shards.catalog import catalog_sounds

if TYPE_CHECKING:
    from sqlclap.shards.session import SetSession


def in_shards(session: SetSession, only: Filter) -> Filter:
    """Return a set's filter as each of its shards takes it.

    Labels and collections are the catalog's: what passes there are copies, whose names tell their
    sounds.

    Raises
    ------
    QueryError
        `where` has ``sample_id``: each shard has ids of its own; or there is no such collection.
    UnknownLabelError
    """
    if only.where is not None and "sample_id" in only.where.lower():
        raise QueryError(
            "expected a where without sample_id: each shard numbers its own sounds, and the ids "
            "that a set tells are others"
        )
    said = Filter(label=only.label, collection=only.collection)
    if said.is_empty:
        return only
    catalog = session.catalog
    passing = catalog.cache(Planner).filters.sample_ids(catalog.database, said)
    among = set(passing.tolist())
    copies = catalog_sounds(catalog.database, session.file)
    names = json.dumps([one.name for one in copies if one.sample_id in among])
    conditions = [statement("shards/filter_named"), *([only.where] if only.where else [])]
    # A line of its own: a comment at an expression's end ends there.
    where = " AND ".join(f"(\n{one}\n)" for one in conditions)
    elsewhere = replace(only, label=None, collection=None)
    return replace(elsewhere, where=where, params={**only.params, f"{PREFIX}named": names})
