"""Vectors of spans of sounds, made of exactly that audio."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlclap.db.samples import Sample, sample_by_id, sample_of
from sqlclap.db.span_vectors import (
    SpanVector,
    forget_unused,
    spans_lacking,
    store_span_vectors,
    unused_vectors,
    vectors_of_spans,
)
from sqlclap.db.spans import SampleSpan, Span, format_span_target
from sqlclap.db.statements import statement, write_transaction
from sqlclap.errors import AudioError, ModelError, NoVectorsError, QueryError, SoundWarning
from sqlclap.progress import NullProgress, ProgressListener
from sqlclap.search.query_audio import embed_with_notes
from sqlclap.sqlite_files import content_hash

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array
    from sqlclap.db.database import Database
    from sqlclap.db.stored_models import StoredModel
    from sqlclap.session import QueryModel, Session


STORED_AT_ONCE = 64
"""Vectors of spans that are stored in one transaction."""


@dataclass
class MadeVectors:
    """Vectors of spans that were made, to be stored.

    Attributes
    ----------
    model : StoredModel or None
        None where none could be asked.
    vectors : list of SpanVector
    failed : dict
        Why a span has none, by what names it.
    """

    model: StoredModel | None = None
    vectors: list[SpanVector] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)

    def store(self, connection: Database) -> None:
        """Store them; in a write transaction."""
        if self.model is not None and self.vectors:
            store_span_vectors(connection, self.model, self.vectors)

    def tell(self) -> None:
        """Warn of spans that have no vector, each with the reason."""
        for span, reason in self.failed.items():
            warnings.warn(f"{span} has no vector: {reason}", SoundWarning, stacklevel=3)


def make_vectors(session: Session, places: Iterable[SampleSpan]) -> MadeVectors:
    """Embed the spans that have no vector yet under the model in use; whole sounds are left out.

    Nothing is stored, so that no transaction is open meanwhile. Files are read where the library
    says that they lie; one that can't be read, or has changed since it was taken in, is no error:
    its spans have no vector.

    Raises
    ------
    UnknownSoundError, SpanError
    """
    spans = [place for place in places if place.span is not None]
    if not spans:
        return MadeVectors()
    for place in spans:
        sample_of(session.database, place)
    try:
        model = session.query_model
    except (ModelError, NoVectorsError) as error:
        return MadeVectors(failed={str(place): str(error) for place in spans})
    known, _ = vectors_of_spans(session.database, model.stored, spans)
    lacking = dict.fromkeys(place for place in spans if place not in set(known))
    return _make(session, model, [(one.sample_id, *one.bounds) for one in lacking])


def refresh_span_vectors(session: Session, listener: ProgressListener | None = None) -> MadeVectors:
    """Make the vectors that spans of anchors and votes lack, and forget those not needed any more.

    Spans whose sounds have become shorter than they reach are left as they are. What is made is
    stored bit by bit: an end in the midst loses little.

    Parameters
    ----------
    session : Session
    listener : ProgressListener, optional
        Is told of the stage ``spans``, where any are made.

    Returns
    -------
    MadeVectors
        Those that could not be made.

    Raises
    ------
    NoVectorsError, ModelError
    """
    left, listener = MadeVectors(), listener or NullProgress()
    lacking = spans_lacking(session.database, session.model)
    if lacking:
        listener.started("spans", len(lacking))
    for start in range(0, len(lacking), STORED_AT_ONCE):
        model = session.query_model
        made = _make(session, model, lacking[start : start + STORED_AT_ONCE])
        with write_transaction(session.database) as connection:
            made.store(connection)
        left.failed |= made.failed
        listener.advanced(min(STORED_AT_ONCE, len(lacking) - start))
    if unused_vectors(session.database):
        with write_transaction(session.database) as connection:
            forget_unused(connection)
    return left


def span_vector(session: Session, sample: Sample, span: Span) -> tuple[StoredModel, Float32Array]:
    """Return the vector of a span, stored or made now, and the model that it is of.

    Raises
    ------
    SpanError
        It ends behind the sound's end.
    AudioDecodeError
        The file can't be read.
    QueryError
        The span is silent, or the file has changed since it was taken in.
    ModelError, NoVectorsError
    """
    place = SampleSpan(sample.sample_id, span)
    sample_of(session.database, place)
    stored = session.model
    found, vectors = vectors_of_spans(session.database, stored, [place])
    if found:
        return stored, vectors[0]
    model = session.query_model
    made = _embed(session.database, model, sample, span)
    return model.stored, made.vector


def transposed_vector(
    session: Session, sample: Sample, span: Span | None, semitones: float
) -> Float32Array:
    """Return the vector of a sound, or a span of it, so many semitones higher or lower.

    It is made now, of the file.

    Raises
    ------
    SpanError, AudioDecodeError, QueryError, ModelError, NoVectorsError
        As for `span_vector`.
    """
    sample_of(session.database, SampleSpan(sample.sample_id, span))
    _check_unchanged(session.database, sample)
    return embed_with_notes(session.query_model.encoder, sample.file, span, semitones)[0]


def _make(
    session: Session, model: QueryModel, spans: Iterable[tuple[int, Any, Any]]
) -> MadeVectors:
    made = MadeVectors(model.stored)
    for sample_id, start_s, end_s in spans:
        sample, span = sample_by_id(session.database, sample_id), Span(start_s, end_s)
        try:
            vector = _embed(session.database, model, sample, span)
        except (AudioError, ModelError, QueryError) as error:
            made.failed[format_span_target(sample.path, span)] = str(error)
            continue
        # As the tables have it: joins are by the very number.
        made.vectors.append(
            SpanVector(sample_id, start_s, end_s, vector.vector, vector.content_hash)
        )
    return made


def _embed(database: Database, model: QueryModel, sample: Sample, span: Span) -> SpanVector:
    heard_hash = _check_unchanged(database, sample)
    vector, _ = embed_with_notes(model.encoder, sample.file, span)
    return SpanVector(sample.sample_id, span.start_s, span.end_s, vector, heard_hash)


def _check_unchanged(database: Database, sample: Sample) -> str:
    """Return the content hash of a sample whose file is still what was taken in."""
    row = database.execute(statement("search/span_file"), (sample.sample_id,)).fetchone()
    stored_hash, *stamp = row if row is not None else (sample.content_hash, None, None)
    try:
        status = sample.file.stat()
        if [status.st_size, status.st_mtime_ns] == stamp:
            return str(stored_hash)
        same = content_hash(sample.file) == stored_hash
    except OSError as error:
        raise QueryError(f"can't read {sample.path}: {error.strerror or error}") from error
    if not same:
        raise QueryError(
            f"{sample.path} has changed since it was taken in: `sqlclap ingest` reads it again"
        )
    return str(stored_hash)
