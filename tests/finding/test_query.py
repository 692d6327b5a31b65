"""Queries as they are written: in Python, in JSON, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from sqlclap import Query, Term
from sqlclap.cli.find import weighted
from sqlclap.db.spans import Span
from sqlclap.errors import QueryError
from sqlclap.finding.query import as_query, read_query


def test_terms_are_added_one_by_one() -> None:
    query = Query().more("kick").like(17, 2).unlike("a.wav", 0.5).less("reverb").like_label("deep")
    assert [(term.kind, term.value, term.weight) for term in query.terms] == [
        ("words", "kick", 1),
        ("sound", 17, 2),
        ("sound", "a.wav", -0.5),
        ("words", "reverb", -1),
        ("label", "deep", 1),
    ]
    assert [str(term) for term in query.terms] == [
        "words 'kick'",
        "sound 17:2",
        "not sound a.wav:0.5",
        "not words 'reverb'",
        "label 'deep'",
    ]


def test_a_text_is_words_that_are_wanted() -> None:
    assert as_query("kick") == Query().more("kick")
    assert as_query(Term("label", "deep")) == Query().like_label("deep")


def test_json_says_the_same() -> None:
    query = (
        Query()
        .more("kick")
        .like((np.int64(3), Span(1.5, 2.0)))
        .unlike(Path("a b.wav"), 0.5)
        .unlike_label("deep")
        .toward([1, 0.5])
        .away_from(np.array([0.25, 1], dtype=np.float32), 3)
    )
    read = read_query(query.as_json())
    assert [(term.kind, term.weight) for term in read.terms] == [
        (term.kind, term.weight) for term in query.terms
    ]
    assert read.terms[1].value == "3@1.5-2.0"
    assert read_query(read.as_json()) == read


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("kick", "JSON array of terms"),
        ("{}", "JSON array of terms"),
        ("[" * 100_000, "JSON array of terms"),
        ('["kick"]', "term as a JSON object"),
        ("[{}]", "one of words, sound, label, vector"),
        ('[{"words": "a", "label": "b"}]', "got words, label"),
        ('[{"words": "a", "wieght": 2}]', "got wieght"),
        ('[{"words": ""}]', "empty text"),
        ('[{"words": 5}]', "words as text"),
        ('[{"words": "a", "weight": 0}]', "above or below 0"),
        ('[{"words": "a", "weight": "2"}]', "number as weight"),
        ('[{"words": "a", "weight": true}]', "number as weight"),
        ('[{"words": "a", "weight": 1e999}]', "above or below 0"),
        ('[{"words": "a", "weight": NaN}]', "finite numbers"),
        ('[{"sound": 1.5}]', "id or path"),
        ('[{"sound": true}]', "id or path"),
        ('[{"vector": []}]', "array of numbers"),
        ('[{"vector": "1"}]', "array of numbers"),
        ('[{"vector": [1, [2]]}]', "vector of"),
        ('[{"vector": [1e999]}]', "finite numbers"),
    ],
)
def test_what_is_no_query_is_refused(text: str, error: str) -> None:
    with pytest.raises(QueryError, match=error):
        read_query(text)


def test_something_has_to_be_wanted() -> None:
    for query in (Query(), Query().less("reverb"), Query().unlike(1).unlike_label("deep")):
        with pytest.raises(QueryError, match="at least one term that says what is wanted"):
            query.checked()
    with pytest.raises(QueryError, match="at most 32 terms, got 33"):
        Query(tuple(Term("words", "a") for _ in range(33))).checked()


def test_encoded_audio_is_no_json() -> None:
    with pytest.raises(QueryError, match="can't be written as JSON"):
        Query().like(b"RIFF").as_json()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("kick", ("kick", 1.0)),
        ("kick:.5", ("kick", 0.5)),
        ("C:\\a.wav", ("C:\\a.wav", 1.0)),
        ("12@3.0-4.5:2", ("12@3.0-4.5", 2.0)),
        ("ratio 4:3:1", ("ratio 4:3", 1.0)),
        ("a:-1", ("a:-1", 1.0)),
    ],
)
def test_weights_stand_behind_a_colon(text: str, found: tuple[str, float]) -> None:
    assert weighted(text) == found


def test_a_weight_of_nothing_is_refused() -> None:
    with pytest.raises(QueryError, match="above 0"):
        weighted("kick:0")


def test_the_json_is_plain() -> None:
    assert json.loads(Query().more("kick", 0.5).like(17).as_json()) == [
        {"words": "kick", "weight": 0.5},
        {"sound": 17},
    ]
