"""Queries over a library that are ready to be asked, in plain SQL with the library's functions."""

from __future__ import annotations

from dataclasses import dataclass

from sqlclap.db.statements import statement


@dataclass(frozen=True)
class ReadyQuery:
    """What a ready query is about.

    Attributes
    ----------
    title, about : str
    tables : tuple of str
        What it reads, and what its functions do: who may not see one of them may not see it.
    parameters : tuple of str
        That a person fills in.
    """

    title: str
    about: str
    tables: tuple[str, ...]
    parameters: tuple[str, ...] = ()


_VECTORS = ("samples", "embeddings", "models", "attached_rows", "attachments")
_LABELS = (*_VECTORS, "labels", "anchors", "votes", "calibrations", "span_vectors")
READY = {
    "similar_sounds": ReadyQuery(
        "Sounds like this sample", "The 50 nearest, best first.", _VECTORS, ("sample_id",)
    ),
    "label_finds": ReadyQuery(
        "What a label finds",
        "Its 200 best matches; rejected sounds are left out.",
        _LABELS,
        ("label",),
    ),
    "uncertain": ReadyQuery(
        "Sounds that a label is uncertain of",
        "Of its 300 best matches those without a vote, nearest to the threshold first.",
        _LABELS,
        ("label",),
    ),
    "near_duplicates": ReadyQuery(
        "Sounds that are nearly the same",
        "Of one length and brightness, with a cosine similarity of at least so much (0.98).",
        (*_VECTORS, "labels", "anchors", "votes", "tags"),
        ("least",),
    ),
    "unlabelled": ReadyQuery(
        "Sounds without a tag or anchor", "The first 500, by path.", ("samples", "tags", "anchors")
    ),
}


def ready_sql(name: str) -> str:
    """Return a ready query's statement; its parameters are named."""
    return statement(f"sqlfunctions/ready_{name}")
