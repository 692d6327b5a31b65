"""The doctor: checks a library and repairs it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sqlclap.attach.seen import remark_on_rows
from sqlclap.db.migrations import lost_marks, refresh_views, stale_views
from sqlclap.db.schema import missing_tables, restore, wrong_objects
from sqlclap.db.sequences import restore_sequences, sequences_behind, uncounted_tables
from sqlclap.db.statements import read_transaction, statement, write_transaction
from sqlclap.db.stored_models import StoredModel, describe_skipped, list_models, skipped_vectors
from sqlclap.db.vectors import UNIT_TOLERANCE, count_own
from sqlclap.index.files import is_building, sidecar_folder
from sqlclap.index.handle import LibraryIndex, remove_strays, stray_folders
from sqlclap.index.inspection import IndexStatus, generation_in_force, index_status
from sqlclap.models.declared import keeps_lengths

if TYPE_CHECKING:
    import apsw

    from sqlclap.db.database import Database

Level = Literal["fine", "advice", "problem"]
LOOKS = 5
"""Times that an index is looked at that is replaced meanwhile."""

GRAPH_BYTES_A_ROW = 180  # links and ids beside the 16-bit vector, with 16 links a level


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    Attributes
    ----------
    what : {"file", "schema", "rows", "vectors", "index", "disk"}
    level : {"fine", "advice", "problem"}
    text : str
    """

    what: str
    level: Level
    text: str


def examine(database: Database) -> list[Finding]:
    """Check a library. An index is hashed, never opened: a broken one can't break this.

    All is read from one state of the library, so that nothing that is written meanwhile looks
    wrong. An index that was replaced meanwhile is looked at again, in the state that names it.

    Parameters
    ----------
    database : Database
    """
    with read_transaction(database):
        findings = [*_file(database), *_schema(database)]
        if missing_tables(database):
            return [*findings, *_disk(database)]  # rows can be looked at once these are there
        findings += [*_references(database), *_documents(database)]
        findings += [*_attached(database)]
        models = list_models(database)
        for model in models:
            findings += [*_contents(database, model), *_neighbors(database, model)]
    for model in models:
        findings += _index(database, model)
    return [*findings, *_strays(database), *_disk(database)]


def _file(database: Database) -> Iterator[Finding]:
    rows = database.execute("PRAGMA quick_check(10)").fetchall()
    problems = [str(text) for (text,) in rows if text != "ok"]
    for problem in problems:
        yield Finding("file", "problem", f"the file is damaged: {problem}")
    if not problems:
        yield Finding("file", "fine", "the file's pages are in order")
    yield from _marks(database)


def _marks(database: Database) -> Iterator[Finding]:
    """Check the marks that copies lose; answers are right without, and opening restores them."""
    back = "opening the library for writing sets it right"
    pragmas, records = lost_marks(database)
    for name, mark in pragmas.items():
        yield Finding("file", "advice", f"pragma {name} is not {mark}; {back}")
    for name in records:
        yield Finding("file", "advice", f"sqlclap_migrations lacks {name}; {back}")
    (mode,) = database.execute("SELECT journal_mode FROM pragma_journal_mode").fetchone()
    if mode not in ("wal", "memory"):
        text = f"journal mode is {mode}, not wal: who reads waits for who writes; {back}"
        yield Finding("file", "advice", text)
    for table in uncounted_tables(database):
        text = f"{table} lost AUTOINCREMENT: its last id is given again once its row is gone"
        yield Finding("file", "problem", f"{text}; {back}")
    for table, highest in sequences_behind(database).items():
        text = f"the sequence of {table} is behind: ids up to {highest} were given before"
        yield Finding("file", "problem", f"{text}; {back}")


def _schema(database: Database) -> Iterator[Finding]:
    wrong = wrong_objects(database)
    advice = "opening the library for writing makes it anew"
    for text in wrong:
        made_anew = text.endswith("is missing") and not text.startswith("column ")
        yield Finding("schema", "problem", f"{text}; {advice}" if made_anew else text)
    views = sorted(stale_views(database))
    for name in views:
        yield Finding("schema", "problem", f"view {name} is missing or was altered; {advice}")
    if not wrong and not views:
        yield Finding("schema", "fine", "all tables, indexes, triggers and views are there")


def _references(database: Database) -> Iterator[Finding]:
    rows = database.execute('SELECT "table", count(*) FROM pragma_foreign_key_check GROUP BY 1')
    for table, count in rows:
        yield Finding("rows", "problem", f"{count:,} rows of {table} point at nothing")


def _documents(database: Database) -> Iterator[Finding]:
    for table, column, number in database.execute(statement("doctor/documents")):
        yield Finding("rows", "problem", f"{table}.{column} of row {number} is damaged JSON")


def _attached(database: Database) -> Iterator[Finding]:
    remark = remark_on_rows(database)
    if remark is not None:
        yield Finding("rows", "advice", f"{remark}; run `sqlclap ingest`")


def _neighbors(database: Database, model: StoredModel) -> Iterator[Finding]:
    """Tell where neighbours that are kept as a table aren't those of the sounds that are there."""
    from sqlclap.plain_clients.neighbors import kept_neighbors

    state = kept_neighbors(database, model)
    if state is None:
        return
    again = f"run `sqlclap neighbors --store {state.neighbors}{' --exact' if state.exact else ''}`"
    own = count_own(database, model)
    lacking = own - len(skipped_vectors(database, model)) - state.sounds if own > 1 else 0
    if state.built_at is None:
        text = "they are not whole: a run was broken off, or changes may have been missed"
    elif state.changed:
        text = f"they are stale: {state.changed:,} sounds have changed since"
    elif lacking > 0:
        text = f"they are not whole: {lacking:,} sounds have none"
    else:
        text, again = "they are fresh", ""
    told = f"{model.name}: neighbours are kept as a table; {text}{'; ' if again else ''}{again}"
    yield Finding("rows", "advice" if again else "fine", told)


def _contents(database: Database, model: StoredModel) -> list[Finding]:
    """Check a model's rows and vectors; its vector table may be damaged in any way."""
    import apsw

    try:
        return [*_rows(database, model), *_vectors(database, model)]
    except apsw.SQLError as error:
        text = f"vec_{model.model_id} is not the table that sqlclap made: {error}"
        return [Finding("vectors", "problem", f"{model.name}: {text}")]


def _rows(database: Database, model: StoredModel) -> Iterator[Finding]:
    query = statement("doctor/orphans", model_id=model.model_id)
    no_sample, no_vector, no_embedding, waiting = database.execute(query).fetchone()
    broken = {
        "embeddings without a sample": no_sample,
        "embeddings without a vector": no_vector,
        "vectors without an embedding": no_embedding,
    }
    for problem, count in broken.items():
        if count:
            yield Finding("rows", "problem", f"{model.name}: {count:,} {problem}")
    if waiting:
        text = f"{model.name}: {waiting:,} sounds wait to be embedded; run `sqlclap ingest`"
        yield Finding("rows", "advice", text)
    if not any(broken.values()):
        yield Finding("rows", "fine", f"{model.name}: every embedding has its sample and vector")


def _vectors(database: Database, model: StoredModel) -> Iterator[Finding]:
    query = statement("doctor/norms", model_id=model.model_id)
    (odd,) = database.execute(query, (UNIT_TOLERANCE,)).fetchone()
    if keeps_lengths(model.contract):  # as declared when they were imported
        odd = 0
    if odd:
        yield Finding("vectors", "problem", f"{model.name}: {odd:,} vectors are not of length 1")
    skipped = skipped_vectors(database, model)
    if skipped:
        text = f"{len(skipped):,} can't be compared and are skipped: {describe_skipped(skipped)}"
        yield Finding("vectors", "problem", f"{model.name}: {text}")
    query = statement("doctor/unusable_windows", model_id=model.model_id)
    (windows,) = database.execute(query).fetchone()
    if windows:
        text = f"{windows:,} windows' vectors can't be compared and are skipped"
        yield Finding("vectors", "problem", f"{model.name}: {text}")
    if not odd and not skipped and not windows:
        told = "can be compared" if keeps_lengths(model.contract) else "are of length 1"
        yield Finding("vectors", "fine", f"{model.name}: all vectors {told}")


def _settled_status(database: Database, model: StoredModel) -> IndexStatus:
    """Return an index's state; what a builder has just replaced is gone, and no problem."""
    for _ in range(LOOKS):
        with read_transaction(database):
            status = index_status(database, model)
        with read_transaction(database):
            is_settled = not status.problem or generation_in_force(database, model) == status.folder
        if is_settled:
            return status
    return replace(status, problem=None)  # it is replaced faster than it can be looked at


def _index(database: Database, model: StoredModel) -> Iterator[Finding]:
    status = _settled_status(database, model)
    if status.problem:
        text = f"{status.problem}; searches are exact and slower"
        yield Finding("index", "problem", f"{model.name}: {text}")
    elif not _adds_up(status):
        text = "index and newer vectors don't add up to the stored ones: build it anew"
        yield Finding("index", "problem", f"{model.name}: {text}")
    elif status.advice and status.generation is not None:
        yield Finding("index", "advice", f"{model.name}: {status.advice}")
    else:
        built = f"generation {status.generation} is whole" if status.generation else "none needed"
        text = status.advice if status.generation is None else built
        yield Finding("index", "fine", f"{model.name}: {text}")


def _adds_up(status: IndexStatus) -> bool:
    if status.generation is None:
        return True
    return status.indexed + status.tail + status.unusable == status.vectors


def _strays(database: Database) -> Iterator[Finding]:
    strays = stray_folders(database)
    if strays and is_building(sidecar_folder(Path(database.filename))):
        return  # drafts, and what is just being put in force or removed
    strays = [name for name in strays if name in stray_folders(database)]
    if strays:
        names = ", ".join(strays)
        yield Finding("index", "advice", f"left behind beside the library: {names}")


def _disk(database: Database) -> Iterator[Finding]:
    library = Path(database.filename)
    free = shutil.disk_usage(library.parent).free
    size = sum(
        path.stat().st_size
        for path in (library, library.with_name(library.name + "-wal"))
        if path.exists()
    )
    index = sum(
        count_own(database, model) * (2 * model.dim + GRAPH_BYTES_A_ROW)
        for model in list_models(database)
    )
    text = f"{free / 1e9:.1f} GB free; the library takes {size / 1e6:.1f} MB"
    short = free < index if sidecar_folder(library).exists() else free < size / 10
    if short:
        yield Finding("disk", "advice", f"{text}; a new index needs {index / 1e6:.1f} MB more")
    else:
        yield Finding("disk", "fine", text)


def repair(connection: apsw.Connection) -> list[str]:
    """Repair what can be repaired; return what was done, in words.

    Missing triggers, indexes and views are made anew, and what happened without them is put right.
    JSON that another program damaged is forgotten, where it can be made anew. Embeddings without
    a sample or a vector, stray vectors and vectors that are not of length 1 are removed: the next
    ingest embeds those sounds again. A broken index is built anew, or dropped where the library
    is too small to need one.
    What else is wrong (damaged pages) is not touched.
    """
    actions = []
    with write_transaction(connection):
        actions += [f"made anew: {name}" for name in restore(connection)]
        actions += [f"made anew: {name}" for name in restore_sequences(connection)]
        actions += [f"made anew: view {name}" for name in refresh_views(connection)]
        actions += _repair_documents(connection)
        for model in list_models(connection):
            actions += _repair_rows(connection, model)
    for model in list_models(connection):
        actions += _rebuild_index(connection, model)
    actions += [f"removed {name}, left behind" for name in remove_strays(connection)]
    return actions


FORGET = {
    ("reviews", "draws"): "UPDATE reviews SET draws = '[]' WHERE review_id = ?",
    ("tag_runs", "params"): "UPDATE tag_runs SET params = '{}' WHERE run_id = ?",
    ("calibrations", "report"): "UPDATE calibrations SET report = '{}' WHERE calibration_id = ?",
    ("layouts", "params"): "DELETE FROM layouts WHERE layout_id = ?",
    ("layouts", "quality"): "UPDATE layouts SET quality = '{}' WHERE layout_id = ?",
    ("clusterings", "params"): "DELETE FROM clusterings WHERE clustering_id = ?",
}
"""Repairs of damaged JSON by column; other columns can only be restored from a copy."""


def _repair_documents(connection: apsw.Connection) -> list[str]:
    actions = []
    for table, column, number in connection.execute(statement("doctor/documents")).fetchall():
        forget = FORGET.get((str(table), str(column)))
        if forget is not None:
            connection.execute(forget, (number,))
            actions.append(f"forgot {table}.{column} of row {number}, which was damaged")
    return actions


def _repair_rows(connection: apsw.Connection, model: StoredModel) -> list[str]:
    number = {"model_id": model.model_id}
    odd = connection.execute(statement("doctor/odd_vectors", **number), (UNIT_TOLERANCE,))
    for (embedding_id,) in odd.fetchall():
        connection.execute("DELETE FROM embeddings WHERE embedding_id = ?", (embedding_id,))
    before = connection.total_changes()
    connection.execute(statement("doctor/repair_embeddings", **number))
    stray = connection.execute(statement("db/doctor_stray_vectors", **number)).fetchall()
    for row in stray:
        connection.execute(statement("db/vector_delete", **number), row)
    removed = connection.total_changes() > before
    return [f"{model.name}: removed rows that belong to nothing"] if removed else []


def _rebuild_index(connection: apsw.Connection, model: StoredModel) -> list[str]:
    index = LibraryIndex(connection, model)
    status = index.status()
    if status.generation is None or not (status.problem or index.verify().problems):
        return []
    index.drop()
    built = index.refresh()
    return [f"{model.name}: {'built the index anew' if built else 'dropped the broken index'}"]
