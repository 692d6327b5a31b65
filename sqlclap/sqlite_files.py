"""Looks at SQLite files without dropping the locks that SQLite holds on them.

A process that closes any descriptor of a file loses all POSIX locks that it holds on that file,
SQLite's own among them: another program could then write at the same time, or take away the log
that is in use (https://sqlite.org/howtocorrupt.html, section 2.2). So no file that may be a
database is opened in Python; SQLite's own layer opens it, which knows what locks there are and
closes it only once they are gone.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

_HEADER = 100  # bytes
_MAGIC = b"SQLite format 3\0"


def read_header(path: Path) -> bytes:
    """Return the header of a SQLite file; empty for any other file, and for a missing one."""
    import apsw

    try:
        # Opening a pipe would wait for its other end.
        if not path.is_file() or path.stat().st_size < _HEADER:
            return b""
        flags = [apsw.SQLITE_OPEN_MAIN_DB | apsw.SQLITE_OPEN_READONLY, 0]
        file = apsw.VFSFile("", os.path.abspath(path), flags)  # noqa: PTH100 links stay
        try:
            header = file.xRead(_HEADER, 0)
        finally:
            file.xClose()
    except (OSError, ValueError, apsw.Error):  # also names that SQLite can't have
        return b""
    return header if header.startswith(_MAGIC) else b""


def is_sqlite_file(path: Path) -> bool:
    """Whether a file is a SQLite database, by its first bytes."""
    return bool(read_header(path))


def no_database(path: Path) -> Path:
    """Return the path of a file that is to be opened, sure that it is no SQLite database.

    Raises
    ------
    OSError
        It is one.
    """
    if is_sqlite_file(path):
        raise OSError(errno.EINVAL, "it is a SQLite database", str(path))
    return path


def content_hash(path: Path) -> str:
    """Return the SHA-256 of a file that is no database, in hexadecimal.

    Raises
    ------
    OSError
        It can't be read, or is a SQLite database.
    """
    import hashlib  # a plain search does without

    with no_database(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
