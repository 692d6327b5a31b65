"""The models whose vectors a library holds, and vectors that are skipped."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

from sqlclap.db.migrations import refresh_views
from sqlclap.db.statements import statement
from sqlclap.errors import NoVectorsError, VectorWarning
from sqlclap.quantities import typed

if TYPE_CHECKING:
    from sqlclap.db.database import Database


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
    def has_words(self) -> bool:
        """Whether it embeds words, too, as far as its contract can be read."""
        return self._read_contract().get("text") is not None

    @property
    def windows(self) -> str | None:
        """Its windows, in words, as far as its contract can be read."""
        front = self._read_contract().get("front_end")
        window = front.get("window_s") if isinstance(front, dict) else None
        if not isinstance(front, dict) or not isinstance(window, int | float):
            return None
        hop = front.get("hop_s") or window
        return f"windows of {window:g} s, one every {hop:g} s"

    def _read_contract(self) -> dict[str, Any]:
        try:
            contract = json.loads(self.contract)
        except (TypeError, ValueError, RecursionError):  # another program may have written it
            return {}
        return contract if isinstance(contract, dict) else {}

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
        only refines (see `sqlclap.db.stored_models`): its vectors hold.
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


NO_INDEX = "no index was built"
"""The reason of a search without an index, where there never was one."""


def models_with_index(database: Database) -> frozenset[int]:
    """Return the models, by id, of whose vectors an index was built and not dropped."""
    return frozenset(row[0] for row in database.execute("SELECT model_id FROM index_meta"))


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
        raise NoVectorsError(
            f"{file} is empty: add sounds with `sqlclap ingest {typed(file)} FOLDER`"
        )
    return StoredModel(*row)


def default_model_if_any(database: Database) -> StoredModel | None:
    """Return the model that the library uses by default; None for an empty library."""
    try:
        return default_model(database)
    except NoVectorsError:
        return None


def kept_contract(database: Database, name: str) -> str | None:
    """Return the contract that a library has kept of a model, or None.

    That is the default model's if it is called so, else that of the version which came last.
    """
    own = default_model_if_any(database)
    if own is not None and own.name == name:
        return own.contract
    named = [one.contract for one in list_models(database) if one.name == name]
    return named[-1] if named else None


def list_models(database: Database) -> list[StoredModel]:
    """Return all models that the library has had vectors of, in the order of their ids."""
    return [StoredModel(*row) for row in database.execute(f"{_COLUMNS} ORDER BY model_id")]


def compared_models(database: Database) -> list[StoredModel]:
    """Return the models of which the library holds vectors now, in the order of their ids."""
    return [model for model in list_models(database) if has_vectors(database, model)]


def told_from_others(database: Database, model: StoredModel) -> str | None:
    """Return what tells a model from the others whose vectors a library holds; None without others.

    That is its name, or, where another is called so, its windows beside it. How many sounds have no
    vector of it is told as well: searches by it don't find them.
    """
    others = [one for one in compared_models(database) if one.model_id != model.model_id]
    if not others:
        return None
    alike = [one for one in others if one.name == model.name]
    if not alike:
        return model.name
    by_windows = model.windows is not None and all(one.windows != model.windows for one in alike)
    told = model.windows if by_windows else f"version {model.model_version}"
    waiting = count_waiting(database, model.model_id)
    missed = (
        f"; {waiting:,} of the sounds {'has' if waiting == 1 else 'have'} none" if waiting else ""
    )
    return f"{model.name} ({told}{missed})"


def count_waiting(database: Database, model_id: int) -> int:
    """Count the sounds on disk that can be heard and have no vector of a model."""
    return int(database.execute(statement("ingest/backlog"), (model_id,)).get)


def models_with_words(database: Database) -> list[StoredModel]:
    """Return the models that embed words and of which the library holds vectors."""
    return [model for model in compared_models(database) if model.has_words]


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
    model_id = int(connection.execute(statement("db/model_insert"), row).get)
    connection.execute(statement("db/vectors_create", model_id=model_id, dim=model.dim))
    refresh_views(connection)
    return StoredModel(model_id, model.name, model.model_version, model.dim, model.contract)


def _refine(connection: Database, known: StoredModel, model: StoredModel) -> StoredModel:
    from sqlclap.audio.revisions import LOWEST_CENTROID_HZ

    row = {
        "model_id": known.model_id,
        "model_version": model.model_version,
        "contract": model.contract,
    }
    connection.execute(statement("db/model_refine"), row)
    if json.loads(known.contract).get("front_end") != json.loads(model.contract).get("front_end"):
        lowest = {"lowest_centroid_hz": LOWEST_CENTROID_HZ}
        connection.execute(statement("db/model_refine_samples"), lowest)
    refined = find_model(connection, model.model_version)
    return refined if refined is not None else known


def make_default(connection: Database, model_id: int) -> None:
    """Let searches use this model; in a write transaction."""
    connection.execute("UPDATE models SET is_default = 0 WHERE is_default = 1")
    connection.execute("UPDATE models SET is_default = 1 WHERE model_id = ?", (model_id,))
    refresh_views(connection)


# Front end rules that only change what was heard of sounds that the earlier rule lost: which ones
# those are, `sqlclap.audio.revisions.may_sound_otherwise` tells. By field: a value and what it
# refines.
_REFINED_RULES = {
    "mono": ("mean-unless-cancelled", "mean"),
    "offset": ("removed-where-larger", "kept"),
}

_LISTS = ("taught.txt", "words.txt")
"""Files that tell how words are read; the towers are the same without them."""


def refines(canonical: str, stored: str, stored_version: str) -> bool:
    """Whether vectors of a stored contract hold under another, but for sounds that it lost.

    That is so when the two differ in nothing but the rules for channels that cancel each other
    out and for constant levels, and the lists of words that a bundle knows: name, graphs, tokenizer
    and all else are the same.

    Parameters
    ----------
    canonical : str
        The contract of the bundle at hand, as canonical JSON.
    stored, stored_version : str
        What a library has kept of the model that made its vectors.

    Returns
    -------
    bool
        False too where `stored` isn't what its version says.
    """
    import hashlib

    if hashlib.sha256(stored.encode("utf-8")).hexdigest()[:16] != stored_version:
        return False
    new, old = json.loads(canonical), json.loads(stored)
    if "front_end" not in new:  # a declared model: nothing is known of what it heard
        return False
    earlier = _without_lists(_with_earlier_rules(new, old))
    return canonical != stored and earlier == _without_lists(old)


def _without_lists(contract: dict[str, Any]) -> dict[str, Any]:
    files = contract.get("files")
    if not isinstance(files, dict):
        return contract
    return contract | {"files": {name: files[name] for name in files if name not in _LISTS}}


def _with_earlier_rules(new: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
    """Put the rules of `old` in the place of those of `new` that refine them."""
    rules, earlier = dict(new["front_end"]), old.get("front_end", {})
    for field, (refined, before) in _REFINED_RULES.items():
        if rules.get(field) == refined and earlier.get(field, before) == before:
            rules.pop(field)
            rules |= {field: earlier[field]} if field in earlier else {}
    return new | {"front_end": rules}


SHOWN = 5
LOOKED_OVER = 20_000
"""Vectors up to which a library is looked over before its first search without an index: that
takes a few times as long as the search. Of larger ones a build tells, and `sqlclap doctor`."""


class SkippedVector(NamedTuple):
    """A sample's own embedding that can't be compared.

    Attributes
    ----------
    embedding_id, sample_id : int
    reason : str
    """

    embedding_id: int
    sample_id: int
    reason: str


_LOOKED_AT: WeakKeyDictionary[Database, set[int]] = WeakKeyDictionary()


def skipped_vectors(database: Database, model: StoredModel) -> list[SkippedVector]:
    """Return the samples' own embeddings that are skipped, by looking at every vector."""
    rows = database.execute(statement("db/own_vectors_skipped", model_id=model.model_id))
    return [SkippedVector(*row) for row in rows]


def count_unusable(database: Database, model: StoredModel) -> int:
    """Count the samples' own embeddings that are skipped, by looking at every vector."""
    return len(skipped_vectors(database, model))


def look_for_skipped(database: Database, model: StoredModel) -> None:
    """Warn of vectors that are skipped, once a connection, where that takes no time."""
    if model.model_id in _LOOKED_AT.get(database, ()):
        return
    row = database.execute(statement("db/own_vectors_count"), (model.model_id,)).fetchone()
    if row[0] <= LOOKED_OVER:
        tell_of_skipped(database, model)
    else:
        _is_first_look(database, model)


def tell_of_skipped(
    database: Database, model: StoredModel, known: list[SkippedVector] | None = None
) -> None:
    """Warn of skipped vectors, once for each connection: of those known, or of all."""
    if _is_first_look(database, model):
        skipped = skipped_vectors(database, model) if known is None else known
        _warn(database, model, skipped)


def describe_skipped(skipped: list[SkippedVector]) -> str:
    """Name samples and reasons, the first few of them."""
    named = [f"sample {one.sample_id} ({one.reason})" for one in skipped[:SHOWN]]
    more = [f"{len(skipped) - SHOWN:,} more"] if len(skipped) > SHOWN else []
    return ", ".join([*named, *more])


def _is_first_look(database: Database, model: StoredModel) -> bool:
    looked_at = _LOOKED_AT.setdefault(database, set())
    first = model.model_id not in looked_at
    looked_at.add(model.model_id)
    return first


def _warn(database: Database, model: StoredModel, skipped: list[SkippedVector]) -> None:
    if skipped:
        warnings.warn(
            f"{len(skipped):,} of {model.name}'s vectors can't be compared and are skipped: "
            f"{describe_skipped(skipped)}; `sqlclap doctor --repair "
            f"{typed(database.filename)}` removes them, and the next ingest makes them anew",
            VectorWarning,
            stacklevel=2,
        )
