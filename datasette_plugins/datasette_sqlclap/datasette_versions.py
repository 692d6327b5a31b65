"""Differences between Datasette 0.65 and the 1.0 alphas."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from datasette_sqlclap.permissions import for_api, keeps_paths, tables_of_paths

if TYPE_CHECKING:
    from sqlite3 import Connection

    from datasette.app import Datasette
    from datasette.database import Database
    from datasette.permissions import PermissionSQL
    from datasette.utils.asgi import Request, Response

Actor = Mapping[str, object] | None
Result = TypeVar("Result")


async def may_view(datasette: Datasette, actor: Actor, database: str) -> bool:
    """Return whether an actor may see a library's samples."""
    return not await hidden_tables(datasette, actor, database, ("samples",))


async def hidden_tables(
    datasette: Datasette, actor: Actor, database: str, tables: tuple[str, ...]
) -> list[str]:
    """Return the tables of a library of which an actor may not be told by the API.

    All of them where the actor may not even see the database.
    """
    with for_api():
        return await _hidden_tables(datasette, actor, database, tables)


async def _hidden_tables(
    datasette: Datasette, actor: Actor, database: str, tables: tuple[str, ...]
) -> list[str]:
    if _speaks_sql_permissions(datasette):
        from datasette.resources import DatabaseResource, TableResource

        if not await datasette.allowed(
            action="view-database", resource=DatabaseResource(database), actor=actor
        ):
            return [*tables]
        return [
            table
            for table in dict.fromkeys(tables)
            if not await datasette.allowed(
                action="view-table", resource=TableResource(database, table), actor=actor
            )
        ]
    ask = datasette.permission_allowed
    for action, resource in (("view-instance", None), ("view-database", database)):
        if not await ask(actor, action, resource, default=True):
            return [*tables]
    return [
        table
        for table in dict.fromkeys(tables)
        if not await ask(actor, "view-table", (database, table), default=True)
    ]


def path_denials(datasette: Datasette, actor: Actor, action: str) -> PermissionSQL | None:
    """Return Datasette 1.0's rule against what would show where files lie, or None."""
    from datasette.permissions import PermissionSQL

    if not keeps_paths(datasette, actor):
        return None
    if action in ("execute-sql", "view-database-download"):
        return PermissionSQL.deny(reason="sqlclap: it tells where files lie")
    if action != "view-table":
        return None
    names = [(base, table) for base in datasette.databases for table in tables_of_paths()]
    return denials(names, "sqlclap: it tells where files lie")


def denials(pairs: Sequence[tuple[str, str]], reason: str) -> PermissionSQL | None:
    """Return Datasette 1.0's rule against tables or queries, by database and name, or None."""
    from datasette.permissions import PermissionSQL

    rules, params = [], {"sqlclap_reason": reason}
    for number, (base, name) in enumerate(pairs):
        rules.append(
            f"SELECT :sqlclap_p{number} AS parent, :sqlclap_c{number} AS child, 0 AS allow, "
            ":sqlclap_reason AS reason"
        )
        params |= {f"sqlclap_p{number}": base, f"sqlclap_c{number}": name}
    return PermissionSQL(sql=" UNION ALL ".join(rules), params=params) if rules else None


async def may_run_sql(datasette: Datasette, actor: Actor, database: str) -> bool:
    """Return whether an actor may run SQL of their own."""
    return await may_do(datasette, actor, "execute-sql", database, by_default=True)


async def may_do(
    datasette: Datasette, actor: Actor, action: str, database: str, by_default: bool = False
) -> bool:
    """Return whether an actor may do something; Datasette 1.0 has defaults of its own."""
    if _speaks_sql_permissions(datasette):
        from datasette.resources import DatabaseResource

        return await datasette.allowed(
            action=action, resource=DatabaseResource(database), actor=actor
        )
    return bool(await datasette.permission_allowed(actor, action, database, default=by_default))


def _speaks_sql_permissions(datasette: Datasette) -> bool:
    return hasattr(datasette, "allowed")


async def run_write(database: Database, work: Callable[[Connection], Result]) -> Result:
    """Run `work(connection)` in the database's write thread; it keeps its own transactions."""
    if "transaction" in inspect.signature(database.execute_write_fn).parameters:
        return await database.execute_write_fn(work, transaction=False)
    return await database.execute_write_fn(work)


def running_methods(database: Database) -> list[str]:
    """Return the names of the methods through which all work on a database's connections goes.

    Those of 1.0 have public faces, but statements go past these.
    """
    inner = [name for name in ("_execute_fn", "_execute_write_fn") if hasattr(database, name)]
    return inner or ["execute_fn", "execute_write_fn"]


def has_top_hooks(datasette: Datasette) -> bool:
    """Tell whether Datasette has hooks for what stands on top of its pages."""
    return _speaks_sql_permissions(datasette)


def stores_queries(datasette: Datasette) -> bool:
    """Tell whether ready queries are stored in Datasette, or asked for by a hook."""
    return hasattr(datasette, "add_query")


def csrf_token(request: Request) -> str:
    """Return what a form or script has to send back; new Datasettes look at headers instead."""
    make = request.scope.get("csrftoken")
    return str(make()) if make else ""


def sign_in(datasette: Datasette, response: Response, actor: Mapping[str, object]) -> None:
    """Set a response's cookie that identifies its browser's actor."""
    response.set_cookie("ds_actor", datasette.sign({"a": dict(actor)}, "actor"), httponly=True)


def signed_in(datasette: Datasette, cookie: str) -> Any:
    """Return what `sign_in` put into a cookie; None where it was signed with another secret."""
    try:
        return datasette.unsign(cookie, "actor")
    except Exception as error:
        if type(error).__name__ not in ("BadSignature", "BadTimeSignature", "BadPayload"):
            raise
        return None
