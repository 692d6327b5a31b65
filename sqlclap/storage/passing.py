"""Objects that are decoded as they come: in ranges, each byte once, without a copy on a disk."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import PurePosixPath
from typing import NoReturn

from sqlclap.audio.encoded import NotInOnePassError
from sqlclap.errors import StorageError
from sqlclap.storage.ranges import NoRangesError, ObjectRanges
from sqlclap.thread_pool import ThreadPool

WHOLE_BYTES = 8 << 20
"""An object of so many is asked for at once, and held."""
BLOCK_BYTES = 4 << 20
AHEAD = 2
"""Blocks that are on their way while one is decoded."""
BEHIND = 1
"""Blocks held that have passed: decoders go back by some frames."""
TO_OPEN = 4
"""Blocks that may pass before a decoder is open: one that reads on would read all of it twice."""


class PassingObject:
    """Encoded audio in an object; see `sqlclap.audio.encoded.PassingAudio`.

    A small object is held whole. Of a large one, its first block, its last one and those around
    what is read are: at most ``4 + AHEAD + BEHIND`` blocks. Not safe with several threads.

    Parameters
    ----------
    ranges : ObjectRanges
    """

    def __init__(self, ranges: ObjectRanges) -> None:
        self._ranges = ranges
        self.name = PurePosixPath(ranges.address).name.replace("\0", "")
        self.size = ranges.expected.bytes
        self._block_bytes = BLOCK_BYTES if self.size > WHOLE_BYTES else max(1, self.size)
        # What is left over belongs to the last block: some formats tell much in their last bytes.
        self._last = max(0, self.size // self._block_bytes - 1)
        self._blocks: dict[int, bytes] = {}
        self._ahead: dict[int, Future[bytes]] = {}
        self._pool = ThreadPool(AHEAD, "sqlclap-fetch")
        self._passed = 0
        self._digest = hashlib.sha256()
        self._listeners: list[Callable[[bytes], None]] = []
        self._error: Exception | None = None
        self._is_open = False

    @property
    def is_whole(self) -> bool:
        """Whether all of it is at hand, to be read in any order."""
        return self._last == 0

    def at(self, offset: int, count: int) -> bytes:
        """Return up to `count` bytes from `offset`.

        Raises
        ------
        NotInOnePassError
            They have passed, or its server gives no ranges.
        StorageError
            They can't be fetched, or it has been replaced.
        """
        stop = min(self.size, offset + count)
        parts: list[bytes] = []
        while offset < stop:
            number = min(offset // self._block_bytes, self._last)
            within = offset - number * self._block_bytes
            parts.append(self._block(number)[within : within + stop - offset])
            offset += len(parts[-1])
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def listen(self, take: Callable[[bytes], None]) -> None:
        """Hand all bytes on, in order, as they pass; see `at` for what is raised."""
        for number in range(self._passed):
            take(self._block(number))
        self._listeners.append(take)

    def begin(self) -> None:
        """Its decoder is open: from now on, as much may pass as there is."""
        self._is_open = True

    def check(self) -> None:
        """Raise what was amiss with a read before: decoders take it for the end of the sound."""
        if self._error is not None:
            raise self._error

    def finish(self) -> str:
        """Let the rest pass; return the SHA-256 of all, hexadecimal. Raises as `at` does."""
        self._is_open = True
        self.check()
        while self._passed <= self._last:
            self._pass_next()
        try:
            self._ranges.check()
        except StorageError as error:
            self._fail(error)
        return self._digest.hexdigest()

    def close(self) -> None:
        """Let go of what is held, and of what is on its way."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._ahead.clear()
        self._blocks.clear()

    def _block(self, number: int) -> bytes:
        self.check()
        if number not in self._blocks and number == self._last:
            self._blocks[number] = self._fetched(number)
        while number not in self._blocks:
            if number < self._passed:
                self._fail(NotInOnePassError("it is read again from an earlier place"))
            if self._passed >= TO_OPEN and not self._is_open:
                self._fail(NotInOnePassError("all of it is read before it is decoded"))
            self._pass_next()
        return self._blocks[number]

    def _pass_next(self) -> None:
        number = self._passed
        block = self._blocks[number] = self._blocks.get(number) or self._fetched(number)
        self._digest.update(block)
        for take in self._listeners:
            take(block)
        self._passed += 1
        for held in [*self._blocks]:
            if 0 < held < number - BEHIND and held != self._last:
                del self._blocks[held]
        for wanted in range(self._passed, min(number + AHEAD, self._last) + 1):
            if wanted not in self._blocks and wanted not in self._ahead:
                self._ahead[wanted] = self._pool.submit(self._fetch, wanted)

    def _fetched(self, number: int) -> bytes:
        on_its_way = self._ahead.pop(number, None)
        try:
            return self._fetch(number) if on_its_way is None else on_its_way.result()
        except NoRangesError:
            self._fail(NotInOnePassError("its server gives no ranges"))
        except StorageError as error:
            self._fail(error)

    def _fetch(self, number: int) -> bytes:
        start = number * self._block_bytes
        stop = self.size if number == self._last else start + self._block_bytes
        return self._ranges.fetch(start, stop)

    def _fail(self, error: Exception) -> NoReturn:
        self._error = error
        raise error
