"""The journal: what was done to a library in this process, to be undone and done again.

It lives as long as the process, and holds the latest changes alone. What it undoes it undoes in
the library, in one transaction, and only where nobody has changed the same in between.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from sqlclap.db.row_changes import MOST_ROWS, put_back, recorded_rows
from sqlclap.db.statements import write_transaction
from sqlclap.errors import ChangedSinceError, UnknownChangeError
from sqlclap.history.wording import DRAWN, is_worth_telling, tell

if TYPE_CHECKING:
    from sqlclap.db.database import Database

Result = TypeVar("Result")

MOST_CHANGES = 500


@dataclass(frozen=True)
class Change:
    """Something that was done.

    Attributes
    ----------
    change_id : int
        Its own among those of all processes, as good as surely.
    what : str
        What was done, in words.
    done_at : str
        UTC, ISO 8601.
    undone : bool
        Whether it has been undone since.
    """

    NOUN: ClassVar[str] = "change"
    change_id: int
    what: str
    done_at: str
    undone: bool = False


@dataclass
class Entry:
    """A change with the rows that it changed, as what keeps it knows them."""

    change: Change
    rows: Any
    count: int


class Journal:
    """The latest changes to a library by this process; safe with several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: dict[int, Entry] = {}
        # Below 2^53, so that it is a whole number in JavaScript, too.
        self._next = secrets.randbelow(1 << 40) << 12

    def record(
        self, database: Database, work: Callable[[], Result]
    ) -> tuple[Result, Change | None]:
        """Do something to the library, and keep how to undo it.

        Parameters
        ----------
        database : Database
            The connection that `work` writes by; no transaction is open.
        work : callable

        Returns
        -------
        tuple
            What `work` returned, and the change; None where it changed nothing that people say,
            or more than `MOST_ROWS` rows.
        """
        with recorded_rows(database) as rows:
            result = work()
        if not is_worth_telling(rows):
            return result, None
        return result, self._keep(tell(database, rows), rows, len(rows))

    def changes(self) -> list[Change]:
        """Return the changes that can be undone, or were, the latest first."""
        with self._lock:
            return [entry.change for entry in reversed(self._entries.values())]

    def undo(self, database: Database, change_id: int) -> Change:
        """Undo a change.

        Raises
        ------
        UnknownChangeError
            There is no such change, or it is too long ago.
        ChangedSinceError
            It is undone already, or the same was changed in between; nothing was undone.
        """
        return self._turn(database, change_id, undo=True)

    def redo(self, database: Database, change_id: int) -> Change:
        """Do again what was undone.

        Raises
        ------
        UnknownChangeError, ChangedSinceError
            As for `undo`.
        """
        return self._turn(database, change_id, undo=False)

    def _turn(self, database: Database, change_id: int, undo: bool) -> Change:
        entry = self._find(change_id)
        verb = "undone" if undo else "done again"
        with write_transaction(database) as connection:
            if entry.change.undone == undo:
                raise ChangedSinceError(f"“{entry.change.what}” has been {verb} already")
            try:
                rows = self._put_back(connection, entry)
            except ChangedSinceError as error:
                raise ChangedSinceError(f"“{entry.change.what}” is not {verb}: {error}") from error
        entry.rows = rows
        entry.change = replace(entry.change, undone=undo)
        return entry.change

    def _put_back(self, database: Database, entry: Entry) -> Any:
        """Take an entry's rows back; return what that changed. In a write transaction."""
        return put_back(database, entry.rows, DRAWN)

    def _find(self, change_id: int) -> Entry:
        with self._lock:
            entry = self._entries.get(change_id)
        if entry is None:
            raise UnknownChangeError(
                f"no change {change_id}: only the last {MOST_CHANGES} since the start of this "
                "process can be undone"
            )
        return entry

    def _keep(self, what: str, rows: Any, count: int) -> Change:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        with self._lock:
            self._next += 1
            change = Change(self._next, what, now)
            self._entries[change.change_id] = Entry(change, rows, count)
            while len(self._entries) > 1 and self._is_too_much():
                del self._entries[next(iter(self._entries))]
        return change

    def _is_too_much(self) -> bool:
        rows = sum(entry.count for entry in self._entries.values())
        return len(self._entries) > MOST_CHANGES or rows > MOST_ROWS
