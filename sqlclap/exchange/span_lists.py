"""Stretches of sounds given out as lists: playlists that begin there, and annotation files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from sqlclap.db.samples import Sample
from sqlclap.db.spans import Span
from sqlclap.errors import SpanError
from sqlclap.exchange.annotations import Annotation, Recording
from sqlclap.exchange.formats import as_text, find_format
from sqlclap.exchange.sound_lists import can_be_listed, list_title
from sqlclap.records import path_text


@dataclass(frozen=True)
class ListedSpan:
    """A stretch of a sound.

    Attributes
    ----------
    sample : Sample
    span : Span
    score : float or None
        Of what found it.
    """

    sample: Sample
    span: Span
    score: float | None = None

    def __post_init__(self) -> None:
        length = self.sample.duration_s
        if length is not None and self.span.start_s >= length:
            raise SpanError(
                f"{self.span} of {self.sample.path} begins behind its end ({length:g} s)"
            )


def span_playlist(spans: Iterable[ListedSpan], places: Mapping[int, str]) -> str:
    """Write stretches as M3U8: players such as VLC begin and end there.

    Parameters
    ----------
    spans : iterable of ListedSpan
    places : mapping of int to str
        By sample: where a player finds it, a path or an address.
    """
    lines = ["#EXTM3U"]
    for one in spans:
        place, span = places[one.sample.sample_id], one.span
        if not can_be_listed(place):
            continue
        title = f"{list_title(one.sample)} {span}"
        lines += [
            f"#EXTINF:{max(1, round(span.length_s))},{title}",
            f"#EXTVLCOPT:start-time={span.start_s:.3f}",
            f"#EXTVLCOPT:stop-time={span.end_s:.3f}",
            place,
        ]
    return "\n".join(lines) + "\n"


def span_annotations(spans: Sequence[ListedSpan], format_name: str, label: str, local: bool) -> str:
    """Write stretches as a file of annotations.

    Parameters
    ----------
    spans : sequence of ListedSpan
    format_name : str
        One of `sqlclap.exchange.formats.FORMATS`.
    label : str
        What they are called.
    local : bool
        Whether recordings are named by where they lie, in formats whose programs open them.

    Raises
    ------
    AnnotationError
    """
    chosen = find_format(format_name)
    is_absolute = local and chosen.opens_files
    said = [
        Annotation(
            label=label,
            recording=Recording(
                path_text(one.sample.file) if is_absolute else str(PurePosixPath(one.sample.path)),
                one.sample.duration_s,
                one.sample.sample_rate,
            ),
            start_s=one.span.start_s,
            end_s=one.span.end_s,
            confidence=one.score,
            is_found=True,
        )
        for one in spans
    ]
    return as_text(said, chosen)
