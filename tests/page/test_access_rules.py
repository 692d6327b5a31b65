"""Who gets in: by which names, with which links, and to which tables."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from datasette.utils.sqlite import sqlite3
from datasette_sqlclap.access import hosts_served, is_loopback, only_for_hosts
from datasette_sqlclap.routes import ROUTES

import sqlclap
import sqlclap.functions
from tests.page.visiting import Site

NOT_TOLD = {"sqlite_sequence", "sources", "index_meta", "embedding_changes", "ids_gone"}
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
    "api/points/folder": {}, "sample/1/audio": {}, "sample/1/peaks": {}, "sample/1": {},
}  # fmt: skip


@pytest.mark.parametrize("route", ASKING, ids=[arguments_for(one[0]) for one in ASKING])
def test_routes_read_no_table_that_they_do_not_ask_for(
    route: Any, library: Path, open_site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: set[str] = set()
    register = sqlclap.functions.register_functions

    def noting(connection: Any, **options: Any) -> None:
        register(connection, **options)
        connection.set_authorizer(
            lambda action, table, *_: seen.add(table) or 0 if action == 20 else 0  # SQLITE_READ
        )

    tables = tables_of(library)
    with sqlclap.open(library) as opened:
        opened.labels.add("x", threshold=0.1, gap=0.0)
        opened.labels.add_anchors("x", [1, 2])
    monkeypatch.setattr(sqlclap.functions, "register_functions", noting)
    visitor, path = open_site(library).local, arguments_for(route[0])
    answer = visitor.get(path, params=PARAMETERS.get(path, {"label": "x"}))
    if answer.status_code == 405:
        visitor.site.run(visitor.open_page())
        seen.clear()
        answer = visitor.post(path, BODY)
    assert answer.status_code < 500
    read = {"embeddings" if name.startswith("vec_") else name for name in seen} & tables
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
    asyncio.run(guarded(scope, None, send))
    assert statuses[0] == (200 if served else 421)
    assert (is_loopback("localhost") and not is_loopback(host)) or host == "127.0.0.1"
