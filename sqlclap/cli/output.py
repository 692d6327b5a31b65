"""Rows as a table, JSON, newline-delimited JSON, CSV or TSV."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from sqlclap.cells import safe_cell
from sqlclap.cli.printable import printable

Command = TypeVar("Command", bound=Callable[..., Any])
Row = Mapping[str, Any]

_STEERING = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
FORMATS = {
    "table": "A table to read (the default).",
    "json": "A JSON array.",
    "nl": "One JSON object a line.",
    "csv": "Comma-separated values with a header.",
    "tsv": "Tab-separated values with a header.",
}


@dataclass(frozen=True)
class Column:
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


def format_options(command: Command) -> Command:
    """Add ``--table``, ``--json``, ``--nl``, ``--csv`` and ``--tsv``, as ``output``."""
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
    """
    if output == "json":
        print_json(list(rows))
    elif output == "nl":
        for row in rows:
            click.echo(_json(row))
    elif output in ("csv", "tsv"):
        header = list(rows[0] if rows else keys)
        _print_separated(rows, header, "," if output == "csv" else "\t")
    else:
        print_table(rows, columns)


def print_json(document: object) -> None:
    """Print a document as indented JSON."""
    click.echo(_json(document, indent=2))


def print_table(rows: Iterable[Row], columns: Sequence[Column]) -> None:
    """Print a table: as wide as the terminal, or as its content where there is none."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        # A cut path would be of no use: it is folded instead.
        table.add_column(column.title, justify="right" if column.right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_plain(column.show(row)) for column in columns))
    console().print(table)


def console(stderr: bool = False) -> Any:
    """Return rich's console; where no terminal is, lines are not wrapped."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else 10_000
    return Console(file=stream, width=width, highlight=False, soft_wrap=not stream.isatty())


def _plain(text: str) -> Any:
    """Keep file names from being read as rich's markup, or as the terminal's commands."""
    from rich.text import Text

    return Text(printable(text))


def _json(document: object, indent: int | None = None) -> str:
    text = json.dumps(document, indent=indent, ensure_ascii=False)
    # JSON itself escapes only the first 32 characters; terminals obey others, too.
    return _STEERING.sub(lambda one: f"\\u{ord(one[0]):04x}", text)


def _print_separated(rows: Sequence[Row], header: list[str], delimiter: str) -> None:
    writer = csv.DictWriter(sys.stdout, header, delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: safe_cell(value) for key, value in row.items()} for row in rows)
