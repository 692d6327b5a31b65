"""Every route has an answer for a set."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.page.sets.visiting import SetSite
from tests.page.test_unknown_arguments import GETS
from tests.page.visiting import Visitor, config_of

NEEDS = {
    "api/similar?sample=1": "api/similar?sample={0}",
    "api/between?query=%5B%7B%22sound%22%3A1%7D%2C%7B%22sound%22%3A5%7D%5D": (
        "api/between?query=%5B%7B%22sound%22%3A{0}%7D%2C%7B%22sound%22%3A{1}%7D%5D"
    ),
    "api/facets?facet=key": "api/facets?facet=format",
}


@pytest.fixture
def visitor(set_folder: Path, open_set_site: Callable[..., SetSite]) -> Visitor:
    return open_set_site(set_folder / "sounds.toml").local


@pytest.fixture
def ids(visitor: Visitor) -> list[int]:
    found = visitor.json("api/search", q="tone", n=20)["matches"]
    return [one["sample_id"] for one in found]


def test_every_route_answers(visitor: Visitor, ids: list[int]) -> None:
    body = {"label": "noise", "sample_ids": ids[:2], "create": True}
    assert visitor.post("api/anchors", body).status_code == 200
    assert visitor.post("api/collections", {"name": "kept", "sample_ids": ids[:1]}).json()["ok"]
    asked = [NEEDS.get(one, one).format(*ids[:2]) for one in GETS]
    for path in (one.replace("sample/1", f"sample/{ids[0]}") for one in asked):
        answer = visitor.get(path)
        if path.startswith("api/density"):  # of a label that nobody was asked about
            assert (answer.status_code, answer.json()["code"]) == (409, "not_enough_votes")
        else:
            assert answer.status_code == 200, (path, answer.text)


def test_the_page_shows_a_set_as_a_library(visitor: Visitor) -> None:
    html = visitor.get("map").text
    config = config_of(html)
    assert (config["samples"], config["mayLabel"], config["database"]) == (12, True, "sounds")
    assert config["layout"]
    assert config["recordings"] is True
    assert all(f'href="{one}"' in html for one in ("labels", "activity", "recordings"))
    assert visitor.get("/-/sqlclap").headers["location"] == "/-/sqlclap/sounds/map"


def test_who_may_not_write_is_refused(
    set_folder: Path, open_set_site: Callable[..., SetSite]
) -> None:
    site = open_set_site(set_folder / "sounds.toml", read_only=True)
    config = config_of(site.local.get("map").text)
    assert (config["mayLabel"], config["readOnly"]) == (
        False,
        "This database is open for reading only.",
    )
    assert site.local.post("api/labels", {"name": "kick"}).status_code == 403
    site.close()
    open_one = open_set_site(set_folder / "sounds.toml")
    assert open_one.anyone.post("api/labels", {"name": "kick"}).status_code == 403
    assert open_one.local.post("api/labels", {"name": "kick"}).status_code == 201
    assert [one["name"] for one in open_one.anyone.json("api/labels")["labels"]] == ["kick"]


def test_datasette_opens_no_file_of_a_set(visitor: Visitor) -> None:
    """Two copies of SQLite in one process would drop each other's locks."""
    for one in visitor.site.datasette.databases.values():
        assert one.is_memory
        assert not one.path
    assert "_memory" not in visitor.site.datasette.databases
