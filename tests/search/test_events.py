"""Events are what a simple reference makes of the same windows."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqlclap.errors import QueryError
from sqlclap.search.events import CLOCK_S, Event, EventRule, MatchedWindows, find_events

Span = tuple[int, float, float]
"""Sample, start, end."""

spans = st.tuples(st.integers(1, 3), st.integers(0, 40), st.sampled_from([1, 2, 2, 2, 4])).map(
    lambda one: (one[0], one[1] / 4, (one[1] + one[2]) / 4)
)
rules = st.builds(
    EventRule, merge_gap=st.sampled_from([0, 0.25, 1.0]), min_event=st.sampled_from([0, 0.5, 0.75])
)


def matched(windows: list[Span]) -> MatchedWindows:
    columns = np.array(windows, dtype=np.float64).reshape(-1, 3)
    return MatchedWindows(columns[:, 0].astype(np.int64), columns[:, 1], columns[:, 2])


def counts(one: Span, better: list[Span]) -> bool:
    """Whether less than half of a window lies in any better one that counts."""
    return all(min(one[2], e) - max(one[1], s) < (one[2] - one[1]) / 2 for _, s, e in better)


def reference(windows: list[Span], rule: EventRule) -> list[Event]:
    """Join what belongs together until nothing does; then look at one group after another."""
    groups = [{at} for at in range(len(windows))]

    def belong(a: set[int], b: set[int]) -> bool:
        return any(
            windows[m][0] == windows[n][0]
            and max(windows[m][1], windows[n][1]) - min(windows[m][2], windows[n][2])
            <= rule.merge_gap
            for m in a
            for n in b
        )

    while pair := next(
        ((a, b) for a in groups for b in groups if a is not b and belong(a, b)), None
    ):
        groups = [one for one in groups if one not in pair] + [pair[0] | pair[1]]
    events = []
    for group in sorted(groups, key=min):
        counting: list[Span] = []
        for at in sorted(group):
            if counts(windows[at], counting):
                counting.append(windows[at])
        start, end = min(one[1] for one in counting), max(one[2] for one in counting)
        if end - start >= rule.min_event:
            in_time = sorted(group, key=lambda at: (*windows[at][1:], at))
            events.append(Event(start, end, min(group), tuple(in_time)))
    return events


@given(st.lists(spans, max_size=25), rules)
def test_events_are_those_of_the_reference(windows: list[Span], rule: EventRule) -> None:
    assert find_events(matched(windows), rule) == reference(windows, rule)


@given(st.lists(spans, max_size=25), rules)
def test_every_window_is_in_one_event_at_most_and_events_do_not_touch(
    windows: list[Span], rule: EventRule
) -> None:
    events = find_events(matched(windows), rule)
    members = [at for event in events for at in event.windows]
    assert len(members) == len(set(members))
    if rule.min_event == 0:
        assert sorted(members) == list(range(len(windows)))
    assert [event.peak for event in events] == sorted(event.peak for event in events)
    for event in events:
        assert event.start_s <= windows[event.peak][1] <= windows[event.peak][2] <= event.end_s
    for a in events:
        for b in events:
            same = windows[a.peak][0] == windows[b.peak][0]
            if same and a is not b:
                assert max(a.start_s, b.start_s) - min(a.end_s, b.end_s) > rule.merge_gap


def test_a_call_in_two_windows_is_as_long_as_the_better_one() -> None:
    windows = matched([(1, 5, 15), (1, 10, 20), (1, 0, 10)])
    assert find_events(windows, EventRule()) == [Event(5, 15, 0, (2, 0, 1))]


def test_a_long_event_is_one_whatever_its_best_windows_leave_between() -> None:
    every = [(1, float(start), start + 10.0) for start in range(0, 100, 5)]
    best = [every[1], every[5]]  # 5 to 15 and 25 to 35: between them, all windows lie half in one
    windows = best + [one for one in every if one not in best]
    (event,) = find_events(matched(windows), EventRule())
    assert (event.peak, len(event.windows)) == (0, 20)


def test_times_of_32_bits_are_the_same_times() -> None:
    starts = (36_000 + 0.4 * np.arange(4)).astype(np.float32).astype(np.float64)
    ends = (36_000.2 + 0.4 * np.arange(4)).astype(np.float32).astype(np.float64)
    windows = MatchedWindows(np.ones(4, dtype=np.int64), starts, ends)
    assert len(find_events(windows, EventRule(merge_gap=0.2))) == 1
    assert len(find_events(windows, EventRule(merge_gap=0.2 - 2 * CLOCK_S))) == 4
    assert len(find_events(windows, EventRule(min_event=0.2))) == 4


def test_nothing_gives_no_events() -> None:
    assert find_events(matched([]), EventRule()) == []


@pytest.mark.parametrize("wrong", [-1.0, math.nan, math.inf])
@pytest.mark.parametrize("name", ["merge_gap", "min_event"])
def test_seconds_are_a_number_from_0(name: str, wrong: float) -> None:
    with pytest.raises(QueryError, match=f"expected a {name} of at least 0 seconds, got"):
        EventRule(**{name: wrong})
