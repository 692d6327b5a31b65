"""When a recording began: what its file's metadata, its name or its time say."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree

from sqlclap.audio.chunks import wav_chunks
from sqlclap.audio.encoded import AudioSource, Encoded

TimeSource = Literal["guano", "comment", "bext", "ixml", "name", "file"]
"""Where a start was read, from the most to the least trustworthy."""

EARLIEST = datetime(1970, 1, 2)
"""Clocks that were never set begin at their epoch: such times say nothing."""

FARTHEST_ZONE = timedelta(hours=14)
"""How far clocks are ahead of UTC at most (in Kiribati), and behind it."""

_CHUNKS = (b"guan", b"bext", b"iXML", b"LIST")
_MOST_BYTES = 1 << 16


@dataclass(frozen=True)
class RecordingStart:
    """When a recording began, and where.

    Attributes
    ----------
    clock : datetime
        As the recorder wrote it, without a zone.
    utc_offset : timedelta or None
        What the clock is ahead of UTC; None where nothing says so.
    source : {"guano", "comment", "bext", "ixml", "name", "file"}
    latitude, longitude : float or None
        In degrees (WGS 84).
    """

    clock: datetime
    utc_offset: timedelta | None
    source: TimeSource
    latitude: float | None = None
    longitude: float | None = None


def recording_start(path: Path, duration_s: float | None = None) -> RecordingStart | None:
    """Return when a recording began.

    The first that says so counts: GUANO metadata, the comment that AudioMoth writes, a Broadcast
    Wave's ``bext`` chunk, iXML, the file's name, and at last the file's time of modification less
    its length, for recorders write a file's end last.

    Parameters
    ----------
    path : Path
    duration_s : float, optional
        Length (in seconds).

    Raises
    ------
    OSError
        The file can't be read.
    """
    stated = stated_start(path, path.name)
    if stated is not None:
        return stated
    ended = datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(tzinfo=None)
    began = ended - timedelta(seconds=duration_s or 0.0)
    return RecordingStart(began, timedelta(0), "file") if began >= EARLIEST else None


def stated_start(source: AudioSource, name: str) -> RecordingStart | None:
    """Return when a recording began, as its file says, whatever the file's own time is.

    Parameters
    ----------
    source : str, path-like, bytes or PassingAudio
    name : str
        Of the file.

    Raises
    ------
    OSError
        It can't be read.
    """
    with Encoded(source) as encoded:
        chunks = wav_chunks(encoded, _CHUNKS, _MOST_BYTES)
    readers: tuple[tuple[bytes, Callable[[bytes], RecordingStart | None]], ...] = (
        (b"guan", _from_guano),
        (b"LIST", _from_comment),
        (b"bext", _from_bext),
        (b"iXML", _from_ixml),
    )
    for chunk, read in readers:
        found = read(chunks[chunk]) if chunk in chunks else None
        if found is not None and found.clock >= EARLIEST:
            return found
    named = start_in_name(name)
    return named if named is not None and named.clock >= EARLIEST else None


_DATE = r"(?P<year>(?:19|20)\d\d)(?P<sep>[-_.]?)(?P<month>\d\d)(?P=sep)(?P<day>\d\d)"
_TIME = r"(?P<hour>\d\d)(?P<colon>[-_:.]?)(?P<minute>\d\d)(?:(?P=colon)(?P<second>\d\d))?"
_FRACTION = r"(?:[.,](?P<fraction>\d{1,6})(?!\d))?"
_ZONE = r"(?P<zone>Z|[+-]\d\d:?(?:\d\d)?(?![\d]))?"
_NAMES = tuple(
    re.compile(rf"(?<!\d){pattern}(?!\d)")
    for pattern in (
        # AudioMoth and Song Meter: 20240601_053000; ISO 8601: 2024-06-01T05:30:00+02:00.
        rf"{_DATE}[T_ $-]{_TIME}{_FRACTION}{_ZONE}",
        # SoundTrap: 5146.240601053000; Zoom: 240601-053000, 240601_053000.
        r"(?P<short>\d\d)(?P<month>\d\d)(?P<day>\d\d)[-_]?"
        r"(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)",
        # All digits in a row: 20240601053000.
        r"(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)"
        r"(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)",
    )
)
_ORDER = (_NAMES[0], _NAMES[2], _NAMES[1])


def start_in_name(name: str) -> RecordingStart | None:
    """Return the date and time that a file's name holds; None without both.

    >>> start_in_name("20240601_053000.WAV").clock.isoformat()
    '2024-06-01T05:30:00'
    >>> start_in_name("5146.240601053000.wav").clock.isoformat()
    '2024-06-01T05:30:00'
    >>> start_in_name("pond 2024-06-01T05.30.00+0200.flac").utc_offset
    datetime.timedelta(seconds=7200)
    >>> start_in_name("kick_120bpm_20240601.wav") is None
    True
    """
    for pattern in _ORDER:
        for match in pattern.finditer(name):
            clock = _clock(match.groupdict())
            if clock is not None:
                return RecordingStart(clock, _offset(match.groupdict().get("zone")), "name")
    return None


def holds_no_time(name: str) -> bool:
    """Whether a name looks as if it held a date and time, of which there is none.

    >>> holds_no_time("20240230_053000.wav"), holds_no_time("20240601_053000.wav")
    (True, False)
    """
    dated = any(pattern.search(name) for pattern in _ORDER[:2])  # years with their centuries
    return dated and start_in_name(name) is None


def _clock(parts: dict[str, str | None]) -> datetime | None:
    year = int(parts.get("year") or 2000 + int(parts.get("short") or 0))
    month, day, hour, minute, second = (
        int(parts.get(name) or 0) for name in ("month", "day", "hour", "minute", "second")
    )
    micro = int((parts.get("fraction") or "0").ljust(6, "0"))
    try:
        return datetime(year, month, day, hour, minute, second, micro)
    except ValueError:  # the 45th of a month: another number
        return None


def _offset(zone: str | None) -> timedelta | None:
    if not zone:
        return None
    if zone == "Z":
        return timedelta(0)
    digits = zone[1:].replace(":", "").ljust(4, "0")
    found = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    if found > timedelta(hours=14):
        return None
    return -found if zone[0] == "-" else found


def _from_iso(text: str, source: TimeSource) -> RecordingStart | None:
    match = _NAMES[0].fullmatch(text.strip())
    clock = _clock(match.groupdict()) if match else None
    if match is None or clock is None:
        return None
    return RecordingStart(clock, _offset(match["zone"]), source)


def _from_guano(body: bytes) -> RecordingStart | None:
    """Read GUANO metadata (https://guano-md.org): ``Timestamp`` and ``Loc Position``."""
    fields: dict[str, str] = {}
    for line in body.decode("utf-8", "replace").replace("\0", "").splitlines():
        key, colon, value = line.partition(":")
        if colon:
            fields.setdefault(key.strip(), value.strip())
    found = _from_iso(fields.get("Timestamp", ""), "guano")
    if found is None:
        return None
    return RecordingStart(
        found.clock, found.utc_offset, "guano", *_position(fields.get("Loc Position", ""))
    )


def _position(text: str) -> tuple[float | None, float | None]:
    try:
        latitude, longitude = map(float, text.split())
    except ValueError:
        return None, None
    is_possible = abs(latitude) <= 90 and abs(longitude) <= 180
    return (latitude, longitude) if is_possible else (None, None)


_COMMENT = re.compile(
    rb"Recorded at (\d\d):(\d\d):(\d\d)(?:\.(\d{3}))? (\d\d)/(\d\d)/(\d{4})"
    rb" \(UTC(?:([+-]\d{1,2})(?::(\d\d))?)?\)"
)


def _from_comment(body: bytes) -> RecordingStart | None:
    """Read the comment in LIST/INFO that AudioMoth's firmware writes."""
    match = _COMMENT.search(body)
    if match is None:
        return None
    hour, minute, second, millis, day, month, year, ahead, minutes = (
        int(part) if part else 0 for part in match.groups()
    )
    minutes = -minutes if (match[8] or b"").startswith(b"-") else minutes
    try:
        clock = datetime(year, month, day, hour, minute, second, millis * 1000)
    except ValueError:
        return None
    return RecordingStart(clock, timedelta(hours=ahead, minutes=minutes), "comment")


def _from_bext(body: bytes) -> RecordingStart | None:
    """Read a Broadcast Wave's OriginationDate and OriginationTime (EBU Tech 3285, section 2.3)."""
    text = body[320:338].decode("ascii", "replace").rstrip("\0 ")
    digits = re.fullmatch(r"(\d{4})\D(\d\d)\D(\d\d)(\d\d)\D(\d\d)\D(\d\d)", text)
    if digits is None:
        return None
    try:
        clock = datetime(*map(int, digits.groups()))  # type: ignore[arg-type]  # no zone
    except ValueError:
        return None
    return RecordingStart(clock, None, "bext")


def _from_ixml(body: bytes) -> RecordingStart | None:
    """Read the Broadcast Wave fields that iXML repeats (http://www.gallery.co.uk/ixml)."""
    text = body.rstrip(b"\0")
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:  # entities could grow without bound
        return None
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - see above
    except (ElementTree.ParseError, ValueError, LookupError):
        return None
    date = root.findtext(".//BEXT/BWF_ORIGINATION_DATE") or ""
    time = root.findtext(".//BEXT/BWF_ORIGINATION_TIME") or ""
    return _from_iso(f"{date.strip()}T{time.strip()}", "ixml")


def in_zone(start: RecordingStart, zone: str | None) -> tuple[datetime, timedelta | None]:
    """Return a start by a zone's clocks, and by how much these were ahead of UTC.

    Parameters
    ----------
    start : RecordingStart
    zone : str or None
        As `time_zone` reads it. A clock time without an offset is one of this zone; another is
        converted. None leaves everything as it was written.

    Raises
    ------
    zoneinfo.ZoneInfoNotFoundError
        There is no such zone.
    """
    if zone is None:
        return start.clock, start.utc_offset
    there = time_zone(zone)
    if start.utc_offset is None:
        local = start.clock.replace(tzinfo=there)
    else:
        local = start.clock.replace(tzinfo=timezone(start.utc_offset)).astimezone(there)
    return local.replace(tzinfo=None), local.utcoffset()


def time_zone(zone: str) -> tzinfo:
    """Return a zone by its name, or by how far its clocks are ahead of UTC, as recorders are set.

    Parameters
    ----------
    zone : str
        Such as "Europe/Berlin", whose clocks change in spring and autumn, or "+02:00", "UTC-5",
        which hold all year.

    Raises
    ------
    KeyError
        There is no zone of that name.
    OSError, ValueError
        It can't be a zone's name.
    """
    found = re.fullmatch(r"(?:UTC|GMT)?([+-])(\d\d?)(?::?([0-5]\d))?", zone.strip())
    if found is None:
        from zoneinfo import ZoneInfo

        return ZoneInfo(zone)
    sign, hours, minutes = found.groups()
    ahead = timedelta(hours=int(hours), minutes=int(minutes or 0))
    if ahead > FARTHEST_ZONE:
        raise ValueError(f"no clock is {ahead} from UTC")
    return timezone(-ahead if sign == "-" else ahead)
