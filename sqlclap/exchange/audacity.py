"""Audacity label tracks: a start, an end and a text a line, separated by tabs.

A second line, which begins with a backslash, holds a spectral selection's frequencies; -1 is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sqlclap.errors import AnnotationError
from sqlclap.exchange.annotations import Annotation, checked
from sqlclap.exchange.reading import UNLABELLED, ReadOptions
from sqlclap.exchange.tables import TableRow, plain
from sqlclap.quantities import brief

NONE_HZ = -1.0


def read(name: str, text: str, options: ReadOptions) -> list[Annotation]:
    """Read a label track. A point's start and end are equal.

    A fourth cell that is a number from 0 to 1, as BirdNET-Analyzer writes it, is the confidence.

    Raises
    ------
    AnnotationError
    """
    found: list[Annotation] = []
    for row, cells in _lines(name, text):
        if cells[0].strip() == "\\":
            if not found or found[-1].high_hz is not None or found[-1].low_hz is not None:
                raise AnnotationError(f"{row.place}: frequencies without a label before them")
            low, high = _frequency(row, "low"), _frequency(row, "high")
            found[-1] = replace(found[-1], low_hz=low, high_hz=high)
        else:
            found.append(_annotation(row, cells, options))
    return [checked(one) for one in found]


def _lines(name: str, text: str) -> Iterator[tuple[TableRow, list[str]]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        cells = line.split("\t")
        place = f"{name}, line {number}"
        if len(cells) < 2:
            raise AnnotationError(
                f"{place}: expected a start, an end and a text between tabs, got {brief(line)}"
            )
        names = ("start", "end", "text") if cells[0].strip() != "\\" else ("", "low", "high")
        yield TableRow(place, dict(zip(names, cells, strict=False))), cells


def _annotation(row: TableRow, cells: list[str], options: ReadOptions) -> Annotation:
    rest, confidence = cells[2:], None
    if len(rest) > 1 and (confidence := _share(rest[-1])) is not None:
        rest = rest[:-1]
    text = " ".join(" ".join(rest).split())
    return Annotation(
        label=options.label or text or UNLABELLED,
        start_s=row.needed("start"),
        end_s=row.needed("end"),
        confidence=confidence,
        notes=text if options.label and text and text != options.label else None,
        place=row.place,
    )


def _share(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if 0 <= value <= 1 else None


def _frequency(row: TableRow, which: str) -> float | None:
    value = row.needed(which)
    return None if value == NONE_HZ else value


def write(annotations: Sequence[Annotation]) -> str:
    """Write a label track; a sound as a whole is written from 0 to its end."""
    lines = []
    for one in sorted(annotations, key=lambda one: one.start_s or 0.0):
        length = one.recording.duration_s if one.recording is not None else None
        end = length or 0.0 if one.end_s is None else one.end_s
        lines.append(f"{one.start_s or 0.0:.6f}\t{end:.6f}\t{plain(one.label)}")
        if one.low_hz is not None or one.high_hz is not None:
            low, high = (NONE_HZ if hz is None else hz for hz in (one.low_hz, one.high_hz))
            lines.append(f"\\\t{low:.6f}\t{high:.6f}")
    return "".join(f"{line}\n" for line in lines)
