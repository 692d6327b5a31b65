"""Beside other plugins of Datasette, in an environment that has them: ``make test-plugins``."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import sqlclap
from tests.page.visiting import Site
from tests.support.patience import PATIENCE_S

PLUGINS = (
    *("datasette-auth-tokens", "datasette-cluster-map", "datasette-search-all", "datasette-vega"),
    "sqlclap",
)
TOKEN = {"token": "s3cret", "actor": {"id": "bot"}}


@pytest.fixture
def placed(library: Path) -> Path:
    """The library, with a recorder that has a place on earth."""
    with sqlclap.open(library) as opened:
        opened.connection.execute("UPDATE deployments SET latitude = 52.5, longitude = 13.4")
    return library


def test_datasette_finds_them_all(library: Path) -> None:
    command = [sys.executable, "-m", "datasette", "plugins"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True)
    assert {one["name"] for one in json.loads(listed.stdout)} >= {*PLUGINS}
    command = [
        sys.executable,
        "-m",
        "datasette",
        str(library),
        "--get",
        "/-/sqlclap/sounds/api/work",
    ]
    told = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=True)
    assert json.loads(told.stdout)["samples"] == 12


def test_a_program_with_a_token_labels_and_one_without_does_not(
    library: Path, open_site: Callable[..., Site]
) -> None:
    site = open_site(library, label={"id": "bot"})
    tokens = {"tokens": [TOKEN]}
    known = site.datasette.plugin_config
    site.datasette.plugin_config = lambda name, *more, **named: (  # type: ignore[method-assign]
        tokens if name == "datasette-auth-tokens" else known(name, *more, **named)
    )
    client = site.datasette.client
    body = {"label": "noise", "sample_ids": [7, 8], "create": True}
    statuses = {}
    for token in ("s3cret", "wrong", None):
        headers = {"authorization": f"Bearer {token}"} if token else {}
        address = "/-/sqlclap/sounds/api/anchors"
        answer: Any = site.run(client.post(address, json=body, headers=headers))
        statuses[token] = answer.status_code
    assert statuses == {"s3cret": 200, "wrong": 403, None: 403}


def test_recorders_are_on_the_map_of_the_world(
    placed: Path, open_site: Callable[..., Site]
) -> None:
    site = open_site(placed)
    assert "datasette-cluster-map" in site.anyone.get("/sounds/deployments").text
    rows = site.anyone.get("/sounds/deployments.json?_shape=array").json()
    assert {(row["latitude"], row["longitude"]) for row in rows} == {(52.5, 13.4)}
    assert "datasette-cluster-map" not in site.anyone.get("/sounds/samples").text


def test_charts_are_offered_beside_the_play_buttons(site: Site) -> None:
    page = site.anyone.get("/sounds/samples").text
    assert "datasette_vega" in page or "datasette-vega" in page
    assert 'class="sqlclap-play"' in page
    assert 'class="sqlclap-pages"' in page


def test_the_home_page_has_the_search_and_the_link_to_the_map(site: Site) -> None:
    home = site.anyone.get("/").text
    assert 'href="/-/sqlclap/sounds/map"' in home
    assert 'class="sqlclap-pages"' in home
    assert 'action="/-/search"' in home
    searched = site.anyone.get("/-/search?q=glass")
    assert searched.status_code == 200
    assert "samples" in searched.text


def test_pages_stay_whole_with_all_of_them(site: Site) -> None:
    for page in ("/", "/sounds", "/sounds/samples/5", "/sounds/labels", "/-/sqlclap/sounds/map"):
        assert site.anyone.get(page).status_code == 200
