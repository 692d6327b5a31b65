"""A process that reads files for an ingest: it knows no library, and does what its pipe says.

It has one thread that reads files, one that hears what it is told, and one that sends: a file is
read while what came of the last one waits in the pipe.
"""

from __future__ import annotations

import _thread
import os
import queue
import signal
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from sqlclap.audio.descriptor_plugins import DescriptorPlugin, find_plugins
from sqlclap.audio.front_end import FrontEnd
from sqlclap.ingest.pipe_messages import BUFFER_BYTES, read_message, write_message
from sqlclap.ingest.reading import Item, SoundEnd, SoundReader, WindowChunk

if TYPE_CHECKING:
    from sqlclap.audio.spec import FrontEndSpec
    from sqlclap.ingest.orphaned import OrphanedSample
    from sqlclap.ingest.plan import FileTask

SENT_BYTES = 1 << 18
SENT_AFTER_S = 0.05
"""What was read is sent when there is so much of it, or it has waited so long."""
_MESSAGES_WAITING = 2
_LAST_WORDS_S = 5.0


@dataclass(frozen=True)
class Setup:
    """The first message to a process.

    Attributes
    ----------
    spec : FrontEndSpec
    plugins : tuple of str
        Names of the third parties' descriptors to measure.
    catches : bool
        Whether what native libraries print becomes notes of the sounds.
    """

    spec: FrontEndSpec
    plugins: tuple[str, ...]
    catches: bool


@dataclass(frozen=True)
class ToRead:
    """A file to read.

    Attributes
    ----------
    task : FileTask
    asks : bool
        Whether a sample whose file is gone may have its content.
    """

    task: FileTask
    asks: bool


@dataclass(frozen=True)
class Answer:
    """The sample whose file is gone that a file's content belongs to, or None."""

    sample: OrphanedSample | None


@dataclass(frozen=True)
class Ready:
    """A process' first message.

    Attributes
    ----------
    plugins : tuple of (str, tuple of str)
        The third parties' descriptors that it found: their names and columns.
    """

    plugins: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Question:
    """Asks for the sample whose file is gone that has a content; waits for the `Answer`."""

    content_hash: str


@dataclass(frozen=True)
class Warned:
    """A warning that came up while a file was read."""

    text: str
    category: str


def signature(plugins: tuple[DescriptorPlugin, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return what tells whether two processes measure the same."""
    return tuple((plugin.name, plugin.column_names) for plugin in plugins)


def _plugins_of(names: tuple[str, ...]) -> tuple[DescriptorPlugin, ...]:
    if not names:  # looking through what is installed takes as long as starting Python
        return ()
    with warnings.catch_warnings():  # the ingest has warned of those that can't be used
        warnings.simplefilter("ignore")
        return tuple(one for one in find_plugins() if one.name in names)


class _Outbox:
    """Gathers items, and sends them from a thread of its own."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._messages: queue.Queue[object] = queue.Queue(_MESSAGES_WAITING)
        self._items: list[Item] = []
        self._bytes = 0
        self._sent = time.monotonic()
        threading.Thread(target=self._send, daemon=True).start()

    def add(self, item: Item) -> None:
        """Take an item; it waits for others where it is small."""
        self._items.append(item)
        self._bytes += _size(item)
        if self._bytes >= SENT_BYTES or time.monotonic() - self._sent >= SENT_AFTER_S:
            self.flush()

    def flush(self) -> None:
        """Send what waits."""
        if self._items:
            self.send(self._items)
        self._items, self._bytes, self._sent = [], 0, time.monotonic()

    def send(self, message: object) -> None:
        """Send a message; waits while several others do."""
        self._messages.put(message)

    def _send(self) -> None:
        is_heard = True
        while True:
            message = self._messages.get()
            try:
                if is_heard:
                    write_message(self._stream, message)
            except OSError:  # the ingest is over, and this process soon
                is_heard = False


def _size(item: Item) -> int:
    if isinstance(item, WindowChunk):
        return sum(window.features.nbytes for window in item.windows)
    if isinstance(item, SoundEnd) and item.whole is not None:
        return item.whole.nbytes
    return 0


class _AskedOrphans:
    """The samples whose file is gone, which the ingest's own process knows."""

    def __init__(self, outbox: _Outbox) -> None:
        self.answers: queue.SimpleQueue[OrphanedSample | None] = queue.SimpleQueue()
        self.asks = False
        self._outbox = outbox

    def may_have(self, task: FileTask, /) -> bool:
        """Whether the ingest said so of the file being read."""
        del task
        return self.asks

    def take(self, content_hash: str, task: FileTask, /) -> OrphanedSample | None:
        """Ask for the sample that the file being read belongs to."""
        if not self.asks:
            return None
        self._outbox.flush()
        self._outbox.send(Question(content_hash))
        return self.answers.get()


class _Worker:
    """Reads what it is told to, until its pipe is closed."""

    def __init__(self, commands: BinaryIO, results: BinaryIO) -> None:
        self._commands = commands
        self._results = results
        self._outbox = _Outbox(results)
        self._orphans = _AskedOrphans(self._outbox)
        self._files: queue.SimpleQueue[ToRead | None] = queue.SimpleQueue()

    def run(self) -> None:
        setup: Setup = read_message(self._commands)
        threading.Thread(target=self._listen, daemon=True).start()
        with ExitStack() as stack:
            if setup.catches:
                from sqlclap.native_output import catch_native_output

                stack.enter_context(catch_native_output())
            plugins = _plugins_of(setup.plugins)
            warnings.showwarning = self._warned
            # By this thread: the first file may be one that ends the process.
            write_message(self._results, Ready(signature(plugins)))
            reader = SoundReader(FrontEnd(setup.spec), self._orphans, plugins)
            for item in self._read(reader):
                self._outbox.add(item)

    def _read(self, reader: SoundReader) -> Iterator[Item]:
        while True:
            if self._files.empty():
                self._outbox.flush()
            file = self._files.get()
            if file is None:
                return
            self._orphans.asks = file.asks
            yield from reader.read(file.task)

    def _listen(self) -> None:
        try:
            with suppress(EOFError, OSError):
                while True:
                    message = read_message(self._commands)
                    if isinstance(message, Answer):
                        self._orphans.answers.put(message.sample)
                    else:
                        for file in message:
                            self._files.put(file)
        finally:
            self._leave()

    def _leave(self) -> None:
        """End this process: the ingest is over, or its own process is gone.

        Copies of objects are removed on the way out, if whatever a decoder is at leaves one.
        """
        _thread.interrupt_main()
        self._files.put(None)  # in this order: whoever waits for it is interrupted within `run`
        self._orphans.answers.put(None)
        time.sleep(_LAST_WORDS_S)
        os._exit(1)

    def _warned(
        self, message: Warning | str, category: type[Warning], *_: object, **__: object
    ) -> None:
        self._outbox.send(Warned(str(message), category.__name__))


def main() -> None:
    """Read files for the process at the other end of standard input and output."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # by which it is told to end
    with suppress(OSError):  # Linux: where memory runs out, this goes and not the ingest
        Path("/proc/self/oom_score_adj").write_text("500")
    commands = os.fdopen(os.dup(0), "rb", BUFFER_BYTES)
    results = os.fdopen(os.dup(1), "wb", BUFFER_BYTES)
    # What decoders print must not get among the messages.
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    with suppress(KeyboardInterrupt, EOFError, OSError):
        _Worker(commands, results).run()
    os._exit(0)
