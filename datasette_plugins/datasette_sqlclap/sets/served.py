"""Sets among what Datasette serves.

The shards and the catalog are opened by the set alone, never by Datasette: two copies of SQLite in
one process drop each other's locks on a file. An empty database in memory stands for the set in
Datasette's permissions and addresses.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from datasette_sqlclap.libraries import ServedLibrary, register
from datasette_sqlclap.sets.whole_set import WholeSet
from sqlclap.db.sqlite_errors import clear_errors

if TYPE_CHECKING:
    from datasette.app import Datasette

    from sqlclap.session import Session
    from sqlclap.shards import ShardSet

Result = TypeVar("Result")

READING_THREADS = 3
"""So many questions are answered at once, as of a library's by Datasette."""


@dataclass(frozen=True, kw_only=True)
class ServedSet(ServedLibrary):
    """A set that is served; work for its session gets a `WholeSet`.

    Attributes
    ----------
    opened : ShardSet
    reading, writing : ThreadPoolExecutor
    """

    opened: ShardSet
    reading: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(READING_THREADS, "sqlclap-set")
    )
    writing: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(1, "sqlclap-set-writes")
    )

    @property
    def is_set(self) -> bool:
        """Whether it is a set, for which some routes have no answer."""
        return True

    @property
    def file(self) -> str:
        """Path of the set's file."""
        return str(self.opened.path)

    @cached_property
    def session(self) -> WholeSet:
        """The set, as work sees it."""
        return WholeSet(self.opened.session)

    async def read(self, work: Callable[[Session], Result]) -> Result:
        """Run `work` in one of the set's reading threads."""
        return await self._run(self.reading, work)

    async def write(self, work: Callable[[Session], Result]) -> Result:
        """Run `work` in the set's writing thread."""
        return await self._run(self.writing, work)

    async def _run(self, threads: ThreadPoolExecutor, work: Callable[[Session], Result]) -> Result:
        def run() -> Result:
            with clear_errors(self.opened.path.name):
                return work(self.session)

        return await asyncio.get_running_loop().run_in_executor(threads, run)

    async def folders(self) -> list[str]:
        """Return the folders that errors don't tell: that of the set, and those of its sources."""
        from sqlclap.db.sources import list_roots

        roots = await self.read(lambda session: list_roots(session.database))
        return [*roots, str(self.opened.path.parent)]

    def close(self) -> None:
        """End the threads, and close all libraries."""
        for threads in (self.reading, self.writing):
            threads.shutdown(wait=True, cancel_futures=True)
        self.opened.close()


def add_set(datasette: Datasette, opened: ShardSet) -> ServedSet:
    """Let Datasette serve a set under the name of its file.

    Parameters
    ----------
    datasette : Datasette
    opened : ShardSet
        Open for writing, where those who may are to label.
    """
    from datasette.database import Database

    # A name of its own in memory: two of the same name would be one database.
    memory = Database(
        datasette,
        memory_name=f"sqlclap-set-{secrets.token_hex(8)}",
        is_mutable=opened.options.mode == "write",
    )
    served = ServedSet(
        database=datasette.add_database(memory, name=opened.path.stem), model=None, opened=opened
    )
    register(served)
    return served
