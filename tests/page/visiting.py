"""A visitor of the pages: requests to a Datasette in this process, signed in or not."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from datasette.app import Datasette

from tests.page.answer_shapes import check_answer
from tests.support.patience import PATIENCE_S

SAME_ORIGIN = {"sec-fetch-site": "same-origin"}


def found_in(pattern: str, text: str) -> str:
    """Return what a pattern's group holds of a text that it is in."""
    found = re.search(pattern, text, re.DOTALL)
    assert found is not None, f"no {pattern} in {text[:500]}"
    return found[1]


class Site:
    """A Datasette over libraries.

    Parameters
    ----------
    *files : Path
    immutable : sequence of Path
    base_url : str
    **plugin
        The plugin's settings; ``hidden_table`` names a table that only root may see.
    """

    def __init__(
        self, *files: Path, immutable: tuple[Path, ...] = (), base_url: str = "/", **plugin: Any
    ) -> None:
        hidden = {"allow": {"id": "root"}}
        table = plugin.pop("hidden_table", None)
        bases = {files[0].stem: {"tables": {table: hidden}}} if table else {}
        named = "config" if hasattr(Datasette, "allowed") else "metadata"
        self.datasette = Datasette(
            [str(file) for file in files],
            immutables=[str(file) for file in immutable],
            settings={"base_url": base_url, "sql_time_limit_ms": int(1000 * PATIENCE_S)},
            **{named: {"plugins": {"sqlclap": plugin}, "databases": bases}},
        )
        self.loop = asyncio.new_event_loop()
        self.run(self.datasette.invoke_startup())

    def run(self, coroutine: Any) -> Any:
        """Wait for a coroutine."""
        return self.loop.run_until_complete(coroutine)

    def visitor(self, actor: Mapping[str, Any] | None = None, database: str = "sounds") -> Visitor:
        """Return someone who asks about one database."""
        return Visitor(self, actor, database)

    @property
    def local(self) -> Visitor:
        """The local user."""
        return self.visitor({"id": "root"})

    @property
    def anyone(self) -> Visitor:
        """Someone who is not signed in."""
        return self.visitor()

    def close(self) -> None:
        """Let go of the files; closing twice is fine."""
        if self.loop.is_closed():
            return
        for database in self.datasette.databases.values():
            database.close()
        if self.datasette.executor is not None:
            self.datasette.executor.shutdown(wait=True)
        self.loop.close()


class Visitor:
    """Requests of one person, with the cookies and tokens that their browser would send."""

    def __init__(self, site: Site, actor: Mapping[str, Any] | None, database: str) -> None:
        self.site = site
        self.root = f"/-/sqlclap/{database}"
        self.cookies: dict[str, str] = {}
        self.token = ""
        if actor is not None:
            self.cookies["ds_actor"] = site.datasette.sign({"a": dict(actor)}, "actor")

    def get(self, path: str, **options: Any) -> Any:
        """Ask for a path below the library's root, or for any other that starts with a slash."""
        return self.site.run(self.ask("GET", path, **options))

    def json(self, path: str, **params: Any) -> dict[str, Any]:
        """Return the answer to a GET that goes well."""
        answer = self.get(path, params=params)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def post(self, path: str, body: Any, **headers: str) -> Any:
        """Send JSON as the page does."""
        return self.site.run(self.send(path, body, **headers))

    async def send(self, path: str, body: Any, **headers: str) -> Any:
        """Send JSON as the page does."""
        if not self.token:
            await self.open_page()
        sent = {"x-csrftoken": self.token} | SAME_ORIGIN
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.ask("POST", path, json=body, headers=sent)

    def upload(self, path: str, content: bytes) -> Any:
        """Send bytes as the page does."""
        if not self.token:
            self.site.run(self.open_page())
        headers = {"x-csrftoken": self.token, "content-type": "application/octet-stream"}
        return self.site.run(self.ask("POST", path, content=content, headers=headers | SAME_ORIGIN))

    async def open_page(self) -> None:
        """Take the cookie and the token of the map page."""
        answer = await self.ask("GET", "map")
        self.token = found_in(r'"csrf": ?"([^"]*)"', answer.text)
        self.cookies |= dict(answer.cookies)

    async def ask(self, method: str, path: str, **options: Any) -> Any:
        """Send any request."""
        address = path if path.startswith("/") else f"{self.root}/{path}"
        cookies = options.pop("cookies", self.cookies)
        client = self.site.datasette.client
        answer = await client.request(method, address, cookies=cookies, **options)
        if answer.headers.get("content-type", "").startswith("application/json"):
            check_answer(method, address, answer.status_code, answer.json())
        return answer


def config_of(html: str) -> dict[str, object]:
    """Return what the server wrote into a page for its scripts."""
    found = found_in(r'<script type="application/json" id="config">(.*?)</script>', html)
    return dict(json.loads(found))
