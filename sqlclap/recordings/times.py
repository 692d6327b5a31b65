"""Start times of recordings: read from their files, stored with their samples."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlclap.addresses import place_of_sound
from sqlclap.audio.recording_start import (
    RecordingStart,
    holds_no_time,
    in_zone,
    recording_start,
    time_zone,
)
from sqlclap.db.sources import file_path
from sqlclap.db.statements import statement, write_transaction
from sqlclap.errors import IngestError
from sqlclap.progress import NullProgress, ProgressListener
from sqlclap.recordings.deployments import deployment_folders, innermost

if TYPE_CHECKING:
    from pathlib import Path

    from sqlclap.db.database import Database

AT_ONCE = 500
"""Files looked at between two transactions: other writers get their turn."""


ZONES = "Europe/Berlin, UTC or +02:00"

STAGE = "reading recording times"


def check_zone(zone: str | None) -> str | None:
    """Check that a time zone exists.

    Raises
    ------
    IngestError
    """
    if zone is None:
        return None
    try:
        time_zone(zone)
    except (OSError, ValueError) as error:  # not found, not a zone's file; a path
        raise IngestError(f"expected a time zone such as {ZONES}, got {zone!r}") from error
    except KeyError as error:
        message = f"no time zone {zone!r} is known here; expected one such as {ZONES}"
        raise IngestError(message) from error
    return zone


def read_recording_times(database: Database, listener: ProgressListener | None = None) -> list[str]:
    """Read the start times of recordings without one; return which ones have none in their names.

    Only the files' headers and names are looked at. Files that can't be read now are left to the
    next time. Where there are any, the listener is told of the stage "reading recording times".

    Returns
    -------
    list of str
        Paths of those whose names hold a date and time of which there is none, such as the 30th of
        February: their own time of change was taken.
    """
    listener = listener or NullProgress()
    waiting = int(database.execute(statement("recordings/unread_count")).get)
    if waiting:
        listener.started(STAGE, waiting)
    folders = deployment_folders(database)
    impossible = []
    for page in _pages(database):
        read = [_read(sound, folders) for sound in page]
        rows = [row for row in read if row is not None]
        guessed = {row["sample_id"] for row in rows if row["time_source"] == "file"}
        named = (sound.path for sound in page if sound.sample_id in guessed)
        impossible += [path for path in named if _is_impossible(path)]
        with write_transaction(database):
            database.executemany(statement("recordings/time_insert"), rows)
        listener.advanced(len(page))
    return impossible


def _is_impossible(path: str) -> bool:
    return holds_no_time(path.rpartition("/")[2])


class _Unread(NamedTuple):
    """A sound whose start is not known yet; `zone` is that of its source's clocks."""

    sample_id: int
    root: str
    path: str
    path_bytes: bytes | None
    duration_s: float | None
    zone: str | None


def _pages(database: Database) -> Iterator[list[_Unread]]:
    after = 0
    while True:
        bindings = {"after": after, "most": AT_ONCE}
        rows = database.execute(statement("recordings/unread"), bindings).fetchall()
        if not rows:
            return
        page = [_Unread(*row) for row in rows]
        yield page
        after = page[-1].sample_id


def _read(sound: _Unread, folders: dict[str, int]) -> dict[str, Any] | None:
    file = file_path(sound.root, sound.path, sound.path_bytes)
    try:
        start = recording_start(file, sound.duration_s)
    except OSError:
        return None
    return _as_row(sound.sample_id, file, _columns(start, sound.zone), folders)


def keep_start(
    database: Database,
    sample_id: int,
    place: tuple[str, str, str | None],
    start: RecordingStart | None,
) -> None:
    """Store when a recording began whose file isn't here any more; in a write transaction.

    Parameters
    ----------
    database : Database
    sample_id : int
    place : tuple
        Root and time zone of its source, its path between them.
    start : RecordingStart or None
    """
    root, path, zone = place
    file, folders = place_of_sound(root, path), deployment_folders(database)
    row = _as_row(sample_id, file, _columns(start, zone), folders)
    database.execute(statement("recordings/time_insert"), row)


def _as_row(
    sample_id: int, file: Path, columns: dict[str, Any], folders: dict[str, int]
) -> dict[str, Any]:
    return {"sample_id": sample_id, "deployment_id": innermost(file, folders), **columns}


def _columns(start: RecordingStart | None, zone: str | None) -> dict[str, Any]:
    if start is None:
        names = ("started_at", "utc_offset_min", "started_at_utc", "time_source")
        return dict.fromkeys((*names, "latitude", "longitude"))
    clock, ahead = in_zone(start, zone)
    utc = None if ahead is None else clock - ahead
    return {
        "started_at": _iso(clock),
        "utc_offset_min": None if ahead is None else round(ahead / timedelta(minutes=1)),
        "started_at_utc": None if utc is None else f"{_iso(utc)}Z",
        "time_source": start.source,
        "latitude": start.latitude,
        "longitude": start.longitude,
    }


def _iso(clock: datetime) -> str:
    """Write a time as SQLite's functions read it: to the millisecond, where it is that exact."""
    return clock.isoformat(timespec="milliseconds" if clock.microsecond else "seconds")
