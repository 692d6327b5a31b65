"""The table of aggregations: how the similarities to a label's anchors become its score.

The command line's choices, the checks of labels, the scorer, the ranking and the docs are made from
here. The views `label_settings` and `label_scores` say the same in SQL, and tests hold them to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from sqlclap.errors import LabelValueError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sqlclap.arrays import Float64Array

    Similarities = npt.NDArray[np.floating[Any]]

AggregationName = Literal["mean", "max"]


def mean_of_best(similarities: Similarities, top_k: int) -> Float64Array:
    """Return the mean of the largest `top_k` similarities of each row.

    Parameters
    ----------
    similarities : np.ndarray [shape=(n, anchors)]
        ``-inf`` marks anchors that a row must not be scored by.
    top_k : int
        At least 1; rows with fewer anchors take all they have.

    Returns
    -------
    np.ndarray [shape=(n,)]
        NaN for rows without anchors.
    """
    import numpy as np

    rows, anchors = similarities.shape
    if anchors == 0:
        return np.full(rows, np.nan)
    if top_k < anchors:
        similarities = np.partition(similarities, anchors - top_k, axis=1)[:, anchors - top_k :]
    total: Float64Array = similarities.sum(axis=1, dtype=np.float64)
    if np.isfinite(total).all():
        mean: Float64Array = total / similarities.shape[1]
        return mean
    usable = np.isfinite(similarities)
    count = usable.sum(axis=1)
    total = np.where(usable, similarities, 0.0).sum(axis=1, dtype=np.float64)
    means: Float64Array = np.divide(total, count, out=np.full(rows, np.nan), where=count > 0)
    return means


def best_of(similarities: Similarities) -> Float64Array:
    """Return each row's largest similarity, shape (n,); NaN for rows without any."""
    return mean_of_best(similarities, 1)


@dataclass(frozen=True)
class Aggregation:
    """One way to make a score.

    Attributes
    ----------
    name : str
        As labels store it.
    about : str
        What the score is, in a few words.
    takes_top_k : bool
        Whether it depends on the label's `top_k`, which a calibration then chooses as well.
    score : callable
        Takes similarities [shape=(n, anchors)], where ``-inf`` marks anchors that a row must not be
        scored by, and `top_k`; returns scores [shape=(n,)], NaN for rows without anchors. A score
        lies between the lowest and the highest similarity, and never falls when one rises:
        rankings bound scores by it.
    """

    name: AggregationName
    about: str
    takes_top_k: bool
    score: Callable[[Similarities, int], Float64Array]


AGGREGATIONS: tuple[Aggregation, ...] = (
    Aggregation("mean", "the mean of the `top_k` best similarities", True, mean_of_best),
    Aggregation("max", "the best similarity alone", False, lambda found, _: best_of(found)),
)
"""The first one is that of labels for which nobody chose another."""

NAMES: tuple[AggregationName, ...] = get_args(AggregationName)
_BY_NAME = {one.name: one for one in AGGREGATIONS}


def aggregation(name: AggregationName) -> Aggregation:
    """Return an aggregation by its name.

    Raises
    ------
    LabelValueError
        There is none: another program wrote it.
    """
    if name not in _BY_NAME:
        raise LabelValueError(
            f"expected an aggregation of {', '.join(NAMES)}; got {name!r}: "
            "set one with `sqlclap label set LIBRARY LABEL --aggregation mean`"
        )
    return _BY_NAME[name]


def aggregation_table() -> str:
    """Return the aggregations as a table for the docs."""
    rows = [f"| `{one.name}` | {one.about} |" for one in AGGREGATIONS]
    return "\n".join(["| `--aggregation` | the score is |", "|---|---|", *rows, ""])
