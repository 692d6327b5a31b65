"""Queries in words and by sound."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.audio import open_audio, sound_windows
from sqlclap.errors import NoVectorsError, QueryError
from sqlclap.library import Sample, read_transaction
from sqlclap.models import Encoder
from sqlclap.similarity.match import Match
from sqlclap.similarity.ranking import rank_by_vector
from sqlclap.vectors import StoredModel, find_model, has_vectors, pool_windows, sample_vector

if TYPE_CHECKING:
    import apsw
    import numpy as np
    import numpy.typing as npt


WINDOWS_AT_ONCE = 32


def stored_model_of(connection: apsw.Connection, encoder: Encoder) -> StoredModel:
    """Return the library's row of the model that an encoder runs.

    Raises
    ------
    NoVectorsError
        The library holds no vectors of this model version: others can't be compared with it.
    """
    bundle = encoder.bundle
    stored = find_model(connection, bundle.model_version)
    if stored is None or not has_vectors(connection, stored):
        raise NoVectorsError(
            f"{connection.filename} holds no vectors of {bundle.name} ({bundle.model_version}); "
            f"make them with `sqlclap ingest {connection.filename}`"
        )
    return stored


def embed_sound(encoder: Encoder, source: Path | bytes) -> npt.NDArray[np.float32]:
    """Embed a file, or encoded audio, just as ingest does.

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
    import numpy as np

    seconds: list[float] = []
    vectors: list[npt.NDArray[np.float32]] = []
    with open_audio(source) as stream:
        windows = sound_windows(stream, encoder.front_end)
        # A long sound's windows never lie in memory together.
        while batch := list(islice(windows, WINDOWS_AT_ONCE)):
            seconds += [window.end_s - window.start_s for window in batch]
            vectors.append(encoder.embed_windows(np.stack([window.features for window in batch])))
    if not vectors:
        name = source if isinstance(source, Path) else "the sound given"
        raise QueryError(f"{name} is silent: there is nothing to compare")
    return pool_windows(np.concatenate(vectors), np.array(seconds, dtype=np.float32))


def search_words(connection: apsw.Connection, encoder: Encoder, text: str, n: int) -> list[Match]:
    """Return the `n` samples that words describe best; see `rank_by_vector`."""
    model = stored_model_of(connection, encoder)
    vector = encoder.embed_texts([text])[0]
    weak_below = encoder.bundle.contract.scoring.background.text.weak_below
    return rank_by_vector(connection, model, vector, n, weak_below)


def search_sound(
    connection: apsw.Connection, encoder: Encoder, sound: Sample | Path | bytes, n: int
) -> list[Match]:
    """Return the `n` samples that sound most like one of the library's, a file, or encoded audio.

    A sample of the library is compared by its stored vector and is not among its own matches.
    """
    model = stored_model_of(connection, encoder)
    weak_below = encoder.bundle.contract.scoring.background.audio.weak_below
    if not isinstance(sound, Sample):
        vector = embed_sound(encoder, sound)
        return rank_by_vector(connection, model, vector, n, weak_below)
    if n < 1:
        raise QueryError(f"expected a number of results of at least 1, got {n}")
    with read_transaction(connection):
        vector = sample_vector(connection, model, sound.sample_id)
        matches = rank_by_vector(connection, model, vector, n + 1, weak_below)
    others = [match for match in matches if match.sample_id != sound.sample_id][:n]
    return [replace(match, rank=rank) for rank, match in enumerate(others, start=1)]
