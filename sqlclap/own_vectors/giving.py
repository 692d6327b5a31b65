"""Gives a library's vectors out, as they are stored, with what is known of their sounds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
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


class Lot(NamedTuple):
    """What is known of some sounds, and their vectors, shape (n, dim)."""

    columns: Columns
    vectors: Float32Array


@dataclass(frozen=True)
class Given:
    """Vectors to be written.

    Attributes
    ----------
    model : StoredModel
    count : int
        Of sounds; those without a vector count as well.
    lots : iterator of Lot
        To be walked once.
    """

    model: StoredModel
    count: int
    lots: Iterator[Lot]

    def told(self, listener: ProgressListener) -> Iterator[Lot]:
        """Yield the lots; each counts once it has been written.

        Raises
        ------
        OwnVectorsError
            There are none.
        """
        listener.started("vectors", self.count)
        any_given = False
        for lot in self.lots:
            any_given = True
            yield lot
            listener.advanced(len(lot.vectors))
        if not any_given:
            raise OwnVectorsError(
                f"there is nothing to export: no sound that is meant has a vector of "
                f"{self.model.name}"
            )


@contextmanager
def given_by(session: Session, only: Filter) -> Iterator[Given]:
    """Yield a library's vectors, within one transaction.

    Raises
    ------
    QueryError
    NoVectorsError
    """
    with read_transaction(session.database) as database:
        model = session.model
        if not has_vectors(database, model):
            raise NoVectorsError(f"{database.filename} holds no vectors of {model.name}")
        wanted = None if only.is_empty else find_samples(session, only).sample_ids
        count = len(wanted) if wanted is not None else _count(database, model)
        yield Given(model, count, _lots(database, model, wanted))


def _lots(database: Database, model: StoredModel, wanted: Int64Array | None) -> Iterator[Lot]:
    for page in _pages(database, model, wanted):
        yield Lot(_columns(database, page.sample_ids), page.vectors)


def export_vectors(
    session: Session, export: VectorExport, listener: ProgressListener | None = None
) -> VectorExportReport:
    """Write vectors to a file that isn't there yet; see `Library.export_vectors`."""
    check_file(export.file)
    with given_by(session, export.only) as given:
        return write_file(given, export.file, listener)


def check_file(file: Path) -> None:
    """Check that vectors can be written to a file of this name.

    Raises
    ------
    OwnVectorsError, NotInstalledError
    """
    for one in filter(Path.exists, writer_for(file).files(file)):
        raise OwnVectorsError(f"{one} is there already, and is not overwritten")


def write_file(
    given: Given, file: Path, listener: ProgressListener | None = None
) -> VectorExportReport:
    """Write vectors to a file; it is there whole, or not at all.

    Raises
    ------
    OwnVectorsError
    """
    writer_of, model, count = writer_for(file), given.model, 0
    try:
        with draft_of(file) as draft, writer_of(draft, file, model) as writer:
            for lot in given.told(listener or NullProgress()):
                writer.write(lot.columns, lot.vectors)
                count += len(lot.vectors)
    except OSError as error:
        raise OwnVectorsError(f"{file} can't be written: {error.strerror or error}") from error
    return VectorExportReport(
        writer_of.files(file), model.name, model.model_version, model.dim, count
    )


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
