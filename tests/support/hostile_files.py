"""Files that are no library, or can't be used as one, in the place of a library."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import socket
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

PAGE = 4096


def random_bytes(path: Path, good: Path) -> None:
    path.write_bytes(random.Random(0).randbytes(20_000))


def text(path: Path, good: Path) -> None:
    path.write_text("kick\nsnare\n")


def a_zip(path: Path, good: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("sounds.db", good.read_bytes()[:PAGE])


def header_alone(path: Path, good: Path) -> None:
    path.write_bytes(b"SQLite format 3\0")


def foreign(path: Path, good: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE samples (sample_id INTEGER PRIMARY KEY, path TEXT)")
        other.commit()


def foreign_records(path: Path, good: Path) -> None:
    """A table of our migrations' name, of other columns."""
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE sqlclap_migrations (id INTEGER)")
        other.execute("PRAGMA application_id = 1936813155")
        other.commit()


def newer(path: Path, good: Path) -> None:
    shutil.copyfile(good, path)
    with closing(sqlite3.connect(path)) as library:
        library.execute("INSERT INTO sqlclap_migrations (name) VALUES ('9999-later')")
        library.execute("PRAGMA user_version = 9999")
        library.commit()
        library.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def truncated(path: Path, good: Path) -> None:
    whole = good.read_bytes()
    path.write_bytes(whole[: len(whole) // 2 // PAGE * PAGE])


def cut_in_a_page(path: Path, good: Path) -> None:
    path.write_bytes(good.read_bytes()[: PAGE + 100])


def pages_overwritten(path: Path, good: Path) -> None:
    """All but the first page are noise."""
    whole = good.read_bytes()
    path.write_bytes(whole[:PAGE] + random.Random(1).randbytes(len(whole) - PAGE))


def tables_overwritten(path: Path, good: Path) -> None:
    """The schema can be read, and no table nor index."""
    _overwrite(path, good, "SELECT rootpage FROM sqlite_schema WHERE rootpage > 0")


def samples_overwritten(path: Path, good: Path) -> None:
    """Only the sounds can't be read."""
    _overwrite(
        path, good, "SELECT rootpage FROM sqlite_schema WHERE tbl_name = 'samples' AND rootpage > 0"
    )


def empty(path: Path, good: Path) -> None:
    path.touch()


def folder(path: Path, good: Path) -> None:
    path.mkdir()


def missing_parent(path: Path, good: Path) -> None:
    pass


def pipe(path: Path, good: Path) -> None:
    os.mkfifo(path)


def a_socket(path: Path, good: Path) -> None:
    with closing(socket.socket(socket.AF_UNIX)) as bound:
        here = Path.cwd()
        os.chdir(path.parent)  # the names of sockets are short
        try:
            bound.bind(path.name)
        finally:
            os.chdir(here)


def link_to_nowhere(path: Path, good: Path) -> None:
    path.symlink_to(path.parent / "nowhere" / "sounds.db")


def link_to_itself(path: Path, good: Path) -> None:
    path.symlink_to(path)


def below_a_file(path: Path, good: Path) -> None:
    path.parent.write_text("not a folder")


Maker = Callable[[Path, Path], None]
"""Puts something at the first path; the second is a library that is whole."""

NO_DATABASE: dict[str, tuple[str, Maker]] = {
    "random bytes": ("sounds.db", random_bytes),
    "text": ("sounds.db", text),
    "zip": ("sounds.db", a_zip),
    "header alone": ("sounds.db", header_alone),
    "another program's": ("sounds.db", foreign),
    "another program's records": ("sounds.db", foreign_records),
    "newer": ("sounds.db", newer),
    "truncated": ("sounds.db", truncated),
    "cut in a page": ("sounds.db", cut_in_a_page),
    "pages overwritten": ("sounds.db", pages_overwritten),
    "folder": ("sounds.db", folder),
    "missing folder": ("nowhere/sounds.db", missing_parent),
    "below a file": ("file/sounds.db", below_a_file),
    "pipe": ("sounds.db", pipe),
    "socket": ("sounds.db", a_socket),
    "link to nowhere": ("sounds.db", link_to_nowhere),
    "link to itself": ("sounds.db", link_to_itself),
    "line feed in a missing folder": ("a\nb/sounds.db", missing_parent),
    "name too long": ("x" * 300 + ".db", missing_parent),
    "path too long": ("x/" * 3000 + "sounds.db", missing_parent),
    "name not in UTF-8": ("caf\udce9.db", missing_parent),
}
"""What no command can do anything with: the name below the folder, and what puts it there."""

DAMAGED: dict[str, Maker] = {
    "tables overwritten": tables_overwritten,
    "samples overwritten": samples_overwritten,
}
"""Libraries of which some commands need nothing that is damaged."""


def state_of(folder: Path) -> dict[str, object]:
    """Return what lies below a folder, to tell whether anything was made or changed."""
    there: dict[str, object] = {}
    for root, folders, files in os.walk(folder):
        for name in folders + files:
            path = Path(root, name)
            status = path.lstat()
            is_file = path.is_file() and not path.is_symlink()
            content = hashlib.sha256(path.read_bytes()).hexdigest() if is_file else ""
            there[str(path)] = (status.st_mode, status.st_ino, content)
    return there


def _overwrite(path: Path, good: Path, of_pages: str) -> None:
    with closing(sqlite3.connect(good)) as library:
        pages = [page for (page,) in library.execute(of_pages)]
    whole = bytearray(good.read_bytes())
    for page in pages:
        start = (page - 1) * PAGE
        if page > 1:
            whole[start : start + PAGE] = random.Random(page).randbytes(PAGE)
    path.write_bytes(whole)
