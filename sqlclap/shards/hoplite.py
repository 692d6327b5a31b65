"""Databases of perch-hoplite and sets: recordings are of shards, what is said of the catalog."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.db.sources import path_columns
from sqlclap.db.statements import read_transaction, write_transaction
from sqlclap.errors import SetError
from sqlclap.exchange.hoplite_export import ExportedPart, HopliteExport, export_parts
from sqlclap.exchange.hoplite_import import HopliteReport, HopliteTaken, lots, opened_hoplite
from sqlclap.exchange.placing import PlacedAnnotation
from sqlclap.exchange.store import stored_annotations
from sqlclap.progress import NullProgress
from sqlclap.quantities import typed
from sqlclap.shards.copies import copied, ids_of_copies
from sqlclap.shards.deployments import SetDeployments
from sqlclap.shards.leases import work_lease
from sqlclap.shards.span_vectors import refresh_spans_of_set
from sqlclap.shards.targets import sounds_by_ids
from sqlclap.shards.visiting import Visit
from sqlclap.upkeep import follow_ingest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlclap.api import Library
    from sqlclap.exchange.hoplite_places import FoundRecording
    from sqlclap.progress import ProgressListener
    from sqlclap.shards.missing import Missing
    from sqlclap.shards.session import SetSession
    from sqlclap.shards.shard import Shard


@dataclass
class SetHopliteReport(HopliteReport):
    """What became of a database of perch-hoplite in a set, all shards together.

    Attributes
    ----------
    not_written : list of Missing
        Shards that could not be written: the same import gives them their part.
    """

    not_written: list[Missing] = field(default_factory=list)


def export_set(
    session: SetSession, folder: Path, listener: ProgressListener | None = None
) -> HopliteExport:
    """Write a set's recordings and votes as one database; see `exchange.hoplite_export`.

    Raises
    ------
    LibraryError, SetError
        A shard can't be read, or lies at a node: a part would look like the whole.
    HopliteError, NoVectorsError, NotInstalledError
    """
    with ExitStack() as held:
        parts: dict[int, ExportedPart] = {}
        for shard in session.shards:
            library = held.enter_context(shard.open("read"))
            database = held.enter_context(read_transaction(library.connection))
            parts[shard.number] = ExportedPart.of(database, library.session.model)
        _say(session, parts)
        return export_parts([*parts.values()], folder, listener)


def _say(session: SetSession, parts: dict[int, ExportedPart]) -> None:
    """Give each shard's part the votes that the catalog has on its sounds."""
    votes = stored_annotations(session.catalog.database, "votes")
    ids = ids_of_copies(session)
    told, _ = sounds_by_ids(session, [ids[one.sample_id] for one in votes if one.sample_id in ids])
    for one in votes:
        sound = told.get(ids.get(one.sample_id, -1))
        if sound is not None:
            parts[sound.shard].said[sound.sample_id].append(one)


def import_into_set(
    session: SetSession,
    folder: Path,
    audio: Path | None = None,
    listener: ProgressListener | None = None,
) -> SetHopliteReport:
    """Take a database of perch-hoplite into a set; see `exchange.hoplite_import`.

    Each recording goes into the shard of its name, in one transaction a lot; annotations become
    votes of the catalog. Doing it twice changes nothing.

    Raises
    ------
    SetError
        Its vectors are not of the set's model, the set is open for reading only, or its shards are
        being changed.
    HopliteError, NotInstalledError
    """
    session.check_writable()
    listener = listener or NullProgress()
    with work_lease(session.path, alone=False), opened_hoplite(folder, audio) as taken:
        if taken.model.model_version not in session.model.versions:
            raise SetError(
                f"{folder} holds vectors of {taken.model.name} ({taken.model.model_version}), and "
                f"{session.path} is of {session.model.name}: take it into a library of its own, "
                f"`sqlclap hoplite import birds.db {typed(folder)}`"
            )
        listener.started("hoplite", len(taken.found))
        visit = _store(session, taken, listener)
        deployments = taken.deployments()
    report = SetHopliteReport(**{one.name: getattr(taken.report, one.name) for one in _FIELDS})
    report.not_written = visit.left_out
    if deployments:
        put = SetDeployments(session).put(deployments)
        report.deployments = put.added + put.changed
    return report


_FIELDS = fields(HopliteReport)


def _store(session: SetSession, taken: HopliteTaken, listener: ProgressListener) -> Visit:
    """Store recordings, shard by shard, and what is said of them in the catalog."""
    file, shares = session.file, dict[int, list["FoundRecording"]]()
    for one in taken.found:
        path = path_columns(str(one.file.relative_to(one.root)))[0]
        shares.setdefault(file.shard_of(str(one.root), path).number, []).append(one)
    visit = Visit(session.shards)

    def store(shard: Shard, library: Library) -> None:
        for lot in lots(shares.get(shard.number, [])):
            placed = taken.store(library.connection, lot, vote=False)
            _vote(session, taken, shard, placed)
            listener.advanced(len(lot))
        follow_ingest(library.session, listener)

    visit.each("write", store)
    refresh_spans_of_set(session).tell()
    return visit


def _vote(
    session: SetSession, taken: HopliteTaken, shard: Shard, placed: Sequence[PlacedAnnotation]
) -> None:
    ids = [*dict.fromkeys(one.sample_id for one in placed)]
    copies = copied(session, [shard.entry.ids.told(one) for one in ids])
    by_id = dict(zip(ids, (copy for copy, _ in copies), strict=True))
    with write_transaction(session.catalog.database) as database:
        taken.store_votes(
            database, [replace(one, sample_id=by_id[one.sample_id]) for one in placed]
        )
