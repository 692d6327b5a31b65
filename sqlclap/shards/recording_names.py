"""Which recordings of a set annotation files speak of: as in one library of all its sounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlclap.exchange.matching import Match, Nearest, nearest_of_all
from sqlclap.shards.annotation_jobs import FindNearest, as_nearest, is_named_wholly
from sqlclap.shards.sounds import MOST_TOLD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlclap.exchange.lots import AskedNames
    from sqlclap.shards.answers import Reach
    from sqlclap.shards.missing import Missing
    from sqlclap.shards.session import SetSession


def nearest_in_set(
    session: SetSession, paths: Sequence[str], beside: Sequence[str] = ()
) -> tuple[list[Nearest], Reach]:
    """Return what names fit best among the sounds of all shards, of all paths, then of all files.

    Parameters
    ----------
    session : SetSession
    paths, beside : sequence of str
        At most `MOST_TOLD` in all.
    """
    found, reach = session.ask(FindNearest(tuple(paths), tuple(beside)))
    names = range(len(paths) + len(beside))
    parts = ((as_nearest(one[at]) for one in found.answers) for at in names)
    return [nearest_of_all(one) for one in parts], reach


class SetRecordingNames:
    """Finds recordings of a set by the names that other programs give their files.

    As long as a shard is missing, nothing but the whole path of a recording's file says for sure
    which one is meant: the missing shard may hold one that fits as well, or better.

    Parameters
    ----------
    session : SetSession
    asked : AskedNames
        No others can be found.
    by_name : bool
        See `RecordingNames`.
    require_all : bool
        A shard that doesn't answer is an error.

    Attributes
    ----------
    reach : Reach
        Who was asked; with those who are missing for any of the names.

    Raises
    ------
    PartialAnswerError
        A shard is missing that is required, or all are.
    """

    def __init__(
        self, session: SetSession, asked: AskedNames, by_name: bool, require_all: bool
    ) -> None:
        self._by_name = by_name
        self._paths = dict[str, Match]()
        self._beside = dict[str, Match]()
        every = [*((one, False) for one in asked.paths), *((one, True) for one in asked.beside)]
        reaches = []
        for start in range(0, max(len(every), 1), MOST_TOLD):
            some = every[start : start + MOST_TOLD]
            paths = [name for name, is_beside in some if not is_beside]
            beside = [name for name, is_beside in some if is_beside]
            found, reach = nearest_in_set(session, paths, beside)
            reach.check(require_all)
            reaches.append(reach)
            self._keep(paths, found[: len(paths)], reach.missing)
            self._keep_beside(beside, found[len(paths) :], reach.missing)
        self.reach: Reach = next((one for one in reaches if not one.is_whole), reaches[0])

    def find(self, path: str) -> Match:
        """Return the recording that a path means."""
        return self._paths[path]

    def find_beside(self, file: str) -> Match:
        """Return the recording that a file beside it, or called like it, is about."""
        return self._beside[file]

    def _keep(
        self, paths: Sequence[str], found: Sequence[Nearest], missing: Sequence[Missing]
    ) -> None:
        for path, nearest in zip(paths, found, strict=True):
            is_sure = nearest.only is not None and is_named_wholly(path, nearest.only)
            self._paths[path] = (
                _unknown(missing)
                if missing and not is_sure
                else nearest.meant_by(path, self._by_name)
            )

    def _keep_beside(
        self, files: Sequence[str], found: Sequence[Nearest], missing: Sequence[Missing]
    ) -> None:
        for file, nearest in zip(files, found, strict=True):
            self._beside[file] = _unknown(missing) if missing else nearest.meant


def _unknown(missing: Sequence[Missing]) -> Match:
    numbers = ", ".join(str(one.shard) for one in missing)
    which = "one of the shards" if len(missing) > 1 else "shard"
    verb = "are" if len(missing) > 1 else "is"
    return Match(None, 0, unknown=f"it may be in {which} {numbers}, which {verb} missing")
