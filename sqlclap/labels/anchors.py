"""Anchors: a label's examples, positive and negative, as rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from sqlclap.db.samples import sample_by_id
from sqlclap.db.statements import statement
from sqlclap.errors import LabelValueError
from sqlclap.labels.store import Label

if TYPE_CHECKING:
    from sqlclap.db.database import Database
    from sqlclap.db.stored_models import StoredModel

Polarity = Literal["positive", "negative"]
POLARITIES: tuple[Polarity, ...] = ("positive", "negative")
AnchorState = Literal["ok", "gone", "no vector", "changed"]


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
    state : {"ok", "gone", "no vector", "changed"}
        "gone": the sample was removed; "no vector": none under this model. Neither scores.
        "changed": the file holds another sound than when it was chosen; it scores.
    path : str or None
    """

    WHOLE: ClassVar[tuple[str, ...]] = ("weight",)
    NOUN: ClassVar[str] = "anchor"
    anchor_id: int
    sample_id: int
    polarity: Polarity
    weight: float
    state: AnchorState
    path: str | None


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
    bindings = {"label_id": label.label_id, "model_id": model.model_id if model else None}
    return [Anchor(*row) for row in connection.execute(statement("labels/anchors"), bindings)]


def add_anchors(
    connection: Database,
    label: Label,
    sample_ids: Iterable[int],
    polarity: Polarity = "positive",
    weight: float = 1.0,
) -> int:
    """Make samples a label's anchors; in a write transaction.

    A sample that is one already takes the new polarity and weight.

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
    """
    as_polarity(polarity)
    if not 0 <= weight <= 1:
        raise LabelValueError(f"expected a weight from 0 to 1, got {weight!r}")
    before = connection.total_changes()
    upsert = statement("labels/anchor_upsert")
    for sample_id in sample_ids:
        sample = sample_by_id(connection, sample_id)
        row = (label.label_id, sample.sample_id, polarity, weight, sample.content_hash)
        connection.execute(upsert, row)
    return int(connection.total_changes() - before)


def remove_anchors(connection: Database, label: Label, sample_ids: Sequence[int]) -> int:
    """Take samples out of a label's anchors and return how many were; in a write transaction."""
    removed = 0
    for sample_id in sample_ids:
        remove = "DELETE FROM anchors WHERE label_id = ? AND sample_id = ?"
        connection.execute(remove, (label.label_id, sample_id))
        removed += connection.changes()
    return removed
