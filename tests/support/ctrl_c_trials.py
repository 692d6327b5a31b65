"""Ctrl-C at one moment of an ingest after another; says what is wrong afterwards.

    python -m tests.support.ctrl_c_trials FOLDER BUNDLE WORK MOMENTS

A moment is a call that the main thread makes: Python looks for signals after each. Some can't be
left out: where a lock has just been taken, a thread started, a transaction begun or committed.
"""

from __future__ import annotations

import faulthandler
import inspect
import random
import shutil
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import sqlclap
from sqlclap.progress import NullProgress
from tests.support.half_stored import half_stored
from tests.support.patience import PATIENCE_S, be_patient

NEVER = sys.maxsize
SEED = 8


class Strike(NullProgress):
    """Presses Ctrl-C once, as the main thread makes a call; from where files are read on."""

    def __init__(self, at: int) -> None:
        self.at, self.calls, self.place = at, 0, ""

    def started(self, stage: str, total: int) -> None:
        if stage == "ingest":
            sys.setprofile(self._look)

    def _look(self, frame: FrameType, event: str, what: Any) -> None:
        goes_on = bool(frame.f_code.co_flags & inspect.CO_GENERATOR)  # its `finally` would not run
        if event == "c_return" or (event == "call" and not goes_on):
            self.calls += 1
            if self.calls == self.at:
                self.place = f"{frame.f_code.co_filename}:{frame.f_lineno} {event} {what}"
                signal.raise_signal(signal.SIGINT)


class Trial:
    """One ingest after the other, each of a new library."""

    def __init__(self, folder: Path, bundle: Path, work: Path) -> None:
        self._folder, self._bundle, self._work = folder, str(bundle), work
        self._files = len(list(folder.rglob("*.wav")))

    def strike(self, at: int) -> tuple[Strike, list[str]]:
        """Interrupt an ingest at its `at`-th call; return what is wrong after it."""
        for left in self._work.glob("library*"):
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        strike = Strike(at)
        with sqlclap.open(self._work / "library.db", model=self._bundle) as library:
            return strike, [*self._ingest(library, strike), *self._afterwards(library)]

    def _ingest(self, library: sqlclap.Library, strike: Strike) -> Iterator[str]:
        options = sqlclap.IngestOptions(commit_every_s=0.0, windows_under_way=4, threads=2)
        try:
            report = library.ingest([self._folder], options, strike)
        except KeyboardInterrupt:  # after its end, or before it hears of Ctrl-C
            return
        except Exception as error:
            yield f"{type(error).__name__}: {error}"
            return
        finally:
            sys.setprofile(None)
        stored = library.info().counts["samples"]
        if report.new != stored:
            yield f"it says {report.new} new ones, and there are {stored}"
        if not report.interrupted and stored < self._files:
            yield f"it ended with {stored} sounds"

    def _afterwards(self, library: sqlclap.Library) -> Iterator[str]:
        if library.connection.in_transaction:
            yield "a transaction is left open"
            return
        yield from half_stored(library)
        stored = library.info().counts["samples"]
        report = library.ingest([self._folder])
        if (report.unchanged, report.new) != (stored, self._files - stored):
            yield f"the next one: {report.unchanged} unchanged and {report.new} new after {stored}"
        readers = [one.name for one in threading.enumerate() if "sqlclap-read" in one.name]
        if readers:
            yield f"they still read: {readers}"


def main() -> None:
    """Try moments; print one line for each that something is wrong after, and how many are due."""
    be_patient()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    faulthandler.dump_traceback_later(PATIENCE_S, exit=True)  # where it hangs
    trial = Trial(*map(Path, sys.argv[1:4]))
    trial.strike(NEVER)  # what is loaded once is loaded
    calls = trial.strike(NEVER)[0].calls
    moments = random.Random(SEED).sample(range(1, calls), int(sys.argv[4]))
    struck = 0
    for at in moments:
        strike, wrong = trial.strike(at)
        struck += bool(strike.place)
        for what in wrong:
            print(f"at call {at} ({strike.place}): {what}")
    print(f"{struck} of {len(moments)}")


if __name__ == "__main__":
    main()
