"""Vectors that others made come into a set: each row into the shard of its sound.

Names of sounds that are made say by their slots which shard that is; paths and ids of sounds that
are there are looked for in all shards. Every lot is one transaction in each shard that it concerns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sqlclap.db.samples import count_samples
from sqlclap.db.set_membership import note_membership
from sqlclap.db.statements import dry_run_transaction, write_transaction
from sqlclap.db.stored_models import StoredModel, register_model
from sqlclap.errors import SetError
from sqlclap.own_vectors.declared import lengths_of
from sqlclap.own_vectors.formats import open_vectors
from sqlclap.own_vectors.lots import FailedRow, Lot, LotReader, scaled, shown_id
from sqlclap.own_vectors.store import Stored, VectorStore, one_each, samples_of, source_of
from sqlclap.own_vectors.taking import (
    CACHE_KIB,
    VectorImport,
    VectorImportReport,
    follow_import,
    model_of,
    roomy_cache,
)
from sqlclap.progress import NullProgress
from sqlclap.quantities import printable, typed
from sqlclap.records import WITHOUT_AUDIO
from sqlclap.shards.fleet import NOT_ANSWERING
from sqlclap.shards.ids import SetId, split_id
from sqlclap.shards.leases import work_lease
from sqlclap.shards.missing import Missing, not_opened
from sqlclap.shards.model_use import renew_copies, use_stored_model
from sqlclap.shards.stages import ShardProgress
from sqlclap.shards.targets import as_set_id
from sqlclap.shards.visiting import Visit

if TYPE_CHECKING:
    from sqlclap.api import Library
    from sqlclap.arrays import Float32Array
    from sqlclap.db.database import Database
    from sqlclap.own_vectors.rows import VectorRows
    from sqlclap.progress import ProgressListener
    from sqlclap.shards.session import SetSession
    from sqlclap.shards.shard import Shard


NOTHING = Stored(0, 0, 0, 0, {})


@dataclass
class SetVectorImportReport(VectorImportReport):
    """What became of a file of vectors in a set, all shards together.

    Attributes
    ----------
    not_written : list of Missing
        Shards that could not be written: the same import gives them their part.
    """

    not_written: list[Missing] = field(default_factory=list)


def import_into_set(
    session: SetSession, request: VectorImport, listener: ProgressListener | None = None
) -> SetVectorImportReport:
    """Take a file of vectors into a set; see `Library.import_vectors`.

    An empty set takes over the vectors' model. In any other, vectors of another model are stored
    beside those of the set's, as in a library.

    Raises
    ------
    OwnVectorsError
        The file can't be read, or the model can't be what is declared.
    SetError
        The set is open for reading only, its shards are being changed, or it is empty and not all
        shards can be given the vectors' model.
    NotInstalledError
        For Parquet: pyarrow is not there.
    """
    session.check_writable()
    listener = listener or NullProgress()
    file = open_vectors(request.choice)
    model = model_of(session.catalog.database, request, file)
    is_sets = _settle_model(session, model, request.dry_run)
    with work_lease(session.path, alone=False), ExitStack() as held:
        if not (is_sets or request.dry_run):
            with write_transaction(session.catalog.database) as database:
                register_model(database, model)
        work = _Work(session, request, model, held)
        listener.started("vectors", file.count)
        for rows in file.rows():
            work.take(rows, listener)
            listener.advanced(len(rows.ids))
        if work.report.rows and not request.dry_run:
            work.follow(listener)
            renew_copies(session, model.model_version)
    work.report.is_default = is_sets
    return work.report


def _settle_model(session: SetSession, model: StoredModel, dry_run: bool) -> bool:
    """Return whether vectors are of the set's model; an empty set takes theirs over."""
    if not session.model.versions.isdisjoint(model.versions):
        return True
    counts: list[int] = []
    visit = Visit(session.shards)
    visit.each("write", lambda _, library: counts.append(count_samples(library.connection)))
    if any(counts):
        return False
    if visit.left_out:
        missing = "; ".join(f"missing {one}" for one in visit.left_out)
        raise SetError(
            f"{session.path} has no sounds in the shards that could be opened: if it is empty, "
            f"{model.name} becomes its model, for which all shards are needed: {missing}"
        )
    if not dry_run and (left := use_stored_model(session, model).not_written):
        raise SetError(
            f"not all shards are of {model.name} by now: {left[0]}; `sqlclap models use "
            f"{typed(session.path)} {model.name}` gives it to the others"
        )
    return True


class _Place(NamedTuple):
    """A sound of the set, and where it lies.

    Attributes
    ----------
    shard, sample_id : int
        The shard's number, and the sound's id there.
    whole : SetId
        Its id in the set.
    """

    shard: int
    sample_id: int
    whole: SetId

    def __str__(self) -> str:
        return str(self.whole)


@dataclass
class _Share:
    """What one shard gets of a lot.

    Attributes
    ----------
    places : list of int
        Of ids in the lot.
    samples : list of int
        Its own sounds that they name; none where they are names.
    settled : list of str
        Ids of rows whose failures are kept here, and that are in by now.
    failed : list of FailedRow
        Rows whose failures are kept here.
    """

    places: list[int] = field(default_factory=list)
    samples: list[int] = field(default_factory=list)
    settled: list[str] = field(default_factory=list)
    failed: list[FailedRow] = field(default_factory=list)


class _Work:
    """An import into a set at work; `held` closes what it opens."""

    def __init__(
        self, session: SetSession, request: VectorImport, model: StoredModel, held: ExitStack
    ) -> None:
        self._session, self._request, self._model = session, request, model
        self._by_name = request.match == "name"
        self._source = request.source or model.name
        self._file = printable(request.choice.file.name)
        self._reader = LotReader(request.match, _as_set_id)
        self._shards = {one.number: one for one in session.shards}
        self._open: dict[int, Library] = {}
        self.report = SetVectorImportReport(
            model.name, model.model_version, model.dim, dry_run=request.dry_run
        )
        for shard in session.shards:
            with self._noted(shard):
                library = held.enter_context(shard.open("write"))
                kib = max(CACHE_KIB // len(self._shards), 2_000)
                held.enter_context(roomy_cache(library.connection, kib))
                self._open[shard.number] = library
                if not request.dry_run:
                    note_membership(library.connection, session.path)

    def take(self, rows: VectorRows, listener: ProgressListener) -> None:
        """Take a lot in, in one transaction a shard."""
        lot = self._reader.lot(rows)
        shares: dict[int, _Share] = {}
        failed = (
            self._share_names(lot, shares) if self._by_name else self._share_sounds(lot, shares)
        )
        told = lot.told(failed)
        keepers = {one.row: self._keeper(one) for one in (*told, *lot.renamed)}
        for one in (*told, *lot.renamed):
            shares.setdefault(keepers[one.row], _Share()).failed.append(one)
        vectors = scaled(lot.vectors, lengths_of(self._model))
        if not self.report.rows:  # what the same file failed with before is forgotten everywhere
            shares |= {number: _Share() for number in self._open if number not in shares}
        stored = NOTHING
        for number, share in shares.items():
            if number in self._open:
                stored = _sum(stored, self._store(number, share, lot, vectors))
        kept = [one for one in told if keepers[one.row] in self._open]
        self.report.count(stored, kept, listener)
        self.report.rows += len(rows.ids)

    def follow(self, listener: ProgressListener) -> None:
        """Bring the shards' indexes up to date where much has changed."""
        for at, (number, library) in enumerate([*self._open.items()], start=1):
            place = f"shard {number}, {at} of {len(self._open)}"
            with self._noted(self._shards[number]):
                follow_import(library.session, self._model, ShardProgress(listener, place))

    def _share_names(self, lot: Lot, shares: dict[int, _Share]) -> dict[int, str]:
        for place, key in enumerate(lot.keys):
            self._share(shares, str(key)).places.append(place)
            shown = shown_id(key)
            if shown is not None and shown != key:  # what it failed with is kept by that
                self._share(shares, shown).settled.append(shown)
        return {}

    def _share_sounds(self, lot: Lot, shares: dict[int, _Share]) -> dict[int, str]:
        """Share a lot by where its sounds lie; return why some have none, by their places."""
        there: dict[int, list[_Place]] = {}
        for number in [*self._open]:
            with self._noted(self._shards[number]):
                for place, sound in self._found(number, lot.keys):
                    there.setdefault(place, []).append(sound)
        found, failed = one_each(self._request.match, len(lot.keys), there)
        for place, sound in found.items():
            share = shares.setdefault(sound.shard, _Share())
            share.places.append(place)
            share.samples.append(sound.sample_id)
            given = shown_id(lot.rows.ids[lot.places[place]]) or ""
            self._share(shares, given).settled.append(given)
        if self.report.not_written:
            lost = ", as far as its shards could be opened"
            failed = {at: why if at in there else why + lost for at, why in failed.items()}
        return failed

    def _found(self, number: int, keys: Sequence[str | int]) -> Iterator[tuple[int, _Place]]:
        """Yield the sounds of a shard that ids name, with the ids' places."""
        ids, database = self._shards[number].entry.ids, self._open[number].connection
        wanted: list[str | int] = [*keys]
        places = list(range(len(keys)))
        if self._request.match == "sample":
            pairs = [(at, held) for at, key in enumerate(keys) for held in ids.held(int(key))]
            places, wanted = [at for at, _ in pairs], [held for _, held in pairs]
        for at, samples in samples_of(database, self._request.match, wanted).items():
            for one in samples:
                yield places[at], _Place(number, one, split_id(ids.told(one)))

    def _share(self, shares: dict[int, _Share], name: str) -> _Share:
        """Return the share of the shard that a name of the vectors' source belongs into."""
        return shares.setdefault(self._shard_of(name), _Share())

    def _shard_of(self, name: str) -> int:
        return self._session.file.shard_of(f"{WITHOUT_AUDIO}{self._source}", name).number

    def _keeper(self, failed: FailedRow) -> int:
        """Return the shard that keeps a failure."""
        return self._shard_of(self._reader.kept_as(failed))

    def _store(self, number: int, share: _Share, lot: Lot, vectors: Float32Array) -> Stored:
        """Store what one shard gets, in one transaction; where that fails, it gets nothing."""
        transaction = dry_run_transaction if self._request.dry_run else write_transaction
        stored, library = NOTHING, self._open[number]
        with self._noted(self._shards[number]), transaction(library.connection) as database:
            stored = self._put(database, share, lot, vectors)
        return stored if number in self._open else NOTHING

    def _put(self, database: Database, share: _Share, lot: Lot, vectors: Float32Array) -> Stored:
        source = source_of(database, self._source)
        model = register_model(database, self._model)
        note = f"no audio: its vector came from {self._file}"
        store = VectorStore(database, model, source, self._request.match, note)
        if not self.report.rows:
            store.forget_failures_of(f"{self._file}: ")
        own = vectors[np.asarray(share.places, dtype=np.int64)]
        if self._by_name:
            stored = store.put([lot.keys[place] for place in share.places], own)
        else:
            stored = store.put_found(dict(enumerate(share.samples)), own)
        store.forget_failures(share.settled)
        store.record_failures(
            [(self._reader.kept_as(one), f"{self._file}: {one.reason}") for one in share.failed]
        )
        return stored

    @contextmanager
    def _noted(self, shard: Shard) -> Iterator[None]:
        """Leave a shard out from now on where something fails that is its own."""
        try:
            yield
        except NOT_ANSWERING as error:
            self._open.pop(shard.number, None)
            self.report.not_written.append(not_opened(shard, error))


def _as_set_id(given: object) -> int | None:
    number = None if isinstance(given, bool) else as_set_id(given)
    return number if number is not None and 0 < number < 2**63 else None


def _sum(one: Stored, other: Stored) -> Stored:
    return Stored(
        one.added + other.added,
        one.replaced + other.replaced,
        one.unchanged + other.unchanged,
        one.sounds + other.sounds,
        {},
    )
