from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any

import httpx
from datasette.database import Database
from datasette.permissions import Resource
from datasette.utils.asgi import Request

class Urls:
    def path(self, path: str, format: str | None = None) -> str: ...
    def static_plugins(self, plugin: str, path: str) -> str: ...
    def database(self, database: str, format: str | None = None) -> str: ...
    def query(self, database: str, query: str, format: str | None = None) -> str: ...

class DatasetteClient:
    async def get(self, path: str, **kwargs: Any) -> httpx.Response: ...
    async def head(self, path: str, **kwargs: Any) -> httpx.Response: ...
    async def options(self, path: str, **kwargs: Any) -> httpx.Response: ...
    async def post(self, path: str, **kwargs: Any) -> httpx.Response: ...
    async def put(self, path: str, **kwargs: Any) -> httpx.Response: ...
    async def delete(self, path: str, **kwargs: Any) -> httpx.Response: ...
    async def request(self, method: str, path: str, **kwargs: Any) -> httpx.Response: ...

class Datasette:
    databases: dict[str, Database]
    @property
    def urls(self) -> Urls: ...
    client: DatasetteClient
    executor: Executor | None
    def __init__(
        self,
        files: Sequence[str] | None = None,
        immutables: Sequence[str] | None = None,
        **settings: Any,
    ) -> None: ...
    async def invoke_startup(self) -> None: ...
    def app(self) -> Callable[[dict[str, Any], Any, Any], Awaitable[None]]: ...
    def sign(self, value: object, namespace: str = "default") -> str: ...
    def unsign(self, signed: str, namespace: str = "default") -> Any: ...
    def get_database(self, name: str | None = None, route: str | None = None) -> Database: ...
    def add_database(
        self, db: Database, name: str | None = None, route: str | None = None
    ) -> Database: ...
    def remove_database(self, name: str) -> None: ...
    def absolute_url(self, request: Request, path: str) -> str: ...
    def setting(self, key: str) -> Any: ...
    def plugin_config(
        self,
        plugin_name: str,
        database: str | None = None,
        table: str | None = None,
        fallback: bool = True,
    ) -> Any: ...
    async def render_template(
        self,
        templates: Sequence[str],
        context: Mapping[str, Any] | None = None,
        request: Request | None = None,
        view_name: str | None = None,
    ) -> str: ...

    # 0.65 alone
    async def permission_allowed(
        self,
        actor: Mapping[str, Any] | None,
        action: str,
        resource: object = None,
        default: bool | None = False,
    ) -> bool | None: ...

    # 1.0 alone
    async def allowed(
        self,
        *,
        action: str,
        resource: Resource | None = None,
        actor: Mapping[str, Any] | None = None,
    ) -> bool: ...
    async def add_query(
        self,
        database: str,
        name: str,
        sql: str,
        *,
        title: str | None = None,
        description: str | None = None,
        parameters: Sequence[str] | None = None,
        hide_sql: bool = False,
        is_trusted: bool = False,
    ) -> None: ...
