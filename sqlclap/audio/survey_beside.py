"""Surveys of audio that passes by: they run beside its decoder, and tell at the end what it was."""

from __future__ import annotations

import threading

from sqlclap.audio.decoders import StreamInfo
from sqlclap.audio.encoded import Encoded, Layout, NotInOnePassError, PassingAudio
from sqlclap.audio.survey import survey

_BEHIND = 3
"""Blocks that wait for a survey; then the decoder waits for it."""
_LOOKS_BACK_BYTES = 1 << 20
_TAIL_BYTES = 1 << 20
"""As far from the end, a survey may go back at the end."""


class SurveyBeside:
    """The structure of a sound, found while a decoder reads it; see `sqlclap.audio.survey`.

    Parameters
    ----------
    source : PassingAudio
    """

    def __init__(self, source: PassingAudio) -> None:
        self._source = source
        self._passed = _Passed(source)
        self._layout: Layout | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="sqlclap-survey", daemon=True)
        self._thread.start()
        source.listen(self._passed.take)

    def finish(self, info: StreamInfo) -> list[str]:
        """Let the rest of the sound pass; return the survey's notes.

        Parameters
        ----------
        info : StreamInfo
            Of the decoder that has read the sound as it is.

        Raises
        ------
        NotInOnePassError
            The survey says that it is to be read in another way.
        """
        self._source.finish()
        self._thread.join()
        if self._error is not None:
            raise self._error
        if self._layout is None or not _is_read_as_it_is(self._layout, info):
            raise NotInOnePassError("its structure is not that of one whole sound")
        return list(self._layout.notes)

    def close(self) -> None:
        """End the survey."""
        self._passed.end()
        self._thread.join()

    def _run(self) -> None:
        try:
            with Encoded(self._passed) as encoded:
                self._layout = survey(encoded)
        except BaseException as error:  # raised by `finish`
            self._error = error
        finally:
            self._passed.end()


def _is_read_as_it_is(layout: Layout, info: StreamInfo) -> bool:
    """Whether a file that was read as it is was read as its layout has it."""
    if layout.flaw or layout.cut or layout.is_endless or layout.claimed_share > 1.0:
        return False
    if not layout.parts:
        return True
    if layout.frames is None:
        return False
    # Bytes in another format may look like MPEG frames by chance.
    declared = info.declared_frames
    is_counted = declared is not None and abs(declared - layout.frames) <= layout.slack
    return is_counted or "MPEG" not in info.format


class _Passed:
    """What a survey sees of audio that passes by: as much as it has not left behind."""

    def __init__(self, source: PassingAudio) -> None:
        self.size = source.size
        self._blocks: list[tuple[int, bytes]] = []
        self._first = self._tail = b""
        self._received = self._wanted = 0
        self._ended = False
        self._changed = threading.Condition()

    def take(self, block: bytes) -> None:
        """Add what passes next; waits while the survey has enough to do."""
        with self._changed:
            while not self._ended and len(self._blocks) > _BEHIND and self._is_served():
                self._changed.wait()
            self._first = self._first or block
            self._tail = (self._tail + block)[-_TAIL_BYTES:]
            if not self._ended:
                self._blocks.append((self._received, block))
            self._received += len(block)
            self._changed.notify_all()

    def at(self, offset: int, count: int) -> bytes:
        """Return bytes, when they have passed."""
        stop = min(offset + count, self.size)
        with self._changed:
            self._wanted = stop
            if offset > len(self._first):
                self._leave(offset - _LOOKS_BACK_BYTES)
            self._changed.notify_all()
            while not self._ended and not self._is_served():
                self._changed.wait()
            if not self._is_served():
                raise NotInOnePassError("the survey was ended")
            return self._held(offset, stop)

    def end(self) -> None:
        """Nobody asks any more, or answers."""
        with self._changed:
            self._ended = True
            self._blocks.clear()
            self._changed.notify_all()

    def _is_served(self) -> bool:
        return self._received >= self._wanted

    def _leave(self, before: int) -> None:
        self._blocks = [one for one in self._blocks if one[0] + len(one[1]) > before]

    def _held(self, offset: int, stop: int) -> bytes:
        if stop <= len(self._first):
            return self._first[offset:stop]
        tail_at = self._received - len(self._tail)
        if self._received == self.size and offset >= tail_at:
            return self._tail[offset - tail_at : stop - tail_at]
        parts: list[bytes] = []
        for start, block in self._blocks:
            if start <= offset < start + len(block) and offset < stop:
                parts.append(block[offset - start : stop - start])
                offset += len(parts[-1])
        if offset < stop:
            raise NotInOnePassError("the survey goes back to what has passed")
        return b"".join(parts)
