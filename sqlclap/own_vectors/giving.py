"""Gives a library's vectors out, as they are stored, with what is known of their sounds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sqlclap.db.statements import read_transaction, statement
from sqlclap.db.stored_models import has_vectors
from sqlclap.db.vectors import own_vectors, vectors_of_samples
from sqlclap.durable import draft_of
from sqlclap.errors import NoVectorsError, OwnVectorsError
from sqlclap.own_vectors.writers import Columns, writer_for
from sqlclap.progress import NullProgress, ProgressListener
from sqlclap.search.contents import find_samples
from sqlclap.search.request import Filter

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array, Int64Array
    from sqlclap.db.database import Database
    from sqlclap.db.stored_models import StoredModel
    from sqlclap.session import Session

AT_ONCE = 20_000
FEW = 20
"""Of so many vectors one or fewer wanted: they are looked up one by one, not walked by."""


@dataclass(frozen=True)
class VectorExport:
    """What is written, and where.

    Attributes
    ----------
    file : Path
        New; its suffix says in which form: .npy (with a .csv of what is known beside it), .parquet,
        .csv or .jsonl.
    only : Filter
    """

    file: Path
    only: Filter = field(default_factory=Filter)


@dataclass(frozen=True)
class VectorExportReport:
    """What was written.

    Attributes
    ----------
    files : list of Path
    model, model_version : str
    dim, vectors : int
    """

    files: list[Path]
    model: str
    model_version: str
    dim: int
    vectors: int


class _Page(NamedTuple):
    sample_ids: Int64Array
    vectors: Float32Array


def export_vectors(
    session: Session, export: VectorExport, listener: ProgressListener | None = None
) -> VectorExportReport:
    """Write vectors to a file that isn't there yet; see `Library.export_vectors`."""
    listener, writer_of = listener or NullProgress(), writer_for(export.file)
    files = writer_of.files(export.file)
    for file in filter(Path.exists, files):
        raise OwnVectorsError(f"{file} is there already, and is not overwritten")
    with read_transaction(session.database) as database:
        model = session.model
        if not has_vectors(database, model):
            raise NoVectorsError(f"{database.filename} holds no vectors of {model.name}")
        wanted = None if export.only.is_empty else find_samples(session, export.only).sample_ids
        listener.started("vectors", len(wanted) if wanted is not None else _count(database, model))
        count = 0
        try:
            with draft_of(export.file) as draft, writer_of(draft, export.file, model) as writer:
                for page in _pages(database, model, wanted):
                    writer.write(_columns(database, page.sample_ids), page.vectors)
                    count += len(page.sample_ids)
                    listener.advanced(len(page.sample_ids))
                if not count:
                    raise OwnVectorsError(
                        f"there is nothing to export: no sound that is meant has a vector of "
                        f"{model.name}"
                    )
        except OSError as error:
            reason = error.strerror or error
            raise OwnVectorsError(f"{export.file} can't be written: {reason}") from error
    return VectorExportReport(files, model.name, model.model_version, model.dim, count)


def _count(database: Database, model: StoredModel) -> int:
    return int(database.execute(statement("db/own_vectors_count"), (model.model_id,)).get)


def _pages(database: Database, model: StoredModel, wanted: Int64Array | None) -> Iterator[_Page]:
    """Yield vectors as stored, in the order in which they were made; of few, by sample id."""
    if wanted is not None and len(wanted) * FEW < _count(database, model):
        for start in range(0, len(wanted), AT_ONCE):
            part = wanted[start : start + AT_ONCE].tolist()
            found, vectors = vectors_of_samples(database, model, part)
            if found:
                yield _Page(np.array(found, dtype=np.int64), vectors)
        return
    for walked in own_vectors(database, model, rows=AT_ONCE):
        page = walked
        if wanted is not None:
            page = walked.only(np.isin(walked.sample_ids, wanted))
        if len(page.sample_ids):
            yield _Page(page.sample_ids, page.vectors)


def _columns(database: Database, sample_ids: Int64Array) -> Columns:
    """Return what is known of sounds by column, in the order of their ids here."""
    query = statement("own_vectors/sample_columns")
    rows = database.execute(query, (json.dumps(sample_ids.tolist()),)).fetchall()
    names = ("id", "sample_id", "root", "path", "content_hash", "duration_s", "sample_rate",
             "channels", "format", "status")  # fmt: skip
    if len(rows) != len(sample_ids):
        raise OwnVectorsError("sounds went while they were read: try again")
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
