"""How much each vote stands for: the inverse of its chance of having been asked about.

A review draws pairs uniformly from known strata of scores (`sqlclap.labels.review`). With m of a
draw's N pairs answered, a pair of that stratum was asked about with chance m / N; over all draws
whose stratum holds its score, with chance 1 - prod(1 - m / N). Votes that a person cast of their
own accord stand for themselves alone: their pairs were no longer among those that could be drawn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlclap.labels.review import Draw
from sqlclap.library import damaged, read_document

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

EDGE = 1e-6
"""Scores that rounding moved over a stratum's edge still belong to it."""


@dataclass(frozen=True)
class Origin:
    """Where a vote comes from.

    Attributes
    ----------
    review_id : int or None
    stratum : str or None
    score : float or None
        When the vote was cast.
    """

    review_id: int | None
    stratum: str | None
    score: float | None


def read_draws(rows: Sequence[tuple[Any, ...]]) -> dict[int, list[Draw]]:
    """Return the draws of reviews by review id, from rows of ``(review_id, draws)``."""
    return {int(key): _draws(int(key), text) for key, text in rows}


def _draws(review_id: int, text: object) -> list[Draw]:
    what, cure = (
        f"reviews.draws of review {review_id}",
        "`sqlclap doctor --repair` forgets them",
    )
    try:
        return [Draw(**draw) for draw in read_document(text, list, what, cure)]
    except TypeError as error:
        raise damaged(what, str(error), cure) from error


def vote_weights(origins: Sequence[Origin], reviews: dict[int, list[Draw]]) -> Floats:
    """Return the weight of each vote, at least 1.

    Parameters
    ----------
    origins : sequence of Origin
        Of all votes that are used: they tell how many of each draw were answered.
    reviews : dict
        Draws by review id.

    Returns
    -------
    np.ndarray [shape=(votes,), dtype=float64]
    """
    import numpy as np

    answered = Counter((origin.review_id, origin.stratum) for origin in origins)
    weights = [_weight(origin, reviews, answered) for origin in origins]
    return np.array(weights, dtype=np.float64)


def _weight(
    origin: Origin,
    reviews: dict[int, list[Draw]],
    answered: Counter[tuple[int | None, str | None]],
) -> float:
    if origin.review_id not in reviews or origin.score is None:
        return 1.0
    missed = 1.0
    for review_id, draws in reviews.items():
        for draw in draws:
            own = (review_id, draw.stratum) == (origin.review_id, origin.stratum)
            if own or draw.low - EDGE <= origin.score <= draw.high + EDGE:
                share = answered[review_id, draw.stratum] / max(draw.population, 1)
                missed *= 1.0 - min(share, 1.0)
    return 1.0 / (1.0 - missed) if missed < 1.0 else 1.0
