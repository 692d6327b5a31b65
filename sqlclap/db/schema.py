"""Compares a library's schema with the one that the migrations make, and restores it.

Columns, indexes, triggers, views and tables that a user added are ignored. Objects of
ours that another program dropped are restored: rebuilding a table (``sqlite-utils transform``)
drops its triggers, and without them vectors are orphaned and the index misses changes.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Literal

from sqlclap.db.measured_columns import missing_columns, restore_columns
from sqlclap.db.statements import migration_scripts, statement, write_transaction
from sqlclap.db.vector_extension import load_sqlite_vec
from sqlclap.db.whole_schema import make_schema
from sqlclap.errors import LibraryError, SchemaWarning
from sqlclap.quantities import typed

if TYPE_CHECKING:
    import apsw

    from sqlclap.db.database import Database

    Objects = dict[str, tuple[str, str]]
    """Table and SQL text by type and name."""

INDEX_NEEDS = frozenset(
    {
        "table embedding_changes",
        "trigger embeddings_added",
        "trigger embeddings_keep_owner",
        "trigger embeddings_removed",
    }
)
"""Triggers without which an index may have missed changes."""

NEIGHBORS_NEED = frozenset(
    {
        "table stored_neighbors_changes",
        "trigger stored_neighbors_added",
        "trigger stored_neighbors_removed",
    }
)
"""Without these, stored neighbours may have missed changes."""

DRAWN_NEEDS = frozenset(
    f"trigger map_drawn_{what}_{done}"
    for what in ("point", "member")
    for done in ("added", "changed", "removed")
)
"""Without these, the map that is kept for pages may have missed changes."""

CORE = ("models", "sources", "samples", "embeddings")
"""Tables that can't be restored: an empty one in their place would empty others."""

_OBJECTS = "SELECT type || ' ' || name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL"
_MADE = re.compile(r"^CREATE\s+(?:UNIQUE\s+)?(TABLE|TRIGGER|INDEX)\s+(\w+)", re.MULTILINE)
_DROPPED = re.compile(r"^DROP\s+(TRIGGER|INDEX)\s+(?:IF\s+EXISTS\s+)?(\w+)", re.MULTILINE)


def lacking(database: Database) -> list[str]:
    """Return the names of our tables, triggers and indexes that are missing."""
    present = {row[0] for row in database.execute("SELECT type || ' ' || name FROM sqlite_schema")}
    models = [int(row[0]) for row in database.execute("SELECT model_id FROM models")]
    vectors = {f"trigger embeddings_removed_vec_{model_id}" for model_id in models}
    vectors |= {f"table vec_{model_id}" for model_id in models}
    return sorted((_named_in_migrations() | vectors) - present)


def refuse_without_tables(database: Database, tables: Literal["core", "all"]) -> None:
    """Check that a library has its tables; only the core ones, if it is opened for writing.

    Raises
    ------
    LibraryError
        A table is missing; what to do.
    """
    present = {row[0] for row in database.execute("SELECT name FROM sqlite_schema")}
    missing = [name for name in CORE if name not in present]
    if missing:
        raise LibraryError(
            f"{database.filename} lacks its table {', '.join(missing)}, and nothing can bring that "
            "back: restore the library from a backup"
        )
    missing = missing_tables(database) if tables == "all" else []
    if missing:
        raise LibraryError(
            f"{database.filename} lacks its table {', '.join(missing)}, which a copy or another "
            f"program lost: `sqlclap doctor {typed(database.filename)} --repair` brings back "
            "what can be"
        )


def missing_tables(database: Database) -> list[str]:
    """Return the names of our tables that are missing."""
    return [name.removeprefix("table ") for name in lacking(database) if name.startswith("table ")]


@contextmanager
def writable_schema(connection: apsw.Connection) -> Iterator[None]:
    """Allow writing to the schema's text, which is reloaded at the end; in a write transaction.

    See "Making Other Kinds Of Table Schema Changes" in SQLite's ALTER TABLE.
    """
    connection.pragma("writable_schema", True)
    try:
        yield
        connection.pragma("schema_version", connection.pragma("schema_version") + 1)
    finally:
        connection.pragma("writable_schema", "RESET")


def bring_schema_up_to_date(connection: apsw.Connection) -> list[str]:
    """Restore missing tables, triggers and indexes with a warning; return what was restored.

    What changed while they were missing is put right in the same transaction.
    """
    if not lacking(connection) and not missing_columns(connection):
        return []
    with write_transaction(connection):
        made = restore_columns(connection) + restore(connection)
    return told_of(connection, "another program had dropped; made anew", made)


def told_of(connection: apsw.Connection, lost: str, made: list[str]) -> list[str]:
    """Warn about what a library lacked and what was restored; return that."""
    if made:
        warnings.warn(
            f"{connection.filename} lacked what {lost}: {', '.join(made)}",
            SchemaWarning,
            stacklevel=3,
        )
    return made


def restore(connection: apsw.Connection) -> list[str]:
    """Restore missing tables and missing or altered triggers and indexes, in a transaction.

    Tables come back empty, except vector tables whose shadow tables still exist.

    Returns
    -------
    list of str
        What was restored, and what was done about changes that triggers missed.
    """
    import apsw

    with _reference(connection) as reference:
        expected, present = _objects(reference), _objects(connection)
    made = [name for name in expected if _is_lost(name, expected, present)]
    for name in made:
        _make_table(connection, expected, present, name)
    present |= {name: expected[name] for name in made}
    for name, (table, sql) in expected.items():
        if not name.startswith(("trigger ", "index ")) or _is_same(present.get(name), sql):
            continue
        if f"table {table}" not in present:
            continue  # a table that is missing is more than this can put right
        if name in present:
            connection.execute(f"DROP {name}")
        try:
            connection.execute(sql)
        except apsw.ConstraintError:  # rows that a unique index would have kept out
            continue
        made.append(name)
    if any(name.startswith(("trigger ", "table ")) for name in made):
        made += _reconcile(connection, made)
    return made


def _is_lost(name: str, expected: Objects, present: Objects) -> bool:
    """Whether a table is missing that can be restored."""
    table, sql = expected[name]
    if name in present or not name.startswith("table ") or table in CORE:
        return False
    if not sql.startswith("CREATE VIRTUAL"):
        return not table.startswith("vec_")
    parts = _parts(name, expected)
    return parts <= present.keys() or parts.isdisjoint(present)


def _parts(name: str, expected: Objects) -> set[str]:
    """Return the shadow tables of a vector table."""
    return {other for other in expected if other.startswith(f"{name}_")}


def _make_table(
    connection: apsw.Connection, expected: Objects, present: Objects, name: str
) -> None:
    """Create a table; a vector table is attached to its shadow tables if they exist.

    Copies table by table (the shell's ``.clone``) keep those and lose the virtual table.
    """
    table, sql = expected[name]
    if not sql.startswith("CREATE VIRTUAL") or not _parts(name, expected) <= present.keys():
        connection.execute(sql)
        return
    with writable_schema(connection):
        link = (
            "INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql) VALUES (?, ?, ?, 0, ?)"
        )
        connection.execute(link, ("table", table, table, sql))


def _reconcile(connection: apsw.Connection, made: list[str]) -> list[str]:
    """Make up for the triggers that were missing."""
    actions = []
    before = connection.total_changes()
    connection.execute(statement("db/reconcile"))
    models = connection.execute("SELECT model_id FROM models").fetchall()
    for (model_id,) in models:
        stray = statement("db/doctor_stray_vectors", model_id=model_id)
        delete = statement("db/vector_delete", model_id=model_id)
        connection.executemany(delete, connection.execute(stray).fetchall())
    if connection.total_changes() > before:
        actions.append("rows that belong to nothing were removed")
    if NEIGHBORS_NEED.intersection(made):  # the next `sqlclap neighbors --store` finds all anew
        connection.execute("UPDATE stored_neighbors_state SET built_at = NULL")
    if DRAWN_NEEDS.intersection(made):  # pages look at every point until the next `sqlclap map`
        connection.execute("DELETE FROM map_drawn")
    if INDEX_NEEDS.intersection(made):
        connection.execute("DELETE FROM index_meta")
        if connection.changes():
            library = connection.filename
            actions.append(
                f"the index may have missed changes: `sqlclap index build {typed(library)}`"
            )
    return actions


def wrong_objects(database: Database) -> list[str]:
    """Return texts about missing or altered objects of our schema, sorted."""
    wrong = []
    present = _objects(database)
    with _reference(database) as reference:
        for name, (_, sql) in _objects(reference).items():
            if name not in present:
                wrong.append(f"{name} is missing")
            elif name.startswith("table ") and not sql.startswith("CREATE VIRTUAL"):
                table = name.removeprefix("table ")
                absent = _columns(reference, table) - _columns(database, table)
                wrong += [f"column {column} of {table} is missing" for column in absent]
            elif not _is_same(present[name], sql):
                wrong.append(f"{name} was altered")
    return sorted(wrong)


def _columns(database: Database, table: str) -> set[str]:
    rows = database.execute("SELECT name FROM pragma_table_xinfo(?)", (table,))
    return {str(name) for (name,) in rows}


def _is_same(present: tuple[str, str] | None, sql: str) -> bool:
    return present is not None and _plain(present[1]) == _plain(sql)


def _plain(sql: str) -> str:
    """Normalise SQL: remove spaces, quotes around names, and comments."""
    return re.sub(r'--[^\n]*|["`\[\]]|\s+', " ", sql).replace(" ", "").lower()


def _objects(database: Database) -> Objects:
    return {row[0]: (row[1], row[2]) for row in database.execute(_OBJECTS)}


@cache
def _named_in_migrations() -> frozenset[str]:
    named: set[str] = set()
    for _, script in migration_scripts():
        named -= {f"{kind.lower()} {name}" for kind, name in _DROPPED.findall(script)}
        named |= {f"{kind.lower()} {name}" for kind, name in _MADE.findall(script)}
    return frozenset(named)


@contextmanager
def _reference(database: Database) -> Iterator[apsw.Connection]:
    """Make the schema in memory, and a vector table with its triggers for each model."""
    import apsw

    reference = apsw.Connection(":memory:")
    try:
        load_sqlite_vec(reference)
        make_schema(reference, migration_scripts())
        for model_id, dim in database.execute("SELECT model_id, dim FROM models").fetchall():
            reference.execute(statement("db/vectors_create", model_id=model_id, dim=dim))
        yield reference
    finally:
        reference.close()
