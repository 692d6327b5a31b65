"""Transpositions: at which other pitches a sound is looked for beside its own."""

from __future__ import annotations

import math

from sqlclap.errors import QueryError

FURTHEST = 36.0
"""In semitones: three octaves up or down, of which models hear little more."""
MOST = 12
"""So many other pitches at most: each is a search of its own."""
SHOWN = 60


def read_transpositions(text: str) -> tuple[float, ...]:
    """Return the semitones that are named, each once, without 0: that is looked for anyway.

    >>> read_transpositions("-12, 12")
    (-12.0, 12.0)
    >>> read_transpositions("7,0,7")
    (7.0,)

    Raises
    ------
    QueryError
        One is no number, or further than three octaves; or there are more than twelve, or none.
    """
    steps = dict.fromkeys(_semitones(part) for part in text.split(","))
    steps.pop(0.0, None)
    if not steps:
        raise QueryError("expected semitones other than 0, such as -12,12: its own pitch counts")
    if len(steps) > MOST:
        raise QueryError(f"expected at most {MOST} other pitches, got {len(steps)}")
    return tuple(steps)


def _semitones(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not abs(number) <= FURTHEST:
        raise QueryError(
            f"expected semitones from {-FURTHEST:g} to {FURTHEST:g} with commas between them, such "
            f"as -12,12; got {text.strip()[:SHOWN]!r}"
        )
    return number + 0.0  # no -0
