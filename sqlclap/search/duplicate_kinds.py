"""How two sounds whose vectors nearly coincide differ, and which of several versions to keep."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["copy", "format", "near", "length", "level"]

KINDS: tuple[Kind, ...] = ("copy", "format", "near", "length", "level")
"""From the narrowest to the widest."""

SAME: tuple[Kind, ...] = KINDS[:3]
"""What is one sound: of these, one is kept. Other lengths and levels are sounds of their own."""

LEVEL_DB = 1.0
"""Peak and RMS both differ by more, or the RMS of sounds of one length: another level. Lossy
formats alone move peaks, and silence at the end alone moves the RMS, by as much."""

LENGTH_S, LENGTH_SHARE = 0.06, 0.02
"""What encoders add at the ends is no other length: up to so many seconds, or so large a share."""

_EXACT = re.compile(r"/(PCM|FLOAT|DOUBLE|ALAC|FLAC|WAVPACK|TTA|APE)")
_BITS = re.compile(r"(8|16|20|24|32)$")
_NAMED_BITS = {"FLOAT": 32, "DOUBLE": 64}

REASONS = (
    "people spoke of it (anchor, vote or tag)",
    "lossless",
    "more bits a sample",
    "higher sample rate",
    "longer",
    "in the library longest",
)
ALONE = "the only one of its level and length"


@dataclass(frozen=True)
class Measured:
    """What tells versions of a sound apart.

    Attributes
    ----------
    sample_id : int
    content : str
        Hash of the file; empty where there is none.
    duration_s : float or None
        In seconds.
    format : str or None
        Container and encoding, such as ``WAV/PCM_16``.
    sample_rate, channels : int or None
    peak_db, rms_db : float or None
        In dBFS.
    marks : bool
        It has an anchor, a vote or a tag.
    """

    sample_id: int
    content: str
    duration_s: float | None
    format: str | None
    sample_rate: int | None
    channels: int | None
    peak_db: float | None
    rms_db: float | None
    marks: bool = False

    @property
    def is_lossless(self) -> bool:
        """Whether its encoding gives back what was put in."""
        return bool(_EXACT.search(self.format or ""))

    @property
    def bits(self) -> int:
        """Bits a sample; 0 where the encoding has no such number."""
        coding = (self.format or "").rpartition("/")[2]
        match = _BITS.search(coding)
        return int(match[1]) if match else _NAMED_BITS.get(coding, 0)

    @property
    def worth(self) -> tuple[float, ...]:
        """What is compared, in this order, to choose the one to keep; see `REASONS`."""
        rate, length = self.sample_rate or 0, self.duration_s or 0.0
        quality = (self.is_lossless, self.bits if self.is_lossless else 0, rate, round(length, 3))
        return (self.marks, *quality, -self.sample_id)


@dataclass(frozen=True)
class Place:
    """Where a sound stands in its group: see `Duplicate`."""

    kind: Kind | None
    of: int | None
    keep_reason: str | None


def kind_between(one: Measured, other: Measured) -> Kind:
    """Return how two sounds whose vectors nearly coincide differ.

    "copy": the same bytes. "level": another level; see `LEVEL_DB`. "length": one is longer by more
    than encoders add. "format": another container, encoding, sample rate or
    number of channels. "near": other bytes, and nothing of that.
    """
    if one.content and one.content == other.content:
        return "copy"
    peak = _apart(one.peak_db, other.peak_db)
    rms = _apart(one.rms_db, other.rms_db)
    if min(peak, rms) > LEVEL_DB:
        return "level"
    longest = max(one.duration_s or 0.0, other.duration_s or 0.0)
    if _apart(one.duration_s, other.duration_s) > max(LENGTH_S, LENGTH_SHARE * longest):
        return "length"
    if rms > LEVEL_DB:
        return "level"
    form = (one.format, one.sample_rate, one.channels)
    return "near" if form == (other.format, other.sample_rate, other.channels) else "format"


def _apart(value: float | None, other: float | None) -> float:
    """Return how far two measures lie apart; 0 where one is not known."""
    return 0.0 if value is None or other is None else abs(value - other)


def arrange(group: Sequence[Measured]) -> list[Place]:
    """Put each sound of a group beside the first that it is the same as, and choose which to keep.

    Parameters
    ----------
    group : sequence of Measured
        By sample id, the first being what the others are like.
    """
    versions: list[list[Measured]] = []
    kinds: dict[int, tuple[Kind | None, int | None]] = {}
    for sound in group:
        for version in versions:
            kind = kind_between(version[0], sound)
            if kind in SAME:
                kinds[sound.sample_id] = (kind, version[0].sample_id)
                version.append(sound)
                break
        else:
            first = group[0]
            is_first = sound is first
            kinds[sound.sample_id] = (
                (None, None) if is_first else (kind_between(first, sound), first.sample_id)
            )
            versions.append([sound])
    reasons = dict(map(choose, versions))
    return [Place(*kinds[one.sample_id], reasons.get(one.sample_id)) for one in group]


def choose(version: Sequence[Measured]) -> tuple[int, str]:
    """Return which of sounds that are the same to keep, and why."""
    best, *others = sorted(version, key=lambda one: one.worth, reverse=True)
    if not others:
        return best.sample_id, ALONE
    pairs = zip(REASONS, best.worth, others[0].worth, strict=True)
    return best.sample_id, next(reason for reason, mine, next_best in pairs if mine != next_best)


def widest(kinds: Iterable[Kind | None]) -> Kind:
    """Return the widest of kinds."""
    return max((kind for kind in kinds if kind is not None), key=KINDS.index)
