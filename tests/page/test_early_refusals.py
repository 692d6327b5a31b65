"""What refuses a write before a route sees it: the API's errors are JSON, and say what to do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from datasette_sqlclap.auth import gate, hosts_served, issue_ticket
from datasette_sqlclap.serving import make_datasette

from tests.page.visiting import SAME_ORIGIN, Site, found_in

MADE = {"name": "made"}
CROSS = {"sec-fetch-site": "cross-site"}


def refusal(answer: Any, status: int = 403) -> str:
    """Return the sentence of an error that is one of the API's."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/json"), answer.text
    told = answer.json()
    assert told["ok"] is False
    assert told["code"] == {401: "not_signed_in", 403: "forbidden", 421: "unknown_host"}[status]
    return str(told["error"])


@pytest.mark.parametrize("path", ["api/labels", "api/votes", "api/export", "api/similar-to"])
def test_a_write_of_another_site(path: str, site: Site) -> None:
    visitor = site.local
    site.run(visitor.open_page())
    for headers in ({"x-csrftoken": "none"} | CROSS, CROSS):
        answer = site.run(visitor.ask("POST", path, json=MADE, headers=headers))
        assert "site" in refusal(answer)


def test_a_page_that_is_older_than_its_token(site: Site) -> None:
    """As in another tab, when the new server's link was opened: Datasette 0.65 has tokens."""
    visitor = site.local
    site.run(visitor.open_page())
    headers = {"x-csrftoken": "of another server"} | SAME_ORIGIN
    answer = site.run(visitor.ask("POST", "api/labels", json=MADE, headers=headers))
    if hasattr(site.datasette, "allowed"):
        assert answer.status_code == 201
    else:
        assert "reload the page and try again" in refusal(answer)


def test_a_page_that_was_open_when_the_server_was_started_again(
    library: Path, open_site: Callable[..., Site]
) -> None:
    before = open_site(library)
    visitor = before.local
    assert visitor.post("api/labels", MADE).status_code == 201
    before.close()
    visitor.site = open_site(library)
    told = refusal(visitor.post("api/labels", {"name": "more"}))
    assert "open the link that it printed, or sign in again, then reload the page" in told
    assert [one["name"] for one in visitor.json("api/labels")["labels"]] == ["made"]
    assert refusal(visitor.site.anyone.post("api/labels", MADE)).startswith("you need the perm")


@pytest.fixture
def served(library: Path) -> Iterator[Any]:
    """A Datasette as `sqlclap serve` makes it."""
    datasette = make_datasette([library])
    yield datasette
    for database in datasette.databases.values():
        database.close()


def asked(app: Any, method: str, path: str, **options: Any) -> Any:
    """Ask the app of `sqlclap serve`."""

    async def ask() -> Any:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://studio:8001") as client:
            return await client.request(method, path, **options)

    return asyncio.run(ask())


def test_who_came_by_no_link_is_told_so_in_json(served: Any) -> None:
    app = gate(served, hosts_served("studio"), needs_link=True)
    for method, path in (("GET", "api/labels"), ("POST", "api/labels"), ("GET", "sample/1/peaks")):
        answer = asked(app, method, f"/-/sqlclap/sounds/{path}")
        assert refusal(answer, 401).startswith("Open the link that this server printed")
    page = asked(app, "GET", "/-/sqlclap/sounds/map")
    assert (page.status_code, page.headers["content-type"]) == (401, "text/plain; charset=utf-8")
    other = asked(app, "GET", "http://other/-/sqlclap/sounds/api/labels")
    assert "does not answer to that name" in refusal(other, 421)


def test_a_link_lets_in_again(served: Any) -> None:
    """The cookie of the server before is of no use, and that of the new link is."""
    app = gate(served, hosts_served("studio"), needs_link=False)
    old = {"cookie": "ds_actor=of-another; ds_csrftoken=of-another"}
    sent = {"x-csrftoken": "of-another"} | SAME_ORIGIN
    address = "/-/sqlclap/sounds/api/labels"
    told = refusal(asked(app, "POST", address, json=MADE, headers=old | sent))
    assert "open the link that it printed" in told
    entered = asked(app, "GET", issue_ticket(served), headers=old)
    cookie = f"ds_actor={entered.cookies['ds_actor']}"
    page = asked(app, "GET", "/-/sqlclap/sounds/map", headers={"cookie": cookie})
    token = found_in(r'"csrf": ?"([^"]*)"', page.text)
    more = "".join(f"; {name}={value}" for name, value in page.cookies.items())
    new = {"cookie": cookie + more, "x-csrftoken": token} | SAME_ORIGIN
    made = asked(app, "POST", address, json=MADE, headers=new)
    assert (made.status_code, json.loads(made.text)["ok"]) == (201, True)
