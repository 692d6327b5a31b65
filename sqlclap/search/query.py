"""Queries: what they start from, and how they are ranked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from sqlclap.db.database import Snapshot, damaged, read_document
from sqlclap.db.samples import Sample
from sqlclap.db.spans import Span
from sqlclap.db.statements import read_transaction
from sqlclap.db.stored_models import StoredModel, default_model
from sqlclap.db.vectors import sample_vector
from sqlclap.errors import QueryError
from sqlclap.search.background import Backgrounds
from sqlclap.search.judgement import Judge, Words, judge_sound, judge_text_vector, judge_words
from sqlclap.search.planner import Planner
from sqlclap.search.query_audio import embed_with_notes
from sqlclap.search.ranking import VectorRanking
from sqlclap.search.request import Request
from sqlclap.search.results import Answer, Matches, make_match
from sqlclap.search.targets import Target, Whole, resolve_target, split_span

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from sqlclap.arrays import Float32Array
    from sqlclap.db.database import Database
    from sqlclap.search.ranking import Ranking
    from sqlclap.session import QueryModel, Session

    Vector = npt.NDArray[Any] | Sequence[float]


def is_vector(query: object) -> bool:
    """Whether a query is an array or a list of numbers, not a number of numpy's."""
    return isinstance(query, list | tuple) or getattr(query, "ndim", 0) > 0


def as_query_vector(value: Any, model: StoredModel) -> Float32Array:
    """Check a vector and scale it to length 1.

    Parameters
    ----------
    value : array_like [shape=(dim,)]
        Numbers of any type and length; what counts is their direction.
    model : StoredModel

    Returns
    -------
    np.ndarray [shape=(dim,), dtype=float32]

    Raises
    ------
    QueryError
        It has another shape, holds what is no finite number, or is zero.
    """

    try:
        vector = np.asarray(value)
    except (TypeError, ValueError) as error:  # lists of several lengths
        raise QueryError(f"expected a vector of {model.dim} numbers: {error}") from error
    if vector.dtype.kind not in "fiu":
        raise QueryError(f"expected a vector of numbers, got an array of {vector.dtype}")
    if vector.shape != (model.dim,):
        raise QueryError(
            f"expected a vector of {model.dim} numbers, as {model.name} makes them: shape "
            f"({model.dim},); got shape {vector.shape}"
        )
    exact = vector.astype(np.float64)
    if not np.isfinite(exact).all():
        raise QueryError("expected a vector of finite numbers, got one with NaN or infinity")
    largest = float(np.abs(exact).max())
    if largest == 0:
        raise QueryError("expected a vector with a direction, got zeros")
    exact = exact / largest  # so that squares neither vanish nor overflow
    unit: Float32Array = (exact / np.linalg.norm(exact)).astype(np.float32)
    return unit


def search_described(session: Session, query: str | Vector, request: Request) -> Matches:
    """Return the samples that words, or a vector of words, describe best; see `Library.search`."""
    if isinstance(query, str):
        return search_words(session, query, request)
    model = session.text_model
    vector = as_query_vector(query, model.stored)
    background = session.cache(Backgrounds).of(session.database, model.stored, model.encoder)
    judge = partial(judge_text_vector, model.encoder, background, vector)
    return rank_by_vector(session, model.stored, vector, request, judge)


def search_similar(session: Session, sound: Target | Vector, request: Request) -> Matches:
    """Return the samples that sound most like a sound, or lie nearest; see `Library.similar`."""
    database = session.database
    default_model(database)  # an empty library is told before a sound is looked for
    named, span = split_span(database, sound)
    if span is None and is_vector(named):
        model = session.model
        return search_embedded(session, model, as_query_vector(named, model), request)
    target = resolve_target(database, cast("Whole", named))
    if isinstance(target, Sample):
        return search_sample(session, target, request, span)
    return search_sound(session, target, request, span)


def rank_by_vector(
    session: Session,
    model: StoredModel,
    vector: Float32Array,
    request: Request,
    judge: Judge,
) -> Matches:
    """Return the samples most similar to a unit vector, best first.

    Parameters
    ----------
    session : Session
    model : StoredModel
        The model that made the vector.
    vector : np.ndarray [shape=(dim,), dtype=float32]
    request : Request
        How many, and which; fewer come back when fewer fit.
    judge : callable
        Says of the best score what is to be said of the answer.

    Raises
    ------
    QueryError
        The vector has another dimension than the model, or the filter can't be used.
    """
    return rank(session, VectorRanking(session.cache(Planner), model, vector), request, judge)


def rank(session: Session, ranking: Ranking, request: Request, judge: Judge) -> Matches:
    """Return what a ranking puts first; see `rank_by_vector`."""
    with read_transaction(session.database):  # an ingest may be replacing vectors meanwhile
        matches = ranked_now(session, ranking, request, judge)
    matches.model = ranking.model.name
    return matches


def ranked_now(session: Session, ranking: Ranking, request: Request, judge: Judge) -> Matches:
    """Return what a ranking puts first; in a read transaction, or a statement."""
    if request.moments:
        return ranked_moments(session, ranking, request, judge)
    return ranked_samples(session.database, partial(nearest_as_asked, ranking), request, judge)


def ranked_samples(
    database: Database,
    nearest: Callable[[Database, Request], Answer],
    request: Request,
    judge: Judge,
) -> Matches:
    """Return the samples that an order has, best first, as matches; in a transaction."""
    answer = nearest(database, request)
    rows = answer.match_fields(database)
    if len(rows) < len(answer.nearest):  # samples went behind the index's back
        answer = nearest(database, replace(request, exact=True))
        rows = answer.match_fields(database)
    judgement = judge(answer.best)
    matches = [
        make_match(rank, scored, rows[scored.embedding_id], judgement)
        for rank, scored in enumerate(answer.nearest, start=request.offset + 1)
    ]
    return Matches(matches, answer.plan.of_rows(database), judgement.doubts)


def nearest_as_asked(ranking: Ranking, database: Database, request: Request) -> Answer:
    """Return the best samples, or those in the order that a request asks for instead."""
    if request.or_text is not None:
        from sqlclap.search.text_fusion import nearest_by_either  # few ask for either

        return nearest_by_either(database, ranking, request)
    if request.sort is not None:
        from sqlclap.search.sorting import nearest_in_order

        return nearest_in_order(database, ranking, request, request.sort)
    return ranking.nearest(database, request)


def nearest_samples(
    session: Session,
    vector: Float32Array,
    request: Request,
    model: StoredModel | None = None,
) -> Answer:
    """Return the samples nearest to a unit vector, and how they were found; nothing is judged.

    Without `model`, the vector is taken to be of the library's model as it is now.
    """
    with Snapshot(session.database) as snapshot:
        model = model or session.model_at(snapshot)
        if request.sort is not None or request.or_text is not None:
            ranking = VectorRanking(session.cache(Planner), model, vector)
            return nearest_as_asked(ranking, snapshot.database, request)
        return session.cache(Planner).nearest(snapshot.database, model, vector, request, snapshot)


def find_moments(
    session: Session,
    model: StoredModel,
    vector: Float32Array,
    request: Request,
    judge: Judge,
) -> Matches:
    """Return the moments most similar to a unit vector, or events; in a transaction."""
    ranking = VectorRanking(session.cache(Planner), model, vector)
    return ranked_moments(session, ranking, request, judge)


def ranked_moments(session: Session, ranking: Ranking, request: Request, judge: Judge) -> Matches:
    """Return the moments, or events, that a ranking puts first; see `find_moments`."""
    from sqlclap.search.event_search import rank_events  # searches of whole sounds load neither
    from sqlclap.search.moment_filter import MomentFilter
    from sqlclap.search.moments import MomentQuery, rank_moments

    database, filters, allowed = session.database, ranking.planner.filters, None
    request = replace(request, only=MomentFilter.of(request.only))
    if not request.only.is_empty:
        allowed = filters.sample_ids(database, request.only)
    outside = filters.moments_outside(database, request.only, ranking.model.model_id)
    query = MomentQuery(ranking, database, allowed, outside)
    if request.events is not None:
        return rank_events(query, request, request.events, judge)
    return rank_moments(query, request, judge)


def search_words(session: Session, text: str, request: Request) -> Matches:
    """Return the samples that words describe best; see `rank_by_vector`."""
    model = session.text_model
    words = Words(text, model.encoder.embed_text(text))
    judge = words_judge(session, model, words)
    return rank_by_vector(session, model.stored, words.vector, request, judge)


def words_judge(session: Session, model: QueryModel, words: Words) -> Judge:
    """Return the function that judges answers to a query in words."""
    background = session.cache(Backgrounds).of(session.database, model.stored, model.encoder)
    return partial(judge_words, model.encoder, background, words)


def search_sound(
    session: Session, sound: Path | bytes, request: Request, span: Span | None = None
) -> Matches:
    """Return the samples that sound most like a file, or encoded audio, or like a span of it."""
    model = session.query_model
    vector, notes = embed_with_notes(model.encoder, sound, span)
    matches = search_embedded(session, model.stored, vector, request)
    matches.notes = notes
    return matches


def search_embedded(
    session: Session, model: StoredModel, vector: Float32Array, request: Request
) -> Matches:
    """Return the samples most similar to a sound's vector."""
    return rank_by_vector(session, model, vector, request, sound_judge(session, model))


def weak_below(model: StoredModel) -> float:
    """Read from a stored contract the score below which matches of sounds are weak."""
    where = f"models.contract of {model.name}"
    advice = "restore the library from a copy"
    contract = read_document(model.contract, dict, where, advice)
    try:
        return float(contract["scoring"]["background"]["audio"]["weak_below"])
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(where, f"no scoring.background.audio.weak_below: {error}", advice) from error


def search_sample(
    session: Session, sample: Sample, request: Request, span: Span | None = None
) -> Matches:
    """Return the samples that sound most like one of the library's, which is not among them.

    It is compared by its stored vector: the model itself is not needed. A span that has none, not
    being a label's anchor, say, is read from the file. Of moments, all are left out that are the
    span itself (see `sqlclap.db.spans.speaks_for`); others of the same sound are not.
    """
    if span is not None:
        from sqlclap.search.spans import span_vector

        others = replace(request, without=sample.sample_id, without_span=span)
        model, vector = span_vector(session, sample, span)
        return search_embedded(session, model, vector, others)
    with read_transaction(session.database) as database:
        model = session.model
        vector = sample_vector(database, model, sample.sample_id)
        others = replace(request, without=sample.sample_id)
        return search_embedded(session, model, vector, others)


def sound_judge(session: Session, model: StoredModel) -> Judge:
    """Return the function that judges answers to a query by sound, without the model."""
    background = session.cache(Backgrounds).of(session.database, model)
    return partial(judge_sound, weak_below(model), background)
