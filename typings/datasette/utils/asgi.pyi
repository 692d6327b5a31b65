from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from datasette.utils import MultiParams

class Request:
    scope: dict[str, Any]
    def __init__(self, scope: dict[str, Any], receive: Any) -> None: ...
    @property
    def cookies(self) -> dict[str, str]: ...
    @property
    def method(self) -> str: ...
    @property
    def url_vars(self) -> dict[str, str]: ...
    @property
    def headers(self) -> dict[str, str]: ...
    @property
    def url(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def args(self) -> MultiParams: ...
    @property
    def actor(self) -> dict[str, Any] | None: ...

class Response:
    body: str | bytes | None
    status: int
    headers: dict[str, str]
    content_type: str
    def __init__(
        self,
        body: str | bytes | None = None,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        content_type: str = "text/plain",
    ) -> None: ...
    def set_cookie(
        self,
        key: str,
        value: str = "",
        max_age: int | None = None,
        expires: int | None = None,
        path: str = "/",
        domain: str | None = None,
        secure: bool = False,
        httponly: bool = False,
        samesite: str = "lax",
    ) -> None: ...
    async def asgi_send(self, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None: ...
    @classmethod
    def redirect(
        cls, path: str, status: int = 302, headers: Mapping[str, str] | None = None
    ) -> Response: ...
