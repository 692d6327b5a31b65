"""Models of vectors that others made: what is declared of one is its contract."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sqlclap.db.stored_models import StoredModel, list_models
from sqlclap.errors import OwnVectorsError, UnknownModelError
from sqlclap.models.bundle import Bundle, find_named_bundle
from sqlclap.models.contract import LARGEST_DIM, LONGEST_NAME, canonical_json, model_version
from sqlclap.models.declared import DECLARED, DEFAULT_SCORING, keeps_lengths, words_document

if TYPE_CHECKING:
    from sqlclap.db.database import Database

Lengths = Literal["unit", "kept"]


@dataclass(frozen=True)
class DeclaredModel:
    """What somebody says of the model that made vectors.

    Attributes
    ----------
    name : str
        Of a model that is installed: the vectors are that very model's, and what follows is left
        out. Any other name is declared.
    lengths : {"unit", "kept"}
        "unit": vectors are scaled to length 1. "kept": they are stored as they come; cosines
        don't depend on lengths.
    words : str or None
        An installed model whose text tower embeds words into the space of these vectors.
    """

    name: str
    lengths: Lengths | None = None
    words: str | None = None

    def stored(self, database: Database, dim: int) -> StoredModel:
        """Return the model as the library keeps it; its `model_id` is 0 where it is new.

        Raises
        ------
        OwnVectorsError
            The name can't be one, the library's model of that name is another, or the installed
            model's vectors have another dimension.
        UnknownModelError
            There is no model for the words.
        """
        self._check(dim)
        installed = self._installed()
        if installed is not None:
            return self._of_bundle(installed, dim)
        known = [one for one in list_models(database) if one.name == self.name]
        if known:
            return self._known(known[-1], dim)
        words = None if self.words is None else words_document(find_named_bundle(self.words), dim)
        document = {
            "name": self.name,
            "source": DECLARED,
            "dim": dim,
            "normalisation": self.lengths or "unit",
            "scoring": DEFAULT_SCORING,
        } | ({} if words is None else {"text": words})
        return StoredModel(0, self.name, model_version(document), dim, canonical_json(document))

    def _check(self, dim: int) -> None:
        is_name = self.name.strip() and self.name.isprintable() and len(self.name) <= LONGEST_NAME
        if not is_name or "/" in self.name:
            raise OwnVectorsError(
                f"expected a model's name such as my-model, without slashes; got {self.name!r}"
            )
        if not 0 < dim <= LARGEST_DIM:
            raise OwnVectorsError(f"expected vectors of 1 to {LARGEST_DIM:,} numbers, got {dim:,}")

    def _installed(self) -> Bundle | None:
        try:
            return find_named_bundle(self.name)
        except UnknownModelError:
            return None

    def _of_bundle(self, bundle: Bundle, dim: int) -> StoredModel:
        if self.words is not None or self.lengths is not None:
            raise OwnVectorsError(
                f"{self.name} is an installed model, which knows its words and lengths: leave "
                "them out, or choose another name"
            )
        if bundle.contract.dim != dim:
            raise OwnVectorsError(
                f"{self.name} makes vectors of {bundle.contract.dim:,} numbers, these have {dim:,}:"
                " choose another name for the model that made them"
            )
        return StoredModel(0, bundle.name, bundle.model_version, dim, bundle.canonical)

    def _known(self, known: StoredModel, dim: int) -> StoredModel:
        """Return the library's model of that name, where nothing else is declared of it."""
        contract = json.loads(known.contract)
        words = (contract.get("text") or {}).get("bundle")
        told = {
            "numbers": (known.dim, dim),
            "lengths": (lengths_of(known), self.lengths or lengths_of(known)),
            "words": (words, self.words or words),
        }
        for what, (kept, given) in told.items():
            if kept != given:
                raise OwnVectorsError(
                    f"the library's model {self.name} is declared with {what} {kept}, this one "
                    f"with {given}: vectors of two models are never compared, so choose another "
                    "name"
                )
        return known


def lengths_of(model: StoredModel) -> Lengths:
    """Return whether a model's vectors have length 1, or the lengths that they came with."""
    return "kept" if keeps_lengths(model.contract) else "unit"


def carried_model(document: object, dim: int) -> StoredModel | None:
    """Return the model that a file of vectors says it is of, or None."""
    if not isinstance(document, dict):
        return None
    name, canonical = document.get("name"), document.get("contract")
    if not isinstance(name, str) or not isinstance(canonical, str):
        return None
    try:
        contract = json.loads(canonical)
        version = model_version(contract)
    except (ValueError, RecursionError):
        return None
    if version != document.get("version") or contract.get("name") != name:
        return None
    return StoredModel(0, name, version, dim, canonical)
