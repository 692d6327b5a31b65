"""Additions to Datasette's own tables: play buttons, links, and ready queries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from markupsafe import Markup

from datasette_sqlclap.datasette_versions import Actor, denials, hidden_tables, stores_queries
from datasette_sqlclap.libraries import find_library, list_libraries
from datasette_sqlclap.pages import page_url
from sqlclap.sqlfunctions.ready_queries import READY, ready_sql

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.permissions import PermissionSQL


async def ready_queries(datasette: Datasette, database: str) -> dict[str, dict[str, Any]]:
    """Return a library's canned queries by name, for Datasette 0.65."""
    if await find_library(datasette, database) is None:
        return {}
    return {
        _full_name(name): {
            "sql": ready_sql(name),
            "title": ready.title,
            "description": ready.about,
            "hide_sql": True,
        }
        for name, ready in READY.items()
    }


async def store_queries(datasette: Datasette) -> None:
    """Put the libraries' ready queries where Datasette 1.0 keeps its own."""
    if not stores_queries(datasette):
        return
    for database in await list_libraries(datasette):
        for name, ready in READY.items():
            await datasette.add_query(
                database,
                _full_name(name),
                ready_sql(name),
                title=ready.title,
                description=ready.about,
                parameters=ready.parameters,
                hide_sql=True,
                is_trusted=True,  # it is ours: it needs no right to run any SQL
            )


async def hidden_queries(datasette: Datasette, actor: Actor, database: str) -> list[str]:
    """Return the names of a library's ready queries that read a table which an actor may not see.

    Whoever may see a query sees what it tells: it runs without any right to its tables.
    """
    read = tuple({table for ready in READY.values() for table in ready.tables})
    hidden = {*await hidden_tables(datasette, actor, database, read)}
    return [_full_name(name) for name, ready in READY.items() if hidden & {*ready.tables}]


async def is_hidden_query(datasette: Datasette, actor: Actor, resource: object) -> bool:
    """Tell whether what is asked for on Datasette 0.65 is a ready query of hidden tables."""
    if not isinstance(resource, tuple) or resource[-1] not in map(_full_name, READY):
        return False
    database, name = resource
    if await find_library(datasette, database) is None:
        return False
    return name in await hidden_queries(datasette, actor, database)


async def query_denials(datasette: Datasette, actor: Actor) -> PermissionSQL | None:
    """Return Datasette 1.0's rule against ready queries of hidden tables, or None."""
    pairs = [
        (database, name)
        for database in await list_libraries(datasette)
        for name in await hidden_queries(datasette, actor, database)
    ]
    return denials(pairs, "sqlclap: it reads a table that is not shown")


def query_url(datasette: Datasette, database: str, name: str, **parameters: object) -> str:
    """Return the address of a ready query with its answer."""
    address = datasette.urls.query(database, _full_name(name))
    return f"{address}?{urlencode(parameters)}"


def _full_name(name: str) -> str:
    return f"sqlclap_{name}"


_BUTTON = Markup(
    '<button type="button" class="sqlclap-play" data-src="{audio}" aria-label="Play {name}">'
    '&#9654;</button> <a class="sqlclap-map" href="{map}">{name}</a> '
    '<a class="sqlclap-like" href="{like}" aria-label="Sounds like {name}">&#8776;</a>'
)
_LABEL = Markup(
    '{name} <a class="sqlclap-finds" href="{finds}">finds</a> '
    '<a class="sqlclap-uncertain" href="{uncertain}">uncertain</a>'
)
# The columns in which a row's sample gets its button, by what names the sample's id.
_PLACES = {"path": "sample_id", "other": "other_id"}


def sample_in(row: Any, column: str) -> int | None:
    """Return the id of the sample whose button belongs into a row's cell, if any does."""
    try:
        names = set(row.keys())
        named = _PLACES.get(column)
        if named is None and column == "sample_id" and "path" not in names:
            named = "sample_id"
        found = row[named] if named in names else None
    except (AttributeError, KeyError, IndexError, TypeError):
        return None
    if isinstance(found, dict):  # a foreign key, opened up
        found = found.get("value")
    return found if isinstance(found, int) and not isinstance(found, bool) else None


async def play_cell(
    datasette: Datasette, database: str, sample_id: int, value: object
) -> Markup | None:
    """Return what stands in a sample's cell: a play button, and a link to the map."""
    if await find_library(datasette, database) is None:
        return None
    name = value if isinstance(value, str) else f"sample {sample_id}"
    audio = page_url(datasette, database, f"sample/{sample_id}/audio")
    on_map = f"{page_url(datasette, database, 'map')}#sample={sample_id}"
    like = query_url(datasette, database, "similar_sounds", sample_id=sample_id)
    return _BUTTON.format(name=name, audio=audio, map=on_map, like=like)


def label_in(row: Any, column: str) -> str | None:
    """Return the label whose links belong into a row's cell, if any do."""
    if column != "name":
        return None
    try:
        found = row[column] if "label_id" in set(row.keys()) else None
    except (AttributeError, KeyError, IndexError, TypeError):
        return None
    return found if isinstance(found, str) else None


async def label_cell(datasette: Datasette, database: str, name: str) -> Markup | None:
    """Return what stands in the cell of a label's name: links to what it finds."""
    if await find_library(datasette, database) is None:
        return None
    finds = query_url(datasette, database, "label_finds", label=name)
    uncertain = query_url(datasette, database, "uncertain", label=name)
    return _LABEL.format(name=name, finds=finds, uncertain=uncertain)
