"""Which sounds of a set pass filters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sqlclap.shards.asking import answered
from sqlclap.shards.filters import in_shards
from sqlclap.shards.lacking_tags import reach_of_tags
from sqlclap.shards.listing_jobs import PassingSounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlclap.arrays import Int64Array
    from sqlclap.search.request import Filter
    from sqlclap.shards.answers import Reach
    from sqlclap.shards.session import SetSession


def passing_sounds(
    session: SetSession, filters: Sequence[Filter]
) -> tuple[list[Int64Array], Reach]:
    """Return the sounds that pass each of some filters, by ascending ids of the set.

    Raises
    ------
    QueryError, UnknownLabelError
        A filter can't be used.
    UnknownFolderError
        A folder or a site is in no shard.
    PartialAnswerError
        No shard answers.
    """
    job = PassingSounds(tuple(in_shards(session, one) for one in filters))
    found, reach = session.ask(job)
    reach.check(require_all=False)
    reach = reach_of_tags(session, reach, [one.label for one in filters])
    parts = answered(found.answers)
    none = np.empty(0, dtype=np.int64)
    together = [
        np.sort(np.concatenate([none, *(part[at] for part in parts)])) for at in range(len(filters))
    ]
    return together, reach
