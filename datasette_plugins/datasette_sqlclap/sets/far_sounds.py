"""Sounds of a set that lie at nodes: read from there in ranges, or copied for who decodes them.

The browser asks this server alone; neither the node's address nor its token leave it. Copies have
no names, and make room for newer ones.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from datasette_sqlclap.conversions import Conversions, Wav
from datasette_sqlclap.responses import RefusedError
from datasette_sqlclap.sound_files import SoundFile
from datasette_sqlclap.wording import without_commands, without_paths
from sqlclap.audio.playable import Format
from sqlclap.errors import SetError
from sqlclap.shards.sound_files import MOST_READ, NO_FILE, LookAtSound, ReadSound

if TYPE_CHECKING:
    from sqlclap.db.samples import Sample
    from sqlclap.shards.sound_files import SoundBytes, SoundState
    from sqlclap.shards.sounds import SampleAfar

LARGEST_COPY = 1 << 30
"""Bytes of a file that is copied to be decoded."""
KEPT_BYTES = 2 << 30
COPIED_AT_ONCE = 16 << 20
"""Files of so many bytes are copied when they are first read; of larger ones ranges are."""

COPIES = Conversions(KEPT_BYTES)
_COPYING = tuple(threading.Lock() for _ in range(64))
"""Whoever asks for the same sound waits for its copy."""


def is_there_afar(sample: Sample) -> bool:
    """Return whether the node of a sound has its file, and answers."""
    try:
        _look(cast("SampleAfar", sample))
    except RefusedError:
        return False
    return True


@contextmanager
def open_far_sound(sample: Sample) -> Iterator[SoundFile]:
    """Open the file of a sound that lies at a node.

    Raises
    ------
    RefusedError
        404: the node can't open it. 503: no node answers for it.
    """
    afar = cast("SampleAfar", sample)
    state = _look(afar)
    with ExitStack() as opened:
        file = _FarFile(afar, state, opened)
        yield SoundFile(
            state.size,
            state.modified_ns,
            file.key,
            Format(state.mime, state.native),
            afar.path,
            file.copied,
            file.read,
        )


def _look(afar: SampleAfar) -> SoundState:
    state: SoundState = _ask(afar, LookAtSound(afar.number))
    return state


def _ask(afar: SampleAfar, job: Any) -> Any:
    try:
        return afar.ask(job)
    except SetError as error:
        told = without_commands(without_paths(str(error)))
        is_gone = NO_FILE in str(error)
        raise RefusedError(404 if is_gone else 503, told or "its node doesn't answer") from error


@dataclass
class _FarFile:
    """A file at a node, as it was looked at."""

    afar: SampleAfar
    state: SoundState
    opened: ExitStack
    _block: tuple[int, bytes] = (0, b"")
    _descriptor: int | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def key(self) -> tuple[int, ...]:
        """Name the sound and the state of its file; no inode stands at the first place."""
        return (-1, self.afar.sample_id, self.state.modified_ns, 0, self.state.size)

    def read(self, start: int, length: int) -> bytes:
        """Return bytes, fewer at the end; none where the file has changed meanwhile."""
        if self.state.size <= COPIED_AT_ONCE:
            return os.pread(self.copied(), length, start)
        with self._lock:
            first, block = self._block
            if not (first <= start and start + length <= first + len(block)):
                try:
                    part = self._part(start)
                except RefusedError:  # it went while it was sent: the answer is too short
                    return b""
                first, block = self._block = (start, part)
        return block[start - first : start - first + length]

    def _part(self, start: int) -> bytes:
        wanted = min(MOST_READ, max(self.state.size - start, 0))
        part: SoundBytes = _ask(self.afar, ReadSound(self.afar.number, start, wanted))
        if (part.size, part.modified_ns) != (self.state.size, self.state.modified_ns):
            raise RefusedError(503, f"{self.afar.path} is being changed; ask again")
        return part.content

    def copied(self) -> int:
        """Return the descriptor of a copy, which is made where there is none."""
        with self._lock:
            if self._descriptor is None:
                self._descriptor = self._copy()
                self.opened.callback(os.close, self._descriptor)
            return self._descriptor

    def _copy(self) -> int:
        if self.state.size > LARGEST_COPY:
            most = f"at most {LARGEST_COPY >> 20:,} MB"
            said = f"{self.afar.path} lies at a node: {most} are fetched to be decoded"
            raise RefusedError(413, said)
        kept = COPIES.take(self.key)
        if kept is None:
            with _COPYING[hash(self.key) % len(_COPYING)]:
                kept = COPIES.take(self.key)
                if kept is None:
                    COPIES.keep(self.key, self._fetched())
                    kept = COPIES.take(self.key)
        if kept is None:
            raise RefusedError(503, f"{self.afar.path} made room for other sounds; ask again")
        return kept

    def _fetched(self) -> Wav:
        made = tempfile.TemporaryFile(prefix="sqlclap-page-")  # noqa: SIM115 closed by who keeps it
        try:
            for start in range(0, self.state.size, MOST_READ):
                made.write(self._part(start))
            made.flush()
        except OSError as error:
            made.close()
            said = f"no room for a copy of {self.afar.path}: {error.strerror}"
            raise RefusedError(503, said) from error
        except BaseException:
            made.close()
            raise
        return Wav(made, self.state.size)
