"""What a tag run tags, and where the runs and tags of several labels meet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlclap.db.spans import SampleSpan, Span, optional_span, speaks_for
from sqlclap.db.statements import statement
from sqlclap.labels.matching import sample_rows
from sqlclap.labels.ranking import Ranked

if TYPE_CHECKING:
    import numpy.typing as npt

    from sqlclap.arrays import Float64Array
    from sqlclap.db.database import Database


@dataclass(frozen=True)
class Conflict:
    """A sample, or an event, that two labels match.

    Attributes
    ----------
    sample_id : int
    path : str
    label, other : str
        The label of this run, and the one that the sample carries or gets as well.
    start_s, end_s : float or None
        The event (in seconds); None: the whole sample.
    """

    sample_id: int
    path: str
    label: str
    other: str
    start_s: float | None = None
    end_s: float | None = None


@dataclass(frozen=True)
class Taggable:
    """Samples with their scores for one label, or events with those of their best windows.

    Attributes
    ----------
    ranked : Ranked
    bounds : np.ndarray [shape=(n, 2), dtype=float64] or None
        Starts and ends of events (in seconds); None: they are whole samples.
    """

    ranked: Ranked
    bounds: Float64Array | None = None

    def __len__(self) -> int:
        return len(self.ranked)

    def take(self, which: npt.NDArray[Any]) -> Taggable:
        """Return a subset, by positions or a mask."""
        bounds = None if self.bounds is None else self.bounds[which]
        return Taggable(self.ranked.take(which), bounds)

    def places(self) -> list[SampleSpan]:
        """Return what is to be tagged, in order."""
        samples = self.ranked.sample_ids.tolist()
        if self.bounds is None:
            return [SampleSpan(sample_id) for sample_id in samples]
        pairs = zip(samples, self.bounds.tolist(), strict=True)
        return [SampleSpan(sample_id, Span(*bounds)) for sample_id, bounds in pairs]


Claims = dict[int, list[tuple[Span | None, str]]]
"""By sample: what carries, or gets, a label's tag."""


HeldTag = tuple[int, str, Span | None]
"""A tag that there is: its sample, its label's name, and its span."""


def find_claims(held: Iterable[HeldTag], to_tag: Mapping[str, Taggable]) -> Claims:
    """Return the tags that samples, or spans of them, have or are about to get.

    Parameters
    ----------
    held : iterable of HeldTag
        See `tags_held`.
    to_tag : mapping of str to Taggable
        By label.
    """
    claims: Claims = {}
    for sample_id, name, span in held:
        claims.setdefault(sample_id, []).append((span, name))
    for name, taggable in to_tag.items():
        for place in taggable.places():
            claims.setdefault(place.sample_id, []).append((place.span, name))
    return claims


def tags_held(database: Database, moments: bool) -> Iterator[HeldTag]:
    """Yield a library's tags: those on spans, or those on whole samples."""
    query = "labels/span_tags_held" if moments else "labels/tags_held"
    for sample_id, name, *bounds in database.execute(statement(query)):
        yield int(sample_id), str(name), optional_span(*bounds) if bounds else None


def find_conflicts(
    database: Database, name: str, taggable: Taggable, claims: Claims
) -> list[list[Conflict]]:
    """Return the conflicts of each of those that a label is to tag, in their order."""
    others = [_others(place, name, claims) for place in taggable.places()]
    contested = [p.sample_id for p, names in zip(taggable.places(), others, strict=True) if names]
    rows = sample_rows(database, contested)
    return [
        [
            Conflict(place.sample_id, rows[place.sample_id].path, name, other, *place.bounds)
            for other in names
        ]
        for place, names in zip(taggable.places(), others, strict=True)
    ]


def _others(place: SampleSpan, name: str, claims: Claims) -> list[str]:
    """Return the other labels of a sample, or of spans that speak for this one."""
    found = {
        other
        for span, other in claims.get(place.sample_id, ())
        if other != name and (span is None or place.span is None or speaks_for(place.span, span))
    }
    return sorted(found)
