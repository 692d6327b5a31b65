"""How results show themselves: as text, and as HTML with players."""

from __future__ import annotations

import base64
from collections.abc import Callable
from html import escape
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlclap.addresses import why_not_here
from sqlclap.quantities import printable, show_bytes, show_place, show_seconds
from sqlclap.records import LOCAL, field_names, missing_remark, path_text

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
        file = str(getattr(result, "file", ""))
        missing = missing_remark(file) if getattr(result, "status", None) == "missing" else ""
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


_PLAYER = "width:15em;height:2em;vertical-align:middle"
_CELL = "text-align:{side};vertical-align:middle;white-space:nowrap;padding:.15em .6em"
_LISTEN = "padding:.15em .6em"
_QUIET = "opacity:.65;margin:.3em 0"
_LONGEST = 64


def as_html(table: Tabular[Any], rows: int, audio_bytes: int) -> str:
    """Return a table of the first rows; see `Tabular.to_html`."""
    names = shown_fields(table.kind)
    results = [*islice(table.rows(), rows)]
    players = _Players(audio_bytes)
    has_players = audio_bytes > 0 and any(
        isinstance(getattr(one, "file", None), Path) for one in results
    )
    styles = {name: _style(table.kind, name) for name in names}
    head = [_cell("th", title_of(name), styles[name]) for name in names]
    lines = []
    for one in results:
        cells = [_cell("td", cell(one, name), styles[name]) for name in names]
        lines.append([players.of(one), *cells] if has_players else cells)
    titles = [_cell("th", "listen", _CELL.format(side="left")), *head] if has_players else head
    body = "".join(f"<tr>{''.join(line)}</tr>" for line in lines)
    drawn = f"<table><thead><tr>{''.join(titles)}</tr></thead><tbody>{body}</tbody></table>"
    more = table.row_count() - len(results)
    notes = [f"and {more:,} more"] if more > 0 else []
    notes += [*table.remarks(), *players.remarks()]
    below = "".join(_tag("p", escape(printable(note)), _QUIET) for note in notes)
    top = _tag("p", escape(heading(table)), "margin:.3em 0")
    return _tag("div", f"{top}{drawn if results else ''}{below}", "overflow-x:auto")


def _style(kind: type, name: str) -> str:
    return _CELL.format(side="right" if is_number(kind, name) else "left")


def _tag(name: str, content: str, style: str) -> str:
    return f'<{name} style="{style}">{content}</{name}>' if style else f"<{name}>{content}</{name}>"


def _cell(name: str, text: str, style: str) -> str:
    """Return a cell; long text is cut in its middle, and whole when one points at it."""
    if len(text) <= _LONGEST:
        return _tag(name, escape(text), style)
    return f'<{name} style="{style}" title="{escape(text)}">{escape(cut(text, _LONGEST))}</{name}>'


class _Players:
    """Makes audio players until a budget of bytes is used up."""

    def __init__(self, audio_bytes: int) -> None:
        self._most = self._left = audio_bytes
        self._left_out = 0

    def of(self, result: Any) -> str:
        """Return the cell of a result: a player of its sound, or why there is none."""
        file = getattr(result, "file", None)
        if not isinstance(file, Path):
            return "<td></td>"
        start_s = getattr(result, "start_s", 0.0)
        return _tag("td", self._player(file, start_s, cell(result, "path")), _LISTEN)

    def _player(self, file: Path, start_s: float, name: str) -> str:
        from sqlclap.audio.preview import preview
        from sqlclap.errors import AudioDecodeError

        if self._left <= 0:
            self._left_out += 1
            return ""
        if (why := why_not_here(file)) is not None:
            return _tag("span", escape(why), _QUIET)
        try:
            heard = preview(file, start_s)
        except FileNotFoundError:
            return _tag("span", "the file is missing", _QUIET)
        except (OSError, AudioDecodeError) as error:
            return _tag("span", f"can't be played: {escape(printable(_short(error)))}", _QUIET)
        address = f"data:{heard.mime};base64,{base64.b64encode(heard.content).decode('ascii')}"
        if len(address) > self._left:
            self._left_out += 1
            return ""
        self._left -= len(address)
        label = f'aria-label="{escape(name)}"'
        return f'<audio controls preload="none" style="{_PLAYER}" {label} src="{address}"></audio>'

    def remarks(self) -> list[str]:
        """Return a remark on the number of sounds without a player."""
        if not self._left_out or not self._most:
            return []
        return [f"{self._left_out:,} without a player: to_html(audio_bytes=...) sets how many have"]


def _short(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error).splitlines()[0]
    return text if len(text) < 120 else f"{text[:120]}…"
