"""A library's own model: which it is, and what has no vector of it yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlclap.ingest.run import as_stored
from sqlclap.library import LibraryFile, statement, write_transaction
from sqlclap.models import Bundle
from sqlclap.vectors import find_model, make_default, register_model

if TYPE_CHECKING:
    from sqlclap.library.database import Database


def count_backlog(connection: Database, bundle: Bundle) -> int:
    """Count the sounds that wait for vectors of a model.

    Silent sounds have no vector, and missing ones wait for their file; neither is counted.
    """
    known = find_model(connection, bundle.model_version, bundle.canonical)
    model_id = 0 if known is None else known.model_id  # no model has id 0: all sounds wait
    return int(connection.execute(statement("backlog"), (model_id,)).get)


def use_model(file: LibraryFile, bundle: Bundle) -> int:
    """Make a model the library's own and return how many sounds wait for vectors of it.

    Vectors of other models stay where they are.
    """
    with write_transaction(file.connection):
        model = register_model(file.connection, as_stored(bundle))
        make_default(file.connection, model.model_id)
    return count_backlog(file.connection, bundle)
