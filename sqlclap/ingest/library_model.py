"""The model of a library: which one its sounds get vectors of, and how many wait for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlclap.db.statements import write_transaction
from sqlclap.db.stored_models import (
    StoredModel,
    count_waiting,
    find_model,
    kept_contract,
    make_default,
    register_model,
)
from sqlclap.models.bundle import Bundle
from sqlclap.models.windowing import set_windows_as

if TYPE_CHECKING:
    from sqlclap.db.database import Database
    from sqlclap.session import Session


def count_backlog(connection: Database, bundle: Bundle) -> int:
    """Count the sounds that wait for vectors of a model.

    Silent sounds have no vector, and missing ones wait for their file; neither is counted.
    """
    known = find_model(connection, bundle.model_version, bundle.canonical)
    model_id = 0 if known is None else known.model_id  # no model has id 0: all sounds wait
    return count_waiting(connection, model_id)


def use_model(session: Session, bundle: Bundle) -> int:
    """Make a model the library's default, and return how many sounds have no vector of it yet.

    The session works with it from now on, with the windows that the library has of it. Vectors of
    other models stay where they are.
    """
    bundle = set_windows_as(bundle, kept_contract(session.database, bundle.name))
    with write_transaction(session.database) as database:
        model = register_model(database, as_stored(bundle))
        make_default(database, model.model_id)
    waiting = count_backlog(session.database, bundle)
    session.resources.use(bundle)
    return waiting


def as_stored(bundle: Bundle) -> StoredModel:
    """Describe a bundle as the row that a library keeps of it; its id is not set."""
    dim = bundle.contract.dim
    return StoredModel(0, bundle.name, bundle.model_version, dim, bundle.canonical)
