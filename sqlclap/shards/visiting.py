"""Goes from shard to shard of a set, where each library is opened as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlclap.shards.answers import Reach
from sqlclap.shards.fleet import NOT_ANSWERING
from sqlclap.shards.missing import Missing, not_opened

if TYPE_CHECKING:
    from sqlclap.api import Library
    from sqlclap.db.connection import Mode
    from sqlclap.shards.set_file import SetFile
    from sqlclap.shards.shard import Shard


class Visit:
    """Goes from shard to shard, and keeps which ones could not be opened.

    Parameters
    ----------
    shards : sequence of Shard

    Attributes
    ----------
    missing : dict of int to Missing
        By their numbers.
    """

    def __init__(self, shards: Sequence[Shard]) -> None:
        self.shards = tuple(shards)
        self.missing: dict[int, Missing] = {}

    def each(self, mode: Mode, work: Callable[[Shard, Library], None]) -> Visit:
        """Do something with each shard's library; what fails for one is left out for it alone."""
        for shard in self.shards:
            with self.noted(shard), shard.open(mode) as library:
                work(shard, library)
        return self

    def place_of(self, shard: Shard) -> str:
        """Return a shard's place among all of them, for progress."""
        return f"shard {shard.number}, {self.shards.index(shard) + 1} of {len(self.shards)}"

    def note(self, missing: Iterable[Missing], what: str) -> None:
        """Keep shards that couldn't be asked, and what follows from it."""
        for one in missing:
            told = replace(one, reason=f"{what}: {one.reason}")
            self.missing.setdefault(one.shard, told)

    @contextmanager
    def noted(self, shard: Shard) -> Iterator[None]:
        """Keep that a shard is missing, where what is done for it fails."""
        try:
            yield
        except NOT_ANSWERING as error:
            self.missing.setdefault(shard.number, not_opened(shard, error))

    def reach(self, file: SetFile) -> Reach:
        """Return which part of the set was visited."""
        missing = tuple(self.left_out)
        asked = len(self.shards)
        return Reach(asked, asked - len(missing), missing, file.model_version, file.generation)

    @property
    def left_out(self) -> list[Missing]:
        """Those that are missing, in the order of the set."""
        return [self.missing[one.number] for one in self.shards if one.number in self.missing]
