"""Queries in words and by sound, ranked into matches."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.db.database import Snapshot, damaged, read_document
from sqlclap.db.samples import Sample
from sqlclap.db.statements import read_transaction
from sqlclap.db.stored_models import StoredModel
from sqlclap.db.vectors import pool_windows, sample_vector
from sqlclap.errors import QueryError, SoundWarning
from sqlclap.search.background import Backgrounds
from sqlclap.search.judgement import Judgement, Words, judge_sound, judge_words
from sqlclap.search.moments import MomentQuery, rank_moments
from sqlclap.search.planner import Planner
from sqlclap.search.request import Answer, Request
from sqlclap.search.results import Matches, make_match, sample_fields

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sqlclap.models.encoder import Encoder
    from sqlclap.session import QueryModel, Session

Judge = Callable[[float | None], Judgement]


def rank_by_vector(
    session: Session,
    model: StoredModel,
    vector: npt.NDArray[np.float32],
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
    database, planner = session.database, session.cache(Planner)
    if request.moments:
        with read_transaction(database):
            return rank_moments(_moment_query(session, model, vector, request), request, judge)
    with read_transaction(database):  # an ingest may be replacing vectors meanwhile
        answer = planner.nearest(database, model, vector, request)
        rows = sample_fields(database, answer.nearest)
        if len(rows) < len(answer.nearest):  # samples went behind the index's back
            answer = planner.nearest(database, model, vector, replace(request, exact=True))
            rows = sample_fields(database, answer.nearest)
        judgement = judge(answer.best)
    matches = [
        make_match(rank, scored, rows[scored.embedding_id], judgement)
        for rank, scored in enumerate(answer.nearest, start=request.offset + 1)
    ]
    return Matches(matches, answer.plan, judgement.doubts)


def nearest_samples(
    session: Session,
    vector: npt.NDArray[np.float32],
    request: Request,
    model: StoredModel | None = None,
) -> Answer:
    """Return the samples nearest to a unit vector, and how they were found; nothing is judged.

    Without `model`, the vector is taken to be of the library's model as it is now.
    """
    with Snapshot(session.database) as snapshot:
        model = model or session.model_at(snapshot)
        return session.cache(Planner).nearest(snapshot.database, model, vector, request, snapshot)


def _moment_query(
    session: Session, model: StoredModel, vector: npt.NDArray[np.float32], request: Request
) -> MomentQuery:
    database, allowed = session.database, None
    if not request.only.is_empty:
        ids = session.cache(Planner).filters.sample_ids(database, request.only)
        allowed = frozenset(ids.tolist())
    return MomentQuery(database, model, vector, allowed)


WINDOWS_AT_ONCE = 32


def embed_sound(encoder: Encoder, source: Path | bytes) -> npt.NDArray[np.float32]:
    """Embed a file, or encoded audio, just as ingest does; a `SoundWarning` tells its notes.

    Returns
    -------
    np.ndarray [shape=(dim,), dtype=float32]
        A unit vector.

    Raises
    ------
    AudioDecodeError
        It can't be read as sound.
    QueryError
        It is silent.
    """
    vector, notes = hear_sound(encoder, source)
    if notes:
        warnings.warn(f"{_named(source)}: {'; '.join(notes)}", SoundWarning, stacklevel=2)
    return vector


def hear_sound(
    encoder: Encoder, source: Path | bytes
) -> tuple[npt.NDArray[np.float32], tuple[str, ...]]:
    """Embed a file, or encoded audio, and return remarks on irregularities in reading it.

    Returns
    -------
    tuple of (np.ndarray [shape=(dim,), dtype=float32], tuple of str)
        A unit vector, and notes such as ingest stores.

    Raises
    ------
    AudioDecodeError
        It can't be read as sound.
    QueryError
        It is silent.
    """
    import numpy as np

    from sqlclap.audio.decode import open_audio
    from sqlclap.audio.front_end import sound_windows

    seconds: list[float] = []
    vectors: list[npt.NDArray[np.float32]] = []
    with open_audio(source) as stream:
        windows = sound_windows(stream, encoder.front_end)
        # A long sound's windows never lie in memory together.
        while batch := list(islice(windows, WINDOWS_AT_ONCE)):
            seconds += [window.end_s - window.start_s for window in batch]
            vectors.append(encoder.embed_windows(np.stack([window.features for window in batch])))
    if not vectors:
        raise QueryError(f"{_named(source)} is silent: there is nothing to compare")
    pooled = pool_windows(np.concatenate(vectors), np.array(seconds, dtype=np.float32))
    return pooled, windows.report.all_notes()


def _named(source: Path | bytes) -> str:
    return str(source) if isinstance(source, Path) else "the sound given"


def search_words(session: Session, text: str, request: Request) -> Matches:
    """Return the samples that words describe best; see `rank_by_vector`."""
    model = session.query_model
    words = Words(text, model.encoder.embed_text(text))
    judge = words_judge(session, model, words)
    return rank_by_vector(session, model.stored, words.vector, request, judge)


def words_judge(session: Session, model: QueryModel, words: Words) -> Judge:
    """Return the function that judges answers to a query in words."""
    background = session.cache(Backgrounds).of(session.database, model.stored, model.encoder)
    return partial(judge_words, model.encoder, background, words)


def search_sound(session: Session, sound: Path | bytes, request: Request) -> Matches:
    """Return the samples that sound most like a file, or like encoded audio."""
    model = session.query_model
    vector, notes = hear_sound(model.encoder, sound)
    matches = search_embedded(session, model.stored, vector, request)
    matches.notes = notes
    return matches


def search_embedded(
    session: Session, model: StoredModel, vector: npt.NDArray[np.float32], request: Request
) -> Matches:
    """Return the samples most similar to a sound's vector."""
    return rank_by_vector(session, model, vector, request, _sound_judge(session, model))


def _weak_below(model: StoredModel) -> float:
    """Read from a stored contract the score below which matches of sounds are weak."""
    where = f"models.contract of {model.name}"
    advice = "restore the library from a copy"
    contract = read_document(model.contract, dict, where, advice)
    try:
        return float(contract["scoring"]["background"]["audio"]["weak_below"])
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(where, f"no scoring.background.audio.weak_below: {error}", advice) from error


def search_sample(session: Session, sample: Sample, request: Request) -> Matches:
    """Return the samples that sound most like one of the library's, which is not among them.

    It is compared by its stored vector: the model itself is not needed.
    """
    with read_transaction(session.database) as database:
        model = session.model
        vector = sample_vector(database, model, sample.sample_id)
        others = replace(request, without=sample.sample_id)
        return search_embedded(session, model, vector, others)


def _sound_judge(session: Session, model: StoredModel) -> Judge:
    """Return the function that judges answers to a query by sound, without the model."""
    background = session.cache(Backgrounds).of(session.database, model)
    return partial(judge_sound, _weak_below(model), background)
