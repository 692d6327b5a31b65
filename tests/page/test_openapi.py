"""The JSON API's description: complete, valid, and true of real answers."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from datasette_sqlclap.answers import ANSWERS
from datasette_sqlclap.openapi import PREFIX, document

from tests.page.test_unknown_arguments import GETS, POSTS, labelled
from tests.page.visiting import Site

__all__ = ["labelled"]
DOCUMENT = document()
PATHS: dict[str, Any] = DOCUMENT["paths"]
TOLD = [path for path in GETS if path.startswith(("api/", "sample/"))]


def operation(path: str, method: str) -> dict[str, Any]:
    """Return what is said of an address."""
    plain = path.partition("?")[0].replace("sample/1", "sample/{sample}")
    plain = plain.replace("points/length", "points/{column}")
    found: dict[str, Any] = PATHS[f"{PREFIX}{{database}}/{plain}"][method]
    return found


def schema_of(one: dict[str, Any]) -> dict[str, Any] | None:
    content = one["responses"]["2XX"]["content"]
    if "application/json" not in content:
        return None
    return content["application/json"]["schema"] | {"components": DOCUMENT["components"]}


def test_it_is_valid() -> None:
    validator = pytest.importorskip("openapi_spec_validator")
    validator.validate(DOCUMENT)


def test_every_answer_is_described() -> None:
    for route in ANSWERS:
        told = schema_of(operation(route.path.replace("ID", "{sample}"), route.method.lower()))
        assert told is not None, route.path
    names = [one["operationId"] for path in PATHS.values() for one in path.values()]
    assert len(names) == len({*names})
    summaries = [one["summary"] for path in PATHS.values() for one in path.values()]
    assert all(summaries)


def test_it_is_served_below_the_base_url(site: Site) -> None:
    served = site.anyone.get("/-/sqlclap/-/openapi.json")
    assert served.status_code == 200
    assert served.json() == DOCUMENT
    assert document("/music/")["servers"] == [{"url": "/music"}]
    assert site.anyone.get("/-/sqlclap/-/openapi.json?x=1").status_code == 400


@pytest.mark.parametrize("path", TOLD)
def test_real_answers_are_as_described(path: str, labelled: Site) -> None:
    one = operation(path, "get")
    asked = {name.partition("=")[0] for name in path.partition("?")[2].split("&") if name}
    assert asked <= {each["name"] for each in one["parameters"] if each["in"] == "query"}
    answer, schema = labelled.local.get(path), schema_of(one)
    assert answer.status_code == 200
    if schema is not None:
        jsonschema.validate(answer.json(), schema, jsonschema.Draft202012Validator)
    refused = labelled.local.get(f"{path}{'&' if '?' in path else '?'}lable=x")
    refusal = {"$ref": "#/components/schemas/Refusal", "components": DOCUMENT["components"]}
    jsonschema.validate(refused.json(), refusal, jsonschema.Draft202012Validator)


@pytest.mark.parametrize(("path", "body"), POSTS)
def test_bodies_are_as_described(path: str, body: dict[str, Any]) -> None:
    content = operation(path, "post")["requestBody"]["content"]
    if "application/json" in content:
        known = content["application/json"]["schema"]["properties"]
        assert {*body} <= {*known}
