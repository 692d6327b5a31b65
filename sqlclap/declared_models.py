"""Which of a library's models have no bundle, and what embeds words for one that was declared."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from sqlclap.db.stored_models import StoredModel, compared_models
from sqlclap.errors import UnknownModelError

if TYPE_CHECKING:
    from sqlclap.db.database import Database
    from sqlclap.models.encoder import Encoder
    from sqlclap.models.runtime import Device


def stored_without_bundle(database: Database, name: str) -> StoredModel | None:
    """Return the library's model of a name whose vectors were made elsewhere, or None.

    A model that is installed under the name comes first.
    """
    from sqlclap.models.bundle import find_bundle
    from sqlclap.models.declared import has_no_bundle

    named = [one for one in compared_models(database) if one.name == name]
    found = [one for one in named if has_no_bundle(one.contract)]
    if not found:
        return None
    with suppress(UnknownModelError):
        find_bundle(name)
        return None
    return found[-1]


def words_encoder(model: StoredModel | None, device: Device) -> Encoder | None:
    """Return what embeds words for a declared model; None for any other.

    Raises
    ------
    MissingModelError
        No text tower was declared, or it is not installed.
    """
    from sqlclap.models.declared import WordsEncoder, is_declared, open_declared

    if model is None or not is_declared(model.contract):
        return None
    return WordsEncoder(open_declared(model.name, model.contract), device=device)
