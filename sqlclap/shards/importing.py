"""Labels that are imported into a set: their sounds are looked for in all shards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlclap.db.samples import samples_by_ids
from sqlclap.db.sources import spellings
from sqlclap.db.statements import read_transaction
from sqlclap.labels.transfer import ImportReport, find_recorded
from sqlclap.shards.copies import copied

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlclap.labels.transfer import Record
    from sqlclap.shards.answers import Reach
    from sqlclap.shards.reader import ShardReader
    from sqlclap.shards.session import SetSession

AT_ONCE = 5_000

Where = tuple[str | None, str | None, str | None]
"""The root, the path and the content hash of a record."""


class SetImportReport(ImportReport):
    """The result of an import into a set.

    Attributes
    ----------
    reach : Reach
        Whose sounds were looked for: what is unresolved may lie in a shard that is missing.
    """

    reach: Reach


@dataclass(frozen=True)
class FindRecorded:
    """Find the sounds that records speak of.

    Attributes
    ----------
    wheres : tuple
        See `Where`.
    """

    wheres: tuple[Where, ...]

    def __call__(self, reader: ShardReader) -> dict[int, tuple[bool, bool, int]]:
        """Return, by place, whether path and root are others, and the sound's id in the set."""
        found: dict[int, tuple[bool, bool, int]] = {}
        with read_transaction(reader.database) as database:
            for at, (root, path, content) in enumerate(self.wheres):
                where = {"root": root, "path": path, "content_hash": content}
                row = find_recorded(database, where)
                if row is None:
                    continue
                (there,) = samples_by_ids(database, [row[0]])
                whole = reader.ids.told(there.sample_id)
                found[at] = _differs(there.path, path), _differs(there.root, root), whole
        return found


def _differs(held: str, named: str | None) -> bool:
    return named is None or held not in spellings(named)


def copy_recorded(session: SetSession, records: Iterable[Record], require_all: bool) -> Reach:
    """Copy the sounds that records speak of into the catalog, so that these find them there.

    Of several of the same content it is the one at the same place, as in one library.

    Raises
    ------
    PartialAnswerError
        A shard is missing that is required, or all are.
    """
    named = ((one["root"], one["path"], one["content_hash"]) for one in records)
    wheres = [one for one in dict.fromkeys(named) if one != (None, None, None)]
    reach = None
    for start in range(0, max(len(wheres), 1), AT_ONCE):
        found, reach = session.ask(FindRecorded(tuple(wheres[start : start + AT_ONCE])))
        reach.check(require_all)
        copied(session, _best(found.answers))
    assert reach is not None  # noqa: S101 shards were asked at least once
    return reach


def _best(parts: Sequence[dict[int, tuple[bool, bool, int]]]) -> list[int]:
    best: dict[int, tuple[bool, bool, int]] = {}
    for part in parts:
        for at, one in part.items():
            best[at] = min(one, best.get(at, one))
    return list(dict.fromkeys(whole for _, _, whole in best.values()))
