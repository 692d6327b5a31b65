"""The pages: who sees them, under which addresses, what is in them."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from datasette.utils.sqlite import sqlite3
from datasette_sqlclap.auth import is_any_address, issue_ticket, only_for_hosts
from datasette_sqlclap.serving import listen, make_datasette

from tests.page.visiting import Site, config_of, found_in


def test_the_map_page(site: Site) -> None:
    answer = site.anyone.get("map")
    assert answer.status_code == 200
    config = config_of(answer.text)
    assert config["root"] == "/-/sqlclap/sounds/"
    assert config["samples"] == 12
    assert config["mayLabel"] is False
    assert config_of(site.local.get("map").text)["mayLabel"] is True


def test_what_pages_load_is_there_and_nothing_from_elsewhere(site: Site) -> None:
    for page in ("map", "labels"):
        html = site.anyone.get(page).text
        addresses = re.findall(r'(?:src|href)="([^"]+)"', html)
        loaded = [address for address in addresses if "static-plugins" in address]
        assert len(loaded) == 2
        for address in loaded:
            assert site.anyone.get(address).status_code == 200
        assert not [one for one in addresses if one.startswith(("http:", "https:", "//"))]


def test_one_library_is_gone_to_at_once(site: Site) -> None:
    answer = site.anyone.get("/-/sqlclap")
    assert (answer.status_code, answer.headers["location"]) == (302, "/-/sqlclap/sounds/map")


def test_several_databases(library: Path, tmp_path: Path, open_site: Callable[..., Site]) -> None:
    sqlite3.connect(tmp_path / "else.db").execute("CREATE TABLE samples (sample_id)").close()
    other = tmp_path / "more sounds.db"
    other.write_bytes(library.read_bytes())
    site = open_site(library, other, tmp_path / "else.db")
    front = site.anyone.get("/-/sqlclap")
    assert "more~20sounds/map" in front.text.replace("+", "~20")
    assert "else/map" not in front.text
    assert site.visitor(database="else").get("map").status_code == 404
    assert site.visitor(database="else").get("api/labels").status_code == 404
    more = found_in(r'href="([^"]*more[^"]*/map)"', front.text)
    assert site.anyone.get(more).status_code == 200


def test_under_a_base_url(library: Path, open_site: Callable[..., Site]) -> None:
    site = open_site(library, base_url="/music/")
    answer = site.anyone.get("map")
    assert config_of(answer.text)["root"] == "/music/-/sqlclap/sounds/"
    assert '"/music/-/static-plugins/' in answer.text
    front = site.anyone.get("/-/sqlclap")
    assert front.headers["location"] == "/music/-/sqlclap/sounds/map"


def test_file_names_are_no_html(site: Site) -> None:
    table = site.anyone.get("/sounds/samples").text
    assert "<img src=x" not in table
    assert "&lt;img src=x" in table
    found = site.anyone.json("api/search", q="tone", n=50)["matches"]
    assert any("<img" in match["path"] for match in found)
    answer = site.anyone.get("api/search?q=tone")
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_datasettes_permissions_hold(library: Path, open_site: Callable[..., Site]) -> None:
    from datasette.app import Datasette

    named = "config" if hasattr(Datasette, "allowed") else "metadata"
    rights: dict[str, Any] = {named: {"databases": {"sounds": {"allow": False}}}}
    site = open_site(library)
    locked = Datasette([str(library)], **rights)
    site.run(locked.invoke_startup())
    site.datasette = locked
    for path in ("map", "labels", "api/points", "api/search?q=a", "sample/1", "sample/1/audio"):
        assert site.anyone.get(path).status_code == 403
    site.datasette.databases["sounds"].close()


def test_tables_have_play_buttons(site: Site) -> None:
    html = site.anyone.get("/sounds/samples").text
    assert 'data-src="/-/sqlclap/sounds/sample/1/audio"' in html
    assert "static-plugins/sqlclap/tables.js" in html
    sql = "select sample_id, path from samples limit 1"
    assert (
        "sqlclap-play"
        in site.anyone.get("/sounds", params={"sql": sql}, follow_redirects=True).text
    )
    assert "/-/sqlclap/sounds/map" in site.anyone.get("/sounds").text


def test_a_ticket_signs_in_once(library: Path, open_site: Callable[..., Site]) -> None:
    site = open_site(library)
    site.datasette = make_datasette([library])
    site.run(site.datasette.invoke_startup())
    path = issue_ticket(site.datasette)
    visitor = site.anyone
    assert visitor.get("/-/sqlclap/-/enter?ticket=wrong").status_code == 403
    assert visitor.get("/-/sqlclap/-/enter").status_code == 403
    entered = visitor.get(path)
    assert entered.status_code == 302
    assert "HttpOnly" in entered.headers["set-cookie"]
    cookies = {"ds_actor": entered.cookies["ds_actor"]}
    page = site.run(visitor.ask("GET", "map", cookies=cookies))
    assert config_of(page.text)["mayLabel"] is True
    assert visitor.get(path).status_code == 403


@pytest.mark.parametrize(
    ("host", "status"),
    [("127.0.0.1:8001", 200), ("localhost", 200), ("evil.example:8001", 421), ("", 421)],
)
def test_serve_answers_to_its_own_names_alone(host: str, status: int) -> None:
    sent = []

    async def app(scope: object, receive: object, send: Any) -> None:
        await send({"status": 200})

    async def send(message: dict[str, Any]) -> None:
        sent.append(message.get("status"))

    guarded = only_for_hosts(app, {"127.0.0.1", "localhost"})
    scope = {"type": "http", "headers": [[b"host", host.encode()]]}

    async def receive() -> dict[str, Any]:
        return {}

    async def ask() -> None:
        await guarded(scope, receive, send)

    asyncio.run(ask())
    assert sent[0] == status


def test_all_addresses_means_all_names() -> None:
    assert is_any_address("[::]")
    assert not is_any_address("127.0.0.1")
    assert not is_any_address("localhost")


def test_the_next_free_port_is_taken() -> None:
    first = listen("127.0.0.1", 18_765)
    second = listen("127.0.0.1", first.getsockname()[1])
    assert second.getsockname()[1] > first.getsockname()[1]
    first.close()
    second.close()


def test_answers_are_sent_at_once() -> None:
    """asyncio turns Nagle's algorithm off on sockets that name their protocol, and only there."""
    listening = listen("127.0.0.1", 18_765)
    assert listening.proto == socket.IPPROTO_TCP
    listening.close()


@pytest.mark.parametrize("path", ["nothing", "api/nothing", "sample/1/nothing", "map/", "a/b/c"])
def test_addresses_that_lead_nowhere(site: Site, path: str) -> None:
    answer = site.anyone.get(path)
    assert answer.status_code == 404
    if path.startswith("api"):
        assert answer.json()["ok"] is False
    else:
        assert "there is no" in answer.text
