"""The models whose vectors a library holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlclap.errors import NoVectorsError
from sqlclap.library import refresh_views, statement
from sqlclap.vectors.refinement import refines

if TYPE_CHECKING:
    from sqlclap.library import Database


@dataclass(frozen=True)
class StoredModel:
    """A row of ``models``.

    Attributes
    ----------
    model_id : int
    name : str
    model_version : str
        16 hexadecimal digits; vectors of two versions are never compared.
    dim : int
    contract : str
        Canonical JSON.
    former_versions : str
        Versions that the row had before its contract was refined, separated by blanks.
    """

    model_id: int
    name: str
    model_version: str
    dim: int
    contract: str
    former_versions: str = ""

    @property
    def versions(self) -> frozenset[str]:
        """Its version and the former ones: an index of any of them is of these vectors."""
        return frozenset({self.model_version, *self.former_versions.split()})


_COLUMNS = "SELECT model_id, name, model_version, dim, contract, former_versions FROM models"


def find_model(
    connection: Database, model_version: str, contract: str | None = None
) -> StoredModel | None:
    """Return the stored model of a version, or None.

    Parameters
    ----------
    connection : Database
    model_version : str
    contract : str, optional
        Canonical JSON of that version. With it, a stored model is found too whose contract it
        only refines (see `sqlclap.vectors.refinement`): its vectors hold.
    """
    row = connection.execute(f"{_COLUMNS} WHERE model_version = ?", (model_version,)).fetchone()
    if row is not None or contract is None:
        return StoredModel(*row) if row else None
    for stored in reversed(list_models(connection)):
        if refines(contract, stored.contract, stored.model_version):
            return stored
    return None


def has_vectors(connection: Database, model: StoredModel) -> bool:
    """Tell whether a library holds any vector of a model."""
    query = "SELECT EXISTS (SELECT 1 FROM embeddings WHERE model_id = ?)"
    return bool(connection.execute(query, (model.model_id,)).fetchall()[0][0])


def default_model(connection: Database) -> StoredModel:
    """Return the model that searches use unless another is named.

    Raises
    ------
    NoVectorsError
        Nothing has been ingested yet.
    """
    row = connection.execute(f"{_COLUMNS} WHERE is_default = 1").fetchone()
    if row is None:
        file = connection.filename
        raise NoVectorsError(f"{file} is empty: add sounds with `sqlclap ingest {file} FOLDER`")
    return StoredModel(*row)


def list_models(database: Database) -> list[StoredModel]:
    """Return all models that the library has had vectors of, in the order of their ids."""
    return [StoredModel(*row) for row in database.execute(f"{_COLUMNS} ORDER BY model_id")]


def register_model(connection: Database, model: StoredModel) -> StoredModel:
    """Store a model with its vector table, or return the row it already has.

    The first model of a library becomes its default. A row whose contract this one refines takes
    its version, and keeps its vectors; sounds that are heard otherwise now are marked to be read
    once more.

    Parameters
    ----------
    connection : Database
        In a write transaction.
    model : StoredModel
        Its `model_id` is not looked at.
    """
    known = find_model(connection, model.model_version, model.contract)
    if known is not None:
        same = known.model_version == model.model_version
        return known if same else _refine(connection, known, model)
    row = {
        "name": model.name,
        "model_version": model.model_version,
        "dim": model.dim,
        "contract": model.contract,
    }
    model_id = int(connection.execute(statement("model_insert"), row).get)
    connection.execute(statement("vectors_create", model_id=model_id, dim=model.dim))
    refresh_views(connection)
    return StoredModel(model_id, model.name, model.model_version, model.dim, model.contract)


def _refine(connection: Database, known: StoredModel, model: StoredModel) -> StoredModel:
    from sqlclap.audio.readings import LOWEST_CENTROID_HZ

    row = {
        "model_id": known.model_id,
        "model_version": model.model_version,
        "contract": model.contract,
    }
    connection.execute(statement("model_refine"), row)
    lowest = {"lowest_centroid_hz": LOWEST_CENTROID_HZ}
    connection.execute(statement("model_refine_samples"), lowest)
    refined = find_model(connection, model.model_version)
    return refined if refined is not None else known


def make_default(connection: Database, model_id: int) -> None:
    """Let searches use this model; in a write transaction."""
    connection.execute("UPDATE models SET is_default = 0 WHERE is_default = 1")
    connection.execute("UPDATE models SET is_default = 1 WHERE model_id = ?", (model_id,))
    refresh_views(connection)
