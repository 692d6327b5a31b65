"""What travels between nodes and askers comes out as it went in, or is refused."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlclap.db.exact import Scored
from sqlclap.db.spans import Span
from sqlclap.search.request import Request
from sqlclap.search.results import Match, Plan
from sqlclap.shards.nodes import NoAnswerError, Node
from sqlclap.shards.questions import Candidate, Part
from sqlclap.shards.together import Together, can_join, joined
from sqlclap.shards.wire import WireError, pack, unpack

PLAN = Plan("graph", "there is an index", ranked=3)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.floats() | st.text(max_size=5),
    lambda some: (
        st.lists(some, max_size=4)
        | st.lists(some, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=3) | st.integers(), some, max_size=4)
        | st.builds(lambda one, two: [{"a": one, "~": two}, {"a": two, "~": one}], some, some)
        | st.builds(lambda one, two: {1: {"a": one, "b": 1}, 2: {"a": two, "b": 2}}, some, some)
        | st.builds(lambda one, two: {1: {"a": one, "b": 1}, 2: {"b": two, "a": 2}}, some, some)
        | st.lists(st.builds(Span, st.just(1.0), st.floats(2, 9)), max_size=3)
    ),
    max_leaves=15,
)


def same(one: Any, other: Any) -> bool:
    """Whether values are alike, in their types and in the order of their keys."""
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return one == other or (math.isnan(one) and math.isnan(other))
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return same([*one.items()], [*other.items()])
    return bool(one == other)


@given(value=VALUES)
def test_values_travel_as_they_are(value: Any) -> None:
    assert same(unpack(pack(value)), value)


@pytest.mark.parametrize("dtype", ["bool", "float32", "float64", "int64"])
def test_arrays_travel_as_they_are(dtype: str) -> None:
    for sent in (np.arange(6).reshape(2, 3).astype(dtype), np.zeros((0, 4), dtype)):
        for array in (sent, sent.T):
            found = unpack(pack(array))
            assert (found.dtype, found.shape) == (array.dtype, array.shape)
            assert found.tolist() == array.tolist()
    with pytest.raises(WireError):
        pack(np.zeros(3, np.complex64))


def test_kinds_of_another_version_are_refused() -> None:
    sent = json.loads(pack(PLAN))
    assert unpack(json.dumps(sent).encode()) == PLAN
    others = (
        {**sent, "~": "Plan"},
        {**sent, "~": sent["~"][:-1] + "x"},
        {**sent, "of": sent["of"][:-1]},  # though what is left out has a default
        {**sent, "of": [*sent["of"], 1]},
        {"~": "rows", "kind": "Plan", "of": [sent["of"]]},
        {"~": "rows", "kind": sent["~"], "of": [sent["of"], sent["of"][:-1]]},
    )
    for other in others:
        with pytest.raises(WireError):
            unpack(json.dumps(other).encode())
    request = Request(limit=3)
    assert unpack(pack([request, replace(request, limit=4)]))[1].limit == 4


@pytest.mark.parametrize(
    ("url", "host", "path"),
    [
        ("http://10.0.0.5:8451", "10.0.0.5:8451", "/v1/ask"),
        ("https://[::1]:8451/sounds", "[::1]:8451", "/sounds/v1/ask"),
        ("https://bücher.example:1/x", "xn--bcher-kva.example:1", "/x/v1/ask"),
    ],
)
def test_a_questions_head_names_host_and_path(url: str, host: str, path: str) -> None:
    head = Node(url, 1.0)._head("0123456789abcdef", 7).decode()
    assert head.startswith(f"POST {path} HTTP/1.1\r\nHost: {host}\r\n")
    assert head.endswith("Content-Length: 7\r\n\r\n")


@pytest.mark.parametrize("url", ["http://x/a b", "http://x/\x00", "http://x/ü", "http://x/\x0b"])
def test_an_address_can_hold_no_other_lines(url: str) -> None:
    with pytest.raises(NoAnswerError, match="ASCII"):
        Node(url, 1.0)._head("0123456789abcdef", 7)


@st.composite
def answers(draw: st.DrawFn) -> dict[int, Part]:
    """Draw what shards may answer; of some rows all is told already."""
    found = {}
    for number in draw(st.sets(st.integers(1, 9))):
        ids = draw(st.lists(st.integers(1, 99), max_size=5, unique=True))
        rows = [
            Candidate(one / 7, number * 2**40 + one, number, Scored(one, one, one / 7))
            for one in ids
        ]
        told = draw(st.sets(st.sampled_from(ids))) if ids else set()
        fields = {
            row.sample_id: {"sample_id": row.sample_id, "path": f"{number}.wav"}
            for row in rows
            if row.scored.sample_id in told
        }
        best = draw(st.none() | st.floats(0, 1))
        found[number] = Part(rows, Match, best, replace(PLAN, ranked=number), [], fields or None)
    return found


@settings(max_examples=60)
@given(parts=answers())
def test_answers_go_together_and_come_apart(parts: dict[int, Part]) -> None:
    assert all(map(can_join, parts.values()))
    sent = joined(parts)
    assert unpack(pack(sent)).apart() == parts
    if sent.rows:
        with pytest.raises(ValueError, match="other rows"):
            Together(*sent[:4], sent.rows[1:], sent.fields).apart()
