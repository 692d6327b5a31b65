"""Votes as examples: scored out of sample, so that no anchor ever scores itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sqlclap.errors import LabelValueError
from sqlclap.labels.scorer import Scorer, folder_key
from sqlclap.labels.weights import Origin, read_draws, vote_weights
from sqlclap.library import read_transaction, statement
from sqlclap.vectors import from_blobs, usable_rows

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sqlclap.library import Database

    Floats = npt.NDArray[np.float64]
    Mask = npt.NDArray[np.bool_]
    Vectors = npt.NDArray[np.float32]


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
    sampled : int
        How many come from reviews' draws.
    """

    sample_ids: list[int]
    accepted: Mask
    weights: Floats
    vectors: Vectors
    hashes: list[str]
    folders: list[str]
    sampled: int


@dataclass(frozen=True)
class Examples:
    """Votes scored at one depth.

    Attributes
    ----------
    score, gap : np.ndarray [shape=(n,), dtype=float64]
        Out of sample; a gap without a rival is infinite.
    accepted : np.ndarray [shape=(n,), dtype=bool]
    weights : np.ndarray [shape=(n,), dtype=float64]
    """

    score: Floats
    gap: Floats
    accepted: Mask
    weights: Floats

    def take(self, which: npt.NDArray[np.int64] | Mask) -> Examples:
        """Return some, by positions or a mask."""
        return Examples(
            self.score[which], self.gap[which], self.accepted[which], self.weights[which]
        )


def read_votes(database: Database, scorer: Scorer, label_id: int) -> Votes:
    """Read a label's votes with their vectors and weights."""
    import numpy as np

    model = scorer.model
    with read_transaction(database):
        query = statement("calibration_votes", model_id=model.model_id)
        rows = database.execute(query, (label_id,)).fetchall()
        usable = usable_rows(from_blobs([row[6] for row in rows], model.dim))
        rows = [row for row, fits in zip(rows, usable, strict=True) if fits]
        reviews = read_draws(
            database.execute(
                statement("calibration_reviews"), (label_id, model.model_id)
            ).fetchall()
        )
    origins = [Origin(*row[3:6]) for row in rows]
    return Votes(
        sample_ids=[int(row[0]) for row in rows],
        accepted=np.array([row[1] == "accept" for row in rows], dtype=np.bool_),
        weights=vote_weights(origins, reviews),
        vectors=from_blobs([row[6] for row in rows], model.dim),
        hashes=[str(row[2] or "") for row in rows],
        folders=[folder_key(row[7], row[8]) for row in rows],
        sampled=sum(origin.review_id in reviews for origin in origins),
    )


def score_votes(
    scorer: Scorer, position: int, votes: Votes, depth: int, apart: Apart = "file"
) -> Examples:
    """Score votes for a label at a depth, leaving out anchors that are the sound itself.

    Parameters
    ----------
    scorer : Scorer
    position : int
        The label's, among the scorer's.
    votes : Votes
    depth : int
        Instead of the label's own.
    apart : {"file", "folder"}
        Also leave out anchors of the sound's own folder.
    """
    import numpy as np

    own = scorer.own_anchors(votes.sample_ids, votes.hashes)
    if apart == "folder":
        own |= scorer.anchors_of_folders(votes.folders)
    depths = [label.top_k for label in scorer.labels]
    depths[position] = depth
    scores = scorer.score(votes.vectors, own, tuple(depths))
    score, gap = scores.score[:, position], scores.gap[:, position]
    scored = ~np.isnan(score)
    examples = Examples(score, np.where(np.isnan(gap), np.inf, gap), votes.accepted, votes.weights)
    return examples.take(scored)
