"""What measures and aspects add to a score, as SQL over the columns of ``samples``.

It takes SQLite's mathematical functions, which SQLite's shell, Python's and most builds have.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlclap.finding.measures import SMALLEST, STEEP, ByAspect, ByMeasure, is_by_logarithm


def added_in_sql(parts: Iterable[ByMeasure | ByAspect]) -> list[str]:
    """Return the terms of a sum, each with its sign, for a sample ``s``."""
    return [f"+ ({one.weight!r}) * {_written(one)}" for one in parts if one.columns]


def _written(one: ByMeasure | ByAspect) -> str:
    return _by_measure(one) if isinstance(one, ByMeasure) else _by_aspect(one)


def _by_measure(one: ByMeasure) -> str:
    """Return the mean over the descriptors that a sound has; 0 for none."""
    each = [
        f"coalesce(({sign!r}) * tanh(({_value(name)} - ({median!r})) / {spread * STEEP!r}), 0.0)"
        for name, (sign, median, spread) in one.columns.items()
    ]
    known = [f'(s."{name}" IS NOT NULL)' for name in one.columns]
    return f"({' + '.join(each)}) / max(1, {' + '.join(known)})"


def _by_aspect(one: ByAspect) -> str:
    each = [
        f"coalesce(pow(2.0, -abs({_value(name)} - ({own!r})) / {spread!r}), 0.0)"
        for name, (own, spread) in one.columns.items()
    ]
    return f"({' + '.join(each)}) / {len(each)}"


def _value(name: str) -> str:
    column = f's."{name}"'
    return f"log2(max({column}, {SMALLEST!r}))" if is_by_logarithm(name) else column
