"""The journal of a set: what this process did to its catalog and its shards, to be undone.

A change may lie in several libraries: it is undone in all of them, or in none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from sqlclap.db.row_changes import RowChange, put_back, recorded_rows
from sqlclap.db.statements import write_transaction
from sqlclap.errors import ChangedSinceError
from sqlclap.history.journal import Change, Entry, Journal
from sqlclap.history.wording import DRAWN, is_worth_telling, tell
from sqlclap.shards.fleet import NOT_ANSWERING

if TYPE_CHECKING:
    from sqlclap.api import Library
    from sqlclap.db.database import Database
    from sqlclap.shards.session import SetSession
    from sqlclap.shards.shard import Shard

Result = TypeVar("Result")


@dataclass(frozen=True)
class ShardRows:
    """Rows that were changed in one shard.

    Attributes
    ----------
    shard : Shard
        As it was then.
    rows : list of RowChange
    what : str
        What was done there, in words.
    """

    shard: Shard
    rows: list[RowChange]
    what: str


@dataclass(frozen=True)
class SetRows:
    """Rows that were changed in a set.

    Attributes
    ----------
    catalog : list of RowChange
    shards : list of ShardRows
    """

    catalog: list[RowChange]
    shards: list[ShardRows]

    @property
    def every(self) -> list[RowChange]:
        """All rows."""
        return [*self.catalog, *(row for one in self.shards for row in one.rows)]

    def what(self, catalog: Database) -> str:
        """Say what was done."""
        if not self.catalog and len(self.shards) == 1:
            return self.shards[0].what  # it knows the name of a single sound
        return tell(catalog, self.every)


_HEARD: ContextVar[list[ShardRows] | None] = ContextVar("sqlclap_shard_rows", default=None)


@contextmanager
def recorded_in(shard: Shard, library: Library) -> Iterator[None]:
    """Keep which rows of a shard's library are changed within, where a journal wants to know."""
    heard = _HEARD.get()
    if heard is None:
        yield
        return
    database = library.connection
    with recorded_rows(database) as rows:
        yield
    if is_worth_telling(rows):
        heard.append(ShardRows(shard, rows, tell(database, rows)))


class SetJournal(Journal):
    """The latest changes to a set by this process; see `Journal`.

    Parameters
    ----------
    session : SetSession
    """

    def __init__(self, session: SetSession) -> None:
        super().__init__()
        self._session = session

    def record(
        self, database: Database, work: Callable[[], Result]
    ) -> tuple[Result, Change | None]:
        """Do something to the set, and keep how to undo it; `database` is the catalog's."""
        heard: list[ShardRows] = []
        token = _HEARD.set(heard)
        try:
            with recorded_rows(database) as rows:
                result = work()
        finally:
            _HEARD.reset(token)
        done = SetRows(rows, heard)
        every = done.every
        if not is_worth_telling(every):
            return result, None
        return result, self._keep(done.what(database), done, len(every))

    def _put_back(self, database: Database, entry: Entry) -> SetRows:
        """Take rows back in all libraries: where one can't be written, in none."""
        done: SetRows = entry.rows
        now = {one.number: one for one in self._session.shards}
        with ExitStack() as opened:
            shards = []
            for part in done.shards:
                if now.get(part.shard.number) != part.shard:
                    raise ChangedSinceError("its shards were split or joined in between")
                try:
                    library = opened.enter_context(part.shard.open("write"))
                except NOT_ANSWERING as error:
                    raise ChangedSinceError(f"shard {part.shard.number}: {error}") from error
                connection = opened.enter_context(write_transaction(library.connection))
                rows = put_back(connection, part.rows, DRAWN)
                shards.append(ShardRows(part.shard, rows, part.what))
            return SetRows(put_back(database, done.catalog, DRAWN), shards)
