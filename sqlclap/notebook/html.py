"""Tables of results in HTML, with an audio player in each row; all values are escaped."""

from __future__ import annotations

import base64
from html import escape
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlclap.notebook.text import cell, cut, heading, is_number, shown_fields, title_of
from sqlclap.quantities import printable

if TYPE_CHECKING:
    from sqlclap.notebook.results import Tabular

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
