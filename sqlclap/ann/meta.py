"""The library's record of its index: the ``index_meta`` row of a model."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlclap.library import statement, write_transaction

if TYPE_CHECKING:
    import apsw

    from sqlclap.library import Database


@dataclass(frozen=True)
class IndexMeta:
    """A generation as the library recorded it.

    Attributes
    ----------
    generation : int
    path : str
        Name of its folder in the sidecar folder.
    count, dead : int
        Vectors that it can answer with, and removed ones that are still in it.
    seq : int
        Changes up to this one are in it.
    checksum : str
        SHA-256 of its manifest.
    params : dict
        m, ef_construction, ef_search, ef_far, near_score, and the seconds that the build took.
    recall : dict
        mean, p5, k, queries; the same of far queries under "far".
    built_at : str
        UTC.
    """

    generation: int
    path: str
    count: int
    dead: int
    seq: int
    checksum: str
    params: dict[str, Any]
    recall: dict[str, Any]
    built_at: str


@dataclass(frozen=True)
class Change:
    """An embedding that came or went.

    Attributes
    ----------
    embedding_id : int
    sample_id : int or None
        None where it was removed.
    """

    embedding_id: int
    sample_id: int | None


@dataclass(frozen=True)
class IndexState:
    """The index and what changed since, seen in one snapshot.

    Attributes
    ----------
    meta : IndexMeta
    now : int
        Number of the last change to any embedding.
    changes : list of Change
        In order.
    """

    meta: IndexMeta
    now: int
    changes: list[Change]


def read_state(
    database: Database, model_id: int, known_path: str = "", known_seq: int = 0
) -> IndexState | None:
    """Read which generation is in force, and the changes since.

    Parameters
    ----------
    database : Database
    model_id : int
    known_path : str
        The generation that the caller has caught up with so far,
    known_seq : int
        to this change: only later ones are given then.

    Returns
    -------
    IndexState or None
        None where no index was built.
    """
    row = database.execute(statement("index_state"), (model_id, known_path, known_seq)).fetchone()
    if row is None:
        return None
    generation, path, count, dead, seq, checksum, params, recall, built_at, now, changes = row
    numbers = (generation, path, count, dead, seq, checksum)
    meta = IndexMeta(*numbers, _parsed(params), _parsed(recall), built_at)
    news = [] if changes == "[]" else [_change(*entry) for entry in json.loads(changes)]
    return IndexState(meta, now or 0, news)


@lru_cache(maxsize=64)
def _parsed(text: str) -> dict[str, Any]:
    """Read a document that is the same with every search; nobody changes what comes back."""
    document: dict[str, Any] = json.loads(text)
    return document


def _change(embedding_id: int, op: str, sample_id: int | None) -> Change:
    return Change(embedding_id, sample_id if op == "add" else None)


def put_in_force(connection: apsw.Connection, model_id: int, meta: IndexMeta) -> None:
    """Record a published generation, and forget the changes that it holds."""
    row = {
        "model_id": model_id,
        "generation": meta.generation,
        "path": meta.path,
        "count": meta.count,
        "dead": meta.dead,
        "seq": meta.seq,
        "checksum": meta.checksum,
        "params": json.dumps(meta.params),
        "recall": json.dumps(meta.recall),
    }
    with write_transaction(connection):
        connection.execute(statement("index_publish"), row)
        connection.execute(statement("index_changes_forget"), (model_id,))


def forget(connection: apsw.Connection, model_id: int) -> None:
    """Let no generation be in force."""
    with write_transaction(connection):
        connection.execute("DELETE FROM index_meta WHERE model_id = ?", (model_id,))


def folders_in_force(database: Database) -> set[str]:
    """Return the folder names of all models' generations."""
    return {str(path) for (path,) in database.execute("SELECT path FROM index_meta")}
