from collections.abc import Callable
from pathlib import Path
from sqlite3 import Connection
from typing import Any, TypeVar

from datasette.app import Datasette

_Result = TypeVar("_Result")

class Database:
    name: str
    route: str
    path: str | Path | None
    is_mutable: bool
    is_memory: bool
    def __init__(
        self,
        ds: Datasette,
        path: str | None = None,
        is_mutable: bool = True,
        is_memory: bool = False,
        memory_name: str | None = None,
    ) -> None: ...
    async def execute(self, sql: str, params: Any = None, **options: Any) -> Any: ...
    async def execute_fn(self, fn: Callable[[Connection], _Result]) -> _Result: ...
    # The keyword transaction is of 1.0 alone.
    async def execute_write_fn(
        self, fn: Callable[[Connection], _Result], block: bool = True, *, transaction: bool = True
    ) -> _Result: ...
    async def execute_write(self, sql: str, params: Any = None, block: bool = True) -> Any: ...
    async def fts_table(self, table: str) -> str | None: ...
    async def table_exists(self, table: str) -> bool: ...
    def close(self) -> None: ...
