"""Queries in words and by sound."""

from __future__ import annotations

import warnings
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.errors import QueryError, SoundWarning
from sqlclap.library import Sample, damaged, read_document, read_transaction
from sqlclap.similarity.background import Backgrounds
from sqlclap.similarity.judgement import Words, judge_sound, judge_words
from sqlclap.similarity.match import Matches
from sqlclap.similarity.plan import Request
from sqlclap.similarity.ranking import Judge, rank_by_vector
from sqlclap.vectors import StoredModel, pool_windows, sample_vector

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sqlclap.models import Encoder
    from sqlclap.session import Session


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
    """Embed a file, or encoded audio, and tell what reading it had to put up with.

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

    from sqlclap.audio import open_audio, sound_windows

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
    words = Words(text, session.query_encoder.embed_text(text))
    return rank_by_vector(session, words.vector, request, words_judge(session, words))


def words_judge(session: Session, words: Words) -> Judge:
    """Return what judges answers to a query in words."""
    encoder = session.query_encoder
    background = session.cache(Backgrounds).of(session.database, session.model, encoder)
    return partial(judge_words, encoder, background, words)


def search_sound(session: Session, sound: Path | bytes, request: Request) -> Matches:
    """Return the samples that sound most like a file, or like encoded audio."""
    vector, notes = hear_sound(session.query_encoder, sound)
    found = search_embedded(session, vector, request)
    found.notes = notes
    return found


def search_embedded(session: Session, vector: npt.NDArray[np.float32], request: Request) -> Matches:
    """Return the samples that sound most like what `embed_sound` made a vector of."""
    return rank_by_vector(session, vector, request, _sound_judge(session))


def _weak_below(model: StoredModel) -> float:
    """Read from a stored contract the score below which matches of sounds are weak."""
    what = f"models.contract of {model.name}"
    cure = "restore the library from a copy"
    contract = read_document(model.contract, dict, what, cure)
    try:
        return float(contract["scoring"]["background"]["audio"]["weak_below"])
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(what, f"no scoring.background.audio.weak_below: {error}", cure) from error


def search_sample(session: Session, sample: Sample, request: Request) -> Matches:
    """Return the samples that sound most like one of the library's, which is not among them.

    It is compared by its stored vector: the model itself is not needed.
    """
    with read_transaction(session.database) as database:
        vector = sample_vector(database, session.model, sample.sample_id)
        others = replace(request, without=sample.sample_id)
        return rank_by_vector(session, vector, others, _sound_judge(session))


def _sound_judge(session: Session) -> Judge:
    """Return what judges answers to a query by sound; the model itself is not needed."""
    model = session.model
    background = session.cache(Backgrounds).of(session.database, model)
    return partial(judge_sound, _weak_below(model), background)
