"""Entries of metadata: one thing that one field of one standard says, under a common name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlclap.metadata.keys import key_text

ORIGINS = (
    "ixml", "bext", "acid", "basc", "caf", "smpl", "inst", "id3", "vorbis", "mp4", "asf", "info",
    "aiff", "ucs", "name",
)  # fmt: skip
"""Where something was said, from the most to the least trusted.

What production tools write on purpose comes first, then chunks for loops and samplers, then tags
for players, and what a file's name suggests last.
"""

LONGEST_VALUE = 2_000
"""Characters of a value that are kept."""

MOST_ENTRIES = 200
"""Entries of a file that are kept."""

TEMPO_BPM = (20.0, 400.0)
"""Tempos that are believed: some writers leave 0, or a sample rate."""

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff\ud800-\udfff]+")

ALIASES = {
    "bpm": "tempo", "tbpm": "tempo", "tmpo": "tempo", "beats_per_minute": "tempo",
    "initial_key": "key", "initialkey": "key", "tkey": "key", "musical_key": "key",
    "key_signature": "key", "comments": "comment", "date": "created", "year": "created",
    "recorded_date": "created", "time_signature": "meter", "beat_count": "beats",
    "sub_category": "subcategory", "catid": "cat_id", "fxname": "title", "name": "title",
    "keyword": "keywords", "manufacturer": "originator", "composer": "artist", "note": "comment",
}  # fmt: skip
"""Names that standards and programs use, as the common names they mean."""


@dataclass(frozen=True)
class Entry:
    """One thing that is said of a sound.

    Attributes
    ----------
    origin : str
        One of `ORIGINS`.
    said_by : str
        The field's own name in that standard, such as "IART" or "tempo".
    field : str
        The common name, such as "artist"; the field's own in lower case where there is none.
    value : str or float
    """

    origin: str
    said_by: str
    field: str
    value: str | float


def text_of(raw: bytes) -> str:
    """Decode a text that says no encoding: UTF-8, or else Windows' Western European one."""
    raw = raw.partition(b"\0")[0]
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def common_name(own: str) -> str:
    """Return the common name of a field, or its own in lower case.

    >>> common_name("Key Signature"), common_name("FXName"), common_name("mood")
    ('key', 'title', 'mood')
    """
    plain = re.sub(r"[^a-z0-9]+", "_", own.lower()).strip("_")[:60]
    return ALIASES.get(plain, plain)


def believed(entries: Iterable[Entry]) -> list[Entry]:
    """Return entries as they are stored: clean, checked, no empty ones, no more than are kept.

    A tempo or key that can't be one is kept under its own name, as what it is: text.
    """
    kept: dict[tuple[str, str, str | float], Entry] = {}
    for entry in entries:
        checked = _checked(entry)
        if checked is not None:
            kept.setdefault((checked.origin, checked.said_by, checked.value), checked)
        if len(kept) == MOST_ENTRIES:
            break
    return list(kept.values())


def _checked(entry: Entry) -> Entry | None:
    value = entry.value
    if isinstance(value, str):
        value = _CONTROLS.sub(" ", value).strip()[:LONGEST_VALUE]
    own = re.sub(r"\s+", "_", _CONTROLS.sub(" ", entry.said_by).strip())[:60]
    if value == "" or not entry.field or not own:
        return None
    entry = replace(entry, said_by=own, value=value)
    if entry.field == "tempo":
        tempo = _number(value)
        if tempo is None or not TEMPO_BPM[0] <= tempo <= TEMPO_BPM[1]:
            return replace(entry, field="tempo_as_written")
        return replace(entry, value=round(tempo, 3))
    if entry.field == "key":
        key = key_text(str(value))
        return replace(entry, value=key) if key else replace(entry, field="key_as_written")
    return entry


def _number(value: str | float) -> float | None:
    try:
        number = float(str(value).replace(",", "."))
    except ValueError:
        return None
    return number if abs(number) < float("inf") else None
