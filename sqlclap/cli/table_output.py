"""Rows as a table, JSON, newline-delimited JSON, CSV or TSV."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import click

from sqlclap.cells import json_text, plain_value, write_rows
from sqlclap.errors import QueryError
from sqlclap.quantities import printable
from sqlclap.records import records

Command = TypeVar("Command", bound=Callable[..., Any])
Row = Mapping[str, Any]

FORMATS = {
    "table": "A table to read (the default).",
    "json": "A JSON array.",
    "nl": "One JSON object a line.",
    "csv": "Comma-separated values with a header.",
    "tsv": "Tab-separated values with a header.",
}


WIDEST_CELL = 200  # terminal cells, where no terminal says how wide it is
NARROWEST = 8
BETWEEN, BETWEEN_TIGHT = 3, 1
"""Terminal cells between columns; the second where there are many."""


class Column(NamedTuple):
    """A column of a table.

    Attributes
    ----------
    title : str
    show : callable
        Makes the cell's text from a row.
    right : bool
        Whether it is aligned to the right, as numbers are.
    """

    title: str
    show: Callable[[Row], str]
    right: bool = False


_CHOSEN = "sqlclap.fields"


def _choose(context: click.Context, _: click.Parameter, text: str | None) -> None:
    if text is None:
        return
    context.meta[_CHOSEN] = [name.strip() for name in text.split(",") if name.strip()]
    if not context.meta[_CHOSEN]:
        raise click.BadParameter("expected names of fields, such as path,score")


FIELDS = click.option(
    "--fields",
    metavar="A,B,...",
    callback=_choose,
    expose_value=False,
    help="Only these fields, in this order; --json shows which there are.",
)


def format_options(command: Command) -> Command:
    """Add ``--table``, ``--json``, ``--nl``, ``--csv`` and ``--tsv``, as ``output``.

    ``--fields`` comes with them: `print_rows` looks for it itself.
    """
    command = FIELDS(command)
    for name, text in reversed(FORMATS.items()):
        option = click.option(
            f"--{name}", "output", flag_value=name, default="table", help=text, type=str
        )
        command = option(command)
    return command


def print_rows(
    rows: Sequence[Row], columns: Sequence[Column], output: str, keys: Sequence[str] = ()
) -> None:
    """Print rows in one of `FORMATS`.

    Parameters
    ----------
    rows : sequence of mappings
        All with the same keys: they are what the formats for programs hold.
    columns : sequence of Column
        What the table for people shows.
    output : str
    keys : sequence of str
        The rows' keys, for the header of CSV that holds no rows.

    Raises
    ------
    QueryError
        ``--fields`` names one that the rows don't have.
    """
    chosen = check_fields(list(rows[0] if rows else keys))
    if chosen is not None:
        rows = [{name: row.get(name) for name in chosen} for row in rows]
        keys, columns = chosen, [Column(name, _shown(name)) for name in chosen]
    if output == "json":
        print_json(list(rows))
    elif output == "nl":
        for row in rows:
            click.echo(json_text(row))
    elif output in ("csv", "tsv"):
        header = list(rows[0] if rows else keys)
        write_rows(sys.stdout, header, rows, "," if output == "csv" else "\t")
    else:
        print_table(rows, columns)


def check_fields(there: Sequence[str]) -> list[str] | None:
    """Return the fields that ``--fields`` names; None without it.

    What prints anything before its rows calls this first.

    Raises
    ------
    QueryError
        It names one that isn't there.
    """
    context = click.get_current_context(silent=True)
    chosen: list[str] | None = None if context is None else context.meta.get(_CHOSEN)
    unknown = [name for name in chosen or () if name not in there]
    if there and unknown:
        raise QueryError(f"--fields: expected some of {', '.join(there)}; got {', '.join(unknown)}")
    return chosen


def _shown(name: str) -> Callable[[Row], str]:
    def show(row: Row) -> str:
        value = row[name]
        return "" if value is None else str(plain_value(value))

    return show


def print_json(document: object) -> None:
    """Print a document as indented JSON."""
    click.echo(json_text(document, indent=2))


def print_done(told: dict[str, Any], report: object) -> None:
    """Print what was done as JSON, with the shards of a set where it could not be."""
    left: Iterable[Any] | None = getattr(report, "not_written", None)
    print_json(told if left is None else told | {"not_written": records(left)})


def print_table(rows: Iterable[Row], columns: Sequence[Column]) -> None:
    """Print a table as wide as the terminal; a long cell is cut in its middle, never folded.

    Where there are too many columns even so, each row becomes a block of lines, a line a column.
    The formats for programs hold all of it.
    """
    screen = console()
    cells = [[printable(column.show(row)) for column in columns] for row in rows]
    titles = [column.title for column in columns]
    width = screen.width if screen.is_terminal else None
    for between in (BETWEEN, BETWEEN_TIGHT):
        limits = column_limits(titles, cells, width, between)
        if width is None or sum(limits) + between * (len(limits) - 1) <= width:
            screen.print(_table(columns, cells, limits, between))
            return
    _print_blocks(screen, titles, cells)


def _table(
    columns: Sequence[Column], cells: Sequence[Sequence[str]], limits: Sequence[int], between: int
) -> Any:
    from rich import box
    from rich.table import Table

    padding = (0, 1 if between == BETWEEN else 0)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=padding)
    for column in columns:
        table.add_column(column.title, justify="right" if column.right else "left", no_wrap=True)
    for row in cells:
        table.add_row(*(_plain(cut(text, limit)) for text, limit in zip(row, limits, strict=True)))
    return table


def _print_blocks(screen: Any, titles: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
    from rich.cells import cell_len

    widest = min(max(map(cell_len, titles)), screen.width // 2)
    for number, row in enumerate(cells):
        if number:
            screen.print()
        for title, text in zip(titles, row, strict=True):
            name = cut(title, widest)
            room = max(NARROWEST, screen.width - widest - BETWEEN)
            padded = name + " " * (widest - cell_len(name) + BETWEEN)
            screen.print(_plain((padded + cut(text, room)).rstrip()))


def column_limits(
    titles: Sequence[str],
    cells: Sequence[Sequence[str]],
    width: int | None,
    between: int = BETWEEN,
) -> list[int]:
    """Return how many terminal cells each column may take, so that a table fits into `width`.

    The widest columns give way first; none is made narrower than its title, or than `NARROWEST`.
    Where no terminal says how wide it is (None), only cells of absurd length are cut.

    >>> column_limits(["id", "path"], [["1", "x" * 5000]], 80)
    [2, 75]
    """
    from rich.cells import cell_len

    whole = [
        max([cell_len(title), *(cell_len(row[index]) for row in cells)])
        for index, title in enumerate(titles)
    ]
    if width is None:
        return [min(one, WIDEST_CELL) for one in whole]
    floors = [max(cell_len(title), NARROWEST) for title in titles]
    room, level = width - between * (len(titles) - 1), max(whole, default=0)
    limits = whole
    while level > NARROWEST and sum(limits) > room:
        level -= 1
        limits = [min(one, max(level, floor)) for one, floor in zip(whole, floors, strict=True)]
    return limits


def cut(text: str, width: int) -> str:
    """Cut text in its middle so that it takes at most `width` terminal cells.

    >>> cut("packs/a-very-long-name/kick.wav", 16)
    'packs/a…kick.wav'
    """
    from rich.cells import cell_len, set_cell_size

    if cell_len(text) <= width:
        return text
    head = (width - 1) // 2
    start, room = len(text), width - 1 - head
    while start and (room := room - cell_len(text[start - 1])) >= 0:
        start -= 1
    return f"{set_cell_size(text, head)}…{text[start:]}"


def console(stderr: bool = False) -> Any:
    """Return rich's console; where no terminal is, lines are not wrapped.

    With ``NO_COLOR`` it writes no escape codes at all, bold headings included (no-color.org).
    """
    from rich.console import Console

    class Screen(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # it would end with 1

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else 10_000
    return Screen(
        file=stream,
        width=width,
        highlight=False,
        soft_wrap=not stream.isatty(),
        color_system=None if os.environ.get("NO_COLOR") else "auto",
    )


def _plain(text: str) -> Any:
    """Keep file names from being read as rich's markup."""
    from rich.text import Text

    return Text(text)
