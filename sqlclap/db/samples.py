"""Samples in the library's tables: reading, merging, counting."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from sqlclap.db.database import CachedByState, Snapshot, named_rows
from sqlclap.db.measured_columns import column_values, stored_columns
from sqlclap.db.sources import (
    Source,
    file_path,
    list_sources,
    native_path,
    path_columns,
    spelled_alike,
    spellings,
)
from sqlclap.db.spans import SampleSpan, check_within
from sqlclap.db.statements import columns_statement, read_transaction, statement
from sqlclap.descriptor_columns import NAMES, Descriptors
from sqlclap.errors import UnknownLabelError, UnknownSoundError
from sqlclap.records import DIGITS, field_names

if TYPE_CHECKING:
    from sqlclap.db.database import Database

LEAST_HEARD_SHARE = 0.5
"""Share of a sound's energy in the model's band below which it counts as hardly heard."""


def is_hardly_heard(heard_share: float | None) -> bool:
    """Whether most of a sound's energy lies outside of what the model hears."""
    return heard_share is not None and heard_share < LEAST_HEARD_SHARE


RowKey = int | float | str | None
"""Key of a row of an attached table; None for a sound that none names."""


class Audible:
    """Base of results about a sound: the model may hear only a part of it.

    Attributes
    ----------
    heard_share : float or None
        Energy that lies in what the model hears over all energy, from 0 to 1; None where it was
        not measured yet.
    """

    DERIVED: ClassVar[tuple[str, ...]] = ("hardly_heard",)
    heard_share: float | None

    @property
    def hardly_heard(self) -> bool:
        """Whether most of its energy lies outside of what the model hears."""
        return is_hardly_heard(self.heard_share)


@dataclass(frozen=True, kw_only=True)
class Sample(Descriptors, Audible):
    """One sound of a library, with its descriptors (see `Descriptors`).

    Attributes
    ----------
    sample_id : int
    root, path : str
        Folder of the source, and the path below it.
    file : Path
        Path of the sound file on disk.
    status : {"ok", "silent", "missing", "failed"}
    note : str or None
        Remarks on irregularities from decoding.
    further : mapping of str to (float or None)
        Descriptors of third parties, by column.
    """

    SHOWN: ClassVar[tuple[str, ...]] = (
        "sample_id", "path", "duration_s", "format", "sample_rate", "rms_db",
        "spectral_centroid_hz", "pitch_hz", "status",
    )  # fmt: skip
    FIRST: ClassVar[tuple[str, ...]] = (
        "sample_id", "root", "path", "file", "content_hash", "bytes", "sample_rate", "channels",
        "format",
    )  # fmt: skip
    NOUN: ClassVar[str] = "sample"
    sample_id: int
    root: str
    path: str
    file: Path
    content_hash: str
    bytes: int
    sample_rate: int | None
    channels: int | None
    format: str | None
    status: str
    note: str | None
    further: Mapping[str, float | None] = field(default_factory=dict, hash=False)

    def told(self) -> dict[str, Any]:
        """Return the fields by name, with third parties' descriptors among them."""
        values = {name: getattr(self, name) for name in field_names(Sample)}
        values |= values.pop("further")
        return {
            name: round(value, DIGITS) if isinstance(value, float) else value
            for name, value in values.items()
        }

    def descriptors(self) -> dict[str, float | str | None]:
        """Return all that was measured, by column; third parties' last."""
        return {name: getattr(self, name) for name in NAMES} | dict(self.further)


_OWN = (
    "sample_id", "root", "path", "path_bytes", "content_hash", "bytes", "sample_rate", "channels",
    "format", "status", "note",
)  # fmt: skip


def _column_names(connection: Database) -> tuple[str, ...]:
    return tuple(column.name for column in stored_columns(connection))


_COLUMN_NAMES = CachedByState(_column_names)
"""Sounds are looked up one by one: reading what columns there are takes longer than that."""


def _fetch(connection: Database, where: str, bindings: tuple[object, ...]) -> list[Sample]:
    with Snapshot(connection) as snapshot:
        names = _COLUMN_NAMES.of(snapshot)
    sql = f"{columns_statement('db/sample_columns', names)} WHERE {where}"
    return [
        _sample(dict(zip((*_OWN, *names), row, strict=True)))
        for row in connection.execute(sql, bindings)
    ]


def _sample(row: dict[str, Any]) -> Sample:
    file = file_path(row["root"], row["path"], row.pop("path_bytes"))
    known = {name: value for name, value in row.items() if name in _OWN or name in NAMES}
    further = {name: value for name, value in row.items() if name not in known}
    return Sample(file=file, further=further, **known)


def samples_by_ids(connection: Database, sample_ids: Iterable[int]) -> list[Sample]:
    """Return the samples that exist, by ascending id."""
    wanted = json.dumps(list(sample_ids))
    some = "s.sample_id IN (SELECT value FROM json_each(?)) ORDER BY s.sample_id"
    return _fetch(connection, some, (wanted,))


def sample_by_id(connection: Database, sample_id: int) -> Sample:
    """Return a sample.

    Raises
    ------
    UnknownSoundError
        There is no such id.
    """
    possible = abs(sample_id) < 2**63  # what SQLite's integers hold
    samples = _fetch(connection, "s.sample_id = ?", (sample_id,)) if possible else []
    if not samples:
        raise UnknownSoundError(f"no sample {sample_id} in {connection.filename}")
    return samples[0]


def sample_of(connection: Database, place: SampleSpan) -> Sample:
    """Return the sample that a span is of.

    Raises
    ------
    UnknownSoundError
        There is no such id.
    SpanError
        The span ends behind the sound's end.
    """
    sample = sample_by_id(connection, place.sample_id)
    check_within(place.span, sample.duration_s, f"{sample.path} (sample {sample.sample_id})")
    return sample


class ListedSample(NamedTuple):
    """A sample as lists show it.

    Attributes
    ----------
    sample_id : int
    path : str
        Below its source's folder.
    duration_s : float or None
        In seconds.
    format : str or None
    status : {"ok", "silent", "missing", "failed"}
    """

    sample_id: int
    path: str
    duration_s: float | None
    format: str | None
    status: str


def list_samples(connection: Database, sample_ids: Sequence[int]) -> list[ListedSample]:
    """Return samples in the order of their ids as given; unknown ids are left out."""
    rows = connection.execute(statement("db/sample_rows"), (json.dumps([*sample_ids]),))
    return [ListedSample(*row) for row in rows]


def list_with_columns(
    database: Database, sample_ids: Sequence[int], columns: Sequence[str]
) -> tuple[list[ListedSample], dict[int, tuple[Any, ...]]]:
    """Return samples of a list of ids, and columns of them, in one state of the library.

    See `list_samples` and `column_values`; an ingest may remove some meanwhile.

    Raises
    ------
    QueryError
        ``samples`` has no such column.
    """
    with read_transaction(database):
        rows = list_samples(database, sample_ids)
        return rows, column_values(database, sample_ids, columns) if columns else {}


def count_samples(connection: Database) -> int:
    """Return how many samples a library holds, of whatever status."""
    return int(connection.execute("SELECT count(*) FROM samples").get)


def samples_by_path(connection: Database, path: str) -> list[Sample]:
    """Return the samples that a path names: relative to a source, absolute, or from here.

    A name is looked for as it is typed, then as `path` shows names that are not UTF-8, then
    whatever way its accents are spelled (NFC, NFD). Only sources that hold files under the same
    relative path can give more than one.
    """
    try:
        absolutes = {os.path.realpath(path), os.path.abspath(path)}  # noqa: PTH100 links kept
    except (OSError, ValueError):  # loops, NUL: no file is called that
        return []
    sources = list_sources(connection)
    places = _places(sources, path, absolutes)
    for show in (lambda name: path_columns(name)[0], str):
        samples: dict[int, Sample] = {}
        for source_id, name in places:
            if _is_text(key := show(name)):
                where = "s.source_id = ? AND s.path = ?"
                for sample in _fetch(connection, where, (source_id, key)):
                    samples[sample.sample_id] = sample
        if samples:
            return [samples[sample_id] for sample_id in sorted(samples)]
    return [] if path.isascii() else _spelled_alike(connection, path, absolutes)


def samples_like(connection: Database, pattern: str) -> list[int]:
    """Return the ids of samples whose paths match a pattern as shells have them, by their paths."""
    for spelled in spellings(pattern):
        rows = connection.execute(statement("db/samples_like"), (spelled,)).fetchall()
        if rows:
            return [int(str(row[0])) for row in rows]
    return []


def _places(sources: list[Source], path: str, absolutes: set[str]) -> list[tuple[int, str]]:
    """Return where a path may point to: ids of sources and paths below their roots."""
    places: dict[tuple[int, str], None] = {}
    trees = [source.root.rstrip("/") for source in sources if source.kind == "tree"]
    for source in sources:
        for name in (path, str(Path(path)) if path else path):
            places[source.source_id, name] = None
        prefix = source.root.rstrip("/") + "/"
        # Below a tree there may be another source, which holds what lies there.
        enclosing = [f"{root}/{path}" for root in trees if prefix.startswith(root + "/")]
        for absolute in (*sorted(absolutes), *enclosing):
            if absolute.startswith(prefix):
                places[source.source_id, absolute.removeprefix(prefix)] = None
    return list(places)


def _spelled_alike(connection: Database, path: str, absolutes: set[str]) -> list[Sample]:
    alike = {spelled_alike(name) for name in absolutes}
    relative = spelled_alike(path)
    samples = []
    for sample_id, root, text, raw in connection.execute(statement("db/samples_not_ascii")):
        name = spelled_alike(native_path(text, raw))
        whole = f"{spelled_alike(root).rstrip('/')}/{name}"
        if name == relative or whole in alike:
            samples.append(int(sample_id))
    return [sample_by_id(connection, sample_id) for sample_id in sorted(samples)]


def _is_text(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


SHOWN = 20


def unknown_label(name: str, known: Iterable[str]) -> UnknownLabelError:
    """Make the error for an unknown label; it names the known ones."""
    names = [*known]
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    listed = f"the library has: {', '.join(names[:SHOWN]) or 'none yet'}{more}"
    return UnknownLabelError(f"no label {name!r}: {listed}; make it with `sqlclap label add`")


def check_label(database: Database, name: str) -> None:
    """Check that there is a label of this name; case makes no difference.

    Raises
    ------
    UnknownLabelError
    """
    if not database.execute("SELECT 1 FROM labels WHERE name = ?", (name,)).fetchall():
        rows = database.execute("SELECT name FROM labels ORDER BY name").fetchall()
        raise unknown_label(name, (str(row[0]) for row in rows))


# Each takes :keep and :drop; the last removes the sample, and triggers what is left of it.
_STEPS = (
    "db/merge_anchors_forget_older",
    "db/merge_anchors",
    "db/merge_votes",
    "db/merge_tags",
    "db/merge_span_vectors",
    "db/merge_layout",
    "db/merge_clusters",
    "db/merge_favourites",
    "db/merge_ratings",
    "db/merge_notes",
    "db/merge_collections",
    "db/merge_recent_uses",
    "db/merge_drop",
)


def merge_samples(connection: Database, keep: int, drop: int) -> None:
    """Give a sample's anchors, votes, tags, places and what curation keeps of it to another.

    The sample itself is removed.

    Votes keep their order. Where both are anchors of a label, the one made last holds. In a write
    transaction.

    Parameters
    ----------
    connection : Database
    keep, drop : int
        Sample ids.
    """
    for step in _STEPS:
        connection.execute(statement(step), {"keep": keep, "drop": drop})


def has_all_vectors_of(connection: Database, sample_id: int, other: int) -> bool:
    """Whether a sample has vectors of every model that another has vectors of."""
    bindings = {"sample_id": sample_id, "other": other}
    return not connection.execute(statement("db/merge_models_lacking"), bindings).get


def list_failures(connection: Database) -> list[dict[str, Any]]:
    """Return the files that could not be taken in: root, path, stage, reason, at."""
    return [*named_rows(connection.execute(statement("db/failures")))]
