"""A database of perch-hoplite becomes a library, or a part of one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlclap.audio.decode import open_audio
from sqlclap.audio.revisions import READING_REVISION
from sqlclap.db.sources import Source, path_columns, source_for
from sqlclap.db.statements import statement, write_transaction
from sqlclap.db.stored_models import StoredModel, register_model
from sqlclap.db.vectors import WindowVectors, replace_vectors, unit_rows, usable_rows
from sqlclap.errors import AudioError, HopliteError
from sqlclap.exchange.annotations import Annotation
from sqlclap.exchange.hoplite import HopliteDatabase, HopliteWindows
from sqlclap.exchange.hoplite_places import FoundRecording, HoplitePlaces
from sqlclap.exchange.placing import PlacedAnnotation
from sqlclap.exchange.store import AnnotationWriter
from sqlclap.models.contract import canonical_json
from sqlclap.models.declared import DEFAULT_SCORING
from sqlclap.progress import NullProgress, ProgressListener
from sqlclap.recordings.deployment_file import Deployment
from sqlclap.recordings.deployments import Deployments
from sqlclap.sqlite_files import content_hash

if TYPE_CHECKING:
    from sqlclap.db.database import Database
    from sqlclap.session import Session

AT_ONCE = 100
"""Recordings stored together: other writers get their turn between them."""

CONTRACT_KEY = "sqlclap_contract"
"""Of the metadata under which an export keeps the model's whole contract."""


@dataclass
class HopliteReport:
    """What became of a database of perch-hoplite.

    Attributes
    ----------
    model, model_version : str
    recordings, windows : int
        How many were read.
    present : int
        Recordings whose file is there now.
    without_vector : int
        Windows without a vector that can be compared.
    labels, votes, known : int
        New labels and votes, and annotations that were there already.
    deployments : int
        New or changed.
    left_out : list of str
        Annotations that are none of their recordings: without a length, or behind the end.
    """

    model: str
    model_version: str
    recordings: int = 0
    windows: int = 0
    present: int = 0
    without_vector: int = 0
    labels: int = 0
    votes: int = 0
    known: int = 0
    deployments: int = 0
    left_out: list[str] = field(default_factory=list)


def import_hoplite(
    session: Session,
    folder: Path,
    audio: Path | None = None,
    listener: ProgressListener | None = None,
) -> HopliteReport:
    """Take in recordings, windows with their vectors, annotations and deployments.

    All that is in the database is looked at before anything is written, then stored in lots; an
    import that was broken off can be done again, and doing it twice changes nothing. Vectors get
    length 1: their cosines stay.

    Parameters
    ----------
    session : Session
    folder : Path
        Of the database.
    audio : Path, optional
        Folder of the recordings; by default the one that the database names.
    listener : ProgressListener, optional
        Is told of the stage ``hoplite`` (recordings).

    Raises
    ------
    HopliteError
        The database can't be read, is damaged, or doesn't say where its recordings lie.
    NotInstalledError
    """
    listener = listener or NullProgress()
    with opened_hoplite(folder, audio) as taken:
        listener.started("hoplite", len(taken.found))
        for lot in lots(taken.found):
            taken.store(session.database, lot, vote=True)
            listener.advanced(len(lot))
        deployments = taken.deployments()
    put = Deployments(session).put(deployments) if deployments else None
    taken.report.deployments = 0 if put is None else put.added + put.changed
    return taken.report


@dataclass(frozen=True)
class HopliteTaken:
    """A database that is being taken in, and what became of it so far.

    Attributes
    ----------
    hoplite : HopliteDatabase
    places : HoplitePlaces
    found : list of FoundRecording
    model : StoredModel
    report : HopliteReport
    """

    hoplite: HopliteDatabase
    places: HoplitePlaces
    found: Sequence[FoundRecording]
    model: StoredModel
    report: HopliteReport

    def store(
        self, database: Database, lot: Sequence[FoundRecording], vote: bool
    ) -> list[PlacedAnnotation]:
        """Store recordings in a library, in one transaction; return their annotations.

        Parameters
        ----------
        database : Database
        lot : sequence of FoundRecording
        vote : bool
            Whether the annotations are stored there as votes.
        """
        facts = [_facts(one.file) for one in lot]
        with write_transaction(database) as connection:
            store = _Store(connection, self.hoplite, self.model, self.report)
            for one, own in zip(lot, facts, strict=True):
                store.put(one, own)
            if vote:
                self.store_votes(connection, store.placed)
        return store.placed

    def store_votes(self, connection: Database, placed: Sequence[PlacedAnnotation]) -> None:
        """Store annotations as votes; in a write transaction."""
        writer = AnnotationWriter(connection, "votes", self.hoplite.folder.name)
        stored = writer.write(placed)
        self.report.labels += stored.labels
        self.report.votes += stored.rows
        self.report.known += stored.known

    def deployments(self) -> Sequence[Deployment]:
        """Return its deployments."""
        return self.places.deployments(self.found)


@contextmanager
def opened_hoplite(folder: Path, audio: Path | None) -> Iterator[HopliteTaken]:
    """Open a database to be taken in; all that will be read is looked at.

    Raises
    ------
    HopliteError, NotInstalledError
    """
    with HopliteDatabase(folder) as hoplite:
        model = model_of(hoplite)
        places = HoplitePlaces(hoplite, audio)
        found = [places.find(one) for one in hoplite.recordings()]
        _check(hoplite, found)
        report = HopliteReport(model.name, model.model_version)
        yield HopliteTaken(hoplite, places, found, model, report)


def lots(found: Sequence[FoundRecording]) -> Iterator[Sequence[FoundRecording]]:
    """Yield recordings in lots that are stored together."""
    for start in range(0, len(found), AT_ONCE):
        yield found[start : start + AT_ONCE]


def _check(hoplite: HopliteDatabase, found: Sequence[FoundRecording]) -> None:
    """Check all that will be read, so that damage is reported before anything is written."""
    files: set[Path] = set()
    for one in found:
        if one.file in files:
            named = f"{hoplite.folder}: the recording {one.held.filename}"
            raise HopliteError(f"{named} is there twice, of two deployments")
        files.add(one.file)
        hoplite.windows(one.held.recording_id)
        for said in hoplite.annotations(one.held.recording_id):
            if not said.label.strip() or not said.label.isprintable():
                raise HopliteError(f"{said.place}: expected a name for a label, got {said.label!r}")


def model_of(hoplite: HopliteDatabase) -> StoredModel:
    """Return the model whose vectors a database holds, as a library keeps it.

    One that sqlclap has exported is the same model again. Of others, the configuration is the
    contract: databases of one configuration can be compared, and no others.

    Raises
    ------
    HopliteError
        The metadata names no model.
    """
    kept = hoplite.metadata.get(CONTRACT_KEY)
    if isinstance(kept, dict) and isinstance(kept.get("canonical"), str):
        canonical = str(kept["canonical"])
        return _model(str(kept.get("name")), hoplite.dim, canonical)
    config = hoplite.metadata.get("model_config")
    name = config.get("model_key") if isinstance(config, dict) else None
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        raise HopliteError(
            f"{hoplite.folder} names no model: expected `model_config` with a `model_key` in its "
            "metadata; perch-hoplite writes it when it embeds"
        )
    contract = {
        "name": name,
        "source": "perch-hoplite",
        "dim": hoplite.dim,
        "hoplite": config,
        "scoring": DEFAULT_SCORING,
    }
    return _model(name, hoplite.dim, canonical_json(contract))


def _model(name: str, dim: int, canonical: str) -> StoredModel:
    version = hashlib.sha256(canonical.encode("utf-8")).hexdigest()[:16]
    return StoredModel(0, name, version, dim, canonical)


def _facts(file: Path) -> dict[str, Any]:
    """Return the columns of a sample's row that describe its file, which may be missing."""
    facts: dict[str, Any] = dict.fromkeys(("duration_s", "sample_rate", "channels", "format"))
    facts |= {"content_hash": "", "bytes": 0, "mtime_ns": 0, "status": "missing"}
    try:
        stamp = file.stat()
        facts["content_hash"] = content_hash(file)
    except OSError:
        return facts
    facts |= {"bytes": stamp.st_size, "mtime_ns": stamp.st_mtime_ns, "status": "ok"}
    with suppress(AudioError), open_audio(file) as stream:
        frames, rate = stream.declared_frames, stream.sample_rate
        facts |= {"sample_rate": rate, "channels": stream.channels, "format": stream.format}
        facts["duration_s"] = None if frames is None else frames / rate
    return facts


class _Store:
    """Stores recordings; within one write transaction.

    Parameters
    ----------
    connection : Database
    hoplite : HopliteDatabase
    model : StoredModel
    report : HopliteReport
    """

    def __init__(
        self,
        connection: Database,
        hoplite: HopliteDatabase,
        model: StoredModel,
        report: HopliteReport,
    ) -> None:
        self._connection = connection
        self._hoplite = hoplite
        self._model = register_model(connection, model)
        self._report = report
        self._sources: dict[Path, Source] = {}
        self.placed: list[PlacedAnnotation] = []

    def put(self, one: FoundRecording, facts: dict[str, Any]) -> None:
        """Store a recording with its windows, and keep its annotations as `placed`."""
        windows = self._hoplite.windows(one.held.recording_id)
        if facts["duration_s"] is None and len(windows.ends):
            facts = facts | {"duration_s": float(windows.ends.max())}
        sample_id = self._sample(one, facts)
        self._store_vectors(sample_id, windows, facts["duration_s"])
        for said in self._hoplite.annotations(one.held.recording_id):
            inside = _inside(said, facts["duration_s"])
            if inside is None:
                self._report.left_out.append(said.place)
            else:
                self.placed.append(PlacedAnnotation(sample_id, inside))
        start = _start_columns(one.held.started_at)
        if facts["status"] == "missing" and start is not None:
            insert = statement("exchange/start_insert")
            self._connection.execute(insert, start | {"sample_id": sample_id})
        self._report.recordings += 1
        self._report.present += facts["status"] != "missing"

    def _sample(self, one: FoundRecording, facts: dict[str, Any]) -> int:
        if one.root not in self._sources:
            self._sources[one.root] = source_for(self._connection, one.root)
        source = self._sources[one.root]
        text, raw = path_columns(str(one.file.relative_to(source.root)))
        row = {"source_id": source.source_id, "path": text, "path_bytes": raw}
        insert = facts | row | {"reading_revision": READING_REVISION}
        self._connection.execute(statement("exchange/sample_insert"), insert)
        found = self._connection.execute(statement("exchange/sample_find"), row).fetchone()
        return int(found[0])

    def _store_vectors(self, sample_id: int, windows: HopliteWindows, length: float | None) -> None:
        vectors = self._hoplite.vectors(windows)
        usable = usable_rows(vectors) & (windows.starts < windows.ends)
        self._report.windows += len(usable)
        self._report.without_vector += int((~usable).sum())
        if not usable.any():
            return
        ends = windows.ends[usable]
        starts = windows.starts[usable]
        if length is not None:  # the last window was filled up with silence
            ends = ends.clip(max=max(length, float(starts.max()) + LEAST_WINDOW_S))
        held = WindowVectors(unit_rows(vectors[usable]), starts, ends)
        replace_vectors(self._connection, self._model, sample_id, held)


LEAST_WINDOW_S = 0.001


def _inside(said: Annotation, length: float | None) -> Annotation | None:
    """Return an annotation that ends where its recording does; None for one that isn't in it."""
    if said.is_point or said.start_s is None or said.end_s is None:
        return None
    end = said.end_s if length is None else min(said.end_s, round(length, 6))
    return replace(said, end_s=end) if said.start_s < end else None


def _start_columns(text: str | None) -> dict[str, Any] | None:
    try:
        start = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    ahead = start.utcoffset()
    utc = None if ahead is None else start.astimezone(UTC).replace(tzinfo=None)
    return {
        "started_at": start.replace(tzinfo=None).isoformat(timespec="seconds"),
        "utc_offset_min": None if ahead is None else round(ahead / timedelta(minutes=1)),
        "started_at_utc": None if utc is None else f"{utc.isoformat(timespec='seconds')}Z",
    }
