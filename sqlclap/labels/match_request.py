"""Requests for what a label finds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypedDict

from sqlclap.counts import check_count
from sqlclap.errors import LabelValueError, QueryError
from sqlclap.labels.scoring import CONFIDENCES, Confidence
from sqlclap.search.events import EventRule, event_rule
from sqlclap.search.request import Filter


class MatchOptions(TypedDict, total=False):
    """More of a `MatchRequest` than label and limit, as keywords."""

    confidence: Confidence | None
    with_anchors: bool
    moments: bool
    windows: bool
    merge_gap: float | None
    min_event: float | None
    exact: bool
    only: Filter


@dataclass(frozen=True)
class MatchRequest:
    """A request for a label's matches.

    Attributes
    ----------
    label : str
    limit : int
        At least 1.
    confidence : {"low", "medium", "high"}, optional
        Lowest confidence to return: by default "low", and "medium" for events. Events of low
        confidence are made of windows that score as much as medium takes, whatever their rivals.
    with_anchors : bool
        Also return the label's own anchors; they are left out by default.
    moments : bool
        Return events, as `LabelEvent`, instead of sounds.
    windows : bool
        With `moments`: return each window by itself.
    merge_gap, min_event : float
        How windows are merged; see `sqlclap.search.events.EventRule`.
    exact : bool
        Score every sample, whether there is an index or not.
    only : Filter
        Which samples may be found.

    Raises
    ------
    QueryError, LabelValueError
        A value is out of range.
    """

    label: str
    limit: int = 20
    confidence: Confidence | None = None
    with_anchors: bool = False
    moments: bool = False
    windows: bool = False
    merge_gap: float | None = None
    min_event: float | None = None
    exact: bool = False
    only: Filter = field(default_factory=Filter)

    def __post_init__(self) -> None:
        object.__setattr__(self, "limit", check_count(self.limit, "a number of results"))
        if self.confidence is not None:
            check_confidence(self.confidence)
        of_events = self.windows, self.merge_gap, self.min_event
        if not self.moments and of_events != (False, None, None):
            raise QueryError("windows, merge_gap and min_event are of moments: ask for moments")
        _ = self.rule  # checked now

    @property
    def lowest_level(self) -> int:
        """The lowest confidence to return, as an index into `CONFIDENCES`."""
        default = "medium" if self.are_events else "low"
        return CONFIDENCES.index(self.confidence or default)

    @property
    def are_events(self) -> bool:
        """Whether windows are to be merged."""
        return self.moments and not self.windows

    @property
    def rule(self) -> EventRule:
        """How windows are merged."""
        return event_rule(self.merge_gap, self.min_event)


def check_confidence(confidence: str) -> Confidence:
    """Check that a text is a confidence, and return it.

    Raises
    ------
    LabelValueError
    """
    for known in CONFIDENCES:
        if confidence == known:
            return known
    expected = ", ".join(CONFIDENCES)
    raise LabelValueError(f"expected a confidence of {expected}; got {confidence!r}")
