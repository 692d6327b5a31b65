"""The index as the library records it, and which embeddings changed since."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlclap.db.statements import statement, write_transaction
from sqlclap.errors import IndexFileError
from sqlclap.index.settings import EF_SEARCH_STEPS
from sqlclap.quantities import brief

if TYPE_CHECKING:
    from sqlclap.db.database import Database
    from sqlclap.index.manifest import Manifest

LOGGING_TRIGGERS = (
    "embeddings_added",
    "embeddings_keep_owner",
    "embeddings_removed",
    "samples_removed",
)
"""The triggers that log changes: without one of them, an index can't know what it lacks."""

SHOWN = 40


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
        m, ef_construction, ef_search, ef_far, ef_mixed, near_score, changed (vectors that came or
        went since recall was measured), and the seconds that the build took; under "windows"
        count, dead,
        ef_search, ef_far, ef_mixed, near_score and changed of those.
    recall : dict
        mean, p5, k, queries; the same of queries out of distribution under "far" and of composed
        ones under "mixed", and all that of windows under "windows".
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

    def check_manifest(self, manifest: Manifest) -> None:
        """Check that the library and the manifest give the same numbers for a generation.

        Raises
        ------
        IndexFileError
            Another program wrote other numbers: changes after a wrong `seq` would be lost.
        """
        windows = self.params.get("windows")
        said = [self.count, self.dead, self.seq]
        said += [] if windows is None else [windows["count"], windows["dead"]]
        (count, dead), (wide, gone) = manifest.count(False), manifest.count(True)
        found = [count - dead, dead, manifest.seq]
        found += [wide - gone, gone]
        if said != found:
            raise IndexFileError(
                f"index_meta says count, dead and seq are {said} of {self.path}, which has {found}"
            )

    def search_params(self, windows: bool) -> dict[str, Any]:
        """Return how windows, or samples' own vectors, are searched; older formats have none."""
        params: dict[str, Any] = self.params.get("windows", {}) if windows else self.params
        return params

    def measured_recall(self, windows: bool) -> dict[str, Any]:
        """Return the recall of windows, or of samples' own vectors; older formats have none."""
        if windows:
            recall: dict[str, Any] = self.recall.get("windows", {})
            return recall
        return {name: value for name, value in self.recall.items() if name != "windows"}


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
    mark, mark_then : int or None
        Marks of the model's last change, and of its last one up to the caller's: no other course
        of the library's history has them.
    changes : list of Change
        In order; what was added is of windows or of samples' own vectors.
    windows : bool
        Of windows.
    """

    meta: IndexMeta
    now: int
    mark: int | None
    mark_then: int | None
    changes: list[Change]
    windows: bool = False


def read_state(
    database: Database,
    model_id: int,
    known_path: str = "",
    known_seq: int = 0,
    windows: bool = False,
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
    windows : bool
        Of windows, else of samples' own vectors.

    Returns
    -------
    IndexState or None
        None where no index was built.

    Raises
    ------
    IndexFileError
        What the library says of it can't be: another program wrote there.
    """
    query = statement("index/state", windows=windows)
    rows = database.execute(query, (model_id, known_path, known_seq)).fetchall()
    if not rows:
        return None
    *columns, now, triggers, before, mark, mark_then, changes = rows[0]
    meta = _meta(model_id, *columns)
    if len(rows) > 1:
        raise IndexFileError(f"index_meta has {len(rows)} rows for model {model_id}, not one")
    if triggers != len(LOGGING_TRIGGERS):
        raise IndexFileError(
            "triggers that tell the index of changes are missing; opening the library for "
            "writing makes them anew"
        )
    if not isinstance(now, int) or meta.seq > now:
        raise IndexFileError(f"index_meta names change {meta.seq}, the library is at {now}")
    if before:  # a reload lost sqlite_sequence: newer changes have numbers of older ones
        raise IndexFileError(
            f"changes are counted anew from below {meta.seq}, up to which the index should hold all"
        )
    news = [] if changes == "[]" else [_change(*entry) for entry in json.loads(changes)]
    return IndexState(meta, now, mark, mark_then, news, windows)


@lru_cache(maxsize=64)
def _meta(model_id: int, *row: Any) -> IndexMeta:
    """Read a row that is the same with every search; nobody changes what comes back.

    Raises
    ------
    IndexFileError
        A column holds what sqlclap never writes there.
    """
    generation, path, count, dead, seq, checksum, params, recall, built_at = row
    numbers = {"generation": generation, "count": count, "dead": dead, "seq": seq}
    for name, value in numbers.items():
        if not isinstance(value, int) or value < 0:
            raise _odd(name, value)
    if not isinstance(path, str) or not re.fullmatch(rf"m{model_id}-g\d+-[0-9a-f]+", path):
        raise _odd("path", path)
    if not isinstance(checksum, str):
        raise _odd("checksum", checksum)
    documents = _checked_params(params), _checked_recall(recall)
    return IndexMeta(generation, path, count, dead, seq, checksum, *documents, str(built_at))


def _checked_params(text: Any) -> dict[str, Any]:
    params = _document("params", text)
    _check_search_params("params", params)
    if "windows" in params:
        windows = params["windows"]
        if not isinstance(windows, dict):
            raise _odd("params.windows", windows)
        for name in ("count", "dead"):
            if not isinstance(windows.get(name), int) or windows[name] < 0:
                raise _odd(f"params.windows.{name}", windows.get(name))
        _check_search_params("params.windows", windows)
    return params


def _check_search_params(where: str, params: dict[str, Any]) -> None:
    least: int = EF_SEARCH_STEPS[0]
    for name in ("ef_search", "ef_far", "ef_mixed"):
        ef_search = params.get(name, least if name == "ef_mixed" else None)  # older ones have none
        if not isinstance(ef_search, int) or not least <= ef_search < 2**31:
            raise _odd(f"{where}.{name}", ef_search)
        least = ef_search
    changed = params.get("changed", 0)
    if not isinstance(changed, int) or changed < 0:
        raise _odd(f"{where}.changed", changed)
    score = params.get("near_score")
    if not isinstance(score, int | float) or not -1 <= score <= 1:
        raise _odd(f"{where}.near_score", score)


def _checked_recall(text: Any) -> dict[str, Any]:
    recall = _document("recall", text)
    _check_recall(recall)
    if "windows" in recall:
        windows = recall["windows"]
        if not isinstance(windows, dict):
            raise _odd("recall.windows", windows)
        _check_recall(windows)
    return recall


def _check_recall(recall: dict[str, Any]) -> None:
    for measured in (recall, recall.get("far", recall), recall.get("mixed", recall)):
        for name in ("mean", "p5", "k", "queries"):
            value = measured.get(name) if isinstance(measured, dict) else None
            if not isinstance(value, int | float) or not 0 <= value < 2**53:
                raise _odd(f"recall.{name}", value)


def _document(name: str, text: Any) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, TypeError) as error:
        raise _odd(name, text) from error
    if not isinstance(document, dict):
        raise _odd(name, text)
    return document


def _odd(name: str, value: Any) -> IndexFileError:
    return IndexFileError(f"index_meta.{name} is {brief(value, SHOWN)}: another program wrote that")


def _change(embedding_id: Any, op: str, sample_id: int | None) -> Change:
    if not isinstance(embedding_id, int):
        raise IndexFileError(f"embedding_changes names embedding {embedding_id!r}: no number")
    return Change(embedding_id, sample_id if op == "add" else None)


def last_generation(database: Database, model_id: int) -> int:
    """Return the number of the last generation; 0 where there was none, or none with a number."""
    query = "SELECT generation FROM index_meta WHERE model_id = ?"
    numbers = [row[0] for row in database.execute(query, (model_id,)).fetchall()]
    return max((n for n in numbers if isinstance(n, int) and 0 <= n < 2**53), default=0)


def put_in_force(
    connection: Database, model_id: int, meta: IndexMeta, waiting: Sequence[int] = ()
) -> None:
    """Record a published generation, and forget the changes that it holds.

    Embeddings that wait for a vector that can be compared stay among the changes.
    """
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
        connection.execute("DELETE FROM index_meta WHERE model_id = ?", (model_id,))
        connection.execute(statement("index/publish"), row)
        connection.execute(statement("index/changes_forget"), (model_id,))
        again = statement("index/changes_again")
        connection.executemany(again, [(model_id, embedding_id) for embedding_id in waiting])


def forget(connection: Database, model_id: int) -> None:
    """Let no generation be in force."""
    with write_transaction(connection):
        connection.execute("DELETE FROM index_meta WHERE model_id = ?", (model_id,))


def folders_in_force(database: Database) -> set[str]:
    """Return the folder names of all models' generations."""
    return {str(path) for (path,) in database.execute("SELECT path FROM index_meta")}
