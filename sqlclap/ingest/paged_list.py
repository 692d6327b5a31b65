"""A list of any length of which one page is in memory; the others lie in a temporary file."""

from __future__ import annotations

import os
import tempfile
import threading
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, BinaryIO, TypeVar

from sqlclap.errors import IngestError
from sqlclap.ingest.pipe_messages import read_message, write_message

Item = TypeVar("Item")

PAGE = 256
"""Items; fewer than these are all in memory, without any file."""


class PagedList(Collection[Item]):
    """Items to go through in the order in which they were added, as often as wanted.

    What an ingest has to do is as long as its folders are; this keeps the memory that it takes the
    same, whatever their length. Safe to go through with several threads once it is complete.

    Parameters
    ----------
    items : iterable
        Such as travel by `sqlclap.ingest.pipe_messages`.

    Raises
    ------
    IngestError
        From whatever adds: there is no room for temporary files.
    """

    def __init__(self, items: Iterable[Item] = ()) -> None:
        self._last: list[Item] = []
        self._starts = array("Q")
        self._file: BinaryIO | None = None
        self._lock = threading.Lock()
        self.extend(items)

    def append(self, item: Item) -> None:
        """Add an item at the end."""
        self._last.append(item)
        if len(self._last) >= PAGE:
            self._put_by()

    def extend(self, items: Iterable[Item]) -> None:
        """Add items at the end."""
        for item in items:
            self.append(item)

    def __len__(self) -> int:
        return len(self._starts) * PAGE + len(self._last)

    def __iter__(self) -> Iterator[Item]:
        for number in range(len(self._starts)):
            yield from self._page(number)
        yield from [*self._last]

    def __contains__(self, item: object) -> bool:
        return any(one == item for one in self)

    def __getitem__(self, number: int) -> Item:
        """Return one item by its place, from 0; its page is read for it."""
        page, place = divmod(number, PAGE)
        return (self._page(page) if page < len(self._starts) else self._last)[place]

    def only(self, wanted: Callable[[Item], bool]) -> PagedList[Item]:
        """Return the items for which something holds."""
        return PagedList(item for item in self if wanted(item))

    def _put_by(self) -> None:
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="sqlclap-")  # noqa: SIM115 as this lives
            self._starts.append(self._file.seek(0, os.SEEK_END))
            write_message(self._file, self._last)
        except OSError as error:
            raise IngestError(
                f"can't note what is to be done in {tempfile.gettempdir()}: {error.strerror}; make "
                "room there, or name another folder in $TMPDIR"
            ) from error
        self._last = []

    def _page(self, number: int) -> list[Item]:
        if self._file is None:
            return []
        with self._lock:
            self._file.seek(self._starts[number])
            page: list[Any] = read_message(self._file)
        return page
