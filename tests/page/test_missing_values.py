"""A value that is missing is a 400 that names it, on every route: docs/api.md says so."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from tests.page.test_unknown_arguments import GETS, POSTS
from tests.page.visiting import Site

CAN_BE_LEFT_OUT = {
    ("api/annotations", "label"),
    ("api/activity", "label"),
    ("sample/1/spectrogram/tile", "level"),
    ("api/labels/change", "threshold"),
    ("api/review", "n"),
    ("api/tags", "confidence"),
    ("api/collections", "sample_ids"),
}
ASKED = [*GETS, "api/export?format=csv&sample_ids=1", "api/points/label?label=noise",
         "api/points/text?text=tone"]  # fmt: skip
LEFT_OUT: list[tuple[str, str, dict[str, str | None]]] = [
    (path, name, {**dict(given), name: value})
    for path, _, query in (one.partition("?") for one in ASKED)
    for given in [parse_qsl(query)]
    for name, _ in given
    for value in (None, "", " ")
    if (path, name) not in CAN_BE_LEFT_OUT and not (name == "text" and value == " ")
]
NONE: dict[str, Any] = {}
BODIES: list[tuple[str, str, dict[str, Any]]] = [
    (path, name, {key: value for key, value in body.items() if key != name} | put)
    for path, body in [(path, dict[str, Any](body)) for path, body in POSTS]  # type: ignore[call-overload]
    for name in body
    for put in (NONE, {name: None})
    if (path, name) not in CAN_BE_LEFT_OUT
    and not (put and (path, name) in (("api/ratings", "rating"), ("api/notes", "note")))
]


@pytest.fixture
def labelled(reviewed: Path, library: Path, open_site: Callable[..., Site]) -> Site:
    shutil.copyfile(reviewed, library)
    return open_site(library)


def test_arguments(labelled: Site) -> None:
    for path, name, given in LEFT_OUT:
        query = urlencode({key: value for key, value in given.items() if value is not None})
        answer = labelled.local.get(f"{path}?{query}")
        assert answer.status_code == 400, (path, given, answer.text[:200])
        said = answer.json()["error"]
        assert "expected" in said, (path, said)
        assert name in said or "sample id" in said or "array of terms" in said, (path, said)
        assert "None" not in said


def test_keys(labelled: Site) -> None:
    for path, name, body in BODIES:
        answer = labelled.local.post(path, body)
        assert answer.status_code == 400, (path, body, answer.text[:200])
        said = answer.json()["error"]
        assert "expected" in said, (path, said)
        assert name.partition("_")[0] in said or name == "verdict", (path, said)
        assert "None" not in said, (path, said)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("api/precision?label=noise", "moments"),
        ("api/matches?label=noise", "moments"),
        ("api/density?label=noise", "moments"),
        ("api/recordings", "only_found"),
        ("api/annotations", "all_verdicts"),
        ("sample/1/audio?start=0&end=0.1", "own_rate"),
    ],
)
def test_true_and_false_are_written_as_in_json(path: str, name: str, labelled: Site) -> None:
    def asked(value: Any) -> Any:
        return labelled.local.get(f"{path}{'&' if '?' in path else '?'}{name}={value}")

    for said, number in (("true", 1), ("false", 0)):
        answer, other = asked(said), asked(number)
        assert answer.status_code == other.status_code != 400, answer.text
        assert "true or false" not in answer.text
    refused = asked("yes")
    assert refused.status_code == 400
    assert f"expected {name} to be true or false, got 'yes'" in refused.json()["error"]
