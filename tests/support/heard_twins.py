"""The same recordings in one library and in a set, both with files beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlclap
from sqlclap.shards import open_set


class HeardTwins:
    """A library and a set of the same recordings.

    Parameters
    ----------
    folder : Path
        Where both lie: `one.db` and `set.toml`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.one, self.set = folder, folder / "one.db", folder / "set.toml"
        with sqlclap.open(self.one, mode="read") as library:
            self.own = {str(one.file): one.sample_id for one in library.samples()}
        self.whole: dict[str, int] = {}
        with open_set(self.set) as opened:
            for shard in opened.shards:
                with shard.open("read") as library:
                    told = shard.entry.ids.told
                    self.whole |= {str(one.file): told(one.sample_id) for one in library.samples()}
        assert self.own.keys() == self.whole.keys()

    @property
    def ids(self) -> dict[int, int]:
        """The set's ids of the library's sounds."""
        return {self.own[file]: self.whole[file] for file in self.own}

    def number(self, end: str) -> int:
        """Return the library's id of the sound whose file ends so."""
        (found,) = (one for file, one in self.own.items() if file.endswith(end))
        return found


def mapped(rows: list[dict[str, Any]], ids: dict[int, int]) -> list[dict[str, Any]]:
    """Return rows of the library with the set's ids."""
    return [row | {"sample_id": ids[int(row["sample_id"])]} for row in rows]
