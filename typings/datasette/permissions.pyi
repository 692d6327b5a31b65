# Of 1.0 alone.
from collections.abc import Mapping
from typing import Any, Self

class Resource: ...

class Action:
    def __init__(
        self, *, name: str, description: str | None, resource_class: type[Resource] | None = None
    ) -> None: ...

class PermissionSQL:
    def __init__(self, sql: str | None = None, params: Mapping[str, Any] | None = None) -> None: ...
    @classmethod
    def allow(cls, reason: str) -> Self: ...
    @classmethod
    def deny(cls, reason: str) -> Self: ...
