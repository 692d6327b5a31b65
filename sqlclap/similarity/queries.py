"""Queries in words and by sound."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.errors import NoVectorsError, QueryError
from sqlclap.library import Sample, read_transaction
from sqlclap.similarity.match import Matches
from sqlclap.similarity.plan import Request
from sqlclap.similarity.planner import Planner
from sqlclap.similarity.ranking import Shelf, rank_by_vector
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
        name = source if isinstance(source, Path) else "the sound given"
        raise QueryError(f"{name} is silent: there is nothing to compare")
    return pool_windows(np.concatenate(vectors), np.array(seconds, dtype=np.float32))


def search_words(library: Reading, text: str, request: Request) -> Matches:
    """Return the samples that words describe best; see `rank_by_vector`."""
    model = stored_model_of(library.connection, library.encoder)
    vector = library.encoder.embed_texts([text])[0]
    weak_below = library.encoder.bundle.contract.scoring.background.text.weak_below
    return rank_by_vector(library.shelf(model), vector, request, weak_below)


def search_sound(library: Reading, sound: Path | bytes, request: Request) -> Matches:
    """Return the samples that sound most like a file, or like encoded audio."""
    return search_embedded(library, embed_sound(library.encoder, sound), request)


def search_embedded(library: Reading, vector: npt.NDArray[np.float32], request: Request) -> Matches:
    """Return the samples that sound most like what `embed_sound` made a vector of."""
    model = stored_model_of(library.connection, library.encoder)
    weak_below = library.encoder.bundle.contract.scoring.background.audio.weak_below
    return rank_by_vector(library.shelf(model), vector, request, weak_below)


def search_sample(shelf: Shelf, sample: Sample, request: Request) -> Matches:
    """Return the samples that sound most like one of the library's, which is not among them.

    It is compared by its stored vector: the model itself is not needed.
    """
    scoring = json.loads(shelf.model.contract)["scoring"]
    weak_below = float(scoring["background"]["audio"]["weak_below"])
    with read_transaction(shelf.connection):
        vector = sample_vector(shelf.connection, shelf.model, sample.sample_id)
        others = replace(request, without=sample.sample_id)
        return rank_by_vector(shelf, vector, others, weak_below)
