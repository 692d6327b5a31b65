"""What is measured of a set's sounds: its shards' descriptors, counted together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlclap.db.summary import CountedColumn, count_columns

if TYPE_CHECKING:
    from sqlclap.shards.answers import Reach
    from sqlclap.shards.reader import ShardReader
    from sqlclap.shards.session import SetSession


@dataclass(frozen=True)
class CountColumns:
    """Count a shard's sounds that have a value of each descriptor."""

    def __call__(self, reader: ShardReader) -> list[CountedColumn]:
        """Return its descriptors."""
        return count_columns(reader.database)


class SetColumns(list[CountedColumn]):
    """The descriptors of a set.

    Attributes
    ----------
    reach : Reach
        Who told.
    """

    def __init__(self, columns: Iterable[CountedColumn], reach: Reach) -> None:
        super().__init__(columns)
        self.reach = reach


def columns_of_set(session: SetSession, require_all: bool = False) -> SetColumns:
    """Return a set's descriptors with how many sounds have a value.

    Raises
    ------
    PartialAnswerError
        A shard is missing that is required, or all are.
    """
    found, reach = session.ask(CountColumns())
    reach.check(require_all)
    together: dict[str, CountedColumn] = {}
    for one in (one for part in found.answers for one in part):
        before = together.setdefault(one.name, replace(one, values=0))
        together[one.name] = replace(before, values=before.values + one.values)
    return SetColumns(together.values(), reach)
