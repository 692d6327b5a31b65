"""Votes: verdicts on pairs of label and sample. The last vote of a pair is in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from sqlclap.db.samples import Audible, sample_by_id
from sqlclap.db.statements import statement
from sqlclap.errors import LabelValueError, UnknownRunError
from sqlclap.labels.matching import current_scores
from sqlclap.labels.scorer import Scorer
from sqlclap.labels.store import Label

if TYPE_CHECKING:
    from sqlclap.db.database import Database

Verdict = Literal["accept", "reject", "unsure"]
VERDICTS: tuple[Verdict, ...] = ("accept", "reject", "unsure")


@dataclass(frozen=True)
class Vote(Audible):
    """A row of ``votes``.

    Attributes
    ----------
    vote_id, sample_id : int
    verdict : {"accept", "reject", "unsure"}
    score, gap : float or None
        Values when the vote was cast.
    source : str
        Where it came from: cli, review, import, page, python, sql.
    created_at : str
        UTC, ISO 8601.
    in_force : int
        1 if it is its pair's last, else 0.
    path : str or None
        None for a sample that was removed.
    heard_share : float or None
        As in `Match`.
    """

    NOUN: ClassVar[str] = "vote"
    vote_id: int
    sample_id: int
    verdict: Verdict
    score: float | None
    gap: float | None
    source: str
    created_at: str
    in_force: int
    path: str | None
    heard_share: float | None = None


@dataclass(frozen=True)
class CastVote:
    """A vote to be cast: the verdict and its origin.

    Attributes
    ----------
    verdict : {"accept", "reject", "unsure"}
    source : str
    review_id : int, optional
        The review that drew the pair.
    stratum : str, optional
        The stratum from which it was drawn.
    """

    verdict: Verdict
    source: str = "python"
    review_id: int | None = None
    stratum: str | None = None


def as_verdict(word: str) -> Verdict:
    """Check that a text is a verdict, and return it.

    Raises
    ------
    LabelValueError
        It is no verdict.
    """
    for verdict in VERDICTS:
        if word == verdict:
            return verdict
    raise LabelValueError(f"expected one of {', '.join(VERDICTS)}; got {word!r}")


def cast_votes(
    connection: Database,
    label: Label,
    sample_ids: Sequence[int],
    vote: CastVote,
    scorer: Scorer | None,
) -> list[int]:
    """Store a vote on each sample; in a write transaction.

    Parameters
    ----------
    connection : Database
    label : Label
    sample_ids : sequence of int
    vote : CastVote
    scorer : Scorer or None
        Gives the score and gap that are kept beside the vote.

    Returns
    -------
    list of int
        Ids of the votes.

    Raises
    ------
    LabelValueError
        An unknown verdict.
    UnknownSoundError
        There is no such sample.
    """
    as_verdict(vote.verdict)
    scores = current_scores(connection, scorer, label.name, sample_ids) if scorer else {}
    votes = []
    for sample_id in sample_ids:
        score, gap = scores.get(sample_id, (None, None))
        row = {
            "label_id": label.label_id,
            "sample_id": sample_id,
            "verdict": vote.verdict,
            "model_id": scorer.model.model_id if scorer else None,
            "score": score,
            "gap": gap,
            "source": vote.source,
            "review_id": vote.review_id,
            "stratum": vote.stratum,
            "content_hash": sample_by_id(connection, sample_id).content_hash,
        }
        votes.append(int(connection.execute(statement("labels/vote_insert"), row).get))
    return votes


def list_votes(connection: Database, label: Label) -> list[Vote]:
    """Return a label's votes, oldest first."""
    rows = connection.execute(statement("labels/votes"), (label.label_id,))
    return [Vote(*row) for row in rows]


def withdraw_vote(connection: Database, vote_id: int) -> None:
    """Remove a vote; the pair's vote before it, if any, is in force again. In a transaction.

    Raises
    ------
    UnknownRunError
        There is no such vote.
    """
    connection.execute("DELETE FROM votes WHERE vote_id = ?", (vote_id,))
    if not connection.changes():
        raise UnknownRunError(f"no vote {vote_id} in {connection.filename}")


def withdraw_pairs(connection: Database, label: Label, sample_ids: Sequence[int]) -> int:
    """Remove all votes on pairs, and return how many there were; in a write transaction."""
    removed = 0
    for sample_id in sample_ids:
        remove = "DELETE FROM votes WHERE label_id = ? AND sample_id = ?"
        connection.execute(remove, (label.label_id, sample_id))
        removed += connection.changes()
    return removed


def samples_with_verdict(connection: Database, label: Label, verdict: str) -> set[int]:
    """Return the samples whose verdict in force is `verdict`."""
    rows = connection.execute(statement("labels/verdict_samples"), (label.label_id, verdict))
    return {int(row[0]) for row in rows}
