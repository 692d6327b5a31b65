"""Scores to keep beside what a person said of samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlclap.labels.scorer import Scorer
from sqlclap.labels.stored import vectors_of_samples
from sqlclap.labels.values import or_none

if TYPE_CHECKING:
    from sqlclap.library import Database


def scores_now(
    database: Database, scorer: Scorer, label: str, sample_ids: Sequence[int]
) -> dict[int, tuple[float | None, float | None]]:
    """Return samples' scores and gaps for a label, by sample id.

    Samples without a vector are left out; a label without anchors gives None.

    Raises
    ------
    UnknownLabelError
    """
    position = scorer.position(label)
    found, vectors = vectors_of_samples(database, scorer.model, sample_ids)
    scores = scorer.score(vectors)
    pairs = zip(scores.score[:, position], scores.gap[:, position], strict=True)
    values = [(or_none(score), or_none(gap)) for score, gap in pairs]
    return dict(zip(found, values, strict=True))
