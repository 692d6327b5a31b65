"""What annotation files say: a label on a span of a recording, and how sure it is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlclap.errors import AnnotationError
from sqlclap.labels.votes import Verdict

HIGHEST_HZ = 10_000_000.0
LONGEST_S = 1e9


@dataclass(frozen=True)
class Recording:
    """A recording as a file names it, or as a library knows it.

    Attributes
    ----------
    path : str
        With ``/`` between its parts.
    duration_s : float or None
        In seconds; None where nothing says.
    sample_rate : int or None
        In Hz.
    """

    path: str
    duration_s: float | None = None
    sample_rate: int | None = None

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True)
class Annotation:
    """A label on a span of a recording.

    Attributes
    ----------
    label : str
        Empty where the file gives none.
    recording : Recording or None
        None where the file is of one recording and doesn't name it.
    start_s, end_s : float or None
        Seconds from the recording's start, half-open; both None: all of it. The two are equal for
        a point, which only label tracks have.
    verdict : {"accept", "reject", "unsure"}
    confidence : float or None
        Of the program that found it, on its own scale.
    low_hz, high_hz : float or None
    notes : str or None
    more : mapping of str to str
        Other columns of the file.
    is_found : bool
        Whether a program said so, and no person.
    place : str
        Where it stands, such as ``owls.txt, line 3``; for errors.
    """

    label: str
    recording: Recording | None = None
    start_s: float | None = None
    end_s: float | None = None
    verdict: Verdict = "accept"
    confidence: float | None = None
    low_hz: float | None = None
    high_hz: float | None = None
    notes: str | None = None
    more: Mapping[str, str] = field(default_factory=dict, hash=False)
    is_found: bool = field(default=False, compare=False)
    place: str = field(default="", compare=False)

    @property
    def is_point(self) -> bool:
        """Whether it has no length."""
        return self.start_s is not None and self.start_s == self.end_s

    @property
    def path(self) -> str | None:
        """The recording's path, where one is named."""
        return None if self.recording is None else self.recording.path


def checked(one: Annotation) -> Annotation:
    """Return an annotation whose numbers can be right.

    Raises
    ------
    AnnotationError
        A span without one of its ends, inverted, before the start; frequencies out of order; a
        number that is none. The message begins with its place.
    """
    for name in ("start_s", "end_s", "low_hz", "high_hz", "confidence"):
        value = getattr(one, name)
        if value is not None and not math.isfinite(value):
            raise _wrong(one, f"expected a number for {name}, got {value}")
    if (one.start_s is None) != (one.end_s is None):
        raise _wrong(one, "expected a start and an end, or neither, got one of them")
    if one.start_s is not None and one.end_s is not None:
        if one.start_s < 0 or one.end_s > LONGEST_S:
            raise _wrong(one, f"expected a span from 0 s on, got {_span(one)}")
        if one.end_s < one.start_s:
            raise _wrong(one, f"expected an end after the start, got {_span(one)}")
    low, high = one.low_hz or 0.0, HIGHEST_HZ if one.high_hz is None else one.high_hz
    if not 0 <= low <= high <= HIGHEST_HZ:
        raise _wrong(one, f"expected frequencies in order, got {one.low_hz} to {one.high_hz} Hz")
    return one


def _span(one: Annotation) -> str:
    return f"{one.start_s:g} to {one.end_s:g} s"


def _wrong(one: Annotation, what: str) -> AnnotationError:
    return AnnotationError(f"{one.place}: {what}" if one.place else what)
