"""Migrates a library's schema and refreshes its views, in transactions."""

from __future__ import annotations

from contextlib import closing, suppress
from typing import TYPE_CHECKING, NamedTuple

from sqlclap.db.schema import told_of
from sqlclap.db.statements import (
    is_optional_to_read,
    migration_scripts,
    read_transaction,
    statement,
    view_bodies,
    write_transaction,
)
from sqlclap.db.whole_schema import apply_script, make_schema
from sqlclap.errors import LibraryTooNewError, NotALibraryError, QueryError

if TYPE_CHECKING:
    import apsw

    from sqlclap.db.database import Database

APPLICATION_ID = 0x73716C63  # "sqlc"; `file sounds.db` and SQLite tools can tell it apart

_CREATE_RECORDS = """
CREATE TABLE IF NOT EXISTS sqlclap_migrations (
    name TEXT PRIMARY KEY,
    applied_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
)
"""


class _Marks(NamedTuple):
    """Marks by which a file identifies itself.

    Attributes
    ----------
    application_id, user_version : int
        In the file's header.
    recorded : set of str
        Names in `sqlclap_migrations`.
    is_used : bool
        Whether the file holds any table.
    """

    application_id: int
    user_version: int
    recorded: set[str]
    is_used: bool

    @property
    def is_ours(self) -> bool:
        """Whether this is a library, by the header's mark, or by its migration records."""
        known = {name for name, _ in migration_scripts()}
        if self.application_id == 0:
            return not self.recorded.isdisjoint(known)
        return self.application_id == APPLICATION_ID


def _marks(database: Database) -> _Marks:
    with read_transaction(database):  # another program may be making it
        query = (
            "SELECT application_id, user_version FROM pragma_application_id, pragma_user_version"
        )
        mark, number = database.execute(query).fetchone()
        query = "SELECT 1 FROM pragma_table_info('sqlclap_migrations') WHERE name = 'name'"
        names = database.execute(query).fetchone() and database.execute(
            "SELECT name FROM sqlclap_migrations"
        )
        recorded = {str(name) for (name,) in names or ()}
        filled = database.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone()
    return _Marks(mark, number, recorded, bool(mark or number or filled))


def schema_number(database: Database) -> int:
    """Return the number of migrations that were applied; 0 for an empty file.

    This is what its records say. If the header's `user_version` differs, another program
    wrote the one or the other, and the tables and columns that are there decide.

    Raises
    ------
    NotALibraryError
        The database belongs to another program, or nothing proves what it has had.
    LibraryTooNewError
        The library was written by a newer sqlclap.
    """
    return _number_by(database, _marks(database))


def _number_by(database: Database, marks: _Marks) -> int:
    if not marks.is_ours:
        if marks.is_used:
            raise NotALibraryError(
                f"{database.filename} is another program's SQLite database and is left alone; "
                f"{_other_advice(marks)}"
            )
        return 0
    known = [name for name, _ in migration_scripts()]
    _refuse_newer(database, marks, known)
    count = len(marks.recorded)
    whole = count > 0 and marks.recorded == set(known[:count])
    if whole and marks.user_version == count:
        return count
    proven = _proven_number(database)
    if whole and not proven and marks.user_version == 0:
        return count  # a reload, of a library that someone took a table from
    if not proven or not marks.recorded.issubset(known[:proven]):
        raise NotALibraryError(
            f"{database.filename} lacks records in sqlclap_migrations, and its tables are none "
            "that a sqlclap has left: restore it from a backup, or take its sounds into a new "
            "library with `sqlclap ingest NEW.db FOLDER`"
        )
    return proven


def _other_advice(marks: _Marks) -> str:
    if marks.recorded.isdisjoint(name for name, _ in migration_scripts()):
        return (
            "give the library a file of its own; to search sounds that its tables name, "
            "`sqlclap attach` one of them"
        )
    return (
        f"it has a library's records and the application_id {marks.application_id}: if no other "
        f"program needs that, `PRAGMA application_id = {APPLICATION_ID}` makes it a library again"
    )


def _refuse_newer(database: Database, marks: _Marks, known: list[str]) -> None:
    newest = max(marks.user_version, len(marks.recorded))
    if newest <= len(known) and marks.recorded.issubset(known):
        return
    other = ""
    if marks.recorded.issubset(known):
        count = len(marks.recorded)
        other = (
            f"; if another program set that number, `PRAGMA user_version = {count}` sets it back"
        )
    raise LibraryTooNewError(
        f"{database.filename} has schema {newest}, this sqlclap knows {len(known)}; "
        f"upgrade with `pip install -U sqlclap` (the file was not touched){other}"
    )


def _proven_number(database: Database) -> int:
    """Return the number of migrations whose tables and columns are all present, and no later ones.

    0 where none has, or one has left a part.
    """
    import apsw

    present, columns_left = _tables_and_columns(database), [set[tuple[str, str]]()]
    reference = apsw.Connection(":memory:")
    with closing(reference), suppress(apsw.Error):  # one that fails has left nothing
        for _, script in migration_scripts():
            reference.execute(script)
            columns_left.append(_tables_and_columns(reference))
    number = max(n for n, objects in enumerate(columns_left) if objects <= present)
    return 0 if (columns_left[-1] - columns_left[number]) & present else number


def _tables_and_columns(database: Database) -> set[tuple[str, str]]:
    query = """
        SELECT t.name, c.name FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c
        WHERE t.type = 'table' AND t.sql NOT LIKE 'CREATE VIRTUAL%'
    """
    return {(str(table), str(column)) for table, column in database.execute(query)}


def lost_marks(database: Database) -> tuple[dict[str, int], list[str]]:
    """Return the header fields with wrong values, and whether records are missing.

    Copies made by way of SQL (``.dump``, ``sqlite-utils``) keep the tables, not the header's.
    """
    number, marks = schema_number(database), _marks(database)
    if 0 < number < len(migration_scripts()):  # an older library, or one that lost its last records
        number = max(number, _proven_number(database))
    expected = {"application_id": APPLICATION_ID, "user_version": number} if number else {}
    applied = [name for name, _ in migration_scripts()[:number]]
    return (
        {name: mark for name, mark in expected.items() if getattr(marks, name) != mark},
        [name for name in applied if name not in marks.recorded],
    )


def is_library(database: Database) -> bool:
    """Tell whether a database is a library of sqlclap's, for any driver's connection."""
    return bool(database.execute(statement("db/is_library"), (APPLICATION_ID,)).fetchone()[0])


def check_library(connection: Database) -> None:
    """Check that an open database is a library of this release.

    Raises
    ------
    QueryError
    """
    if not is_library(connection):
        raise QueryError(
            f"expected a sqlclap library to be open, got {connection.filename}: "
            "make one with `sqlclap ingest sounds.db FOLDER`"
        )
    reason = schema_trouble(connection)
    if reason is not None:
        raise QueryError(f"{connection.filename} {reason}")


def schema_trouble(database: Database) -> str | None:
    """Return why this sqlclap can't use a library as it is, or None.

    Unlike `schema_number`, for any driver's connection to what is a library.
    """
    known = {name for name, _ in migration_scripts()}
    recorded = _recorded(database)
    if recorded - known:
        return (
            f"has schema {len(recorded)}, this sqlclap knows {len(known)}: "
            "upgrade with `pip install -U sqlclap`"
        )
    if not all(map(is_optional_to_read, known - recorded)):
        return (
            f"has schema {len(recorded)}, this sqlclap needs {len(known)}: open it once for "
            "writing, say with `sqlclap ingest`"
        )
    return None


def lacks_to_read(number: int) -> bool:
    """Whether a library lacks a migration that reading needs, by how many it has."""
    return not all(is_optional_to_read(name) for name, _ in migration_scripts()[number:])


def _recorded(connection: Database) -> set[str]:
    return {str(name) for (name,) in connection.execute("SELECT name FROM sqlclap_migrations")}


def restore_marks(connection: apsw.Connection) -> list[str]:
    """Restore a file's marks that a copy or another program lost; return which."""
    if not any(lost_marks(connection)):
        return []
    with write_transaction(connection):
        pragmas, records = lost_marks(connection)
        for name, mark in pragmas.items():
            connection.pragma(name, mark)
        if records:
            connection.execute(_CREATE_RECORDS)
            _record(connection, records)
    made = [f"pragma {name}" for name in pragmas]
    made += [f"record {name} in sqlclap_migrations" for name in records]
    return told_of(connection, "a copy by way of SQL loses; written again", made)


def migrate(connection: apsw.Connection) -> list[str]:
    """Apply the migrations that are missing, each with its record in one transaction.

    Those of a new file are one transaction together: it is a library or it is empty.

    Returns
    -------
    list of str
        Names of the migrations applied now.

    Raises
    ------
    MigrationError
        One failed and was rolled back; those before it stay applied, but for a new file's.
    """
    scripts = tuple(enumerate(migration_scripts(), start=1))
    marks = _marks(connection)
    if not marks.is_used:  # its number is asked for under the lock
        return _apply(connection, scripts)
    number = _number_by(connection, marks)
    return [name for one in scripts[number:] for name in _apply(connection, (one,))]


def _apply(
    connection: apsw.Connection, scripts: tuple[tuple[int, tuple[str, str]], ...]
) -> list[str]:
    """Apply migrations, numbered, in one transaction; return those that were still missing."""
    with write_transaction(connection):
        # Another process may have been first while this one waited for the lock.
        number = schema_number(connection)
        missing = [(position, one) for position, one in scripts if position > number]
        names = [name for _, (name, _) in missing]
        if not missing:
            return []
        connection.execute(_CREATE_RECORDS)
        if number:
            for _, (name, script) in missing:
                apply_script(connection, name, script)
        else:
            make_schema(connection, tuple(one for _, one in missing))
        _record(connection, names)
        connection.pragma("application_id", APPLICATION_ID)
        connection.pragma("user_version", missing[-1][0])
    return names


def _record(connection: apsw.Connection, names: list[str]) -> None:
    insert = "INSERT INTO sqlclap_migrations (name) VALUES (?)"
    connection.executemany(insert, [(name,) for name in names])


_DEFAULT_MODEL = "SELECT model_id FROM models WHERE is_default = 1"


def refresh_views(connection: Database) -> list[str]:
    """Create views that are missing or differ; in a write transaction.

    Returns
    -------
    list of str
        Names of the views made anew.
    """
    stale = stale_views(connection)
    for name, text in stale.items():
        connection.execute(f"DROP VIEW IF EXISTS {name}")
        connection.execute(text)
    return sorted(stale)


def bring_views_up_to_date(connection: Database) -> None:
    """Refresh the views, taking the write lock only if one of them differs."""
    if stale_views(connection):
        with write_transaction(connection):
            refresh_views(connection)


def stale_views(connection: Database) -> dict[str, str]:
    default = connection.execute(_DEFAULT_MODEL).fetchone()
    rows = connection.execute("SELECT name, sql, type FROM sqlite_schema WHERE type <> 'index'")
    stored = {name: (sql, kind) for name, sql, kind in rows}
    stale = {}
    for name, body in view_bodies():
        needs_model = "{model_id}" in body
        if needs_model and default is None:
            continue  # an empty library
        filled = body.format(model_id=int(default[0])) if default else body
        text = f"CREATE VIEW {name} AS\n{filled}"
        sql, kind = stored.get(name, (None, "view"))
        if sql != text and kind == "view":  # a user's own table of that name stays
            stale[name] = text
    return stale
