"""Catches what native libraries print, and attributes it to the sound that is being read.

libsndfile's MP3 decoder prints warnings to file descriptor 2 and offers no way to ask for them.
Descriptors belong to the whole process: only a command that owns it should catch them
(`catch_native_output`); without that, nothing here does anything.
"""

from __future__ import annotations

import os
import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

_MOST_LINES = 3
_MOST_KEPT = 1_000
_MOST_BYTES = 1 << 20
_PLACE = r"(?i)^(?:\[[^\]]*?(?:(lib\w+)/)?[^\]/]*\]\s*)?(?:error|warning|note):\s*"


class NativeOutput:
    """Lines that were printed while one sound was read.

    Attributes
    ----------
    lines : list of str
        Each once, in order; no more than a thousand.
    more : int
        Number of further lines that were left out.
    is_unclear : bool
        Something was said while several sounds were read at once: it may be about any of them.
    """

    def __init__(self) -> None:
        self.forget()
        self.is_unclear = False

    def forget(self) -> None:
        """Begin anew."""
        self.lines: list[str] = []
        self.more = 0
        self._seen: set[str] = set()

    def add(self, text: str) -> None:
        """Take lines in."""
        for raw in text.splitlines():
            line = re.sub(_PLACE, lambda place: f"{place[1]}: " if place[1] else "", raw.strip())
            if line and line not in self._seen:
                self.more += len(self._seen) >= _MOST_KEPT
                if not self.more:
                    self._seen.add(line)
                    self.lines.append(line)

    def notes(self) -> list[str]:
        """Return the first few lines, and how many more there are."""
        shown = [f"the decoder says: {line}" for line in self.lines[:_MOST_LINES]]
        more = len(self.lines) - len(shown) + self.more
        return [*shown, f"and {more} more such lines"] if more > 0 else shown


class _Catcher:
    """A temporary file in place of descriptors 1 and 2, and the readers that are active.

    A file and not a pipe: a library may say more than a pipe holds while nobody listens.
    """

    def __init__(self) -> None:
        self.writing, self._reading = _open_nameless_file()
        self._turn = threading.Condition()
        self._active: list[NativeOutput] = []
        self._alone = False
        self._asking = 0  # to be alone
        self.elsewhere = NativeOutput()

    def begin(self, output: NativeOutput) -> None:
        with self._turn:
            self._turn.wait_for(lambda: not self._alone and not self._asking)
            if not self._active:
                self.elsewhere.add(self._said())
            self._active.append(output)

    def end(self, output: NativeOutput) -> None:
        with self._turn:
            # Whoever said it is still active: its own end would have come upon it.
            if lines := self._said():
                if len(self._active) == 1:
                    output.add(lines)
                else:
                    for suspect in self._active:
                        suspect.is_unclear = True
            self._active.remove(output)
            if not self._active:
                self._tidy_up()
            self._turn.notify_all()

    @contextmanager
    def alone(self, output: NativeOutput) -> Iterator[None]:
        """Read a sound while no other one is being read."""
        with self._turn:
            self._asking += 1
            self._turn.wait_for(lambda: not self._alone and not self._active)
            self._asking -= 1
            self._alone = True
            self.elsewhere.add(self._said())
        try:
            yield
        finally:
            with self._turn:
                output.add(self._said())
                self._alone = False
                self._turn.notify_all()

    def close(self) -> None:
        self.elsewhere.add(self._said())
        os.close(self.writing)
        os.close(self._reading)

    def _tidy_up(self) -> None:
        """Empty the file when all of a long one has been read."""
        if os.lseek(self._reading, 0, os.SEEK_CUR) > _MOST_BYTES:
            os.ftruncate(self.writing, 0)
            os.lseek(self._reading, 0, os.SEEK_SET)

    def _said(self) -> str:
        pieces = []
        while piece := os.read(self._reading, 1 << 16):
            pieces.append(piece)
        return b"".join(pieces).decode("utf-8", "replace")


def _open_nameless_file() -> tuple[int, int]:
    """Open a file that is gone with its descriptors, to append to it and to read it."""
    how = os.O_WRONLY | os.O_APPEND, os.O_RDONLY
    if hasattr(os, "memfd_create"):  # Linux: no folder is needed
        memory = os.memfd_create("sqlclap-output")
        with suppress(OSError):  # where /proc isn't mounted
            return os.open(f"/proc/self/fd/{memory}", how[0]), memory
        os.close(memory)
    import tempfile

    handle, name = tempfile.mkstemp(prefix="sqlclap-")
    os.close(handle)
    appending, reading = (os.open(name, flags) for flags in how)
    with suppress(OSError):  # Windows keeps the names of open files
        Path(name).unlink()
    return appending, reading


_catcher: _Catcher | None = None


class attributed_to:  # noqa: N801 - reads as a context manager
    """Give what is said meanwhile to `words`; does nothing unless a command catches it.

    Parameters
    ----------
    words : NativeOutput
    """

    __slots__ = ("_catcher", "_words")

    def __init__(self, output: NativeOutput) -> None:
        self._words = output
        self._catcher = _catcher

    def __enter__(self) -> None:
        if self._catcher is not None:
            self._catcher.begin(self._words)

    def __exit__(self, *error: object) -> None:
        if self._catcher is not None:
            self._catcher.end(self._words)


def clear_up(output: NativeOutput, read: Callable[[], None]) -> None:
    """Find out what libraries say about a sound, by reading it again by itself."""
    if not output.is_unclear or _catcher is None:
        return
    output.is_unclear = False
    output.forget()
    with _catcher.alone(output):
        read()


def is_caught() -> bool:
    """Whether a command of this process catches what native libraries print."""
    return _catcher is not None


@contextmanager
def catch_native_output() -> Iterator[NativeOutput]:
    """Catch what native libraries print to standard output and standard error.

    Python's own output goes where it went before. What is said while a sound is read becomes a
    note of that sound; the rest is in what this yields, once it has ended. For the main thread
    of a program that owns its process; nested in itself, it does nothing.

    Yields
    ------
    NativeOutput
        What was said while no sound was read.
    """
    global _catcher  # noqa: PLW0603 - descriptors belong to the process too
    if _catcher is not None:
        yield NativeOutput()
        return
    catcher = _Catcher()
    sys.stdout.flush()
    sys.stderr.flush()
    saved = [(fd, os.dup(fd)) for fd in (1, 2)]
    streams = sys.stdout, sys.stderr
    try:
        sys.stdout, sys.stderr = (_redirected(stream, saved) for stream in streams)
        for fd, _ in saved:
            os.dup2(catcher.writing, fd)
        _catcher = catcher
        yield catcher.elsewhere
    finally:
        _catcher = None
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        sys.stdout, sys.stderr = streams
        for fd, copy in saved:
            os.dup2(copy, fd)
            os.close(copy)
        catcher.close()


def _redirected(stream: TextIO, saved: list[tuple[int, int]]) -> TextIO:
    """The same stream over the copy of its descriptor; others, such as a test's, as they are."""
    try:
        copy = dict(saved).get(stream.fileno())
    except (OSError, ValueError):
        return stream
    if copy is None:
        return stream
    return open(
        copy, "w", encoding=stream.encoding, errors=stream.errors, buffering=1, closefd=False
    )
