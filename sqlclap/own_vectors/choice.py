"""Chooses a library's model by name: an installed one, or one whose vectors were made elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlclap.db.statements import write_transaction
from sqlclap.db.stored_models import count_waiting, make_default
from sqlclap.declared_models import stored_without_bundle
from sqlclap.ingest.library_model import use_model
from sqlclap.models.bundle import find_named_bundle

if TYPE_CHECKING:
    from sqlclap.session import Session


def use_named_model(session: Session, name: str) -> int:
    """Make a model the library's default; return how many sounds have no vector of it yet.

    Raises
    ------
    ModelError
        There is no model of that name, neither installed nor with vectors in the library.
    """
    stored = stored_without_bundle(session.database, name)
    if stored is None:
        return use_model(session, find_named_bundle(name))
    with write_transaction(session.database) as database:
        make_default(database, stored.model_id)
    return count_waiting(session.database, stored.model_id)
