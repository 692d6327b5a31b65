"""Spans: what one is, how it is written, and what it speaks for."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqlclap.db.spans import (
    END_TOLERANCE_S,
    SampleSpan,
    Span,
    check_within,
    format_span_target,
    optional_span,
    parse_span_target,
    speaks_for,
)
from sqlclap.errors import QueryError, SpanError

TIMES = st.floats(0, 1e6, allow_nan=False)


@pytest.mark.parametrize(
    ("start_s", "end_s"),
    [
        (3.0, 2.0),
        (2.0, 2.0),
        (-1.0, 2.0),
        (math.nan, 2.0),
        (0.0, math.nan),
        (0.0, math.inf),
        ("0", 1.0),
        (True, 2.0),
        (0.0, None),
        (1.0, 1.0 + 1e-9),
    ],
)
def test_what_is_no_span_is_refused_in_one_line(start_s: object, end_s: object) -> None:
    with pytest.raises(SpanError) as told:
        Span(start_s, end_s)  # type: ignore[arg-type]  # that is what is tried
    assert isinstance(told.value, QueryError)
    assert "\n" not in str(told.value)


def test_half_a_span_is_none() -> None:
    assert optional_span(None, None) is None
    assert optional_span(1, 2) == Span(1.0, 2.0)
    for start_s, end_s in ((None, 2.0), (1.0, None)):
        with pytest.raises(SpanError, match="both start_s and end_s"):
            optional_span(start_s, end_s)


@given(TIMES, TIMES)
def test_a_span_comes_back_from_its_text(one: float, other: float) -> None:
    start_s, end_s = sorted((round(one, 6), round(other, 6)))
    if start_s == end_s:
        return
    span = Span(start_s, end_s)
    assert parse_span_target(format_span_target("a@b/c 1-2.wav", span)) == ("a@b/c 1-2.wav", span)
    assert parse_span_target(str(SampleSpan(12, span))) == ("12", span)


@pytest.mark.parametrize(
    ("text", "sound", "span"),
    [
        ("12@12.5-15.0", "12", Span(12.5, 15.0)),
        ("12@0-.5", "12", Span(0.0, 0.5)),
        ("a@home/x.wav@1-2", "a@home/x.wav", Span(1.0, 2.0)),
        ("12@1-2@3-4", "12@1-2", Span(3.0, 4.0)),
        ("12@59.5-1:15", "12", Span(59.5, 75.0)),
        ("dawn.wav@1:02:03.25-1:02:04", "dawn.wav", Span(3_723.25, 3_724.0)),
    ],
)
def test_only_the_suffix_is_the_span(text: str, sound: str, span: Span) -> None:
    assert parse_span_target(text) == (sound, span)


@pytest.mark.parametrize(
    "text",
    [
        "12",
        "a@b.wav",
        "12@1",
        "12@1-",
        "12@-1-2",
        "12@1e3-2e3",
        "12@nan-2",
        "@1-2",
        "12@1 - 2",
        "12@1:75-2:00",
        "12@:5-6",
    ],
)
def test_other_texts_have_none(text: str) -> None:
    assert parse_span_target(text) is None


def test_times_are_written_shortly() -> None:
    assert str(Span(0.1 + 0.2, 15)) == "0.3-15.0"
    assert format_span_target(7, None) == "7"
    assert str(SampleSpan(7)) == "7"


def test_a_span_speaks_for_what_it_overlaps_by_half_of_the_shorter() -> None:
    window = Span(10, 20)
    assert speaks_for(Span(12, 12.5), window)  # a call within the window
    assert speaks_for(Span(9, 11), window)  # half of the call
    assert not speaks_for(Span(8.9, 10.9), window)
    assert speaks_for(Span(0, 15), window)  # half of the window
    assert not speaks_for(Span(0, 14.9), window)
    assert speaks_for(Span(0, 60), window)
    assert not speaks_for(Span(20, 30), window)


@given(TIMES, TIMES, TIMES, TIMES)
def test_speaking_for_each_other_is_mutual(a: float, b: float, c: float, d: float) -> None:
    one, other = Span(a, a + b + 1e-3), Span(c, c + d + 1e-3)
    assert speaks_for(one, other) == speaks_for(other, one)
    assert speaks_for(one, one)


def test_an_end_behind_the_sound_is_refused_unless_it_is_rounding() -> None:
    check_within(Span(0, 2 + END_TOLERANCE_S / 2), 2.0, "x")
    check_within(None, 2.0, "x")
    check_within(Span(0, 99), None, "x")
    with pytest.raises(SpanError, match=r"span 0.0-2.5 of x ends behind the sound, which is 2.0 s"):
        check_within(Span(0, 2.5), 2.0, "x")
