"""Who gets in: by which names, with which links, and to which tables."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from datasette.utils.sqlite import sqlite3
from datasette_sqlclap.auth import hosts_served, is_loopback, only_for_hosts
from datasette_sqlclap.pages import LIBRARY_PAGES
from datasette_sqlclap.routes import ROUTES
from datasette_sqlclap.sets import library_rooms

import sqlclap
from sqlclap.attach.attachment import AttachedTable
from sqlclap.db.database import CachedByState
from sqlclap.db.samples import count_samples
from sqlclap.labels.votes import CastVote
from sqlclap.sqlfunctions import adapters
from sqlclap.sqlfunctions.ready_queries import READY
from tests.page.test_unknown_arguments import GETS, POSTS
from tests.page.visiting import Site, config_of
from tests.support.sounds import tone, write_sound

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


TABLES_BY_ARGUMENT = {
    "api/activity?label=noise": "api/activity", "api/facets?facet=key": "api/facets?facet=kind",
}  # fmt: skip
ASKED = [
    *(TABLES_BY_ARGUMENT.get(path, path) for path in GETS),
    "api/points/tag",
    "sample/1/events?label=noise&q=tone",
]
READ_NOTHING = ("api/find/sql", "api/history")
"""The vector of words is all that a statement takes; changes are kept in memory."""
ASKING = [one for one in ROUTES if one[2]]


def path_of(pattern: str) -> str:
    return pattern.removeprefix(r"^/-/sqlclap/(?P<database>[^/]+)/").removesuffix("$")


def is_for(route: Any, path: str) -> bool:
    """Whether Datasette has a route answer a path: the first that fits."""
    address = f"/-/sqlclap/sounds/{path.partition('?')[0]}"
    return next(one for one in ROUTES if re.match(one[0], address)) is route


class TablesRead:
    """Names of the tables that connections have read since `forget`."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self._connections: list[Any] = []

    def watch(self, connection: Any) -> None:
        self._connections.append(connection)
        connection.set_authorizer(self._note)

    def _note(self, action: int, table: str, *_: str | None) -> int:
        if action == 20:  # SQLITE_READ
            self.names.add("embeddings" if table.startswith("vec_") else table)
        return 0

    def forget(self) -> None:
        self.names.clear()
        for one in self._connections:  # statements that are prepared already are asked about again
            one.set_authorizer(self._note)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> TablesRead:
    """Tells which tables Datasette's connections read."""
    tables, register = TablesRead(), adapters.register_functions

    def watching(connection: Any, *options: Any) -> None:
        register(connection, *options)
        tables.watch(connection)

    monkeypatch.setattr("sqlclap.sqlfunctions.adapters.register_functions", watching)
    return tables


@pytest.fixture
def said(library: Path) -> Path:
    """The library, of which something of each kind is said."""
    with sqlclap.open(library) as opened:
        opened.labels.ensure("noise", [1, 2])
        opened.labels.vote("noise", [3], CastVote("accept"))
        opened.labels.tag_by_hand("noise", [3])
        for name in ("kept", "x"):
            opened.collections.add(name, [1])
    return library


@pytest.mark.parametrize("route", ASKING, ids=[path_of(one[0]) for one in ASKING])
def test_routes_read_no_table_that_they_do_not_ask_for(
    route: Any,
    said: Path,
    open_site: Callable[..., Site],
    seen: TablesRead,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")  # no file manager
    visitor = open_site(said).local
    asked = [path for path in ASKED if is_for(route, path)]
    sent = [(path, body) for path, body in POSTS if is_for(route, path)]
    visitor.site.run(visitor.open_page())
    # The page has counted.
    monkeypatch.setattr(library_rooms, "_SAMPLES", CachedByState(count_samples))
    seen.forget()
    answers = [visitor.get(path) for path in asked]
    answers += [visitor.post(path, body) for path, body in sent]
    if path_of(route[0]) == "api/similar-to":
        answers.append(visitor.upload("api/similar-to", b"RIFF"))
    # What is refused for its form reads nothing: 404, 409, 415 and 501 are told after reading.
    assert {one.status_code for one in answers} <= {200, 201, 404, 409, 415, 501}
    assert answers
    read = seen.names & tables_of(said)
    assert read or path_of(route[0]) in READ_NOTHING
    # Pages look whether any times are known, and say so to who may see them; see below.
    times = {"recording_times"} if route[1] in LIBRARY_PAGES else set[str]()
    assert read - NOT_TOLD - times <= {*route[2]}


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


def test_that_times_are_known_is_told_to_those_alone_who_may_see_them(
    library: Path, open_site: Callable[..., Site]
) -> None:
    site = open_site(library, hidden_table="recording_times")
    for visitor, told in [(site.anyone, False), (site.local, True)]:
        assert config_of(visitor.get("map").text)["recordings"] is told


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
    name: str, library: Path, open_site: Callable[..., Site], seen: TablesRead
) -> None:
    tables = tables_of(library)
    with sqlclap.open(library) as opened:
        opened.labels.ensure("x", [1, 2])
    asked = {"sample_id": 1, "label": "x", "least": 0.1, "_shape": "objects"}
    answer = open_site(library).local.get(f"/sounds/sqlclap_{name}.json", params=asked)
    assert answer.json()["ok"], answer.text
    read = seen.names & tables
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


@pytest.fixture
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder away from the library."""
    return tmp_path_factory.mktemp("elsewhere")


@pytest.fixture
def telling(library: Path, elsewhere: Path) -> Path:
    """The library, with a table that names sounds by absolute paths, one of which is gone."""
    named = elsewhere / "named.db"
    write_sound(elsewhere / "one.wav", tone(700))
    with closing(sqlite3.connect(named)) as plain, plain:
        plain.execute("CREATE TABLE heard (id INTEGER PRIMARY KEY, file TEXT)")
        files = [(str(named.parent / name),) for name in ("one.wav", "gone.wav")]
        plain.executemany("INSERT INTO heard (file) VALUES (?)", files)
    with sqlclap.open(library) as opened:
        opened.attachments.add(AttachedTable(named, "heard", "", path="file"))
    return library


def test_no_row_of_datasettes_own_pages_tells_where_files_lie(
    telling: Path, elsewhere: Path, heard: Path, open_site: Callable[..., Site]
) -> None:
    site = open_site(telling, **{"hide-paths": True})
    folders = [str(folder).encode() for folder in (telling.parent, elsewhere, heard.parent)]
    with closing(sqlite3.connect(telling)) as connection:
        query = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"
        names = [name for (name,) in connection.execute(query)]
    telling_ones = set()
    for name in names:
        text = site.local.get(f"/sounds/{name}.json").content
        if any(folder in text for folder in folders):
            telling_ones.add(name)
    for name in telling_ones:
        for form in (f"/sounds/{name}", f"/sounds/{name}.json", f"/sounds/{name}.csv"):
            assert site.anyone.get(form).status_code == 403, form
    assert {"sources", "deployments", "attachments", "recordings"} <= telling_ones
    # The API still tells what else they hold.
    for path in (
        "api/recordings",
        "api/activity",
        "api/search?q=hum",
        "sample/1",
        "recordings",
        "map",
    ):
        answer = site.anyone.get(path)
        assert answer.status_code == 200, path
        assert not any(folder in answer.content for folder in folders), path
