"""Shows why a SQL function failed, on Datasette's own pages and in its JSON.

Python's sqlite3 says "user-defined function raised exception", whatever was raised, and Datasette
shows that. What a database runs on its connections is therefore run so that errors get the words
of the function; where files lie is left out of them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from datasette_sqlclap.datasette_versions import running_methods

if TYPE_CHECKING:
    from sqlite3 import Connection

    from datasette.database import Database

_TELLING: WeakSet[Database] = WeakSet()


def tell_reasons(database: Database) -> None:
    """Make errors of a database's statements say why a function failed; idempotent."""
    if database in _TELLING:
        return
    _TELLING.add(database)
    for name in running_methods(database):
        setattr(database, name, _telling(database, getattr(database, name)))


def _telling(database: Database, run: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method of a database that takes work for a connection, made to tell reasons."""

    @wraps(run)
    async def told(work: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        @wraps(work)
        def work_and_tell(*given: Any, **named: Any) -> Any:
            from sqlclap.sqlfunctions.failures import function_errors

            try:
                with function_errors():
                    return work(*given, **named)
            except Exception as error:
                if error.__cause__ is None or (not given and not named):
                    raise
                connection = given[0] if given else next(iter(named.values()))
                raise without_paths(error, database, connection) from error.__cause__

        return await run(work_and_tell, *arguments, **options)

    return told


def without_paths(error: Exception, database: Database, connection: Connection) -> Exception:
    """Return an error of the same kind whose words don't tell where files lie."""
    text = said = str(error)
    for path, instead in hidden_paths(database, roots_of(connection)).items():
        text = text.replace(path, instead)
    return error if text == said else type(error)(text)


def hidden_paths(database: Database, roots: list[str]) -> dict[str, str]:
    """Return the absolute paths that an error may contain, with their replacements."""
    if not database.path:
        return {}
    folder = str(Path(database.path).parent)
    hidden = {f"{root.rstrip('/')}/": "" for root in roots}
    return {str(database.path): database.name} | hidden | {f"{folder}/": ""}


def roots_of(connection: Connection) -> list[str]:
    """Return the folders of a library's sources; none where that can't be read."""
    from sqlclap.db.sources import list_roots
    from sqlclap.db.sqlite3_database import SQLite3Database

    try:
        return list_roots(SQLite3Database(connection))
    except Exception:  # no library, or the error to tell is that nothing can be read
        return []
