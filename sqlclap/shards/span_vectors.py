"""Vectors of spans that the catalog speaks of: made here, or where their sounds lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlclap.db.samples import samples_by_ids
from sqlclap.db.span_vectors import SpanVector, spans_lacking, store_span_vectors
from sqlclap.db.spans import Span, format_span_target
from sqlclap.db.statements import write_transaction
from sqlclap.errors import PartialAnswerError, SqlclapError, UnknownSoundError
from sqlclap.search.spans import STORED_AT_ONCE, refresh_span_vectors
from sqlclap.shards.catalog import catalog_sounds
from sqlclap.shards.copies import ids_of_copies
from sqlclap.shards.jobs import VectorOf
from sqlclap.shards.sounds import SampleAfar, find_sounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlclap.progress import ProgressListener
    from sqlclap.search.spans import MadeVectors
    from sqlclap.shards.session import SetSession


class _SpanAfar(NamedTuple):
    """A span of a copy whose sound lies at a node."""

    copy: int
    span: Span
    sound: SampleAfar


def refresh_spans_of_set(
    session: SetSession, listener: ProgressListener | None = None
) -> MadeVectors:
    """Make the vectors that spans of the catalog's anchors and votes lack.

    Files on this machine are read here; for a span of a sound at a node, that node is asked.

    Returns
    -------
    MadeVectors
        Those that could not be made.

    Raises
    ------
    NoVectorsError, ModelError
    """
    left = refresh_span_vectors(session.catalog, listener)
    afar = _lacking_afar(session) if left.failed else []
    for start in range(0, len(afar), STORED_AT_ONCE):
        made = []
        for one in afar[start : start + STORED_AT_ONCE]:
            name = format_span_target(one.sound.path, one.span)
            try:
                vector = one.sound.ask(VectorOf(one.sound.number, one.span))
            except SqlclapError as error:
                left.failed[name] = str(error)
                continue
            bounds = one.span.start_s, one.span.end_s
            made.append(SpanVector(one.copy, *bounds, vector, one.sound.content_hash))
            left.failed.pop(name, None)
        with write_transaction(session.catalog.database) as connection:
            store_span_vectors(connection, session.model, made)
    return left


def _lacking_afar(session: SetSession) -> Sequence[_SpanAfar]:
    """Return the spans without a vector whose sounds lie at nodes, as their copies have them."""
    database = session.catalog.database
    lacking = spans_lacking(database, session.model)
    copies = {one.sample_id: one for one in samples_by_ids(database, {one[0] for one in lacking})}
    named = [one for one in catalog_sounds(database, session.file) if one.sample_id in copies]
    ids = ids_of_copies(session, named)
    try:
        sounds = find_sounds(session, ids.values())
    except (PartialAnswerError, UnknownSoundError):  # one has gone just now
        return []
    told = ((copy, Span(*bounds), sounds.get(ids.get(copy, 0))) for copy, *bounds in lacking)
    return [
        _SpanAfar(copy, span, sound)
        for copy, span, sound in told
        if isinstance(sound, SampleAfar) and sound.content_hash == copies[copy].content_hash
    ]
