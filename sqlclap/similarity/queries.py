"""Queries in words and by sound."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.errors import NoVectorsError, QueryError, SoundWarning
from sqlclap.library import Sample, damaged, read_document, read_transaction
from sqlclap.similarity.judgement import Words, judge_sound, judge_words
from sqlclap.similarity.match import Matches
from sqlclap.similarity.plan import Request
from sqlclap.similarity.planner import Planner
from sqlclap.similarity.ranking import Judge, Shelf, rank_by_vector
from sqlclap.vectors import StoredModel, find_model, has_vectors, pool_windows, sample_vector

if TYPE_CHECKING:
    import apsw
    import numpy as np
    import numpy.typing as npt

    from sqlclap.models import Encoder


WINDOWS_AT_ONCE = 32


@dataclass(frozen=True)
class Reading:
    """A library at hand for queries.

    Attributes
    ----------
    connection : apsw.Connection
    encoder : Encoder
    planner : Planner
    """

    connection: apsw.Connection
    encoder: Encoder
    planner: Planner

    def shelf(self, model: StoredModel) -> Shelf:
        """Return where a model's vectors are looked for."""
        return Shelf(self.connection, self.planner, model)


def stored_model_of(connection: apsw.Connection, encoder: Encoder) -> StoredModel:
    """Return the library's row of the model that an encoder runs.

    Raises
    ------
    NoVectorsError
        The library holds no vectors of this model version: others can't be compared with it.
    """
    bundle = encoder.bundle
    stored = find_model(connection, bundle.model_version, bundle.canonical)
    if stored is None or not has_vectors(connection, stored):
        raise NoVectorsError(
            f"{connection.filename} holds no vectors of {bundle.name} ({bundle.model_version}); "
            f"make them with `sqlclap ingest {connection.filename}`"
        )
    return stored


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


def search_words(library: Reading, text: str, request: Request) -> Matches:
    """Return the samples that words describe best; see `rank_by_vector`."""
    model = stored_model_of(library.connection, library.encoder)
    words = Words(text, library.encoder.embed_text(text))
    judge = words_judge(library, model, words)
    return rank_by_vector(library.shelf(model), words.vector, request, judge)


def words_judge(library: Reading, model: StoredModel, words: Words) -> Judge:
    """Return what judges answers to a query in words."""
    background = library.planner.backgrounds.of(library.connection, model, library.encoder)
    return partial(judge_words, library.encoder, background, words)


def search_sound(library: Reading, sound: Path | bytes, request: Request) -> Matches:
    """Return the samples that sound most like a file, or like encoded audio."""
    vector, notes = hear_sound(library.encoder, sound)
    found = search_embedded(library, vector, request)
    found.notes = notes
    return found


def search_embedded(library: Reading, vector: npt.NDArray[np.float32], request: Request) -> Matches:
    """Return the samples that sound most like what `embed_sound` made a vector of."""
    model = stored_model_of(library.connection, library.encoder)
    shelf = library.shelf(model)
    return rank_by_vector(shelf, vector, request, _sound_judge(shelf))


def _weak_below(model: StoredModel) -> float:
    """Read from a stored contract the score below which matches of sounds are weak."""
    what = f"models.contract of {model.name}"
    cure = "restore the library from a copy"
    contract = read_document(model.contract, dict, what, cure)
    try:
        return float(contract["scoring"]["background"]["audio"]["weak_below"])
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(what, f"no scoring.background.audio.weak_below: {error}", cure) from error


def search_sample(shelf: Shelf, sample: Sample, request: Request) -> Matches:
    """Return the samples that sound most like one of the library's, which is not among them.

    It is compared by its stored vector: the model itself is not needed.
    """
    with read_transaction(shelf.connection):
        vector = sample_vector(shelf.connection, shelf.model, sample.sample_id)
        others = replace(request, without=sample.sample_id)
        return rank_by_vector(shelf, vector, others, _sound_judge(shelf))


def _sound_judge(shelf: Shelf) -> Judge:
    """Return what judges answers to a query by sound; the model itself is not needed."""
    weak_below = _weak_below(shelf.model)
    background = shelf.planner.backgrounds.of(shelf.connection, shelf.model)
    return partial(judge_sound, weak_below, background)
