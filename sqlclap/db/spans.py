"""Spans: stretches of time in a sound, half-open, in seconds from its start.

A span is written behind what names the sound: ``12@12.5-15.0``, ``rec/dawn.wav@12.5-15.0``; times
of a minute and more also as they are shown, ``12@1:12.5-1:15.0``. In tables, ``start_s`` and
``end_s`` are both NULL where the whole sound is meant.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import NamedTuple

from sqlclap.errors import SpanError

DECIMALS = 6
"""Times are kept to the microsecond, so that they come back the same from text, JSON and CSV."""

END_TOLERANCE_S = 0.01
"""What a span may pass its sound's end by: other programs round, and windows' times are float32."""

LEAST_SHARE = 0.5
_ROUNDING_S = 1e-6
_TIME = r"(?:(?:\d+:)?\d+:[0-5]\d|\d+)(?:\.\d*)?|\.\d+"
_SUFFIX = rf"(?s)(?P<sound>.+)@(?P<start>{_TIME})-(?P<end>{_TIME})"


@dataclass(frozen=True, order=True)
class Span:
    """A stretch of a sound, from `start_s` up to but not including `end_s`.

    Attributes
    ----------
    start_s, end_s : float
        Seconds from the sound's start, rounded to microseconds; ``0 <= start_s < end_s``.

    Raises
    ------
    SpanError
        They are no finite numbers, negative, or the end does not come after the start.
    """

    start_s: float
    end_s: float

    def __post_init__(self) -> None:
        for name in ("start_s", "end_s"):
            object.__setattr__(self, name, _seconds(name, getattr(self, name)))
        if self.end_s <= self.start_s:
            raise SpanError(
                f"expected a span that ends after its start, got {self}: the start comes first"
            )

    @property
    def length_s(self) -> float:
        """How long it is (in seconds)."""
        return self.end_s - self.start_s

    def __str__(self) -> str:
        return f"{_told(self.start_s)}-{_told(self.end_s)}"


class SampleSpan(NamedTuple):
    """A sample, or a span of it: what a label's anchors, votes and tags speak of.

    Attributes
    ----------
    sample_id : int
    span : Span or None
        None: the whole sound.
    """

    sample_id: int
    span: Span | None = None

    @property
    def bounds(self) -> tuple[float, float] | tuple[None, None]:
        """Start and end as tables hold them."""
        return (None, None) if self.span is None else (self.span.start_s, self.span.end_s)

    def __str__(self) -> str:
        return format_span_target(self.sample_id, self.span)


def as_sample_span(sound: int | SampleSpan) -> SampleSpan:
    """Return a sample's id as the whole of it; a `SampleSpan` as it is."""
    return sound if isinstance(sound, SampleSpan) else SampleSpan(sound)


def optional_span(start_s: object, end_s: object) -> Span | None:
    """Return the span of two values, or None, the whole sound, where both are None.

    Raises
    ------
    SpanError
        Only one is given, or they make no span.
    """
    if start_s is None and end_s is None:
        return None
    if start_s is None or end_s is None:
        raise SpanError(
            "expected both start_s and end_s, or neither for the whole sound; "
            f"got {start_s!r} and {end_s!r}"
        )
    return Span(start_s, end_s)  # type: ignore[arg-type]  # it checks them


def parse_span_target(text: str) -> tuple[str, Span] | None:
    """Return what ``SOUND@12.5-15.0`` names and the span; None for a text of another form.

    Times are seconds, or minutes and hours before them: ``SOUND@1:02.5-1:15``.

    A file may be called so itself: callers look for one of that name first.

    Raises
    ------
    SpanError
        The span ends before it starts, or is empty.
    """
    found = re.fullmatch(_SUFFIX, text)
    if found is None:
        return None
    return found["sound"], Span(_read(found["start"]), _read(found["end"]))


def format_span_target(sound: object, span: Span | None) -> str:
    """Return the text that names a span of a sound, as `parse_span_target` reads it."""
    return str(sound) if span is None else f"{sound}@{span}"


def speaks_for(span: Span, other: Span) -> bool:
    """Whether what is said of a span holds for another one, such as a window.

    They overlap by at least half of the shorter of the two: half of a call lies in the window, or
    half of the window in a long span. The view ``moment_matches`` says the same in SQL.
    """
    overlap = min(span.end_s, other.end_s) - max(span.start_s, other.start_s)
    return overlap + _ROUNDING_S >= LEAST_SHARE * min(span.length_s, other.length_s)


def check_within(span: Span | None, duration_s: float | None, sound: object) -> None:
    """Check that a span lies within its sound.

    Parameters
    ----------
    span : Span or None
    duration_s : float or None
        The sound's length (in seconds); None where it is not known.
    sound : object
        What the sound is called.

    Raises
    ------
    SpanError
        It ends behind the sound's end.
    """
    if span is not None and duration_s is not None and span.end_s > duration_s + END_TOLERANCE_S:
        raise SpanError(
            f"the span {span} of {sound} ends behind the sound, which is {_told(duration_s)} s long"
        )


def _read(time: str) -> float:
    """Return the seconds of ``15.5``, ``1:15.5`` or ``1:01:15.5``."""
    *larger, seconds = time.split(":")
    whole = 0
    for part in larger:
        whole = 60 * whole + int(part)
    return 60 * whole + float(seconds)


def _seconds(name: str, value: object) -> float:
    try:
        seconds = math.nan if isinstance(value, bool | str | bytes) else float(value)  # type: ignore[arg-type]  # it may fail
    except (TypeError, ValueError, OverflowError):
        seconds = math.nan
    if not math.isfinite(seconds) or seconds < 0:
        raise SpanError(f"expected {name} in seconds from the sound's start, got {value!r}")
    return round(seconds, DECIMALS)


def _told(seconds: float) -> str:
    text = f"{seconds:.{DECIMALS}f}".rstrip("0")
    return f"{text}0" if text.endswith(".") else text
