"""Vectors of spans in the library's tables; `sqlclap.search.spans` makes them.

A span's vector is kept with the content hash of the sound that it was made of, and is used as long
as the sound has that hash.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from sqlclap.db.spans import END_TOLERANCE_S, SampleSpan, Span, format_span_target
from sqlclap.db.statements import statement
from sqlclap.db.vectors import from_blobs, to_blob, unit_rows, usable_rows

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array
    from sqlclap.db.database import Database
    from sqlclap.db.stored_models import StoredModel


class SpanVector(NamedTuple):
    """A span's vector that was made.

    Attributes
    ----------
    sample_id : int
    start_s, end_s : float
        As the tables hold them: what another program has written there is not rounded.
    vector : np.ndarray [shape=(dim,), dtype=float32]
        A unit vector.
    content_hash : str
        Of the sound that it was made of.
    """

    sample_id: int
    start_s: float
    end_s: float
    vector: Float32Array
    content_hash: str


def vectors_of_spans(
    database: Database, model: StoredModel, places: Iterable[SampleSpan]
) -> tuple[list[SampleSpan], Float32Array]:
    """Read the vectors of spans; whole sounds are left out.

    Returns
    -------
    places : list of SampleSpan
        Those that have a vector of the sound as it is now, in the order asked for.
    vectors : np.ndarray [shape=(n, dim), dtype=float32]
        Of length 1.
    """
    wanted = [[one.sample_id, *one.bounds] for one in places if one.span is not None]
    if not wanted:
        return [], from_blobs([], model.dim)
    bindings = (json.dumps(wanted), model.model_id)
    rows = database.execute(statement("db/span_vectors"), bindings).fetchall()
    vectors = from_blobs([row[3] for row in rows], model.dim)
    usable = usable_rows(vectors)
    found = [
        SampleSpan(int(row[0]), Span(row[1], row[2]))
        for row, fits in zip(rows, usable, strict=True)
        if fits
    ]
    return found, unit_rows(vectors[usable])


def spans_lacking(database: Database, model: StoredModel) -> list[tuple[int, float, float]]:
    """Return the spans of anchors and votes that have no vector: sample_id, start_s, end_s.

    Those that lie behind their sounds' end, and those of sounds whose files are gone, are left out.
    """
    bindings = (model.model_id, END_TOLERANCE_S)
    rows = database.execute(statement("db/spans_lacking"), bindings).fetchall()
    return [(int(row[0]), float(row[1]), float(row[2])) for row in rows]


def store_span_vectors(
    connection: Database, model: StoredModel, made: Iterable[SpanVector]
) -> None:
    """Store vectors of spans; in a write transaction. Those of sounds that have changed are not."""
    connection.executemany(
        statement("db/span_vector_put"),
        [
            (one.sample_id, one.start_s, one.end_s, model.model_id, to_blob(one.vector),
             one.content_hash)
            for one in made
        ],
    )  # fmt: skip


def unused_vectors(database: Database) -> list[tuple[int]]:
    """Return the rows of vectors of spans that no anchor and no vote speaks of as they are now."""
    rows = database.execute(statement("db/span_vectors_unused")).fetchall()
    return [(int(row[0]),) for row in rows]


def forget_unused(connection: Database) -> None:
    """Remove vectors of spans that no anchor and no vote speaks of; in a write transaction."""
    remove = "DELETE FROM span_vectors WHERE rowid = ?"
    connection.executemany(remove, unused_vectors(connection))


def lost_spans(database: Database) -> list[str]:
    """Return what speaks of spans that their sounds, which have become shorter, no longer hold.

    Returns
    -------
    list of str
        Such as ``bird: vote on dawn.wav@12.5-15.0``.
    """
    rows = database.execute(statement("db/lost_spans")).fetchall()
    return [
        f"{label}: {kind} on {format_span_target(path, Span(start_s, end_s))}"
        for label, kind, path, start_s, end_s in rows
    ]
