"""Who gets in: by which names, with which links, and to which tables."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from datasette.utils.sqlite import sqlite3
from datasette_sqlclap.auth import hosts_served, is_loopback, only_for_hosts
from datasette_sqlclap.routes import ROUTES

import sqlclap
from sqlclap.sqlfunctions import adapters
from sqlclap.sqlfunctions.ready_queries import READY
from tests.page.visiting import Site, config_of

NOT_TOLD = {
    "sqlite_sequence",
    "sound_words_config",  # settings of full-text search, which SQLite reads with the schema
    "descriptor_columns",  # names and units of columns, no row of a sound
    "sources",
    "index_meta",
    "embedding_changes",
    "ids_gone",
    "sqlclap_migrations",  # the version of the full text's format
}
ANY = ".".join("0000")


def arguments_for(pattern: str) -> str:
    path = pattern.removeprefix(r"^/-/sqlclap/(?P<database>[^/]+)/").removesuffix("$")
    path = path.replace("(?P<sample>[^/]+)", "1").replace("(?P<column>tag)", "tag")
    return path.replace("(?P<column>[^/]+)", "folder")


ASKING = [one for one in ROUTES if one[2]]
BODY = {
    "label": "x", "name": "y", "sample_ids": [1], "verdict": "accept", "n": 2, "labels": ["x"],
    "vote_id": 1, "run_id": 1,
}  # fmt: skip


PARAMETERS = {
    "api/search": {"q": "kick"}, "api/similar": {"sample": "1"}, "api/points/tag": {},
    "api/points/folder": {}, "api/activity": {}, "sample/1/audio": {}, "sample/1/peaks": {},
    "sample/1": {}, "api/recordings": {}, "api/facets": {"facet": "kind"},
}  # fmt: skip


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Return where the names of tables gather that Datasette's connections read."""
    names: set[str] = set()
    register = adapters.register_functions

    def noting(connection: Any, *options: Any) -> None:
        register(connection, *options)
        connection.set_authorizer(
            lambda action, table, *_: names.add(table) or 0 if action == 20 else 0  # SQLITE_READ
        )

    monkeypatch.setattr("sqlclap.sqlfunctions.adapters.register_functions", noting)
    return names


@pytest.mark.parametrize("route", ASKING, ids=[arguments_for(one[0]) for one in ASKING])
def test_routes_read_no_table_that_they_do_not_ask_for(
    route: Any, library: Path, open_site: Callable[..., Site], seen: set[str]
) -> None:
    tables = tables_of(library)
    with sqlclap.open(library) as opened:
        opened.labels.add("x", threshold=0.1, gap=0.0)
        opened.labels.add_anchors("x", [1, 2])
    visitor, path = open_site(library).local, arguments_for(route[0])
    answer = visitor.get(path, params=PARAMETERS.get(path, {"label": "x"}))
    if answer.status_code == 405:
        visitor.site.run(visitor.open_page())
        seen.clear()
        answer = visitor.post(path, BODY)
    assert answer.status_code < 500
    read = {"embeddings" if name.startswith("vec_") else name for name in seen} & tables
    # Pages without figures of their own, and what is kept in memory.
    assert read or path in ("map", "labels", "activity", "recordings", "spectrogram", "api/history")
    assert read - NOT_TOLD <= {*route[2]}


def tables_of(library: Path) -> set[str]:
    with sqlite3.connect(library) as connection:
        rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    connection.close()
    return {name for (name,) in rows}


@pytest.mark.parametrize(
    ("table", "closed", "still_open"),
    [
        ("labels", "api/labels", "api/search?q=kick"),
        ("votes", "api/votes?label=x", "sample/1"),
        ("tags", "api/points/tag", "api/points/folder"),
        ("anchors", "sample/1", "sample/1/audio"),
        ("embeddings", "api/similar?sample=1", "sample/1/peaks"),
        ("sample_notes", "api/favourites", "api/search?q=kick"),
        ("favourites", "api/search?q=kick&favourite=1", "api/search?q=kick"),
        ("clusters", "api/points", "api/labels"),
        ("labels", "api/search?q=kick&tag=x", "api/search?q=kick"),
    ],
)
def test_a_hidden_table_closes_what_reads_it(
    table: str, closed: str, still_open: str, library: Path, open_site: Callable[..., Site]
) -> None:
    site = open_site(library, hidden_table=table)
    visitor = site.anyone
    answer = visitor.get(closed)
    assert answer.status_code == 403
    assert table in answer.json()["error"]
    assert visitor.get(still_open).status_code == 200
    assert site.local.get(still_open).status_code == 200


def test_annotations_are_offered_to_those_alone_who_may_read_them(
    library: Path, open_site: Callable[..., Site]
) -> None:
    site = open_site(library, hidden_table="votes")
    for visitor, status in [(site.anyone, 403), (site.local, 200)]:
        offered = config_of(visitor.get("map").text)["readsLabels"]
        assert offered == (status == 200)
        assert visitor.get("api/annotations?sample=1").status_code == status


@pytest.mark.parametrize(
    ("host", "sent", "served"),
    [
        ("127.0.0.1", "localhost:8001", True),
        ("127.0.0.1", "[::1]:8001", True),
        ("127.0.0.1", "evil.example", False),
        ("127.0.0.1", "10.0.0.1:8001", False),
        (ANY, "10.0.0.1:8001", True),
        (ANY, "evil.example:8001", False),
        (ANY, "studio.lan:8001", True),
        (ANY, "*", False),
        ("::", "[fe80::1]:8001", True),
        ("192.168.1.5", "192.168.1.5:8001", True),
        ("192.168.1.5", "192.168.1.6:8001", False),
    ],
)
def test_hosts_that_are_answered(host: str, sent: str, served: bool) -> None:
    statuses: list[int] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"status": 200})

    async def send(message: dict[str, Any]) -> None:
        statuses.append(message.get("status", 0))

    guarded = only_for_hosts(app, hosts_served(host, ("Studio.lan",)))
    scope = {"type": "http", "headers": [[b"host", sent.encode()]]}

    async def receive() -> dict[str, Any]:
        return {}

    async def ask() -> None:
        await guarded(scope, receive, send)

    asyncio.run(ask())
    assert statuses[0] == (200 if served else 421)
    assert (is_loopback("localhost") and not is_loopback(host)) or host == "127.0.0.1"


@pytest.mark.parametrize("name", READY)
def test_ready_queries_read_no_table_that_they_do_not_ask_for(
    name: str, library: Path, open_site: Callable[..., Site], seen: set[str]
) -> None:
    tables = tables_of(library)
    with sqlclap.open(library) as opened:
        opened.labels.ensure("x", [1, 2])
    asked = {"sample_id": 1, "label": "x", "least": 0.1, "_shape": "objects"}
    answer = open_site(library).local.get(f"/sounds/sqlclap_{name}.json", params=asked)
    assert answer.json()["ok"], answer.text
    read = {"embeddings" if one.startswith("vec_") else one for one in seen} & tables
    assert read
    assert read - NOT_TOLD <= {*READY[name].tables}


@pytest.mark.parametrize("name", READY)
def test_ready_queries_are_hidden_with_each_of_their_tables(
    name: str, library: Path, open_site: Callable[..., Site]
) -> None:
    address = f"/sounds/sqlclap_{name}"
    for table in READY[name].tables:
        site = open_site(library, hidden_table=table)
        assert site.anyone.get(f"{address}.json").status_code == 403
        assert site.anyone.get(f"{address}.csv").status_code == 403
        assert f"sqlclap_{name}" not in site.anyone.get("/sounds").text
        assert site.local.get(f"{address}.json").status_code == 200
        site.close()
    site = open_site(library, hidden_table="layouts")
    assert site.anyone.get(f"{address}.json").status_code == 200
