"""The table of aggregations: how the similarities to a label's anchors become its score.

The command line's choices, the checks of labels, the scorer, the ranking and the docs are made from
here. The views `label_settings` and `label_scores` say the same in SQL, and tests hold them to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from sqlclap.errors import LabelValueError
from sqlclap.labels.scoring import best_of, mean_of_best

if TYPE_CHECKING:
    from sqlclap.arrays import Float64Array
    from sqlclap.labels.scoring import Similarities

AggregationName = Literal["mean", "max"]


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
