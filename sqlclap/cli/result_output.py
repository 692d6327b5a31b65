"""Matches of `search`, `similar` and `matches`, on the screen and in files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from sqlclap.cli.error_output import one_line, quiet_libraries
from sqlclap.cli.filter_options import explain, narrowing_options, take_options
from sqlclap.cli.shared_options import LIMIT, model_options
from sqlclap.cli.table_output import Column, Row, format_options, print_rows
from sqlclap.quantities import printable, show_place, show_seconds
from sqlclap.records import field_names, records

if TYPE_CHECKING:
    from sqlclap.search.results import Matches

HARDLY_HEARD_NOTE = "(hardly heard): most of its energy lies outside of what the model hears"


def show_path(row: Row) -> str:
    """Show a sound's path, with remarks if its file is gone or it is hardly heard."""
    remarks = {
        "  (missing)": row.get("status") == "missing",
        "  (hardly heard)": row.get("hardly_heard"),
    }
    path = "(gone)" if row["path"] is None else str(row["path"])
    return path + "".join(remark for remark, holds in remarks.items() if holds)


def note_hardly_heard(rows: Iterable[Row], output: str) -> None:
    """Explain the remark "hardly heard" below a table in which it occurs."""
    if output == "table" and any(row.get("hardly_heard") for row in rows):
        click.echo(HARDLY_HEARD_NOTE)


COLUMNS = (
    Column("#", lambda row: str(row["rank"]), right=True),
    Column("score", lambda row: f"{'~' if row['weak'] else ''}{row['score']:.3f}", right=True),
    Column("length", lambda row: show_seconds(row["duration_s"]), right=True),
    Column("id", lambda row: str(row["sample_id"]), right=True),
    Column("path", show_path),
)


MOMENT = Column("where", lambda row: f"{show_place(row['start_s'])}-{show_place(row['end_s'])}")


def print_matches(matches: Matches, output: str, moments: bool = False) -> None:
    """Print matches, or moments, in one of the output formats.

    What is to be said against them as a whole comes first, beside the output for programs.
    """
    print_doubt(matches.doubt, output)
    from sqlclap.search.results import WEAK_NOTE

    rows = records(matches)
    places = (MOMENT,) if moments else ()
    columns = (*COLUMNS[:2], *places, *COLUMNS[2:])
    print_rows(rows, columns, output, field_names(matches.kind))
    if output == "table" and any(match.weak for match in matches):
        click.echo(WEAK_NOTE)
    note_hardly_heard(rows, output)


def print_doubt(doubt: str | None, output: str) -> None:
    """Print the doubts about an answer; on standard error beside formats for programs."""
    if doubt:
        click.echo(f"Doubtful: {printable(doubt)}", err=output != "table")


Command = TypeVar("Command", bound=Callable[..., Any])


def finding_options(command: Command) -> Command:
    """Add options: how many, by which model, among which sounds, and in which format."""
    return LIMIT(model_options(narrowing_options(format_options(command))))


def print_found(library: str, settings: dict[str, Any], find: Callable[..., Matches]) -> None:
    """Find sounds in a library and print them.

    Parameters
    ----------
    library : str
        Its file.
    settings : dict
        What `finding_options` made of the command line.
    find : callable
        Takes the open `Library`, and ``n`` and ``options`` as `Library.search` does.
    """
    import sqlclap

    options = take_options(settings)
    chosen = {name: settings.pop(name) for name in ("model", "device")}
    with quiet_libraries(), sqlclap.open(library, mode="read", **chosen) as opened:
        matches = find(opened, n=settings["limit"], options=options)
    for note in matches.notes:
        click.echo(f"Note: {one_line(note)}", err=True)
    print_matches(matches, settings["output"], options.moments)
    if matches.plan.note is not None:
        click.echo(matches.plan.note, err=True)
    if settings["explain"]:
        explain(matches)
