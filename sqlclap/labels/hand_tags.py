"""Tags that a person writes: a run of their own, so that they are undone as any other."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlclap.labels.label import Label
from sqlclap.labels.scorer import Scorer
from sqlclap.labels.scores_now import scores_now
from sqlclap.labels.tagging import TagRun
from sqlclap.library import sample_by_id, statement

if TYPE_CHECKING:
    from sqlclap.library.database import Database

BY_HAND = "hand"


def tag_by_hand(
    connection: Database, label: Label, sample_ids: Sequence[int], scorer: Scorer
) -> TagRun:
    """Tag samples on a person's word; in a write transaction.

    Parameters
    ----------
    connection : Database
    label : Label
        It needs no anchors.
    sample_ids : sequence of int
        Each once.
    scorer : Scorer
        Gives the score and gap that are kept beside each tag, where there are any.

    Raises
    ------
    UnknownSoundError
        There is no such sample.
    """
    for sample_id in sample_ids:
        sample_by_id(connection, sample_id)
    params = json.dumps({"confidence": BY_HAND})
    run = (label.label_id, scorer.model.model_id, params, len(sample_ids))
    run_id = int(connection.execute(statement("label_run_insert"), run).get)
    scores = scores_now(connection, scorer, label.name, sample_ids)
    rows = [
        (sample_id, label.label_id, run_id, *scores.get(sample_id, (None, None)), BY_HAND)
        for sample_id in sample_ids
    ]
    connection.executemany(statement("label_tag_insert"), rows)
    return TagRun(run_id, label.name, len(rows))
