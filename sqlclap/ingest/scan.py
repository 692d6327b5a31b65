"""Walks folders to find sounds, and decides what is skipped."""

from __future__ import annotations

import os
import re
import stat
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from fnmatch import translate
from functools import cached_property
from pathlib import Path

from sqlclap.db.sources import Source, spelled_alike
from sqlclap.errors import IngestError
from sqlclap.several import several

# Files that operating systems create: recycle bins, indexes, previews, resource forks. They are
# never a user's sounds, even if they look like some. Case makes no difference.
SYSTEM_NAMES = frozenset(
    {
        "$extend",
        "$recycle.bin",
        "#recycle",
        "#snapshot",
        "@eadir",
        "@recently-snapshot",
        "@recycle",
        "@sharebin",
        "@tmp",
        "__macosx",
        "lost+found",
        "lost.dir",
        "network trash folder",
        "resource.frk",
        "system volume information",
        "temporary items",
        "thevolumesettingsfolder",
        ".appledouble",
        ".documentrevisions-v100",
        ".fseventsd",
        ".spotlight-v100",
        ".temporaryitems",
    }
)
SYSTEM_BEGINNINGS = ("._", ".trash")


class SkipReason(Enum):
    """Why a file or folder is skipped."""

    HIDDEN = "hidden"
    SYSTEM = "system"
    EXCLUDED = "excluded"


def is_system_name(name: str) -> bool:
    """Whether a file or folder is a recycle bin, or another one that operating systems create.

    >>> is_system_name("$Recycle.Bin"), is_system_name("._kick.wav"), is_system_name("Trash")
    (True, True, False)
    """
    lower = name.lower()
    return lower in SYSTEM_NAMES or lower.startswith(SYSTEM_BEGINNINGS)


@dataclass(frozen=True)
class Exclusion:
    """Patterns of files and folders that are skipped.

    A pattern without ``/`` is compared with names, such as ``*.mp3`` or ``Loops``; one with it
    with paths below the source, such as ``packs/*/loops``. ``*`` also stands for ``/``. Case makes
    no difference, nor does how an accent is spelled. What lies in an excluded folder is excluded.
    """

    patterns: tuple[str, ...] = ()

    @cached_property
    def _names(self) -> re.Pattern[str] | None:
        return _joined(one for one in self.patterns if "/" not in one.rstrip("/"))

    @cached_property
    def _paths(self) -> re.Pattern[str] | None:
        return _joined(one for one in self.patterns if "/" in one.rstrip("/"))

    def matches(self, relative: str) -> bool:
        """Whether one of the patterns matches this file or folder itself."""
        if not self.patterns:
            return False
        path = _comparable(relative.replace(os.sep, "/"))
        names, paths = self._names, self._paths
        return bool(
            (names and names.match(path.rpartition("/")[2])) or (paths and paths.match(path))
        )


def check_patterns(patterns: Iterable[str]) -> tuple[str, ...]:
    """Check patterns and return them.

    Raises
    ------
    IngestError
        One is empty, or can't be stored.
    """
    checked = tuple(several(patterns, "patterns"))
    for pattern in checked:
        try:
            pattern.encode("utf-8")
        except UnicodeEncodeError as error:
            raise IngestError(f"the pattern {pattern!a} is not UTF-8; use * for that") from error
        if not pattern.strip("/ ") or "\0" in pattern:
            raise IngestError(
                f"expected a pattern to pass over, such as '*.mp3' or 'loops'; got {pattern!r}"
            )
    return checked


@dataclass(frozen=True)
class Borders:
    """The borders of a source: what below its root belongs to others or is excluded.

    Attributes
    ----------
    root : Path
        The source's folder.
    exclusion : Exclusion
    tree_places : frozenset of (int, int)
        Device and inode of other trees' folders, whose content belongs to them.
    tree_roots : tuple of str
        The same by name, also for links that lead into them.
    files : frozenset of str
        Files, by their absolute path, that other sources hold by name.
    """

    root: Path
    exclusion: Exclusion = field(default_factory=Exclusion)
    tree_places: frozenset[tuple[int, int]] = frozenset()
    tree_roots: tuple[str, ...] = ()
    files: frozenset[str] = frozenset()

    def passes_over(self, relative: str) -> SkipReason | None:
        """Return why a file or folder below the root is skipped, or None."""
        if relative == ".":
            return None
        parts = Path(relative).parts
        if any(is_system_name(part) for part in parts):
            return SkipReason.SYSTEM
        if self.exclusion.patterns and any(
            self.exclusion.matches("/".join(parts[: end + 1])) for end in range(len(parts))
        ):
            return SkipReason.EXCLUDED
        return SkipReason.HIDDEN if any(part.startswith(".") for part in parts) else None

    def passes_over_entry(self, name: str, path: str) -> SkipReason | None:
        """Like `passes_over`, for an entry of a folder that itself is not skipped."""
        if is_system_name(name):
            return SkipReason.SYSTEM
        if name.startswith("."):
            return SkipReason.HIDDEN
        if self.exclusion.patterns and self.exclusion.matches(relative_to(path, self.root)):
            return SkipReason.EXCLUDED
        return None

    def leads_to_others(self, link: str) -> bool:
        """Whether a linked folder is found without the link, in this source or another one."""
        target = Path(os.path.realpath(link))
        enclosing = [root for root in self.tree_roots if target.is_relative_to(root)]
        if target.is_relative_to(self.root):
            if any(len(root) > len(str(self.root)) for root in enclosing):
                return True
            return self.passes_over(str(target.relative_to(self.root))) is None
        return any(_is_in_sight(target.relative_to(root)) for root in enclosing)


def relative_to(path: str, root: Path) -> str:
    """Return a path below a folder as text; "." is the folder itself."""
    # Several times faster than os.path.relpath, which asks for the current folder each time.
    return path.removeprefix(str(root)).removeprefix(os.sep) or "."


def _is_in_sight(below: Path) -> bool:
    return not any(part.startswith(".") or is_system_name(part) for part in below.parts)


def place_of(folder: str | Path) -> tuple[int, int] | None:
    """Return a folder's device and inode, or None where it isn't there."""
    try:
        details = Path(folder).stat()
    except (OSError, ValueError):
        return None
    return details.st_dev, details.st_ino


def borders_of(
    source: Source, sources: Iterable[Source], held_elsewhere: Iterable[str] = ()
) -> Borders:
    """Return where a source ends.

    Parameters
    ----------
    source : Source
    sources : iterable of Source
        All of the library.
    held_elsewhere : iterable of str
        Absolute paths of the files that other sources hold by name.
    """
    trees = [one for one in sources if one.kind == "tree" and one.root != source.root]
    places = [place for one in trees if (place := place_of(one.root))]
    return Borders(
        Path(source.root),
        Exclusion(source.exclude),
        frozenset(places),
        tuple(one.root for one in trees),
        frozenset(held_elsewhere),
    )


def _joined(patterns: Iterable[str]) -> re.Pattern[str] | None:
    parts = [translate(_comparable(pattern.strip("/"))) for pattern in patterns]
    return re.compile("|".join(parts)) if parts else None


def _comparable(text: str) -> str:
    return spelled_alike(text).lower()


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
    """The result of a walk.

    Attributes
    ----------
    files : list of FoundFile
        In the order of their paths.
    problems : list of (str, str)
        Path and reason: folders that can't be read, links that lead nowhere.
    unreadable : list of str
        Folders among the problems; nothing is known about the files below them.
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
    """Return files that were named one by one, without those that are gone."""
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
            self._result.system += why is SkipReason.SYSTEM
            self._result.excluded += why is SkipReason.EXCLUDED
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
