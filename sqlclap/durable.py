"""Atomic replacement of files, and locks that end with the process that holds them.

Every file that sqlclap replaces, and every JSON that it keeps, is written through `draft_of` or
`write_whole`: a kill at any moment leaves what was there before, or all of the new.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

_BLOCK = 65_536  # bytes read at once
_NAME_KEPT = 40  # characters of a file's name in its draft's: together they must fit 255 bytes


@contextmanager
def draft_of(path: Path) -> Iterator[Path]:
    """Yield a draft's path to write to, which replaces `path` at the end; removed after an error.

    What is there already stays as it is until then. The draft lies beside it, hidden, with the
    same suffix, and is on the disk before it takes its place. What killed processes left of
    drafts of this file is removed. A pipe or device is written to directly.

    Raises
    ------
    OSError
        It can't be written; `path` is as it was.
    """
    target = Path(os.path.realpath(path))  # a link stays a link
    if target.exists() and not target.is_file():
        yield target
        return
    _remove_stale(target)
    draft, handle = _new_draft(target)
    try:
        yield draft
        with suppress(FileNotFoundError):
            draft.chmod(stat.S_IMODE(target.stat().st_mode))
        sync(draft)
        if sys.platform == "win32":  # no open file can be renamed there
            os.close(handle)
            handle = -1
        draft.replace(target)
        sync(target.parent)
    finally:
        draft.unlink(missing_ok=True)
        if handle >= 0:
            os.close(handle)


def write_whole(path: Path, content: str | bytes) -> None:
    """Replace a file atomically; text is written as UTF-8.

    Raises
    ------
    OSError
        It can't be written; `path` is as it was.
    """
    with draft_of(path) as draft:
        draft.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)


def append_line(path: Path, line: str) -> None:
    """Add a line of text to a file, made if needed; it is on the disk when this returns.

    What a killed process left of a line, which has no end, is cut off before.

    Raises
    ------
    OSError
        It can't be written.
    """
    path.touch()
    with path.open("r+b") as file:
        end = _end_of_lines(file)
        file.truncate(end)
        file.seek(end)
        file.write(line.encode("utf-8") + b"\n")
        file.flush()
        os.fsync(file.fileno())
    if not end:
        sync(path.parent)


def _end_of_lines(file: BinaryIO) -> int:
    """Return where the last whole line of a file ends."""
    end = file.seek(0, os.SEEK_END)
    while end:
        start = max(0, end - _BLOCK)
        file.seek(start)
        newline = file.read(end - start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        end = start
    return 0


def move_new(source: Path, target: Path) -> None:
    """Move a file to where nothing is yet; a kill leaves it in one of the places, or in both.

    It is a second name for the file, where the file system has such, or a whole copy, and the first
    goes when the second is on the disk. If both are there already, from a move that was killed,
    see `finish_move`.

    Raises
    ------
    FileExistsError
        Something is at `target`; nothing was changed.
    OSError
        It can't be moved; `source` is as it was.
    """
    try:
        os.link(source, target, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError:  # another disk, or no such links
        _copy_new(source, target)
    try:
        finish_move(source, target)
    except OSError:
        if source.exists():  # it may not be taken away
            target.unlink(missing_ok=True)
        raise


def make_folder(folder: Path) -> None:
    """Make a folder and those around it; all that are made are on the disk.

    Raises
    ------
    OSError
    """
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync(folder.parent)


def finish_move(source: Path, target: Path) -> None:
    """Let the first name of a file go that is whole under the second."""
    sync(target.parent)
    source.unlink()
    sync(source.parent)


def _copy_new(source: Path, target: Path) -> None:
    import shutil  # seldom needed

    _remove_stale(target)
    draft, handle = _new_draft(target)
    try:
        shutil.copy2(source, draft)
        sync(draft)
        if target.exists():  # who works here holds a lock; no name is given to two files
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
        if sys.platform == "win32":  # no open file can be renamed there
            os.close(handle)
            handle = -1
        draft.rename(target)
    finally:
        draft.unlink(missing_ok=True)
        if handle >= 0:
            os.close(handle)


def sync(path: Path) -> None:
    """Wait until a file or folder is on the disk."""
    if os.name == "nt" and path.is_dir():
        return  # Windows has no such call for folders
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def lock(handle: int, *, shared: bool = False, wait: bool = False) -> bool:
    """Take the operating system's lock on an open file; it ends with the file's last handle.

    Windows knows no shared lock: there the open file itself keeps others from removing it.

    Returns
    -------
    bool
        False where another holds it, and `wait` is not set.

    Raises
    ------
    OSError
        The file system knows no locks.
    """
    if sys.platform == "win32":
        import msvcrt

        while not shared:
            try:
                msvcrt.locking(handle, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
            except PermissionError:
                if not wait:
                    return False
            except OSError:  # ten seconds have passed
                continue
            else:
                return True
        return True
    import fcntl

    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(handle, kind if wait else kind | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def is_at(handle: int, path: Path) -> bool:
    """Whether an open file is the one that has this name now."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


@contextmanager
def lock_file(path: Path) -> Iterator[None]:
    """Wait for and hold the exclusive lock of a file, which is created if needed.

    Raises
    ------
    OSError
        The file can't be made, opened or locked.
    """
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            lock(handle, wait=True)
            if is_at(handle, path):  # who held it before may have removed it
                break
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)
    try:
        yield
    finally:
        os.close(handle)


def _draft_stem(target: Path) -> str:
    return f".{target.stem[:_NAME_KEPT]}-draft-"


def _new_draft(target: Path) -> tuple[Path, int]:
    """Make an empty draft, locked for as long as its handle is open."""
    while True:
        name = f"{_draft_stem(target)}{os.urandom(6).hex()}{target.suffix[-_NAME_KEPT:]}"
        draft = target.with_name(name)
        handle = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        with suppress(OSError):  # where there are no locks, nobody removes it either
            if sys.platform != "win32":
                lock(handle)
        if is_at(handle, draft):  # who tidies up may have been quicker
            return draft, handle
        os.close(handle)


def _remove_stale(target: Path) -> None:
    """Remove the drafts of a file whose writers have been killed."""
    if sys.platform == "win32":
        return
    suffix = re.escape(target.suffix[-_NAME_KEPT:])
    pattern = re.compile(re.escape(_draft_stem(target)) + "[0-9a-f]{12}" + suffix)
    with suppress(OSError):
        for name in os.listdir(target.parent):  # noqa: PTH208 - names are all that is needed
            if pattern.fullmatch(name):
                _remove_unlocked(target.with_name(name))


def _remove_unlocked(draft: Path) -> None:
    with suppress(OSError):
        handle = os.open(draft, os.O_RDWR)
        try:
            if lock(handle):
                draft.unlink(missing_ok=True)
        finally:
            os.close(handle)
