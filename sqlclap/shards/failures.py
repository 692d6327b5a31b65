"""Files that a set's shards could not take in, and why: as one library lists its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sqlclap.db.samples import list_failures

if TYPE_CHECKING:
    from sqlclap.shards.answers import Reach
    from sqlclap.shards.reader import ShardReader
    from sqlclap.shards.session import SetSession


class FailedFile(NamedTuple):
    """A file that a shard could not take in.

    Attributes
    ----------
    root : str
        Its source; of one at a node, empty: nodes don't tell their folders.
    path, stage, reason, at : str
    """

    root: str
    path: str
    stage: str
    reason: str
    at: str

    def for_others(self, plain: Callable[[str], str]) -> FailedFile:
        """Return it as a node tells it.

        Parameters
        ----------
        plain : callable
            Takes folders out of a text.
        """
        return self._replace(root="", reason=plain(self.reason))


@dataclass(frozen=True)
class ListFailures:
    """List the files that a shard could not take in."""

    def __call__(self, reader: ShardReader) -> list[FailedFile]:
        """Return them by source and path."""
        return [FailedFile(**row) for row in list_failures(reader.database)]


class SetFailures(list[dict[str, object]]):
    """Files that could not be taken in: root, path, stage, reason, at.

    Attributes
    ----------
    reach : Reach
        Who told.
    """

    def __init__(self, failures: Iterable[dict[str, object]], reach: Reach) -> None:
        super().__init__(failures)
        self.reach = reach


def failures_of_set(session: SetSession, require_all: bool = False) -> SetFailures:
    """Return the files that a set could not take in, by source and path.

    Raises
    ------
    PartialAnswerError
        A shard is missing that is required, or all are.
    """
    found, reach = session.ask(ListFailures())
    reach.check(require_all)
    failed = [one for part in found.answers for one in part]
    failed.sort(key=lambda one: (one.root.encode(), one.path.encode()))
    return SetFailures((one._asdict() for one in failed), reach)
