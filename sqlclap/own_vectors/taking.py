"""Takes vectors that others made into a library."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import numpy as np

from sqlclap.db.statements import dry_run_transaction, write_transaction
from sqlclap.db.stored_models import StoredModel, default_model_if_any, find_model, register_model
from sqlclap.db.vectors import UNIT_ALREADY, usable_rows
from sqlclap.errors import OwnVectorsError, SidecarError, SidecarWarning
from sqlclap.own_vectors.declared import DeclaredModel, carried_model, lengths_of
from sqlclap.own_vectors.formats import open_vectors
from sqlclap.own_vectors.rows import FileChoice, VectorRows
from sqlclap.own_vectors.store import Key, Match, VectorStore, source_of
from sqlclap.progress import NullProgress, ProgressListener
from sqlclap.quantities import printable

if TYPE_CHECKING:
    from sqlclap.arrays import BoolArray, Float32Array
    from sqlclap.db.database import Database
    from sqlclap.own_vectors.rows import VectorFile
    from sqlclap.session import Session

FAILURES_TOLD = 20
LONGEST_ID = 4_096
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
class FailedRow:
    """A row that was not taken in: its number in the file from 1, its id, and why."""

    row: int
    id: str | None
    reason: str


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


def import_vectors(
    session: Session, request: VectorImport, listener: ProgressListener | None = None
) -> VectorImportReport:
    """Take in a file of vectors; see `Library.import_vectors`."""
    listener = listener or NullProgress()
    file = open_vectors(request.choice)
    model = _model_of(session, request, file)
    work = _Work(session, request, model, listener)
    listener.started("vectors", file.count)
    with _roomy_cache(session.database):
        for rows in file.rows():
            work.take(rows)
            listener.advanced(len(rows.ids))
    if not request.dry_run and work.report.rows:
        follow_import(session, model, listener)
    own = default_model_if_any(session.database)
    work.report.is_default = own is None or own.model_version == model.model_version
    return work.report


def _model_of(session: Session, request: VectorImport, file: VectorFile) -> StoredModel:
    if request.model is not None:
        return request.model.stored(session.database, file.dim)
    carried = carried_model(file.model, file.dim)
    if carried is not None:
        return carried
    if isinstance(file.model, dict) and file.model.get("name"):
        return DeclaredModel(str(file.model["name"])).stored(session.database, file.dim)
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
def _roomy_cache(database: Database) -> Iterator[None]:
    """Let SQLite keep a lot's pages in memory until it is committed: else it writes them twice."""
    (former,) = database.execute("PRAGMA cache_size").fetchone()
    database.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    try:
        yield
    finally:
        database.execute(f"PRAGMA cache_size = {int(former)}")


@dataclass(frozen=True)
class _Lot:
    """Rows, the places and ids of those that can be stored, and why others can't."""

    rows: VectorRows
    places: Sequence[int]
    keys: Sequence[Key]
    failed: Mapping[int, str]

    @property
    def vectors(self) -> Float32Array:
        """Those of the rows that can be stored."""
        vectors = self.rows.vectors
        whole = len(self.places) == len(vectors)
        return vectors if whole else vectors[np.asarray(self.places, dtype=np.int64)]

    def told(self, without_sound: Mapping[int, str]) -> list[FailedRow]:
        """Return the rows that are not taken in; also those whose sound isn't there."""
        failed = {**self.failed, **{self.places[one]: why for one, why in without_sound.items()}}
        return [
            FailedRow(self.rows.first + place, _shown(self.rows.ids[place]), failed[place])
            for place in sorted(failed)
        ]


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
        self._rows_by_key: dict[Key, int] = {}
        self.report = VectorImportReport(
            model.name, model.model_version, model.dim, dry_run=request.dry_run
        )

    def take(self, rows: VectorRows) -> None:
        """Take a lot in, in one transaction."""
        failed = dict(rows.wrong)
        for place in np.flatnonzero(~usable_rows(rows.vectors)).tolist():
            failed.setdefault(place, _why_unusable(rows.vectors[place]))
        keys = self._all_keys(rows) if not failed else None
        places: Sequence[int] = range(len(rows.ids))
        if keys is None:
            found = {place: self._key(rows, place, failed) for place in places}
            kept = {place: key for place, key in found.items() if key is not None}
            places, keys = [*kept], [*kept.values()]
        lot = _Lot(rows, places, keys, failed)
        transaction = dry_run_transaction if self._request.dry_run else write_transaction
        with transaction(self._session.database):
            self._store(lot)
        self.report.rows += len(rows.ids)

    def _all_keys(self, rows: VectorRows) -> list[Key] | None:
        """Return a lot's ids where all are texts, and none is wrong; None: look at each."""
        ids = rows.ids
        if self._request.match == "sample" or not all(type(one) is str and one for one in ids):
            return None
        texts = cast("list[str]", ids)
        joined = "".join(texts)
        if not joined.isascii() or "\0" in joined or max(map(len, texts)) > LONGEST_ID:
            return None
        numbered = dict(zip(texts, range(rows.first, rows.first + len(texts)), strict=True))
        if len(numbered) < len(texts) or not self._rows_by_key.keys().isdisjoint(numbered):
            return None
        self._rows_by_key.update(numbered)
        return [*texts]

    def _store(self, lot: _Lot) -> None:
        connection = self._session.database
        source = source_of(connection, self._request.source or self._model.name)
        model = register_model(connection, self._model)
        file = printable(self._request.choice.file.name)
        note = f"no audio: its vector came from {file}"
        store = VectorStore(connection, model, source, self._request.match, note)
        if not self.report.rows:
            store.forget_failures_of(f"{file}: ")
        stored = store.put(lot.keys, self._scaled(lot.vectors))
        failed = lot.told(stored.failed)
        store.record_failures(
            [(_kept_as(one, self._rows_by_key), f"{file}: {one.reason}") for one in failed]
        )
        for name in ("added", "replaced", "unchanged", "sounds"):
            setattr(self.report, name, getattr(self.report, name) + getattr(stored, name))
        self.report.failed += len(failed)
        for one in failed:
            self._listener.failed(one.id or f"row {one.row}", one.reason)
        self.report.failures += failed[: FAILURES_TOLD - len(self.report.failures)]

    def _scaled(self, vectors: Float32Array) -> Float32Array:
        """Return vectors of length 1 where the model wants that."""
        if self._lengths == "kept" or not len(vectors):
            return vectors
        squares = np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64)
        off: BoolArray = np.abs(squares - 1) >= UNIT_ALREADY  # others keep every bit
        if off.any():
            vectors = vectors.copy()
            vectors[off] = (vectors[off] / np.sqrt(squares[off])[:, None]).astype(np.float32)
        return vectors

    def _key(self, rows: VectorRows, place: int, failed: dict[int, str]) -> Key | None:
        """Return a row's id, or note why it can't be used."""
        given = rows.ids[place]
        reason = self._why_no_id(given)
        key = None if reason else self._named(given)
        if key is not None:
            first = self._rows_by_key.get(key)
            reason = None if first is None else f"the id is that of row {first:,}, too"
        if reason:
            failed[place] = reason
            return None
        if key is None or place in failed:
            return None
        self._rows_by_key[key] = rows.first + place
        return key

    def _why_no_id(self, given: object) -> str | None:
        if given is None or given == "":
            return "it has no id"
        if isinstance(given, bool) or not isinstance(given, str | int):
            return f"expected an id of text or an integer, got {type(given).__name__}"
        if self._request.match == "sample":
            return None if _as_id(given) is not None else f"expected a sample id, got {given!r}"
        text = str(given)
        if len(text) > LONGEST_ID or "\0" in text:
            return f"expected an id of at most {LONGEST_ID:,} characters without a NUL"
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            return "its id is no text"
        return None

    def _named(self, given: object) -> Key:
        if self._request.match == "sample":
            return _as_id(given) or 0
        return str(given)


def _as_id(given: object) -> int | None:
    try:
        number = int(given) if isinstance(given, str | int) else 0
    except ValueError:
        return None
    return number if 0 < number < 2**63 else None


def _why_unusable(vector: Float32Array) -> str:
    if not np.isfinite(vector).all():
        return "it holds what is no finite number (NaN or infinity)"
    return "it has no direction: its numbers are zero, or too small or too large to compare"


def _shown(given: object) -> str | None:
    return None if given is None or given == "" else printable(str(given))[:200]


def _kept_as(failed: FailedRow, taken: dict[Key, int]) -> str:
    """Return under which name a failure is kept: an id that another row has is that one's."""
    if failed.id is None:
        return f"row {failed.row}"
    is_taken = taken.get(failed.id, failed.row) != failed.row
    return f"{failed.id} (row {failed.row})" if is_taken else failed.id
