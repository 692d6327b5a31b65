"""A library file with one connection per thread, created completely or not at all."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from sqlclap.db.connection import Mode, check_path, connect, has_left_write_ahead, shown_name
from sqlclap.db.lost_sources import bring_sources_back, refuse_lost_sources
from sqlclap.db.migrations import (
    bring_views_up_to_date,
    lacks_to_read,
    migrate,
    restore_marks,
    schema_number,
)
from sqlclap.db.opened_file import OpenedFile
from sqlclap.db.schema import bring_schema_up_to_date, refuse_without_tables
from sqlclap.db.sequences import bring_sequences_up_to_date
from sqlclap.db.sqlite_errors import clear_errors
from sqlclap.db.statements import migration_scripts, statement
from sqlclap.errors import LibraryError
from sqlclap.quantities import typed

if TYPE_CHECKING:
    import apsw


def table_names(connection: apsw.Connection) -> set[str]:
    """Return the names of all tables."""
    rows = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
    return {str(name) for (name,) in rows}


def remove_unused(path: Path, tables: Iterable[str]) -> bool:
    """Remove a library in which nothing is stored, if no one else has it open.

    Parameters
    ----------
    path : Path
    tables : iterable of str
        The tables it was made with; any other table belongs to somebody else.

    Returns
    -------
    bool
        Whether it was removed. One that holds sounds, failures, labels or another program's tables
        is kept, as is one that can't be looked at.
    """
    import apsw

    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        connection.set_busy_timeout(0)
        # Leaving WAL mode needs exclusive access: with other connections it fails.
        if connection.pragma("journal_mode", "delete") != "delete":
            return False
        known = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'samples'").fetchone()
        if known is None:
            is_used = bool(connection.execute("SELECT count(*) FROM sqlite_schema").get)
        else:
            made = (json.dumps(sorted(tables)),)
            is_used = bool(connection.execute(statement("db/is_used"), made).get)
    except apsw.Error:
        return False
    finally:
        connection.close()
    if not is_used:
        path.unlink(missing_ok=True)
    return not is_used


# Connections that came through a fork: a child must not even close them.
_INHERITED: list[object] = []


class LibraryFile:
    """A library's SQLite file.

    A file that it has made is removed again where a ``with`` block ends in an error before anything
    was stored.

    Every thread gets a connection of its own, and so does a forked process: SQLite's connections
    must not cross a fork.

    Parameters
    ----------
    path : str or os.PathLike
    mode : {"read", "write", "create"}
        "read" never writes; "create" makes the file when it is missing.

    Attributes
    ----------
    path : Path
    restored : list of str
        Parts of the schema that were missing and were restored when the file was opened.

    Raises
    ------
    LibraryError
        See `sqlclap.errors`: missing, no library, too new, can't be migrated.
    """

    def __init__(self, path: str | os.PathLike[str], mode: Mode = "write") -> None:
        self.path = Path(path).absolute()  # also for threads that start after a change of folder
        check_path(self.path, mode)
        self._mode: Mode = mode
        self._lock = threading.Lock()
        self._process = os.getpid()
        self._connections: dict[int, tuple[threading.Thread, apsw.Connection]] = {}
        self._closed = False
        self._is_new = mode == "create" and not self.path.exists()
        self._tables_made: set[str] = set()

        self.restored: list[str] = []
        self._opened: OpenedFile | None = None
        self._prepare()
        self._opened = OpenedFile(self.path)

    def _prepare(self) -> None:
        try:
            with clear_errors(shown_name(self.path)):
                self._bring_up_to_date()
        except BaseException:
            self.close()
            self._remove_if_unused()
            raise

    def _bring_up_to_date(self) -> None:
        if self._mode != "read":
            # A copy by `VACUUM INTO` loses it and nothing else: no reason for a warning.
            left = has_left_write_ahead(self.path)
            self.restored = restore_marks(self.connection)
            if left and self.connection.pragma("journal_mode") == "wal":
                self.restored.append("pragma journal_mode (wal)")
            migrate(self.connection)
            refuse_without_tables(self.connection, "core")
            self.restored += bring_schema_up_to_date(self.connection)
            self.restored += bring_sequences_up_to_date(self.connection)
            self.restored += bring_sources_back(self.connection)
            bring_views_up_to_date(self.connection)
            if self._is_new:
                self._tables_made = table_names(self.connection)
            # Only the first connection may make the file: one that vanishes later is an error.
            self._mode = "write"
            return
        applied, known = schema_number(self.connection), len(migration_scripts())
        if lacks_to_read(applied):
            raise LibraryError(
                f"{self.path} has schema {applied}, this sqlclap needs {known}: open it once "
                f"for writing, say with `sqlclap ingest {typed(self.path)}`"
            )
        refuse_without_tables(self.connection, "all")
        refuse_lost_sources(self.connection, self.path)

    @property
    def connection(self) -> apsw.Connection:
        """This thread's connection.

        Raises
        ------
        LibraryReplacedError
        """
        if self._opened is not None:
            self._opened.check()
        thread = threading.current_thread()
        with self._lock:
            if self._closed:
                raise LibraryError(f"{self.path} has been closed")
            if self._process != os.getpid():
                _INHERITED.append(self._connections)
                self._process, self._connections = os.getpid(), {}
            own = self._connections.get(threading.get_ident())
            # Thread numbers are given again once a thread has ended.
            if own is not None and own[0] is thread:
                return own[1]
            self._close_ended_threads()
            connection = connect(self.path, self._mode)
            self._connections[threading.get_ident()] = (thread, connection)
            return connection

    def _close_ended_threads(self) -> None:
        ended = [key for key, (owner, _) in self._connections.items() if not owner.is_alive()]
        for key in ended:
            self._connections.pop(key)[1].close()

    def close(self) -> None:
        """Close the connections of all threads; can be called twice.

        What another thread is asking just now ends as it would; whatever it asks next is an error.
        """
        with self._lock:
            self._closed = True
            if self._process == os.getpid():
                import apsw

                for _, connection in self._connections.values():
                    # One that is in use closes as soon as its thread lets go of it.
                    with suppress(apsw.ThreadingViolationError):
                        connection.close()
            self._connections = {}

    def _remove_if_unused(self) -> None:
        """Remove a file that was made here and came to nothing."""
        if self._is_new and self._process == os.getpid() and self.path.exists():
            remove_unused(self.path, self._tables_made)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
        if kind is not None:
            self._remove_if_unused()
