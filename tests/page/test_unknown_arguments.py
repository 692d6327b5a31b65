"""What nothing looks at is refused, by name and with what there is: on every route."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from datasette.utils import StartupError
from datasette_sqlclap.routes import ROUTES

from tests.page.test_writing import WRITES, rows
from tests.page.visiting import Site

GETS = [
    "map",
    "labels",
    "api/points",
    "api/points/length",
    "api/find?query=%5B%7B%22words%22%3A%22noise%22%7D%5D",
    "api/find/sql?query=%5B%7B%22words%22%3A%22noise%22%7D%5D",
    "api/between?query=%5B%7B%22sound%22%3A1%7D%2C%7B%22sound%22%3A5%7D%5D",
    "api/search?q=tone",
    "api/similar?sample=1",
    "api/folders",
    "api/labels",
    "api/anchors?label=noise",
    "api/annotations?label=noise",
    "api/matches?label=noise",
    "api/rivals?label=noise",
    "api/votes?label=noise",
    "api/histogram?label=noise",
    "api/precision?label=noise",
    "api/density?label=noise",
    "activity",
    "api/activity?label=noise",
    "api/facets?facet=key",
    "recordings",
    "api/recordings",
    "spectrogram",
    "sample/1/spectrogram",
    "sample/1/spectrogram/tile?level=0",
    "sample/1/events",
    "api/tags",
    "api/favourites",
    "api/ratings",
    "api/notes",
    "api/recent",
    "api/collections",
    "api/collections/sounds?name=kept",
    "api/history",
    "api/failures",
    "api/work",
    "sample/1",
    "sample/1/audio",
    "sample/1/peaks",
]
POSTS = [
    *WRITES,
    ("api/samples", {"sample_ids": [1]}),
    ("api/samples/order", {"sort": "path"}),
    ("api/kept", {"sample_ids": [1]}),
    ("api/export", {"format": "csv", "sample_ids": [1]}),
]


@pytest.fixture
def labelled(reviewed: Path, library: Path, open_site: Callable[..., Site]) -> Site:
    shutil.copyfile(reviewed, library)
    return open_site(library)


def test_every_route_is_tried() -> None:
    tried = {path.partition("?")[0] for path in [*GETS, *(path for path, _ in POSTS)]}
    others = {"api/similar-to"}
    paths = {
        pattern.partition("/(?P<database>[^/]+)/")[2].rstrip("$")
        for pattern, *_ in ROUTES
        if "database" in pattern
    }
    filled = {
        re.sub(r"\(\?P<column>[^)]+\)", "length", path).replace("(?P<sample>[^/]+)", "1")
        for path in paths
    }
    assert filled == tried | others


@pytest.mark.parametrize("path", GETS)
def test_an_unknown_argument(path: str, labelled: Site) -> None:
    joined = f"{path}{'&' if '?' in path else '?'}"
    assert labelled.local.get(f"{joined}_nocache=1").status_code == 200
    answer = labelled.local.get(f"{joined}lable=noise")
    assert answer.status_code == 400
    assert "unknown argument lable" in answer.text
    assert "this takes" in answer.text
    if "?" in path:
        answer = labelled.local.get(f"{joined}{path.partition('?')[2]}")
        assert answer.status_code == 400
        assert "once, got it 2 times" in answer.json()["error"]


@pytest.mark.parametrize(("path", "body"), POSTS)
def test_an_unknown_key(path: str, body: dict[str, Any], labelled: Site, library: Path) -> None:
    counts = "SELECT (SELECT count(*) FROM labels), (SELECT count(*) FROM tags)"
    before = rows(library, counts)
    answer = labelled.local.post(path, body | {"dryrun": True})
    assert answer.status_code == 400
    assert "unknown key dryrun: this takes" in answer.json()["error"]
    answer = labelled.local.post(f"{path}?dry_run=1", body)
    assert answer.status_code == 400
    assert "unknown argument dry_run" in answer.json()["error"]
    assert rows(library, counts) == before


def test_the_front_page_takes_no_argument(site: Site) -> None:
    assert site.anyone.get("/-/sqlclap").status_code == 302
    answer = site.anyone.get("/-/sqlclap?label=noise")
    assert answer.status_code == 400
    assert "unknown argument label: this takes none" in answer.text


def test_an_upload_with_an_unknown_argument(labelled: Site) -> None:
    answer = labelled.anyone.upload("api/similar-to?limit=4", b"RIFF")
    assert answer.status_code == 400
    assert "unknown argument limit: this takes n, " in answer.json()["error"]


@pytest.mark.parametrize("value", ["true", 1, None, "yes", []])
@pytest.mark.parametrize(
    ("path", "key"),
    [("api/tags", "dry_run"), ("api/tags", "force"), ("api/tags/by-hand", "create")],
)
def test_flags_are_true_or_false(
    path: str, key: str, value: object, labelled: Site, library: Path
) -> None:
    known: dict[str, Any] = dict(WRITES)
    body = known[path] | {key: value}
    answer = labelled.local.post(path, body)
    assert answer.status_code == 400
    assert f"expected {key} to be true or false" in answer.json()["error"]
    assert rows(library, "SELECT count(*) FROM tags") == [(0,)]


def test_a_key_that_is_there_twice(labelled: Site) -> None:
    visitor = labelled.local
    visitor.post("api/labels", {"name": "x"})
    headers = {"x-csrftoken": visitor.token, "content-type": "application/json"}
    headers |= {"sec-fetch-site": "same-origin"}
    for path, key, content in (
        ("api/labels/remove", "label", b'{"label": "noise", "label": "x"}'),
        ("api/samples", "sample_ids", b'{"sample_ids": [1], "sample_ids": [2]}'),
    ):
        answer = labelled.run(visitor.ask("POST", path, content=content, headers=headers))
        assert answer.status_code == 400
        assert f"'{key}' once" in answer.json()["error"]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (
            {"read_only": True},
            "unknown plugin setting read_only; there are model, label, read-only",
        ),
        ({"read-only": "no"}, "read-only can't be 'no'"),
        ({"model": 7}, "model can't be 7"),
    ],
)
def test_misspelt_settings_stop_the_start(
    settings: dict[str, Any], says: str, library: Path, open_site: Callable[..., Site]
) -> None:
    with pytest.raises(StartupError, match=says):
        open_site(library, **settings)
