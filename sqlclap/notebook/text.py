"""Tables of results in plain text, and the format of their cells."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlclap.quantities import printable, show_bytes, show_place, show_seconds
from sqlclap.records import LOCAL, field_names, path_text

if TYPE_CHECKING:
    from sqlclap.notebook.results import Tabular

SHOWN_ROWS = 20
LONGEST_CELL = 60

_UNITS: dict[str, Callable[[Any], str]] = {
    "start_s": show_place,
    "end_s": show_place,
    "bytes": show_bytes,
    "_s": show_seconds,
    "_hz": lambda value: f"{value:,.0f} Hz",
    "_db": lambda value: f"{value:.1f} dB",
    "sample_rate": lambda value: f"{value / 1000:g} kHz",
    "share": lambda value: f"{value:.0%}",
}
"""How values are shown, by the end of a field's name; the first that fits."""

TITLES = {
    "sample_id": "id",
    "duration_s": "length",
    "start_s": "from",
    "end_s": "to",
    "sample_rate": "rate",
    "spectral_centroid_hz": "centroid",
}


def shown_fields(kind: type) -> tuple[str, ...]:
    """Return the fields that a table shows: those that a class names in ``SHOWN``, or all."""
    shown: tuple[str, ...] = getattr(kind, "SHOWN", ())
    told = field_names(kind)
    hidden = {*LOCAL, *getattr(kind, "DERIVED", ())}
    return shown or tuple(name for name in told if name not in hidden)


def title_of(name: str) -> str:
    """Return what a field's column is called in tables."""
    for unit in ("_s", "_hz", "_db"):
        if name not in TITLES and name.endswith(unit):
            name = name.removesuffix(unit)
    return TITLES.get(name, name.replace("_", " "))


def cell(result: Any, name: str) -> str:
    """Return a field as people read it, without characters that would steer what shows it."""
    text = _show(name, getattr(result, name))
    if name == "score" and getattr(result, "weak", False):
        text = f"~{text}"
    if name == "path":
        missing = "  (missing)" if getattr(result, "status", None) == "missing" else ""
        text = f"{text or '(gone)'}{missing}"
        text += "  (hardly heard)" if getattr(result, "hardly_heard", False) else ""
    return printable(text)


def _show(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, int | float):
        fits = (show for end, show in _UNITS.items() if name.endswith(end))
        default = str if isinstance(value, int) else (lambda number: f"{number:.3f}")
        return next(fits, default)(value)
    return path_text(value) if hasattr(value, "__fspath__") else str(value)


def is_number(kind: type, name: str) -> bool:
    """Whether a column is aligned to the right."""
    from sqlclap.notebook.frames import frame_columns

    types = {one.name: one.type for one in frame_columns(kind)}
    return types.get(name) in (int, float)


def heading(table: Tabular[Any]) -> str:
    """Say how many rows there are, and of what."""
    noun, count = getattr(table.kind, "NOUN", "row"), table.row_count()
    plural = f"{noun}{'es' if noun.endswith('ch') else 's'}"
    if not count:
        return f"no {plural}"
    return f"{count:,} {noun if count == 1 else plural}"


def as_text(table: Tabular[Any]) -> str:
    """Return a short table: the first rows with shortened cells, and remarks."""
    names = shown_fields(table.kind)
    results = [*islice(table.rows(), SHOWN_ROWS)]
    columns = [[title_of(name), *(cut(cell(one, name)) for one in results)] for name in names]
    aligned = []
    for name, column in zip(names, columns, strict=True):
        width = max(map(len, column))
        adjust = str.rjust if is_number(table.kind, name) else str.ljust
        aligned.append([adjust(text, width) for text in column])
    lines = ["  ".join(row).rstrip() for row in zip(*aligned, strict=True)] if results else []
    more = table.row_count() - len(results)
    left = [f"... and {more:,} more"] if more > 0 else []
    return "\n".join([heading(table), *lines, *left, *map(printable, table.remarks())])


def cut(text: str, longest: int = LONGEST_CELL) -> str:
    """Cut text in its middle so that it has at most so many characters."""
    half = longest // 2
    return text if len(text) <= longest else f"{text[:half]}…{text[1 - half :]}"
