"""Events: windows of one recording that follow each other, merged into one stretch of sound.

This part knows neither vectors nor libraries: it takes windows in the order of how well they match,
so that events of a search, of a label and of a tag run are made by the same rule.
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlclap.arrays import plain_number
from sqlclap.errors import QueryError

if TYPE_CHECKING:
    from sqlclap.arrays import Float64Array, Int64Array

CLOCK_S = 0.005
"""Tolerance for times (in seconds), which are stored in 32 bits: within hours, they round to it."""


@dataclass(frozen=True)
class EventRule:
    """How windows are merged.

    Attributes
    ----------
    merge_gap : float
        Windows up to this far apart (in seconds) belong to one event.
    min_event : float
        Shorter events are dropped (in seconds).

    Raises
    ------
    QueryError
        A number is negative, or none.
    """

    merge_gap: float = 0.0
    min_event: float = 0.0

    def __post_init__(self) -> None:
        for name in ("merge_gap", "min_event"):
            seconds = plain_number(getattr(self, name))
            object.__setattr__(self, name, seconds)
            if not (math.isfinite(seconds) and seconds >= 0):
                raise QueryError(f"expected a {name} of at least 0 seconds, got {seconds}")


def event_rule(merge_gap: float | None, min_event: float | None) -> EventRule:
    """Return the rule of two options; None stands for the default.

    Raises
    ------
    QueryError
    """
    default = EventRule()
    return EventRule(
        default.merge_gap if merge_gap is None else merge_gap,
        default.min_event if min_event is None else min_event,
    )


@dataclass(frozen=True)
class MatchedWindows:
    """Windows that match, best first; which ones do, the caller decides.

    Attributes
    ----------
    sample_ids : np.ndarray [shape=(n,), dtype=int64]
    starts, ends : np.ndarray [shape=(n,), dtype=float64]
        In seconds.
    """

    sample_ids: Int64Array
    starts: Float64Array
    ends: Float64Array

    def middle(self, at: int) -> float:
        """Return the middle of a window (in seconds)."""
        return float(self.starts[at] + self.ends[at]) / 2


@dataclass(frozen=True)
class Event:
    """One stretch of a recording that matches.

    Attributes
    ----------
    start_s, end_s : float
        In seconds.
    peak : int
        The best of its windows, as a position among those given.
    windows : tuple of int
        All of them, in the order of time.
    """

    start_s: float
    end_s: float
    peak: int
    windows: tuple[int, ...]


def find_events(windows: MatchedWindows, rule: EventRule) -> list[Event]:
    """Merge windows into events, those with the best peak first.

    Windows of a sample form a run as long as none begins more than `rule.merge_gap` after all
    before it have ended; each run is an event. Windows that overlap tell of one sound more than
    once, so an event does not reach from the first to the last of them: a window at least half of
    which lies in a better one that counts doesn't count (non-maximum suppression), and the event
    reaches from the first to the last that counts.
    """
    events = [_event(windows, run) for run in find_runs(windows, rule.merge_gap)]
    events.sort(key=lambda one: one.peak)
    return [one for one in events if one.end_s - one.start_s >= rule.min_event - CLOCK_S]


def find_runs(windows: MatchedWindows, merge_gap: float) -> Iterator[list[int]]:
    """Yield the runs of `find_events`, each in the order of time."""
    import numpy as np

    order = np.lexsort((windows.ends, windows.starts, windows.sample_ids)).tolist()
    samples, starts = windows.sample_ids.tolist(), windows.starts.tolist()
    ends = windows.ends.tolist()
    run: list[int] = []
    until = 0.0
    for at in order:
        if run and (samples[at] != samples[run[0]] or starts[at] - until > merge_gap + CLOCK_S):
            yield run
            run = []
        until = max(until, ends[at]) if run else ends[at]
        run.append(at)
    if run:
        yield run


def _event(windows: MatchedWindows, run: list[int]) -> Event:
    spans = [(float(windows.starts[at]), float(windows.ends[at])) for at in run]
    by_rank = [spans[n] for n in sorted(range(len(run)), key=run.__getitem__)]
    counting = spans_that_count(by_rank)
    start_s, end_s = min(one[0] for one in counting), max(one[1] for one in counting)
    return Event(start_s, end_s, min(run), tuple(run))


def spans_that_count(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return spans, given best first, but those that lie half in a better one; by start."""
    longest = max(end - start for start, end in spans)
    counting: list[tuple[float, float]] = []
    for start, end in spans:
        enough = (end - start) / 2 - CLOCK_S
        first = bisect_left(counting, (start - longest - CLOCK_S, -math.inf))
        last = bisect_left(counting, (end, -math.inf))
        covers = (min(end, e) - max(start, s) for s, e in counting[first:last])
        if not any(covered >= enough for covered in covers):
            insort(counting, (start, end))
    return counting
