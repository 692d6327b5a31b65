"""What the terms of a query stand for: vectors of the model, and what is to be said of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from operator import index
from typing import TYPE_CHECKING, Any, Literal, SupportsIndex, cast

import numpy as np

from sqlclap.db.samples import Sample, sample_by_id, samples_by_path
from sqlclap.db.span_vectors import vectors_of_spans
from sqlclap.db.spans import SampleSpan, Span, parse_span_target
from sqlclap.db.vectors import sample_vector
from sqlclap.errors import QueryError, UnknownSoundError
from sqlclap.finding.query import Term, TermKind
from sqlclap.finding.vector_files import refuse_other_space
from sqlclap.search.judgement import UNJUDGED, Doubt, Judgement, Words
from sqlclap.search.query import as_query_vector, sound_judge, words_judge
from sqlclap.search.query_audio import embed_with_notes, measure_sound
from sqlclap.search.spans import span_vector
from sqlclap.search.targets import paths_near, resolve_target, split_span

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array
    from sqlclap.db.database import Database
    from sqlclap.db.stored_models import StoredModel
    from sqlclap.descriptor_columns import Descriptors
    from sqlclap.labels.scorer import Scorer
    from sqlclap.search.judgement import Judge
    from sqlclap.session import Session

Reach = Literal["files", "library", "vectors"]
"""Which sounds a caller may name: any file of this machine; the library's, whose files may be read
for a span; or those whose vectors the library holds, so that no file is read."""


@dataclass(frozen=True)
class FoundTerm:
    """What a term stands for.

    Attributes
    ----------
    term : Term
    model : StoredModel
        Whose vector it is.
    vector : np.ndarray [shape=(dim,), dtype=float32]
        A unit vector.
    judge : callable
        Says what a best score is worth; see `sqlclap.search.query.Judge`.
    place : SampleSpan or None
        The library's sound that it is, or a span of it.
    notes : tuple of str
        Remarks on irregularities in reading its sound.
    measure : callable or None
        Measures its sound, where that is a file.
    """

    term: Term
    model: StoredModel
    vector: Float32Array
    judge: Judge
    place: SampleSpan | None = None
    notes: tuple[str, ...] = ()
    measure: Callable[[], Descriptors] | None = None

    def doubts(self, best: float) -> tuple[Doubt, ...]:
        """Return what is to be said against it, each with its name; `best` as `judge` takes it.

        A sound of the library is like one that is there: itself.
        """
        if self.place is not None:
            return ()
        judged = self.judge(best if self.term.is_positive else None)
        name = str(self.term)
        return tuple(replace(one, text=f"{name}: {one.text}") for one in judged.doubts)


def find_term(session: Session, term: Term, reach: Reach) -> FoundTerm:
    """Return what a term stands for.

    Raises
    ------
    QueryError
        It is silent, a vector of another shape, or names several sounds.
    UnknownSoundError, UnknownLabelError, NoAnchorsError
        There is nothing of that name.
    NoTextTowerError, NoVectorsError, AudioDecodeError
        It has no vector.
    """
    return _FINDERS[term.kind](session, term, reach)


def _unjudged(_: float | None) -> Judgement:
    return UNJUDGED


def _find_words(session: Session, term: Term, _: Reach) -> FoundTerm:
    model = session.text_model
    words = Words(term.value, model.encoder.embed_text(term.value))
    return FoundTerm(term, model.stored, words.vector, words_judge(session, model, words))


def _find_vector(session: Session, term: Term, _: Reach) -> FoundTerm:
    model = session.model
    refuse_other_space(term, model)
    return FoundTerm(term, model, as_query_vector(term.value, model), _unjudged)


def _find_label(session: Session, term: Term, _: Reach) -> FoundTerm:
    from sqlclap.labels.scorer_cache import scorer_of  # few terms are labels

    scorer = scorer_of(session)
    return FoundTerm(term, scorer.model, label_centre(scorer, term), _unjudged)


def label_centre(scorer: Scorer, term: Term) -> Float32Array:
    """Return the centre of a label's positive anchors, each counted by its weight: a unit vector.

    Raises
    ------
    UnknownLabelError, NoAnchorsError
    QueryError
        There is no centre.
    """
    anchors = scorer.positives[scorer.scoring_position(term.value)]
    weights = scorer.anchors.weights[anchors]
    centre = weights @ scorer.anchors.vectors[anchors].astype(np.float64)
    length = float(np.linalg.norm(centre))
    if length < 1e-6:
        raise QueryError(
            f"{term}: its anchors are opposites, or count nothing: they have no centre"
        )
    found: Float32Array = (centre / length).astype(np.float32)
    return found


def _find_sound(session: Session, term: Term, reach: Reach) -> FoundTerm:
    named, span = _split(session.database, term.value, reach)
    target = _target(session.database, named, reach)
    if isinstance(target, Sample):
        model, vector = _vector_of(session, target, span, reach)
        place = SampleSpan(target.sample_id, span)
        return FoundTerm(term, model, vector, partial(_judge_sound, session, model), place)
    asked = session.query_model
    model = asked.stored
    vector, notes = embed_with_notes(asked.encoder, target, span)
    measure = partial(measure_sound, asked.encoder, target, span)
    judge = partial(_judge_sound, session, model)
    return FoundTerm(term, model, vector, judge, notes=notes, measure=measure)


def _judge_sound(session: Session, model: StoredModel, best: float | None) -> Judgement:
    return sound_judge(session, model)(best)


def _split(database: Database, value: Any, reach: Reach) -> tuple[Any, Span | None]:
    if reach == "files":
        return split_span(database, value)
    if isinstance(value, str) and "@" in value and not samples_by_path(database, value):
        return parse_span_target(value) or (value, None)
    return value, None


def _target(database: Database, named: Any, reach: Reach) -> Any:
    """Return a sample, a file or encoded audio."""
    if reach == "files":
        return resolve_target(database, named)
    if isinstance(named, SupportsIndex):
        return sample_by_id(database, index(named))
    if isinstance(named, str) and (named.isdecimal() or samples_by_path(database, named)):
        return resolve_target(database, named)
    near = paths_near(database, str(named))
    raise UnknownSoundError(
        f"{str(named)!r} is neither a sample id nor a path in the library{near}"
    )


def _vector_of(
    session: Session, sample: Sample, span: Span | None, reach: Reach
) -> tuple[StoredModel, Float32Array]:
    if span is None:
        return session.model, sample_vector(session.database, session.model, sample.sample_id)
    if reach != "vectors":
        return span_vector(session, sample, span)
    place, model = SampleSpan(sample.sample_id, span), session.model
    found, vectors = vectors_of_spans(session.database, model, [place])
    if not found:
        raise QueryError(
            f"the library holds no vector of {place}: spans have one that are anchors or have a "
            "vote; others' are made by `sqlclap find` and in Python"
        )
    return model, cast("Float32Array", vectors[0])


_FINDERS: dict[TermKind, Callable[[Session, Term, Reach], FoundTerm]] = {
    "words": _find_words,
    "sound": _find_sound,
    "label": _find_label,
    "vector": _find_vector,
}
