"""Two samples that are one sound: what people said of one goes to the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlclap.library.statements import statement

if TYPE_CHECKING:
    from sqlclap.library.database import Database

# Each takes :keep and :drop; the last removes the sample, and triggers what is left of it.
_STEPS = (
    "merge_anchors_forget_older",
    "merge_anchors",
    "merge_votes",
    "merge_tags",
    "merge_layout",
    "merge_clusters",
    "merge_drop",
)


def merge_samples(connection: Database, keep: int, drop: int) -> None:
    """Give a sample's anchors, votes, tags and places to another, and remove it.

    Votes keep their order. Where both are anchors of a label, the one made last holds. In a write
    transaction.

    Parameters
    ----------
    connection : Database
    keep, drop : int
        Sample ids.
    """
    for step in _STEPS:
        connection.execute(statement(step), {"keep": keep, "drop": drop})


def has_all_vectors_of(connection: Database, sample_id: int, other: int) -> bool:
    """Whether a sample has vectors of every model that another has vectors of."""
    bindings = {"sample_id": sample_id, "other": other}
    return not connection.execute(statement("merge_models_lacking"), bindings).get
