"""What shards are asked, as values: a job can be done here, or sent to the node that has the shard.

Each is called with a shard's reader, and holds nothing of any library but places in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from sqlclap.db.database import Snapshot
from sqlclap.db.samples import samples_by_ids, samples_by_path, samples_like
from sqlclap.db.spans import SampleSpan, Span
from sqlclap.db.stored_models import count_waiting
from sqlclap.db.vectors import count_own, sample_vector
from sqlclap.finding.scales import Scales
from sqlclap.search.spans import span_vector, transposed_vector
from sqlclap.shards.joint import JointSearch, fits
from sqlclap.shards.questions import Part, Question, ShardPlace, Standing, answer, described

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from sqlclap.arrays import Float32Array
    from sqlclap.db.samples import Sample
    from sqlclap.errors import UnknownFolderError
    from sqlclap.search.background import Background
    from sqlclap.shards.questions import Candidate
    from sqlclap.shards.reader import ShardReader


MOST_NAMED = 20_000
"""Ids that a shard is asked for at once: a node's answer has a limit."""


class SetSound(NamedTuple):
    """A sound of a set that was named.

    Attributes
    ----------
    shard : int
        Where it lies now.
    sample_id : int
        Its id in that shard's library.
    whole : int
        Its id in the set.
    path : str
        Below its source.
    file : str
        As it is told to whom there are several to choose from; of a node's, this is the path.
    """

    shard: int
    sample_id: int
    whole: int
    path: str
    file: str

    def for_others(self, _: object) -> SetSound:
        """Return it as a node tells it."""
        return self._replace(file=self.path)

    def place(self, span: Span | None = None) -> ShardPlace:
        """Return it, or a span of it, as a place."""
        return ShardPlace(self.shard, SampleSpan(self.sample_id, span))


@dataclass(frozen=True, eq=False)
class Answer:
    """Answer a question, and tell the background that scores are judged by.

    Attributes
    ----------
    question : Question
    has_words : bool
        Whether the set's model has words: the background then is of texts, too.
    """

    question: Question
    has_words: bool

    def __call__(self, reader: ShardReader) -> tuple[Part | UnknownFolderError, Background]:
        """Return both."""
        reader.check_vectors()
        encoder = reader.encoder if self.has_words else None
        with Snapshot(reader.database):  # those of what is read within cost little
            part = answer(reader, self.question, self._standing.floor)
            background = reader.background(encoder)
        if isinstance(part, Part):
            self._standing.add(part)
        return part, background

    @property
    def fits_jointly(self) -> bool:
        """Whether several shards can be asked together."""
        return fits(self.question)

    def jointly(self) -> JointSearch:
        """Return what asks several shards together."""
        return JointSearch(self.question, self.has_words)

    def take(self, parts: Iterable[Part]) -> None:
        """Take into account what shards answered together, where others are asked after them."""
        for one in parts:
            self._standing.add(one)

    @cached_property
    def _standing(self) -> Standing:
        """The best that shards have answered so far."""
        return Standing(self.question)

    def __copy__(self) -> Answer:
        return Answer(self.question, self.has_words)


@dataclass(frozen=True, eq=False)
class Describe:
    """Tell what matches say of some candidates."""

    chosen: list[Candidate]

    def __call__(self, reader: ShardReader) -> dict[int, dict[str, Any]]:
        """Return fields by the set's ids."""
        return described(reader, self.chosen)


@dataclass(frozen=True, eq=False)
class Measure:
    """Compare evenly spread sounds with terms, unit vectors of shape (terms, dim)."""

    terms: Float32Array

    def __call__(self, reader: ShardReader) -> tuple[Float32Array, int]:
        """Return cosines, and how many sounds there are."""
        database, model = reader.database, reader.model
        cosines = reader.session.cache(Scales).cosines(database, model, self.terms)
        return cosines, count_own(database, model)


@dataclass(frozen=True)
class ByIds:
    """Find the sounds of a set's ids."""

    wholes: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.wholes) > MOST_NAMED:
            raise ValueError(f"expected at most {MOST_NAMED:,} ids")

    def __call__(self, reader: ShardReader) -> list[SetSound]:
        """Return those that lie here."""
        numbers = [held for one in self.wholes for held in reader.ids.held(one)]
        return [_found(reader, one) for one in samples_by_ids(reader.database, numbers)]


@dataclass(frozen=True)
class ByPath:
    """Find the sounds of a path."""

    name: str

    def __call__(self, reader: ShardReader) -> list[SetSound]:
        """Return those that lie here."""
        return [_found(reader, one) for one in samples_by_path(reader.database, self.name)]


@dataclass(frozen=True)
class ByPattern:
    """Find the sounds whose paths are like a pattern, such as ``drums/*``."""

    pattern: str

    def __call__(self, reader: ShardReader) -> list[SetSound]:
        """Return those that lie here."""
        ids = samples_like(reader.database, self.pattern)
        return [_found(reader, one) for one in samples_by_ids(reader.database, ids)]


@dataclass(frozen=True)
class VectorOf:
    """Read the unit vector of a sound, or of a span of it; or hear it at another pitch."""

    sample_id: int
    span: Span | None
    semitones: float = 0.0

    def __call__(self, reader: ShardReader) -> Float32Array | None:
        """Return it; None where the sound has gone."""
        if self.span is None and not self.semitones:
            return sample_vector(reader.database, reader.model, self.sample_id)
        there = samples_by_ids(reader.database, [self.sample_id])
        if not there:
            return None
        reader.session.resources.use_encoder(reader.encoder)  # one model for all shards
        if self.semitones or self.span is None:
            return transposed_vector(reader.session, there[0], self.span, self.semitones)
        return span_vector(reader.session, there[0], self.span)[1]


@dataclass(frozen=True)
class CountWaiting:
    """Count the sounds that have no vector of the set's model yet."""

    def __call__(self, reader: ShardReader) -> int:
        """Return the number."""
        return count_waiting(reader.database, reader.model.model_id)


@dataclass(frozen=True)
class Knock:
    """See whether a shard can be asked at all."""

    def __call__(self, _: ShardReader) -> None:
        """Return nothing."""


JOBS = (Answer, Describe, Measure, ByIds, ByPath, ByPattern, VectorOf, CountWaiting, Knock)
"""What shards are asked but for labels; `sqlclap.shards.label_jobs` has those."""


def _found(reader: ShardReader, sample: Sample) -> SetSound:
    whole = reader.ids.told(sample.sample_id)
    return SetSound(reader.number, sample.sample_id, whole, sample.path, str(sample.file))
