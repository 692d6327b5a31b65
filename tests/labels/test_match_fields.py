"""The table of match fields is what every surface takes."""

from __future__ import annotations

import dataclasses
import re

import pytest

from sqlclap.cli.matches import command
from sqlclap.errors import QueryError
from sqlclap.labels.match_fields import MATCH_FIELDS, MATCH_FILTERS, OWN_FIELDS
from sqlclap.labels.match_request import MatchRequest
from sqlclap.labels.scoring import CONFIDENCES
from sqlclap.search.fields import FILTERS, fields_of
from sqlclap.sqlfunctions.adapters import register_functions
from tests.labels.conftest import MakeScene
from tests.support.vector_library import unit_vectors


def test_the_dataclass_holds_the_table() -> None:
    held = {one.name: one for one in dataclasses.fields(MatchRequest)}
    assert set(held) == {"label", "limit", "only"} | {one.name for one in OWN_FIELDS}
    assert {one.name: held[one.name].default for one in OWN_FIELDS} == {
        one.name: one.default for one in OWN_FIELDS
    }
    assert (*OWN_FIELDS, *MATCH_FILTERS) == MATCH_FIELDS
    assert [one.name for one in FILTERS if one not in MATCH_FILTERS] == ["label"]
    documented = MatchRequest.__doc__ or ""
    assert [one for one in held if not re.search(rf"\b{one}\b", documented)] == []


def test_the_command_line_takes_its_fields() -> None:
    taken = {one.name: one for one in command.params}
    assert set(taken) >= {one.name for one in fields_of("cli", MATCH_FIELDS)}
    assert taken["with_anchors"].opts == ["--anchors"]
    assert tuple(taken["confidence"].type.choices) == CONFIDENCES  # type: ignore[attr-defined]


def test_sql_takes_its_fields_and_names_them(make_scene: MakeScene) -> None:
    scene = make_scene(unit_vectors(9, 8))
    scene.label("kick", [1, 2])
    register_functions(scene.file.connection)
    call = "SELECT json_array_length(clap_matches('kick', 99, json_object(?, ?)))"
    assert scene.rows(call, "with_anchors", 1) == [(9,)]
    assert scene.rows(call, "confidence", "low") == [(7,)]
    names = ", ".join(one.name for one in fields_of("sql", MATCH_FIELDS))
    with pytest.raises(QueryError, match=f"expected options among {names}; got anchors"):
        scene.rows(call, "anchors", 1)
