"""Comparing a library's schema with the one that the migrations make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlclap.library import statement
from sqlclap.library.statements import migration_scripts
from sqlclap.vectors import list_models

if TYPE_CHECKING:
    from sqlclap.library import Database

_OBJECTS = "SELECT type || ' ' || name, sql FROM sqlite_schema WHERE sql IS NOT NULL"


def missing_objects(database: Database) -> list[str]:
    """Return the tables, indexes and triggers that are missing or altered, sorted."""
    there = dict(database.execute(_OBJECTS))
    expected = _expected(database)
    return sorted(name for name, sql in expected.items() if there.get(name) != sql)


def restore_triggers(database: Database) -> list[str]:
    """Make missing triggers and indexes anew; return what was made."""
    there = dict(database.execute(_OBJECTS))
    restored = []
    for name, sql in _expected(database).items():
        if name not in there and name.startswith(("trigger ", "index ")):
            database.execute(sql)
            restored.append(name)
    return restored


def _expected(database: Database) -> dict[str, str]:
    """Make the schema in memory, and a vector table's triggers for each model."""
    import apsw

    from sqlclap.library.extension import load_sqlite_vec

    reference = apsw.Connection(":memory:")
    try:
        load_sqlite_vec(reference)
        for _, script in migration_scripts():
            reference.execute(script)
        for model in list_models(database):
            numbers = {"model_id": model.model_id, "dim": model.dim}
            reference.execute(statement("vectors_create", **numbers))
        expected: Database = reference
        return dict(expected.execute(_OBJECTS))
    finally:
        reference.close()
