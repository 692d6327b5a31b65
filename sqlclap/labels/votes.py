"""Votes: verdicts on pairs of label and sample, or of label and a span of a sample.

The last vote of a pair is in force. A verdict on a span says nothing of the whole sound, nor the
other way round.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from sqlclap.arrays import plain_number
from sqlclap.attach.row_keys import NO_ROW, row_names
from sqlclap.db.samples import Audible, RowKey, sample_of
from sqlclap.db.spans import SampleSpan, as_sample_span
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
    start_s, end_s : float or None
        The span of the sound (in seconds from its start); None: all of it.
    row_key, more_rows
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
    start_s: float | None = None
    end_s: float | None = None
    row_key: RowKey = None
    more_rows: int = 0


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
    sounds: Sequence[int | SampleSpan],
    vote: CastVote,
    scorer: Scorer | None,
) -> list[int]:
    """Store a vote on each sample, or span of one; in a write transaction.

    Parameters
    ----------
    connection : Database
    label : Label
    sounds : sequence of int or SampleSpan
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
        An unknown verdict, or a review that the label doesn't have.
    UnknownSoundError
        There is no such sample.
    SpanError
        A span ends behind its sound's end.
    """
    _check(connection, label, vote)
    places = [as_sample_span(sound) for sound in sounds]
    scores = current_scores(connection, scorer, label.name, places) if scorer else {}
    votes = []
    for place in places:
        score, gap = scores.get(place, (None, None))
        row = {
            "label_id": label.label_id,
            "sample_id": place.sample_id,
            "start_s": place.bounds[0],
            "end_s": place.bounds[1],
            "verdict": vote.verdict,
            "model_id": scorer.model.model_id if scorer else None,
            "score": score,
            "gap": gap,
            "source": vote.source,
            "review_id": vote.review_id,
            "stratum": vote.stratum,
            "content_hash": sample_of(connection, place).content_hash,
        }
        votes.append(int(connection.execute(statement("labels/vote_insert"), row).get))
    return votes


def _check(connection: Database, label: Label, vote: CastVote) -> None:
    """Refuse what is no verdict, and reviews that aren't there.

    A review that gets such a number later would count the vote.
    """
    as_verdict(vote.verdict)
    if vote.review_id is None:
        return
    asked = "SELECT 1 FROM reviews WHERE review_id = ? AND label_id = ?"
    if connection.execute(asked, (vote.review_id, label.label_id)).fetchone() is None:
        raise LabelValueError(f"label {label.name!r} has no review {vote.review_id}")


def list_votes(connection: Database, label: Label) -> list[Vote]:
    """Return a label's votes, oldest first."""
    rows = connection.execute(statement("labels/votes"), (label.label_id,)).fetchall()
    named = row_names(connection, (row[1] for row in rows))
    return [Vote(*(*row, *named.get(row[1], NO_ROW))) for row in rows]


def withdraw_vote(connection: Database, vote_id: int) -> None:
    """Remove a vote; the pair's vote before it, if any, is in force again. In a transaction.

    Raises
    ------
    UnknownRunError
        There is no such vote.
    """
    connection.execute("DELETE FROM votes WHERE vote_id = ?", (plain_number(vote_id),))
    if not connection.changes():
        raise UnknownRunError(f"no vote {vote_id} in {connection.filename}")


def withdraw_pairs(connection: Database, label: Label, sounds: Iterable[int | SampleSpan]) -> int:
    """Remove all votes on pairs, and return how many there were; in a write transaction.

    A sample stands for the whole of it: votes on its spans stay.
    """
    removed = 0
    for place in map(as_sample_span, sounds):
        bindings = (label.label_id, place.sample_id, *place.bounds)
        connection.execute(statement("labels/votes_remove"), bindings)
        removed += connection.changes()
    return removed
