"""What labels say of one sample: its tags, and which labels it is an example of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from sqlclap.db.statements import statement

if TYPE_CHECKING:
    from sqlclap.db.database import Database
    from sqlclap.labels.anchors import Polarity
    from sqlclap.labels.tags import TagConfidence
    from sqlclap.labels.votes import Verdict


class OnSpan:
    """Base of labels of a sample or of a span of it; records have the times of spans alone."""

    OPTIONAL: ClassVar[tuple[str, ...]] = ("start_s", "end_s")
    start_s: float | None
    end_s: float | None

    def told(self) -> dict[str, Any]:
        """Return the fields by name, of a whole sample without start and end."""
        left_out = () if self.start_s is not None else self.OPTIONAL
        return {name: value for name, value in vars(self).items() if name not in left_out}


@dataclass(frozen=True)
class SampleTag(OnSpan):
    """A label's tag in force on a sample.

    Attributes
    ----------
    label : str
    score : float or None
        None for a tag by hand of a sample without a vector.
    confidence : {"high", "medium", "low", "hand"}
    start_s, end_s : float or None
        The span of the sample (in seconds from its start); None: all of it.
    """

    label: str
    score: float | None
    confidence: TagConfidence
    start_s: float | None = None
    end_s: float | None = None


@dataclass(frozen=True)
class SampleAnchor(OnSpan):
    """A label that a sample is an anchor of.

    Attributes
    ----------
    label : str
    polarity : {"positive", "negative"}
    weight : float
        From 0 to 1.
    start_s, end_s : float or None
        The span of the sample (in seconds from its start); None: all of it.
    """

    label: str
    polarity: Polarity
    weight: float
    start_s: float | None = None
    end_s: float | None = None


@dataclass(frozen=True)
class SampleVote(OnSpan):
    """A vote in force on a sample.

    Attributes
    ----------
    vote_id : int
    label : str
    verdict : {"accept", "reject", "unsure"}
    start_s, end_s : float or None
        The span of the sample (in seconds from its start); None: all of it.
    """

    vote_id: int
    label: str
    verdict: Verdict
    start_s: float | None = None
    end_s: float | None = None


def votes_of_sample(database: Database, sample_id: int) -> list[SampleVote]:
    """Return the votes in force on a sample and its spans, by label."""
    rows = database.execute(statement("labels/sample_votes"), (sample_id,))
    return [SampleVote(*row) for row in rows]


def tags_of_sample(database: Database, sample_id: int) -> list[SampleTag]:
    """Return the tags in force on a sample: those by hand first, then the best."""
    rows = database.execute(statement("labels/sample_tags"), (sample_id,))
    return [SampleTag(*row) for row in rows]


def anchors_of_sample(database: Database, sample_id: int) -> list[SampleAnchor]:
    """Return the labels that a sample is an anchor of, by name."""
    rows = database.execute(statement("labels/sample_anchors"), (sample_id,))
    return [SampleAnchor(*row) for row in rows]
