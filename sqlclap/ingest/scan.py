"""Walking folders: which sounds are there, without opening any."""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from sqlclap.ingest.borders import Borders, Pass, relative_to


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
    system, excluded : int
        Recycle bins and the like, and what patterns exclude: files and folders passed over.
    """

    files: list[FoundFile] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    system: int = 0
    excluded: int = 0


def scan(borders: Borders, start: Path, suffixes: frozenset[str]) -> Scan:
    """List the sounds at or below `start`.

    Hidden files and folders are passed over, as are recycle bins and the like, what patterns
    exclude, what belongs to other sources, and everything that is no regular file (pipes,
    devices). Links to files and folders are followed; a folder is entered once, whatever loops,
    and by its own name rather than through a link.

    Parameters
    ----------
    borders : Borders
        Of the source, whose folder paths are relative to.
    start : Path
        A folder below it, or a single file.
    suffixes : frozenset of str
        Lower case, with the dot.
    """
    if start.is_file():
        return scan_files(borders.root, [relative_to(str(start), borders.root)])
    return _Walk(borders, suffixes).below(start)


def scan_files(root: Path, known: Iterable[str]) -> Scan:
    """Look at files that were named one by one; those that are gone are not among the result."""
    result = Scan()
    for relative in sorted(known):
        try:
            details = (root / relative).stat()
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            result.problems.append((relative, f"can't look at it: {error.strerror}"))
            continue
        if stat.S_ISREG(details.st_mode):
            result.files.append(FoundFile(relative, details.st_size, details.st_mtime_ns))
    return result


class _Walk:
    """A walk over the folders of one source."""

    def __init__(self, borders: Borders, suffixes: frozenset[str]) -> None:
        self._borders = borders
        self._suffixes = suffixes
        self._result = Scan()
        self._entered: set[tuple[int, int]] = set()
        self._folders: list[str] = []
        self._links = deque[str]()

    def below(self, start: Path) -> Scan:
        self._folders.append(str(start))
        while self._folders or self._links:
            folder = self._folders.pop() if self._folders else self._links.popleft()
            for entry in self._entries(folder):
                self._look_at(entry)
        self._result.files.sort(key=lambda file: file.path)
        return self._result

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            details = Path(folder).stat()
            place = (details.st_dev, details.st_ino)
            if place in self._entered or place in self._borders.tree_places:
                return []
            self._entered.add(place)
            with os.scandir(folder) as listing:
                return sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            relative = relative_to(folder, self._borders.root)
            self._result.unreadable.append(relative)
            self._result.problems.append((relative, f"can't read the folder: {error.strerror}"))
            return []

    def _look_at(self, entry: os.DirEntry[str]) -> None:
        is_folder = _is_folder(entry)
        # Several times faster than Path's, and a walk comes by many files.
        suffix = os.path.splitext(entry.name)[1]  # noqa: PTH122
        is_sound = not is_folder and suffix.lower() in self._suffixes
        if not (is_folder or is_sound):
            return
        why = self._borders.passes_over_entry(entry.name, entry.path)
        if why is not None:
            self._result.system += why is Pass.SYSTEM
            self._result.excluded += why is Pass.EXCLUDED
        elif is_sound:
            if entry.path not in self._borders.files:
                self._add_file(entry)
        elif not entry.is_symlink():
            self._folders.append(entry.path)
        elif not self._borders.leads_to_others(entry.path):
            self._links.append(entry.path)

    def _add_file(self, entry: os.DirEntry[str]) -> None:
        relative = relative_to(entry.path, self._borders.root)
        try:
            details = entry.stat()
        except OSError as error:
            self._result.problems.append((relative, f"can't look at it: {error.strerror}"))
            return
        if stat.S_ISREG(details.st_mode):
            file = FoundFile(relative, details.st_size, details.st_mtime_ns)
            self._result.files.append(file)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
