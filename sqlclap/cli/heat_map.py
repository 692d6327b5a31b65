"""A heat map in characters: hours of the day by dates."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SHADES = "·░▒▓█"
"""From nothing to the most; where nothing was recorded stays blank."""
MARGIN = 5
DATE_WIDTH = 12


@dataclass(frozen=True)
class HeatMapCell:
    """A cell.

    Attributes
    ----------
    value : float
    out_of : float
        What the value is a part of: cells that share a column are added up.
    """

    value: float
    out_of: float


def heat_map(cells: Mapping[tuple[str, int], HeatMapCell], width: int) -> list[str]:
    """Draw cells by (date, hour) in lines of at most `width` characters.

    Where there are more dates than columns, several share one. Shades are those of the value's
    share; the darkest is the highest of the map.

    Returns
    -------
    list of str
        Dates, 24 hours, and what the shades mean.
    """
    first, last = (datetime.date.fromisoformat(pick(cells)[0]) for pick in (min, max))
    days = (last - first).days + 1
    room = max(1, width - MARGIN)
    each = -(-days // room)
    columns = -(-days // each)
    table = [[HeatMapCell(0, 0)] * columns for _ in range(24)]
    for (date, hour), cell in cells.items():
        at = (datetime.date.fromisoformat(date) - first).days // each
        held = table[hour][at]
        table[hour][at] = HeatMapCell(held.value + cell.value, held.out_of + cell.out_of)
    shares = [[one.value / one.out_of if one.out_of else None for one in row] for row in table]
    most = max((share for row in shares for share in row if share is not None), default=0.0)
    lines = [f"  {hour:02} {_line(row, most)}".rstrip() for hour, row in enumerate(shares)]
    return [_dates(first, columns, each), *lines, *_legend(most, each)]


def _line(shares: Sequence[float | None], most: float) -> str:
    return "".join(" " if share is None else _shade(share, most) for share in shares)


def _shade(share: float, most: float) -> str:
    if share <= 0 or most <= 0:
        return SHADES[0]
    steps = len(SHADES) - 1
    return SHADES[min(steps, 1 + int(steps * share / most))]


def _dates(first: datetime.date, columns: int, each: int) -> str:
    """Write the date above every `each`-th column."""
    line = ""
    for column in range(0, columns, DATE_WIDTH):
        date = first + datetime.timedelta(days=column * each)
        line += date.isoformat().ljust(DATE_WIDTH)
    return (" " * MARGIN + line).rstrip()


def _legend(most: float, each: int) -> list[str]:
    steps = len(SHADES) - 1
    bounds = [f"{SHADES[step]} to {_percent(most * step / steps)}" for step in range(1, steps + 1)]
    wide = f"a column is {each} days; " if each > 1 else ""
    margin = " " * MARGIN
    return [
        f"{margin}{wide}blank: not recorded",
        f"{margin}{SHADES[0]} none  {'  '.join(bounds)}",
    ]


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"
