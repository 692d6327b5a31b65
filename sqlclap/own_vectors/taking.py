"""Takes vectors that others made into a library."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlclap.db.set_membership import set_file_of
from sqlclap.db.statements import dry_run_transaction, write_transaction
from sqlclap.db.stored_models import StoredModel, default_model_if_any, find_model, register_model
from sqlclap.errors import OwnVectorsError, SidecarError, SidecarWarning
from sqlclap.own_vectors.declared import DeclaredModel, carried_model, lengths_of
from sqlclap.own_vectors.formats import open_vectors
from sqlclap.own_vectors.lots import FailedRow, Lot, LotReader, scaled
from sqlclap.own_vectors.rows import FileChoice, VectorRows
from sqlclap.own_vectors.store import Match, Stored, VectorStore, source_of
from sqlclap.progress import NullProgress, ProgressListener
from sqlclap.quantities import printable, typed

if TYPE_CHECKING:
    from sqlclap.db.database import Database
    from sqlclap.own_vectors.rows import VectorFile
    from sqlclap.session import Session

FAILURES_TOLD = 20
CACHE_KIB = 65_536


@dataclass(frozen=True)
class VectorImport:
    """What is taken in, and as what.

    Attributes
    ----------
    choice : FileChoice
    model : DeclaredModel or None
        None: the one that the file itself names.
    match : {"name", "path", "sample"}
        What ids are; see `VectorStore`.
    dry_run : bool
        Change nothing.
    source : str or None
        Name of the source of sounds that are made; by default the model's.
    """

    choice: FileChoice
    model: DeclaredModel | None = None
    match: Match = "name"
    dry_run: bool = False
    source: str | None = None


@dataclass
class VectorImportReport:
    """What became of a file of vectors.

    Attributes
    ----------
    model, model_version : str
    dim : int
    is_default : bool
        Searches use this model unless they name another.
    dry_run : bool
        Nothing was changed.
    rows : int
        How many were read.
    added, replaced, unchanged : int
        Vectors; unchanged ones were there already.
    sounds : int
        Samples that were made for them, without audio.
    failed : int
        Rows that were not taken in; `sqlclap info --failures` lists them all.
    failures : list of FailedRow
        The first of them.
    """

    model: str
    model_version: str
    dim: int
    is_default: bool = False
    dry_run: bool = False
    rows: int = 0
    added: int = 0
    replaced: int = 0
    unchanged: int = 0
    sounds: int = 0
    failed: int = 0
    failures: list[FailedRow] = field(default_factory=list)

    def count(
        self, stored: Stored, failed: Sequence[FailedRow], listener: ProgressListener
    ) -> None:
        """Add what became of some rows."""
        for name in ("added", "replaced", "unchanged", "sounds"):
            setattr(self, name, getattr(self, name) + getattr(stored, name))
        self.failed += len(failed)
        for one in failed:
            listener.failed(one.id or f"row {one.row}", one.reason)
        self.failures += failed[: FAILURES_TOLD - len(self.failures)]


def import_vectors(
    session: Session, request: VectorImport, listener: ProgressListener | None = None
) -> VectorImportReport:
    """Take in a file of vectors; see `Library.import_vectors`."""
    listener = listener or NullProgress()
    if request.match == "name":
        _refuse_part_of_set(session.database)
    file = open_vectors(request.choice)
    model = model_of(session.database, request, file)
    work = _Work(session, request, model, listener)
    listener.started("vectors", file.count)
    with roomy_cache(session.database):
        for rows in file.rows():
            work.take(rows)
            listener.advanced(len(rows.ids))
    if not request.dry_run and work.report.rows:
        follow_import(session, model, listener)
    own = default_model_if_any(session.database)
    work.report.is_default = own is None or own.model_version == model.model_version
    return work.report


def _refuse_part_of_set(database: Database) -> None:
    """Refuse a shard or a catalog: it would make sounds that belong into other shards."""
    file = set_file_of(database)
    if file is not None:
        raise OwnVectorsError(
            f"{database.filename} is part of the set {file}: `sqlclap import-vectors "
            f"{typed(file)}` takes each row into the shard that it belongs to"
        )


def model_of(database: Database, request: VectorImport, file: VectorFile) -> StoredModel:
    """Return the model that a file's vectors are of; its `model_id` is 0 where it is new.

    Raises
    ------
    OwnVectorsError
    """
    if request.model is not None:
        return request.model.stored(database, file.dim)
    carried = carried_model(file.model, file.dim)
    if carried is not None:
        return carried
    if isinstance(file.model, dict) and file.model.get("name"):
        return DeclaredModel(str(file.model["name"])).stored(database, file.dim)
    raise OwnVectorsError(
        f"{request.choice.file.name} doesn't say which model made its vectors: name it with "
        "--model, say --model my-model; vectors of two models are never compared"
    )


def follow_import(session: Session, model: StoredModel, listener: ProgressListener) -> None:
    """Bring the index up to date where much has changed."""
    from sqlclap.index.handle import LibraryIndex

    stored = find_model(session.database, model.model_version)
    if stored is None:
        return
    try:
        LibraryIndex(session.database, stored).refresh(listener)
    except SidecarError as error:
        warnings.warn(str(error), SidecarWarning, stacklevel=3)


@contextmanager
def roomy_cache(database: Database, kib: int = CACHE_KIB) -> Iterator[None]:
    """Let SQLite keep a lot's pages in memory until it is committed: else it writes them twice."""
    (former,) = database.execute("PRAGMA cache_size").fetchone()
    database.execute(f"PRAGMA cache_size = -{int(kib)}")
    try:
        yield
    finally:
        database.execute(f"PRAGMA cache_size = {int(former)}")


class _Work:
    """An import at work."""

    def __init__(
        self,
        session: Session,
        request: VectorImport,
        model: StoredModel,
        listener: ProgressListener,
    ) -> None:
        self._session, self._request, self._model = session, request, model
        self._listener = listener
        self._lengths = lengths_of(model)
        self._reader = LotReader(request.match)
        self.report = VectorImportReport(
            model.name, model.model_version, model.dim, dry_run=request.dry_run
        )

    def take(self, rows: VectorRows) -> None:
        """Take a lot in, in one transaction."""
        lot = self._reader.lot(rows)
        transaction = dry_run_transaction if self._request.dry_run else write_transaction
        with transaction(self._session.database):
            self._store(lot)
        self.report.rows += len(rows.ids)

    def _store(self, lot: Lot) -> None:
        connection = self._session.database
        source = source_of(connection, self._request.source or self._model.name)
        model = register_model(connection, self._model)
        file = printable(self._request.choice.file.name)
        note = f"no audio: its vector came from {file}"
        store = VectorStore(connection, model, source, self._request.match, note)
        if not self.report.rows:
            store.forget_failures_of(f"{file}: ")
        stored = store.put(lot.keys, scaled(lot.vectors, self._lengths))
        failed = lot.told(stored.failed)
        store.record_failures(
            [
                (self._reader.kept_as(one), f"{file}: {one.reason}")
                for one in (*failed, *lot.renamed)
            ]
        )
        self.report.count(stored, failed, self._listener)
