"""Datasette plugin: see, hear, search and label a sqlclap library; ask it in SQL.

A library's vectors live in sqlite-vec tables, which a connection can only read with sqlite-vec
loaded. `prepare_connection` runs for every connection, so it loads that and registers the SQL
functions, and nothing more: model and index are loaded when a function is first called, once for
all connections.

This module holds only the hooks; the implementation is in the modules beside it.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from datasette import hookimpl

if TYPE_CHECKING:
    from datasette.app import Datasette


@hookimpl
def prepare_connection(conn: sqlite3.Connection, database: str, datasette: Datasette) -> None:
    """Register the SQL functions, except those that read files; make their errors say why.

    The plugin's setting ``model`` names the model, by default the library's own.
    """
    from datasette_sqlclap.own_output import tell_reasons
    from datasette_sqlclap.table_pages import make_searchable
    from sqlclap.sqlfunctions.adapters import register_where_possible

    if database in datasette.databases:  # those that were added later
        tell_reasons(datasette.databases[database])
        make_searchable(datasette.databases[database])
    settings = datasette.plugin_config("sqlclap") or {}
    # Datasette interrupts only what reads: its statements that write have no time limit.
    register_where_possible(conn, model=settings.get("model"), files=False, reading=True)


@hookimpl
def startup(datasette: Datasette) -> Any:
    """Check the settings, and store the ready queries on Datasette 1.0."""
    from datasette_sqlclap.decoding import check_settings
    from datasette_sqlclap.own_output import plain_tracebacks, tell_reasons
    from datasette_sqlclap.table_pages import make_searchable
    from datasette_sqlclap.tables import store_queries

    check_settings(datasette)
    plain_tracebacks()
    for database in datasette.databases.values():
        tell_reasons(database)
        make_searchable(database)
    return lambda: store_queries(datasette)


@hookimpl
def register_routes() -> list[Any]:
    """Add the pages, the API and the sounds."""
    from datasette_sqlclap.routes import guarded_routes

    return guarded_routes()


@hookimpl
def permission_allowed(datasette: Datasette, actor: Any, action: str, resource: Any) -> Any:
    """Decide about ``sqlclap-label``, ready queries and tables with paths, on Datasette 0.65."""
    from datasette_sqlclap.permissions import LABEL, keeps_paths, labels_allowed, tells_paths
    from datasette_sqlclap.tables import is_hidden_query

    if action == "view-query":

        async def decide() -> bool | None:
            return False if await is_hidden_query(datasette, actor, resource) else None

        return decide()
    if tells_paths(action, resource) and keeps_paths(datasette, actor):
        return False
    return labels_allowed(datasette, actor) if action == LABEL else None


@hookimpl
def register_actions() -> list[Any]:
    """Name ``sqlclap-label`` to Datasette 1.0."""
    from datasette.permissions import Action
    from datasette.resources import DatabaseResource

    from datasette_sqlclap.permissions import LABEL

    what = "Write what is said of a sqlclap library's sounds: labels, tags, favourites, notes"
    return [Action(name=LABEL, description=what, resource_class=DatabaseResource)]


@hookimpl
def permission_resources_sql(datasette: Datasette, actor: Any, action: str) -> Any:
    """Decide about ``sqlclap-label``, ready queries and tables with paths, on Datasette 1.0."""
    from datasette_sqlclap.datasette_versions import path_denials
    from datasette_sqlclap.permissions import LABEL, labels_allowed
    from datasette_sqlclap.tables import query_denials

    if action == "view-query":
        return lambda: query_denials(datasette, actor)
    if action != LABEL:
        return path_denials(datasette, actor, action)
    from datasette.permissions import PermissionSQL

    if labels_allowed(datasette, actor):
        return PermissionSQL.allow(reason="sqlclap: the local user, or the plugin's settings")
    settings = datasette.plugin_config("sqlclap") or {}
    return PermissionSQL.deny(reason="sqlclap: read-only") if settings.get("read-only") else None


@hookimpl
def render_cell(
    datasette: Datasette, database: str | None, row: Any, column: str, value: Any
) -> Any:
    """Put a play button beside the paths of samples, and links beside the names of labels."""
    from datasette_sqlclap.tables import label_cell, label_in, play_cell, sample_in

    if database is None:
        return None
    label, sample_id = label_in(row, column), sample_in(row, column)
    if label is not None:
        return lambda: label_cell(datasette, database, label)
    if sample_id is None:
        return None
    return lambda: play_cell(datasette, database, sample_id, value)


@hookimpl
def asgi_wrapper(datasette: Datasette) -> Any:
    """Guard the CSV of libraries against formulas, and tell refused writes to the API as JSON."""
    from datasette_sqlclap.early_refusals import tell_refusals
    from datasette_sqlclap.own_output import guard_csv

    return lambda app: tell_refusals(datasette, guard_csv(datasette, app))


@hookimpl
def extra_js_urls(datasette: Datasette, database: str | None, view_name: str) -> Any:
    """Load the play buttons' script on pages that can show samples."""
    if database is None or view_name not in ("table", "row", "query", "database"):
        return []
    return [{"url": datasette.urls.static_plugins("sqlclap", "tables.js"), "module": True}]


@hookimpl
def canned_queries(datasette: Datasette, database: str) -> Any:
    """Offer ready queries on Datasette 0.65."""
    from datasette_sqlclap.tables import ready_queries

    return lambda: ready_queries(datasette, database)


@hookimpl
def menu_links(datasette: Datasette, actor: Any) -> Any:
    """Link the maps from the menu of every page."""
    from datasette_sqlclap.table_pages import map_links

    return lambda: map_links(datasette, actor)


@hookimpl
def database_actions(datasette: Datasette, actor: Any, database: str) -> Any:
    """Link the pages from a database's menu."""
    from datasette_sqlclap.table_pages import library_links

    return lambda: library_links(datasette, actor, database)


@hookimpl
def table_actions(datasette: Datasette, actor: Any, database: str, table: str) -> Any:
    """Link the pages from the samples' menu."""
    from datasette_sqlclap.table_pages import library_links

    return (lambda: library_links(datasette, actor, database)) if table == "samples" else []


@hookimpl
def extra_template_vars(
    datasette: Datasette, request: Any, view_name: str | None, database: str | None, table: Any
) -> Any:
    """Give the plugin's templates of Datasette's own pages what they show."""
    from datasette_sqlclap.table_pages import page_variables

    return lambda: page_variables(datasette, request, (view_name, database, table))


@hookimpl
def top_homepage(datasette: Datasette, request: Any) -> Any:
    """Link the maps from the home page of Datasette 1.0."""
    from datasette_sqlclap.table_pages import map_links, shown_links

    async def links() -> Any:
        return shown_links(await map_links(datasette, request.actor))

    return links


@hookimpl
def top_database(datasette: Datasette, request: Any, database: str) -> Any:
    """Link the pages from a database's page of Datasette 1.0."""
    from datasette_sqlclap.table_pages import library_links, shown_links

    async def links() -> Any:
        return shown_links(await library_links(datasette, request.actor, database))

    return links


@hookimpl
def top_table(datasette: Datasette, request: Any, database: str) -> Any:
    """Link the pages from a table's page of Datasette 1.0."""
    from datasette_sqlclap.table_pages import library_links, shown_links

    async def links() -> Any:
        return shown_links(await library_links(datasette, request.actor, database))

    return links
