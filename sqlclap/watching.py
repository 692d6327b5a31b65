"""Watches folders and attached tables, and takes in what is new as soon as it is whole."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sqlclap.attach.seen import stamp_of
from sqlclap.errors import (
    LibraryBusyError,
    NotInstalledError,
    SqlclapError,
    WatchError,
)
from sqlclap.ingest.scan import Borders, borders_of, place_of
from sqlclap.ingest.sources import ALL_SUFFIXES

if TYPE_CHECKING:
    from sqlclap.db.sources import Source
    from sqlclap.ingest.report import IngestReport

LOOK_EVERY_MS = 400
"""How often folders are looked for that came or went, and files that are still being written."""
SETTLED_S = 0.5
"""A file is whole when neither its size nor its time has changed for so long."""
RETRY_S = 1.0
"""After another program held the library, or a shard could not be written."""
MOST_PATHS = 500
"""With more changes at once, whole folders are looked through."""

Stamp = tuple[int, int] | None


@dataclass(frozen=True)
class WatchEvent:
    """Something that happened while folders were watched.

    Attributes
    ----------
    kind : {"watching", "ingested", "gone", "back", "waiting", "failed"}
        Folders are watched from now on; sounds were taken in; a folder went or came back; another
        program holds the library, or a shard can't be written, and it is tried until it can;
        something could not be taken in, or has to be on another machine, and watching goes on.
    paths : tuple of str
        Files or folders that it is about.
    report : IngestReport, optional
    reason : str, optional
    """

    kind: Literal["watching", "ingested", "gone", "back", "waiting", "failed"]
    paths: tuple[str, ...] = ()
    report: IngestReport | None = None
    reason: str | None = None


ListSources = Callable[[], "Sequence[Source]"]
TakeIn = Callable[[Sequence[str | Path]], "IngestReport"]
Tell = Callable[[WatchEvent], object]


class Watcher:
    """Watches the folders of a library or a set.

    Parameters
    ----------
    list_sources : callable
        `Library.sources.list`, or a set's.
    take_in : callable
        `Library.ingest`, or a set's.
    tell : callable
        Is told each `WatchEvent`.
    databases : sequence of Path
        Those of the library's attached tables; a set has none.
    """

    def __init__(
        self,
        list_sources: ListSources,
        take_in: TakeIn,
        tell: Tell,
        databases: Sequence[Path] = (),
    ) -> None:
        self._list_sources = list_sources
        self._take_in = take_in
        self._tell = tell
        self._places: dict[str, tuple[int, int] | None] = {}
        self._pending: dict[str, tuple[Stamp, float]] = {}
        self._again: set[str] = set()
        self._not_before = 0.0
        self._missing = 0
        self._elsewhere: tuple[str, ...] = ()
        self._borders: list[Borders] = []
        self._tables = _Tables(databases)
        self.not_watched: tuple[str, ...] = ()

    def run(self, stop: threading.Event | None = None) -> None:
        """Watch until `stop` is set, or Ctrl-C; what changed since the last ingest comes first.

        Raises
        ------
        NotInstalledError
            The extra ``watch`` is not installed.
        WatchError
            The library has no folders and no attached tables, or the system can't watch them.
        """
        stop = stop or threading.Event()
        self._read_sources()
        if not self._places and not self._tables.names:
            raise WatchError(
                "there is no folder to watch: take one in with `sqlclap ingest`; files that were "
                "named one by one are not watched, nor is object storage, which a timer can ingest"
            )
        if self.not_watched:
            reason = "object storage tells of no changes: ingest it by a timer"
            self._tell(WatchEvent("failed", self.not_watched, reason=f"not watched, as {reason}"))
        self._again = {root for root, place in self._places.items() if place}
        while not stop.is_set():
            self._watch_those_there(stop)

    def _read_sources(self) -> None:
        sources = self._list_sources()
        trees = [one for one in sources if one.kind == "tree" and not one.is_address]
        self.not_watched = tuple(one.root for one in sources if one.is_address)
        self._borders = [borders_of(source, sources) for source in trees]
        self._places = {source.root: place_of(source.root) for source in trees}

    def _watch_those_there(self, stop: threading.Event) -> None:
        """Watch the folders that are there, until one comes or goes."""
        there = sorted(root for root, place in self._places.items() if place)
        if there or self._tables.names:
            self._tell(WatchEvent("watching", (*there, *self._tables.names)))
        for changes in _changes(there, stop):
            self._note(changes)
            self._take_what_is_whole()
            self._follow_tables()
            if self._roots_changed():
                return

    def _roots_changed(self) -> bool:
        """Report folders that came or went; those that came are scanned."""
        before = self._places
        now = {root: place_of(root) for root in before}
        if now == before:
            return False
        gone = tuple(root for root in before if before[root] and not now[root])
        back = tuple(root for root in before if now[root] and now[root] != before[root])
        for kind, roots in (("gone", gone), ("back", back)):
            if roots:
                self._tell(WatchEvent(kind, roots))  # type: ignore[arg-type]  # one of its kinds
        self._read_sources()
        # The next look is compared with what was told: a folder may have come back since.
        self._places |= {root: place for root, place in now.items() if root in self._places}
        self._again |= set(back)
        self._pending = {path: seen for path, seen in self._pending.items() if self._is_below(path)}
        return True

    def _is_below(self, path: str) -> bool:
        return any(place and _below(path, root) for root, place in self._places.items())

    def _note(self, changes: Iterable[tuple[bool, str]]) -> None:
        for is_new, path in changes:
            if path not in self._pending and _may_hold_sound(path, is_new) and self._is_ours(path):
                self._pending[path] = (_stamp(path), time.monotonic())

    def _is_ours(self, path: str) -> bool:
        """Whether a tree holds a path and doesn't pass it over; a root itself is looked after."""
        holding = [one for one in self._borders if _below(path, str(one.root))]
        if not holding or any(path == str(one.root) for one in holding):
            return False
        innermost = max(holding, key=lambda one: len(str(one.root)))
        return innermost.passes_over(os.path.relpath(path, innermost.root)) is None

    def _take_what_is_whole(self) -> None:
        now = time.monotonic()
        if now < self._not_before:
            return
        whole = []
        for path, (stamp, since) in [*self._pending.items()]:
            seen = _stamp(path)
            if seen != stamp:
                self._pending[path] = (seen, now)
            elif now - since >= SETTLED_S:
                whole.append(path)
        if whole or self._again:
            self._ingest(whole)

    def _ingest(self, whole: Sequence[str]) -> None:
        paths = sorted({*self._scopes(whole), *self._again})
        try:
            report = self._take_in(paths) if paths else None
        except LibraryBusyError as error:
            self._wait(str(error))
            return
        except (SqlclapError, OSError) as error:
            self._tell(WatchEvent("failed", tuple(paths), reason=str(error)))
            report = None
        if report is not None:
            self._tell_elsewhere(report)
        if report is not None and report.left_out:
            # What was written is unchanged when all of it is looked at again.
            if self._is_news_again(report):
                self._tell_of(report, paths)
            self._wait("; ".join(report.left_out))
            return
        self._not_before, self._missing = 0.0, 0
        self._again = set()
        for path in whole:
            del self._pending[path]
        self._tell_of(report, paths)

    def _tell_elsewhere(self, report: IngestReport) -> None:
        """Say once what other machines have to take in: it isn't tried again and again here."""
        if report.elsewhere and report.elsewhere != self._elsewhere:
            self._tell(WatchEvent("failed", reason="; ".join(report.elsewhere)))
        self._elsewhere = report.elsewhere

    def _is_news_again(self, report: IngestReport) -> bool:
        """Whether a report tells more than the one before: files that are gone stay missing."""
        before, self._missing = self._missing, report.missing
        return report.missing != before or replace(report, missing=0).is_news

    def _wait(self, reason: str) -> None:
        """Try again in a while; the reason is told once."""
        if not self._not_before:
            self._tell(WatchEvent("waiting", reason=reason))
        self._not_before = time.monotonic() + RETRY_S

    def _tell_of(self, report: IngestReport | None, paths: Sequence[str]) -> None:
        if report is None:
            return
        if report.interrupted:
            raise KeyboardInterrupt
        self._tell(WatchEvent("ingested", tuple(paths), report))

    def _follow_tables(self) -> None:
        """Take in what rows of attached tables have changed, once their writer pauses."""
        now = time.monotonic()
        changed = self._tables.changed(now) if now >= self._not_before else ()
        if not changed:
            return
        try:
            report = self._take_in([])
        except LibraryBusyError as error:
            self._wait(str(error))
            return
        except (SqlclapError, OSError) as error:
            self._tell(WatchEvent("failed", changed, reason=str(error)))
            report = None
        self._tables.followed()
        self._tell_of(report, changed)

    def _scopes(self, paths: Sequence[str]) -> set[str]:
        """Return what is to be looked at: files, and of what is gone the folder that it lay in."""
        if len(paths) > MOST_PATHS:
            return {root for root, place in self._places.items() if place}
        found = set()
        for path in paths:
            there = Path(path)
            while not there.exists() and there != there.parent:
                there = there.parent
            if self._is_below(str(there)):
                # A link that leads elsewhere is its folder's: named by itself, it would be taken in
                # as what it leads to, in a source of its own.
                while not self._is_below(os.path.realpath(there)):
                    there = there.parent
                found.add(str(there))
        return found


class _Tables:
    """The databases of attached tables, by their files' stamps: they are not held open."""

    def __init__(self, databases: Sequence[Path]) -> None:
        self.names = tuple(sorted({str(one) for one in databases}))
        self._followed: dict[str, str] = {}
        self._seen: dict[str, str] = {}
        self._since = 0.0

    def changed(self, now: float) -> tuple[str, ...]:
        """Return the databases that have changed, if none does at the moment."""
        stamps = {name: stamp_of(Path(name)) for name in self.names}
        if stamps != self._seen:
            self._seen, self._since = stamps, now
        if now - self._since < SETTLED_S:
            return ()
        return tuple(name for name in self.names if stamps[name] != self._followed.get(name))

    def followed(self) -> None:
        """Take what was seen last as known; what has changed since then is seen again."""
        self._followed = self._seen


def _changes(roots: Sequence[str], stop: threading.Event) -> Iterator[set[tuple[bool, str]]]:
    """Yield the paths that changed below folders, each with whether it is new.

    Every `LOOK_EVERY_MS` without a change, nothing is yielded: an empty set.
    """
    if not roots:
        while not stop.wait(LOOK_EVERY_MS / 1000):
            yield set()
        return
    outermost = [one for one in roots if not any(_below(one, up) for up in roots if up != one)]
    watchfiles = _watchfiles()
    options = {"watch_filter": None, "debounce": 200, "step": 50, "rust_timeout": LOOK_EVERY_MS}
    try:
        for changes in watchfiles.watch(
            *outermost, stop_event=stop, yield_on_timeout=True, **options
        ):
            yield {(change == watchfiles.Change.added, path) for change, path in changes}
    except OSError as error:
        if not all(Path(root).is_dir() for root in outermost):
            yield set()  # one went just now
            return
        raise WatchError(
            f"the folders can't be watched: {error}; on Linux, more are watched with "
            "`sysctl fs.inotify.max_user_watches=1048576`"
        ) from error


def _watchfiles() -> Any:
    try:
        import watchfiles
    except ImportError as error:
        raise NotInstalledError(
            "watching needs the package watchfiles: pip install 'sqlclap[watch]'"
        ) from error
    return watchfiles


def _may_hold_sound(path: str, is_new: bool) -> bool:
    """Whether a path is that of a sound, or a new folder; of what is gone, one cannot tell."""
    if Path(path).is_dir():
        return is_new  # one whose files have changed has no news of its own
    suffix = Path(path).suffix.lower()
    return suffix in ALL_SUFFIXES or (not suffix and not Path(path).exists())


def _below(path: str, root: str) -> bool:
    return path == root or path.startswith(root.rstrip(os.sep) + os.sep)


def _stamp(path: str) -> Stamp:
    """Return a file's size and time, or None where it isn't there."""
    try:
        details = os.stat(path)  # noqa: PTH116 one of many
    except (OSError, ValueError):
        return None
    return details.st_size, details.st_mtime_ns
