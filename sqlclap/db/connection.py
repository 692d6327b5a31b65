"""Opens connections to a library, and runs a list of small set-up steps on each."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from sqlclap.db.migrations import schema_number
from sqlclap.db.sqlite_errors import clear_errors
from sqlclap.db.vector_extension import load_sqlite_vec
from sqlclap.errors import LibraryError, NotALibraryError
from sqlclap.quantities import typed
from sqlclap.sqlite_files import read_header

if TYPE_CHECKING:
    import apsw


Mode = Literal["read", "write", "create"]

BUSY_TIMEOUT_MS = 30_000
LONGEST_NAME = 300  # characters of a path in a message
MMAP_BYTES = 8 << 30  # more than most libraries; SQLite maps what there is


def set_busy_timeout(connection: apsw.Connection) -> None:
    """Wait for another writer instead of failing at once."""
    connection.set_busy_timeout(BUSY_TIMEOUT_MS)


def leave_others_alone(connection: apsw.Connection) -> None:
    """Raise an error for other programs' databases and newer libraries, before any step writes."""
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
    """Enforce foreign keys."""
    connection.pragma("foreign_keys", True)


def map_file_into_memory(connection: apsw.Connection) -> None:
    """Read pages through mmap: looking up single vectors is several times faster."""
    connection.pragma("mmap_size", MMAP_BYTES)


# The first read fails if the file is no database, before any step writes.
SETUP_STEPS: tuple[Callable[[apsw.Connection], None], ...] = (
    set_busy_timeout,
    leave_others_alone,
    load_sqlite_vec,
    use_write_ahead_log,
    enforce_references,
    map_file_into_memory,
)


def has_left_write_ahead(path: Path) -> bool:
    """Whether a database that is there keeps a rollback journal, by its header.

    See "File format version numbers" in SQLite's file format: 2 is write-ahead logging.
    """
    header = read_header(path)
    return bool(header) and header[18:20] != b"\x02\x02"


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
    # With URIs, other databases can be attached for reading only.
    flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_URI
    if mode == "create":
        flags |= apsw.SQLITE_OPEN_CREATE
    return apsw.Connection(os.path.abspath(path), flags=flags)  # noqa: PTH100


def connect(path: Path, mode: Mode) -> apsw.Connection:
    """Open `path` and run the set-up steps.

    Raises
    ------
    LibraryError
        The file is missing (and `mode` is not "create"), or can't be opened or written.
    NotALibraryError
        The file is no SQLite database.
    """
    had_log = _beside(path, "-wal").exists() if mode == "read" else True
    check_path(path, mode)
    with clear_errors(shown_name(path)):
        connection = _open(path, mode)
        try:
            for step in SETUP_STEPS:
                step(connection)
        except BaseException:
            connection.close()
            if not had_log:
                _remove_empty_log(path)
            raise
    return connection


@contextmanager
def open_foreign(path: Path) -> Iterator[apsw.Connection]:
    """Open another program's database for reading; nothing of it is changed, nor left beside it.

    Raises
    ------
    LibraryError
        It is missing, can't be read, is no database, or another program holds it.
    """
    had_log = _beside(path, "-wal").exists()
    name = shown_name(path)
    if not path.is_file():  # its bytes are SQLite's to read: closing it would drop locks on it
        told = "is a folder" if path.is_dir() else "is not there"
        raise LibraryError(f"{name} {told}: name the database that holds the table")
    with clear_errors(name):
        connection = _open(path, "read")
        try:
            set_busy_timeout(connection)
            yield connection
        finally:
            connection.close()
            if not had_log:
                _remove_empty_log(path)


def check_path(path: Path, mode: Mode) -> None:
    """Check that a path can be a library's file, before anything is opened or made.

    Raises
    ------
    LibraryError
        There is nothing to open, or nothing can be made there.
    NotALibraryError
        It is a folder, a pipe, a device or a socket.
    """
    name = shown_name(path)
    try:
        str(path).encode("utf-8")
    except UnicodeEncodeError as error:
        raise LibraryError(f"{name} has no UTF-8 name: SQLite needs one, choose another") from error
    if "\0" in str(path):
        raise LibraryError(f"{name} has a NUL in its name, which no file can; choose another")
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        _check_missing(path, mode)
        return
    except OSError as error:
        raise LibraryError(
            f"can't look at {name}: {error.strerror}; choose another name"
        ) from error
    if stat.S_ISDIR(status.st_mode):
        raise NotALibraryError(f"{name} is a folder; a library is a single file such as sounds.db")
    if not stat.S_ISREG(status.st_mode):  # to open a pipe would wait for its writer
        raise NotALibraryError(f"{name} is a pipe or a device; a library is a file")
    if status.st_size == 0 and mode != "create" and not _beside(path, "-wal").exists():
        raise NotALibraryError(
            f"{name} is an empty file: make a library of it with `sqlclap ingest "
            f"{typed(name)} FOLDER`"
        )


def shown_name(path: Path) -> str:
    """Format a path for a message: escape what is not UTF-8, and shorten very long paths."""
    try:
        name = os.fsencode(path).decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:
        name = str(path).encode("utf-8", "backslashreplace").decode("utf-8")
    if len(name) <= LONGEST_NAME:
        return name
    return f"{name[: LONGEST_NAME // 2]}…{name[-LONGEST_NAME // 2 :]}"


def _check_missing(path: Path, mode: Mode) -> None:
    name = shown_name(path)
    target = Path(os.path.realpath(path))
    if mode == "create" and target.parent.is_dir():
        return
    if path.is_symlink():
        raise LibraryError(
            f"{name} is a link to {shown_name(target)}, which isn't there; "
            "name the file itself, or mend the link"
        )
    if mode == "create":
        raise LibraryError(
            f"can't make {name}: there is no folder {shown_name(path.parent)}; make it first"
        )
    raise LibraryError(f"no library at {name}: make one with `sqlclap ingest {typed(name)} FOLDER`")


def _beside(path: Path, suffix: str) -> Path:
    return Path(f"{path}{suffix}")


def _remove_empty_log(path: Path) -> None:
    """Let SQLite take away the log that reading made; only a connection that may write does.

    It does so under its own locks, and only as the last one that has the file open.
    """
    import apsw

    log = _beside(path, "-wal")
    if not log.exists() or log.stat().st_size > 0:
        return
    with suppress(apsw.Error):
        closing_it = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
        try:
            closing_it.pragma("user_version")
        finally:
            closing_it.close()
