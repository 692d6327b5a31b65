"""Votes as labelled examples: scored out of sample, weighted by how they were drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sqlclap.db.database import damaged, read_document
from sqlclap.db.statements import read_transaction, statement
from sqlclap.db.vectors import from_blobs, usable_rows
from sqlclap.errors import LabelValueError
from sqlclap.labels.review import Draw
from sqlclap.labels.scorer import Scorer, folder_key

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sqlclap.arrays import BoolArray, Float32Array, Float64Array
    from sqlclap.db.database import Database

EDGE = 1e-6
"""Tolerance for scores that rounding moved across the border of a stratum."""


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
    where, cure = (
        f"reviews.draws of review {review_id}",
        "`sqlclap doctor --repair` forgets them",
    )
    try:
        return [Draw(**draw) for draw in read_document(text, list, where, cure)]
    except TypeError as error:
        raise damaged(where, str(error), cure) from error


def vote_weights(origins: Sequence[Origin], reviews: dict[int, list[Draw]]) -> Float64Array:
    """Return the weight of each vote, at least 1.

    Parameters
    ----------
    origins : sequence of Origin
        Origins of all votes that are used; from them follows how many of each draw were answered.
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
    missed, unit = 1.0, unit_of(reviews[origin.review_id])
    for review_id, draws in reviews.items():
        for draw in draws:
            own = (review_id, draw.stratum) == (origin.review_id, origin.stratum)
            if own or _could_have_drawn(draw, origin.score, unit):
                share = answered[review_id, draw.stratum] / max(draw.population, 1)
                missed *= 1.0 - min(share, 1.0)
    return 1.0 / (1.0 - missed) if missed < 1.0 else 1.0


def _could_have_drawn(draw: Draw, score: float, unit: str) -> bool:
    """Whether a draw could have picked a vote: its unit and its range of scores fit."""
    within = draw.low - EDGE <= score <= draw.high + EDGE
    return within and draw.unit == unit and not draw.is_apart


def unit_of(draws: Sequence[Draw]) -> str:
    """Return what a review drew: sounds or moments."""
    return draws[0].unit if draws else "sound"


Apart = Literal["file", "folder"]
KEPT_APART: tuple[Apart, ...] = ("file", "folder")


def as_apart(word: str) -> Apart:
    """Return a word as what is to be kept apart.

    Raises
    ------
    LabelValueError
        It is neither.
    """
    for apart in KEPT_APART:
        if word == apart:
            return apart
    raise LabelValueError(f"apart: expected 'file' or 'folder', got {word!r}")


@dataclass(frozen=True)
class Votes:
    """A label's verdicts in force, accept or reject, on sounds that have a vector.

    Attributes
    ----------
    sample_ids : list of int
    accepted : np.ndarray [shape=(n,), dtype=bool]
    weights : np.ndarray [shape=(n,), dtype=float64]
        How many pairs each stands for.
    vectors : np.ndarray [shape=(n, dim), dtype=float32]
    hashes, folders : list of str
        The sounds' contents, and where they lie.
    drawn : np.ndarray [shape=(n,), dtype=bool]
        Which come from reviews' draws.
    edges : list of float
        Scores at which the strata of these reviews end.
    """

    sample_ids: list[int]
    accepted: BoolArray
    weights: Float64Array
    vectors: Float32Array
    hashes: list[str]
    folders: list[str]
    drawn: BoolArray
    edges: list[float]

    @property
    def sampled(self) -> int:
        """How many come from reviews' draws."""
        return int(self.drawn.sum())


@dataclass(frozen=True)
class Examples:
    """Votes scored with one `top_k`.

    Attributes
    ----------
    score, gap : np.ndarray [shape=(n,), dtype=float64]
        Out of sample; a gap without a rival is infinite.
    accepted : np.ndarray [shape=(n,), dtype=bool]
    weights : np.ndarray [shape=(n,), dtype=float64]
    """

    score: Float64Array
    gap: Float64Array
    accepted: BoolArray
    weights: Float64Array

    def take(self, which: npt.NDArray[np.int64] | BoolArray) -> Examples:
        """Return some, by positions or a mask."""
        return Examples(
            self.score[which], self.gap[which], self.accepted[which], self.weights[which]
        )


def read_votes(
    database: Database, scorer: Scorer, label_id: int, on_spans: bool | None = None
) -> Votes:
    """Read a label's votes with their vectors and weights.

    Parameters
    ----------
    database : Database
    scorer : Scorer
    label_id : int
    on_spans : bool, optional
        Only those on spans of sounds, or only those on whole sounds; by default both.
    """
    import numpy as np

    model = scorer.model
    with read_transaction(database):
        query = statement("labels/calibration_votes", model_id=model.model_id)
        rows = database.execute(query, (label_id,)).fetchall()
        usable = usable_rows(from_blobs([row[6] for row in rows], model.dim))
        rows = [row for row, fits in zip(rows, usable, strict=True) if fits]
        rows = [row for row in rows if on_spans in (None, bool(row[9]))]
        reviews = _reviews(database, (label_id, model.model_id), on_spans)
    origins = [Origin(*row[3:6]) for row in rows]
    return Votes(
        sample_ids=[int(row[0]) for row in rows],
        accepted=np.array([row[1] == "accept" for row in rows], dtype=np.bool_),
        weights=_balanced(vote_weights(origins, reviews), [bool(row[9]) for row in rows]),
        vectors=from_blobs([row[6] for row in rows], model.dim),
        hashes=[str(row[2] or "") for row in rows],
        folders=[folder_key(row[7], row[8]) for row in rows],
        drawn=np.array([origin.review_id in reviews for origin in origins], dtype=np.bool_),
        edges=[end for draws in reviews.values() for one in draws for end in (one.low, one.high)],
    )


def _reviews(
    database: Database, of: tuple[int, int], on_spans: bool | None
) -> dict[int, list[Draw]]:
    """Return the draws of a label's reviews under a model; only those that drew the same things."""
    reviews = read_draws(database.execute(statement("labels/calibration_reviews"), of).fetchall())
    if on_spans is None:
        return reviews
    unit = "moment" if on_spans else "sound"
    return {key: draws for key, draws in reviews.items() if unit_of(draws) == unit}


def _balanced(weights: Float64Array, on_spans: list[bool]) -> Float64Array:
    """Let votes on sounds and votes on spans weigh alike, on average.

    How many sounds and how many moments a library holds are two things: a vote on a moment may
    stand for a thousand others, and must not outweigh a thousand votes on sounds.
    """
    import numpy as np

    spans = np.array(on_spans, dtype=np.bool_)
    if not spans.any() or spans.all():
        return weights
    scale = np.where(spans, weights[~spans].mean() / weights[spans].mean(), 1.0)
    balanced: Float64Array = weights * scale
    return balanced


def score_votes(
    scorer: Scorer, position: int, votes: Votes, top_k: int, apart: Apart = "file"
) -> Examples:
    """Score votes for a label with a `top_k`; those that no anchor is left for are left out.

    See `score_each_vote` for the parameters.
    """
    import numpy as np

    examples = score_each_vote(scorer, position, votes, top_k, apart)
    return examples.take(~np.isnan(examples.score))


def score_each_vote(
    scorer: Scorer, position: int, votes: Votes, top_k: int, apart: Apart = "file"
) -> Examples:
    """Score votes for a label with a `top_k`, leaving out anchors that are the sound itself.

    A score is NaN where that leaves no anchor.

    Parameters
    ----------
    scorer : Scorer
    position : int
        The label's, among the scorer's.
    votes : Votes
    top_k : int
        Instead of the label's own.
    apart : {"file", "folder"}
        Also leave out anchors of the sound's own folder.
    """
    import numpy as np

    own = scorer.own_anchors(votes.sample_ids, votes.hashes)
    if apart == "folder":
        own |= scorer.anchors_of_folders(votes.folders)
    top_ks = [label.top_k for label in scorer.labels]
    top_ks[position] = top_k
    scores = scorer.score(votes.vectors, own, tuple(top_ks))
    score, gap = scores.score[:, position], scores.gap[:, position]
    return Examples(score, np.where(np.isnan(gap), np.inf, gap), votes.accepted, votes.weights)
