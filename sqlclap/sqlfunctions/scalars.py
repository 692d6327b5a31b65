"""The functions that make, read and compare vectors, for all drivers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

from sqlclap.db.span_vectors import vectors_of_spans
from sqlclap.db.spans import SampleSpan, Span
from sqlclap.db.statements import statement
from sqlclap.db.vectors import sample_vector, to_blob
from sqlclap.errors import NoVectorsError, QueryError
from sqlclap.homes import expand_home
from sqlclap.sqlfunctions.arguments import (
    refuse,
    want_blob,
    want_integer,
    want_number,
    want_text,
    want_vector,
)

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sqlclap.db.samples import RowKey
    from sqlclap.session import Session

LONGEST_BLOB_S = 3600.0
LARGEST_BLOB_VALUES = 400_000_000


def text_vector(session: Session, text: object) -> bytes:
    """``clap_text``."""
    query = want_text("clap_text", "text", text)
    return to_blob(session.text_model.encoder.embed_text(query))


def last_error(session: Session) -> str | None:
    """``clap_last_error``."""
    return session.last_error


def audio_vector(session: Session, blob: object) -> bytes:
    """``clap_audio``."""
    from sqlclap.audio.budget import DecodingBudget
    from sqlclap.search.query_audio import embed_sound

    sound = want_blob("clap_audio", "blob", blob)
    # No time limit of a host's reaches into a function, and Datasette's SQL is open to strangers.
    DecodingBudget(LONGEST_BLOB_S, "in clap_audio's blob", LARGEST_BLOB_VALUES).check(sound)
    return to_blob(embed_sound(session.query_model.encoder, sound))


def file_vector(session: Session, path: object) -> bytes:
    """``clap_audio_file``."""
    from sqlclap.search.query_audio import embed_sound

    try:
        file = expand_home(want_text("clap_audio_file", "path", path))
        is_file = file.is_file()
    except (OSError, ValueError) as error:  # too long
        if isinstance(error, QueryError):
            raise
        raise refuse("clap_audio_file", "path to be a file", path) from error
    if not is_file:
        raise refuse("clap_audio_file", "path to be a file", path)
    return to_blob(embed_sound(session.query_model.encoder, file))


def sample_vector_blob(session: Session, sample_id: object, *bounds: object) -> bytes | None:
    """``clap_vector``."""
    number = want_integer("clap_vector", "sample_id", sample_id)
    if bounds:
        if len(bounds) != 2:
            raise QueryError("clap_vector: expected end_s beside start_s")
        times = zip(("start_s", "end_s"), bounds, strict=True)
        span = Span(*(want_number("clap_vector", name, value) for name, value in times))
        _, vectors = vectors_of_spans(session.database, session.model, [SampleSpan(number, span)])
        return to_blob(vectors[0]) if len(vectors) else None
    try:
        return to_blob(sample_vector(session.database, session.model, number))
    except NoVectorsError:
        return None


def similarity(_: Session, a: object, b: object) -> float | None:
    """``clap_similarity``: cosine, a · b / (|a| |b|)."""
    first, first_norm = _measured("a", a)
    second, second_norm = _measured("b", b)
    if len(first) != len(second):
        raise QueryError(
            f"clap_similarity: expected vectors of one length, got {len(first)} and "
            f"{len(second)} floats"
        )
    norms = first_norm * second_norm
    return float(first.dot(second)) / norms if 0 < norms < math.inf else None


_Measured: TypeAlias = "tuple[npt.NDArray[np.float64], float]"
# A statement compares one vector with those of all rows: what its last call read of an argument is
# kept with it. One assignment replaces both, so that threads need no lock.
_LAST_MEASURED: dict[str, tuple[object, _Measured]] = {}


def _measured(name: str, value: object) -> _Measured:
    """Return a vector in 64 bits, and its length."""
    known = _LAST_MEASURED.get(name)
    if known is not None and known[0] == value:
        return known[1]
    vector: npt.NDArray[np.float64] = want_vector("clap_similarity", name, value).astype("f8")
    measured = vector, math.sqrt(vector.dot(vector))
    _LAST_MEASURED[name] = (value, measured)
    return measured


def row_key(session: Session, sample_id: object) -> RowKey:
    """``clap_row_key``."""
    number = want_integer("clap_row_key", "sample_id", sample_id)
    _ = session.resources  # says so where this is no library
    found = session.database.execute(statement("attach/key_of"), (number,)).fetchone()
    key: RowKey = None if found is None else found[0]
    return key
