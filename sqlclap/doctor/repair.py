"""Putting a library right. Only what can't be trusted goes; ingest makes vectors anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlclap.ann import LibraryIndex, remove_strays
from sqlclap.library import (
    refresh_views,
    restore,
    restore_sequences,
    statement,
    write_transaction,
)
from sqlclap.vectors import UNIT_TOLERANCE, StoredModel, list_models

if TYPE_CHECKING:
    import apsw


def repair(connection: apsw.Connection) -> list[str]:
    """Repair what can be repaired; return what was done, in words.

    Missing triggers, indexes and views are made anew, and what happened without them is put right.
    JSON that another program damaged is forgotten, where it can be made anew. Embeddings without
    a sample or a vector, stray vectors and vectors that are not of length 1 are removed: the next
    ingest embeds those sounds again. A broken index is built anew, or dropped where the library
    is too small to need one.
    What else is wrong (damaged pages) is not touched.
    """
    done = []
    with write_transaction(connection):
        done += [f"made anew: {name}" for name in restore(connection)]
        done += [f"made anew: {name}" for name in restore_sequences(connection)]
        done += [f"made anew: view {name}" for name in refresh_views(connection)]
        done += _documents(connection)
        for model in list_models(connection):
            done += _rows(connection, model)
    for model in list_models(connection):
        done += _index(connection, model)
    done += [f"removed {name}, left behind" for name in remove_strays(connection)]
    return done


FORGET = {
    ("reviews", "draws"): "UPDATE reviews SET draws = '[]' WHERE review_id = ?",
    ("tag_runs", "params"): "UPDATE tag_runs SET params = '{}' WHERE run_id = ?",
    ("calibrations", "report"): "UPDATE calibrations SET report = '{}' WHERE calibration_id = ?",
    ("layouts", "params"): "DELETE FROM layouts WHERE layout_id = ?",
    ("layouts", "quality"): "UPDATE layouts SET quality = '{}' WHERE layout_id = ?",
    ("clusterings", "params"): "DELETE FROM clusterings WHERE clustering_id = ?",
}
"""What is done about damaged JSON; of the rest, only a copy of the library can help."""


def _documents(connection: apsw.Connection) -> list[str]:
    done = []
    for table, column, number in connection.execute(statement("doctor_documents")).fetchall():
        forget = FORGET.get((str(table), str(column)))
        if forget is not None:
            connection.execute(forget, (number,))
            done.append(f"forgot {table}.{column} of row {number}, which was damaged")
    return done


def _rows(connection: apsw.Connection, model: StoredModel) -> list[str]:
    number = {"model_id": model.model_id}
    odd = connection.execute(statement("doctor_odd_vectors", **number), (UNIT_TOLERANCE,))
    for (embedding_id,) in odd.fetchall():
        connection.execute("DELETE FROM embeddings WHERE embedding_id = ?", (embedding_id,))
    before = connection.total_changes()
    connection.execute(statement("doctor_repair_embeddings", **number))
    stray = connection.execute(statement("doctor_stray_vectors", **number)).fetchall()
    for row in stray:
        connection.execute(statement("vector_delete", **number), row)
    removed = connection.total_changes() > before
    return [f"{model.name}: removed rows that belong to nothing"] if removed else []


def _index(connection: apsw.Connection, model: StoredModel) -> list[str]:
    index = LibraryIndex(connection, model)
    status = index.status()
    if status.generation is None or not (status.problem or index.verify().problems):
        return []
    index.drop()
    built = index.refresh()
    return [f"{model.name}: {'built the index anew' if built else 'dropped the broken index'}"]
