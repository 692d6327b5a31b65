"""Anchors: a label's examples, positive and negative, as rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from sqlclap.arrays import plain_number
from sqlclap.db.samples import sample_of
from sqlclap.db.spans import END_TOLERANCE_S, SampleSpan, as_sample_span
from sqlclap.db.statements import statement
from sqlclap.errors import LabelValueError
from sqlclap.labels.store import Label

if TYPE_CHECKING:
    from sqlclap.db.database import Database
    from sqlclap.db.stored_models import StoredModel

Polarity = Literal["positive", "negative"]
POLARITIES: tuple[Polarity, ...] = ("positive", "negative")
AnchorState = Literal["ok", "gone", "no vector", "past the end", "changed"]


@dataclass(frozen=True)
class Anchor:
    """An example of a label.

    Attributes
    ----------
    anchor_id, sample_id : int
    polarity : {"positive", "negative"}
        A negative anchor is a rival: "like this, but not it".
    weight : float
        0 to 1: a similarity to it counts as `min(cosine, weight * cosine)`.
    state : {"ok", "gone", "no vector", "past the end", "changed"}
        "gone": the sample was removed; "no vector": none under this model; "past the end": a span
        that the sound, which has become shorter, no longer holds. None of these scores.
        "changed": the file holds another sound than when it was chosen; it scores.
    path : str or None
    start_s, end_s : float or None
        The span of the sound (in seconds from its start); None: all of it.
    """

    WHOLE: ClassVar[tuple[str, ...]] = ("weight",)
    NOUN: ClassVar[str] = "anchor"
    anchor_id: int
    sample_id: int
    polarity: Polarity
    weight: float
    state: AnchorState
    path: str | None
    start_s: float | None = None
    end_s: float | None = None


def as_polarity(word: str) -> Polarity:
    """Return a word as a polarity.

    Raises
    ------
    LabelValueError
        It is none.
    """
    for polarity in POLARITIES:
        if word == polarity:
            return polarity
    raise LabelValueError(f"expected 'positive' or 'negative', got {word!r}")


def list_anchors(connection: Database, label: Label, model: StoredModel | None) -> list[Anchor]:
    """Return a label's anchors in the order in which they were made.

    Parameters
    ----------
    connection : Database
    label : Label
    model : StoredModel or None
        The model that they are to score under; None leaves vectors out of account.
    """
    bindings = {
        "label_id": label.label_id,
        "model_id": model.model_id if model else None,
        "tolerance": END_TOLERANCE_S,
    }
    return [Anchor(*row) for row in connection.execute(statement("labels/anchors"), bindings)]


def add_anchors(
    connection: Database,
    label: Label,
    sounds: Iterable[int | SampleSpan],
    polarity: Polarity = "positive",
    weight: float = 1.0,
) -> int:
    """Make samples, or spans of them, a label's anchors; in a write transaction.

    One that is an anchor already takes the new polarity and weight.

    Returns
    -------
    int
        How many anchors were made or changed.

    Raises
    ------
    LabelValueError
        `polarity` or `weight` is out of range.
    UnknownSoundError
        There is no such sample.
    SpanError
        A span ends behind its sound's end.
    """
    as_polarity(polarity)
    weight = plain_number(weight)
    if not 0 <= weight <= 1:
        raise LabelValueError(f"expected a weight from 0 to 1, got {weight!r}")
    before = connection.total_changes()
    upsert = statement("labels/anchor_upsert")
    for place in map(as_sample_span, sounds):
        content_hash = sample_of(connection, place).content_hash
        row = (label.label_id, place.sample_id, *place.bounds, polarity, weight, content_hash)
        connection.execute(upsert, row)
    return int(connection.total_changes() - before)


def remove_anchors(connection: Database, label: Label, sounds: Iterable[int | SampleSpan]) -> int:
    """Take samples, or spans of them, out of a label's anchors; in a write transaction.

    A sample stands for the whole of it: anchors on its spans stay.

    Returns
    -------
    int
        How many were anchors.
    """
    removed = 0
    for place in map(as_sample_span, sounds):
        bindings = (label.label_id, place.sample_id, *place.bounds)
        connection.execute(statement("labels/anchor_remove"), bindings)
        removed += connection.changes()
    return removed
