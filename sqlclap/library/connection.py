"""Opening a library's SQLite connection: a tuple of small named steps."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from sqlclap.errors import LibraryBusyError, LibraryError, NotALibraryError
from sqlclap.library.extension import load_sqlite_vec
from sqlclap.library.migrations import schema_number

if TYPE_CHECKING:
    import apsw

Mode = Literal["read", "write", "create"]

BUSY_TIMEOUT_MS = 30_000
MMAP_BYTES = 8 << 30  # more than most libraries; SQLite maps what there is


def set_busy_timeout(connection: apsw.Connection) -> None:
    """Wait for another writer instead of failing at once."""
    connection.set_busy_timeout(BUSY_TIMEOUT_MS)


def leave_others_alone(connection: apsw.Connection) -> None:
    """Refuse other programs' databases and newer libraries before a step could write to them."""
    schema_number(connection)


def use_write_ahead_log(connection: apsw.Connection) -> None:
    """Let readers read while one writer writes; the setting stays in the file."""
    import apsw

    if connection.readonly("main"):
        return
    # SQLite doesn't wait for others here, as it does elsewhere: several programs may be making
    # the same library at once.
    waiting_ends = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            connection.pragma("journal_mode", "wal")
            return
        except apsw.BusyError:
            if time.monotonic() > waiting_ends:
                raise
            time.sleep(0.05)


def enforce_references(connection: apsw.Connection) -> None:
    """Refuse rows that point at nothing."""
    connection.pragma("foreign_keys", True)


def map_file_into_memory(connection: apsw.Connection) -> None:
    """Read pages through mmap: looking up single vectors is several times faster."""
    connection.pragma("mmap_size", MMAP_BYTES)


# The first read tells a library from any other file, before a step could write to it.
SETUP_STEPS: tuple[Callable[[apsw.Connection], None], ...] = (
    set_busy_timeout,
    leave_others_alone,
    load_sqlite_vec,
    use_write_ahead_log,
    enforce_references,
    map_file_into_memory,
)


def is_sqlite_file(path: Path) -> bool:
    """Whether a file is a SQLite database, by its first bytes."""
    try:
        if not path.is_file():  # opening a pipe would wait for its other end
            return False
        with path.open("rb") as file:
            return file.read(16) == b"SQLite format 3\0"
    except (OSError, ValueError):
        return False


def has_left_write_ahead(path: Path) -> bool:
    """Whether a database that is there keeps a rollback journal, by its header.

    See "File format version numbers" in SQLite's file format: 2 is write-ahead logging.
    """
    if not is_sqlite_file(path):
        return False
    with path.open("rb") as file:
        return file.read(20)[18:] != b"\x02\x02"


def _read_uri(path: Path) -> str:
    """Name a file for reading only, also where nothing beside it can be written.

    SQLite needs to make ``-shm`` beside a WAL database even to read it. In a folder that can't be
    written, and with no log to replay, the file can't change under us: ``immutable`` does without.
    """
    uri = f"file:{quote(str(path))}?mode=ro"
    log, index = (path.with_name(path.name + suffix) for suffix in ("-wal", "-shm"))
    to_replay = log.exists() and log.stat().st_size > 0
    if not os.access(path.parent, os.W_OK) and not index.exists() and not to_replay:
        uri += "&immutable=1"
    return uri


def _open(path: Path, mode: Mode) -> apsw.Connection:
    import apsw

    if mode == "read":
        flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
        return apsw.Connection(_read_uri(path), flags=flags)
    flags = apsw.SQLITE_OPEN_READWRITE
    if mode == "create":
        flags |= apsw.SQLITE_OPEN_CREATE
    return apsw.Connection(str(path), flags=flags)


def connect(path: Path, mode: Mode) -> apsw.Connection:
    """Open `path` and run the set-up steps.

    Raises
    ------
    LibraryError
        The file is missing (and `mode` is not "create"), or can't be opened or written.
    NotALibraryError
        The file is no SQLite database.
    """
    import apsw

    _check_path(path, mode)
    try:
        connection = _open(path, mode)
    except apsw.CantOpenError as error:
        raise LibraryError(f"can't open {path}: is its folder there, and yours?") from error
    try:
        _set_up(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _check_path(path: Path, mode: Mode) -> None:
    try:
        str(path).encode("utf-8")
    except UnicodeEncodeError as error:
        shown = os.fsencode(path).decode("utf-8", errors="backslashreplace")
        raise LibraryError(
            f"{shown} has no UTF-8 name: SQLite needs one, choose another"
        ) from error
    try:
        if path.is_dir():
            raise NotALibraryError(
                f"{path} is a folder; a library is a single file such as sounds.db"
            )
        if path.exists() and not path.is_file():  # to open a pipe would wait for its writer
            raise NotALibraryError(f"{path} is a pipe or a device; a library is a file")
        if mode != "create" and not path.exists():
            raise LibraryError(
                f"no library at {path}: make one with `sqlclap ingest {path} FOLDER`"
            )
    except OSError as error:
        raise LibraryError(f"can't look at {path}: {error.strerror}") from error


def _set_up(connection: apsw.Connection) -> None:
    import apsw

    path = connection.filename
    try:
        for step in SETUP_STEPS:
            step(connection)
    except apsw.NotADBError as error:
        raise NotALibraryError(f"{path} is not a SQLite file; choose another name") from error
    except apsw.CorruptError as error:
        raise LibraryError(f"{path} is damaged ({error}); restore it from a copy") from error
    except apsw.BusyError as error:
        raise LibraryBusyError(f"{path} is locked by another program; try again later") from error
    except (apsw.CantOpenError, apsw.ReadOnlyError) as error:
        raise LibraryError(
            f"can't write beside {path}, where SQLite keeps its log: {error}"
        ) from error
