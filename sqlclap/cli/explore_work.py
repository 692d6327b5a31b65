"""The work of ``sqlclap explore``, in a process of its own while another serves the page.

Two of them, since a file must not be opened by two SQLites in one process: the library works with
apsw, Datasette with Python's sqlite3.
"""

from __future__ import annotations

import _thread
import multiprocessing
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sqlclap.cli.error_output import foreseen, one_line, quiet_libraries, then, warnings_in_one_line
from sqlclap.cli.progress_bar import TerminalProgress
from sqlclap.db.samples import count_samples
from sqlclap.errors import SqlclapError

if TYPE_CHECKING:
    import sqlclap
    from sqlclap.progress import ProgressListener
    from sqlclap.shards import ShardSet

FIRST_SOUNDS = 100
"""So many are in before the page is opened."""
LOOK_EVERY_S = 0.5
ENDS_WITHIN_S = 60.0
"""What is ready is stored after Ctrl-C: that takes a moment."""


class Work:
    """Taking in, index, map and clusters in another process; it ends when this one does.

    Parameters
    ----------
    folder, library : Path
    """

    def __init__(self, folder: Path, library: Path) -> None:
        context = multiprocessing.get_context("spawn")
        self._told, end = context.Pipe()
        self._process = context.Process(target=_work, args=(folder, library, end))
        # Ctrl-C of the terminal reaches both: this one alone hears it, and lets the other end.
        heard = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            self._process.start()
        finally:
            signal.signal(signal.SIGINT, heard)
        end.close()

    def wait_for_first(self) -> None:
        """Wait until the first sounds are in, or all, if they are few.

        Raises
        ------
        SqlclapError
            It failed.
        """
        try:
            failure = self._told.recv()
        except EOFError:
            self._process.join(ENDS_WITHIN_S)
            raise SqlclapError("taking in sounds was stopped from outside") from None
        if failure is not None:
            raise SqlclapError(failure)

    @property
    def is_running(self) -> bool:
        """Whether there is something left to do."""
        return self._process.is_alive()

    def stop(self) -> None:
        """Let the work store what is ready, and end."""
        self._told.close()
        self._process.join(ENDS_WITHIN_S)


def _work(folder: Path, library: Path, parent: Connection) -> None:
    """Do the work; `parent` gets None once the first sounds are in, or the reason why none are."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    started = _Started(parent)
    try:
        with warnings_in_one_line():
            prepare(folder, library, started)
        failure = None
    except KeyboardInterrupt:
        return
    except Exception as error:
        known = str(error) if isinstance(error, SqlclapError) else None
        failure = known or foreseen(error, {"library": str(library)})
        if failure is None:
            raise
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it ends by itself now
    if not started.tell(failure) and failure is not None:
        click.echo(f"Error: {one_line(failure)}", err=True)
    sys.exit(failure is not None)


def _end_with(parent: Connection) -> None:
    """Interrupt this process when the other has ended, or has had enough."""
    try:
        parent.recv()
    except (EOFError, OSError):
        if hasattr(signal, "pthread_kill"):  # it also ends what the main thread waits for
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
        else:
            _thread.interrupt_main(signal.SIGTERM)


class _Started:
    """Tells the other process, once, that the first sounds are in, or why none are."""

    def __init__(self, parent: Connection) -> None:
        self._parent = parent
        self.is_told = False

    def tell(self, failure: str | None) -> bool:
        """Tell it; return False if it was told before, or if nobody listens any more."""
        if self.is_told:
            return False
        self.is_told = True
        try:
            self._parent.send(failure)
        except OSError:
            return False
        return True


class _FirstSounds:
    """A listener that tells when enough sounds are stored; it passes everything on."""

    def __init__(
        self, count: Callable[[], int], started: _Started, listener: ProgressListener
    ) -> None:
        self._count, self._started, self._listener = count, started, listener
        self._looked_at = 0.0

    def started(self, stage: str, total: int) -> None:
        self._listener.started(stage, total)
        self._look(at_least=FIRST_SOUNDS if stage.startswith("ingest") else 1)

    def advanced(self, steps: int, seconds_of_sound: float = 0.0) -> None:
        self._listener.advanced(steps, seconds_of_sound)
        if not self._started.is_told and time.monotonic() - self._looked_at >= LOOK_EVERY_S:
            self._look(FIRST_SOUNDS)

    def failed(self, what: str, reason: str) -> None:
        self._listener.failed(what, reason)

    def _look(self, at_least: int) -> None:
        self._looked_at = time.monotonic()
        if not self._started.is_told and self._count() >= at_least:
            self._started.tell(None)


def prepare(folder: Path, target: Path, started: _Started) -> None:
    """Bring a library or a set up to date with a folder, and its index and map up to date with it.

    A set's shards that can't be written are named; their part comes with the next run.
    """
    import sqlclap
    from sqlclap.running_work import ToldProgress

    with (
        sqlclap.open(target) as opened,
        TerminalProgress() as bar,
        ToldProgress(target, bar) as told,
    ):
        first = _FirstSounds(_counter_of(opened), started, told)
        with quiet_libraries():
            report = opened.ingest([folder], None, first)
        failed = f"{len(report.failed):,} failed"
        click.echo(f"{report.new:,} new, {report.changed:,} changed, {failed}")
        if report.interrupted:
            raise KeyboardInterrupt
        _tell_not_written([report, *_draw_map(opened, first)])
        told.finished()


def _counter_of(opened: sqlclap.Library | ShardSet) -> Callable[[], int]:
    """Return what counts the sounds of a library, or of all shards of a set that answer."""
    import sqlclap

    if isinstance(opened, sqlclap.Library):
        return partial(count_samples, opened.connection)
    from sqlclap.shards.listing import count_set_sounds

    session = opened.session
    return lambda: count_set_sounds(session)[0]


def _draw_map(opened: sqlclap.Library | ShardSet, listener: ProgressListener) -> list[object]:
    """Draw the map and find clusters, or place what is new; without its extra, go on without.

    Returns
    -------
    list
        What was reported.
    """
    from sqlclap.errors import MissingExtraError, NoMapError

    reports: list[object] = []
    try:
        try:
            reports.append(opened.map.place(listener))
        except NoMapError:
            reports.append(opened.map.fit(None, listener))
        reports.append(opened.clusters.update(listener=listener))
    except MissingExtraError as error:
        click.echo(f"no map: {one_line(error)}", err=True)
    return reports


def _tell_not_written(reports: list[object]) -> None:
    left = (one for report in reports for one in getattr(report, "not_written", ()))
    told = (f"{one_line(str(one))}{then(one, 'run')}" for one in left)
    for line in dict.fromkeys(told):
        click.echo(f"not written, {line}", err=True)
