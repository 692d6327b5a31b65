"""Walking folders: which sounds are there, without opening any."""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class FoundFile:
    """A regular file with a sound's suffix.

    Attributes
    ----------
    path : str
        Relative to the source's root, as Python has it (surrogates stand for undecodable bytes).
    bytes, mtime_ns : int
        Size, and time of the last change (in nanoseconds).
    """

    path: str
    bytes: int
    mtime_ns: int


@dataclass
class Scan:
    """What a walk came upon.

    Attributes
    ----------
    files : list of FoundFile
        In the order of their paths.
    problems : list of (str, str)
        Path and reason: folders that can't be read, links that lead nowhere.
    unreadable : list of str
        Folders among the problems: nothing is known of the files below them.
    """

    files: list[FoundFile] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)


def scan(root: Path, start: Path, suffixes: frozenset[str]) -> Scan:
    """List the sounds at or below `start`.

    Hidden files and folders are passed over, as is everything that is no regular file (pipes,
    devices). Links to files and folders are followed; a folder is entered once, whatever loops,
    and by its own name rather than through a link.

    Parameters
    ----------
    root : Path
        The source's folder, which paths are relative to.
    start : Path
        A folder below it, or a single file.
    suffixes : frozenset of str
        Lower case, with the dot.
    """
    result = Scan()
    if start.is_file():
        name = str(start.relative_to(root))
        details = start.stat()
        result.files.append(FoundFile(name, details.st_size, details.st_mtime_ns))
        return result
    for entry in _walk(root, start, result):
        if Path(entry.name).suffix.lower() in suffixes:
            _add_file(root, entry, result)
    result.files.sort(key=lambda file: file.path)
    return result


def _walk(root: Path, start: Path, result: Scan) -> Iterator[os.DirEntry[str]]:
    """Yield what is in the folders below `start` that is no folder itself."""
    entered: set[tuple[int, int]] = set()
    folders, links = [str(start)], deque[str]()
    while folders or links:
        folder = folders.pop() if folders else links.popleft()
        try:
            details = Path(folder).stat()
            if (details.st_dev, details.st_ino) in entered:
                continue
            entered.add((details.st_dev, details.st_ino))
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            relative = _relative(folder, root)
            result.unreadable.append(relative)
            result.problems.append((relative, f"can't read the folder: {error.strerror}"))
            continue
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if not _is_folder(entry):
                yield entry
            elif not entry.is_symlink():
                folders.append(entry.path)
            elif not _has_own_name(root, entry.path):
                links.append(entry.path)


def _has_own_name(root: Path, link: str) -> bool:
    """Whether a linked folder lies in the source, where it is found by its own name."""
    target = Path(os.path.realpath(link))
    if not target.is_relative_to(root):
        return False
    return not any(part.startswith(".") for part in target.relative_to(root).parts)


def _relative(path: str, root: Path) -> str:
    # Several times faster than os.path.relpath, which asks for the current folder each time.
    return path.removeprefix(str(root)).removeprefix(os.sep) or "."


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _add_file(root: Path, entry: os.DirEntry[str], result: Scan) -> None:
    relative = _relative(entry.path, root)
    try:
        details = entry.stat()
    except OSError as error:
        result.problems.append((relative, f"can't look at it: {error.strerror}"))
        return
    if stat.S_ISREG(details.st_mode):
        result.files.append(FoundFile(relative, details.st_size, details.st_mtime_ns))
