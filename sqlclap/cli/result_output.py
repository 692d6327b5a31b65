"""Results of searches and labels as tables, JSON and CSV."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

from sqlclap.cli.columns import COLUMNS, FOUND_BY, MOMENT, PEAK, TRANSPOSED, key_columns
from sqlclap.cli.error_output import one_line, quiet_libraries
from sqlclap.cli.options import (
    LIMIT,
    REQUIRE_ALL,
    explain,
    model_options,
    narrowing_options,
    open_asked,
    take_options,
    tell_reach,
)
from sqlclap.cli.table_output import Row, check_fields, format_options, print_rows
from sqlclap.quantities import printable
from sqlclap.records import field_names, records

if TYPE_CHECKING:
    import sqlclap
    from sqlclap.notebook.results import Results
    from sqlclap.search.results import Matches

LISTED = 20
"""How many names are told of files that were left out."""

HARDLY_HEARD_NOTE = "(hardly heard): most of its energy lies outside of what the model hears"


def note_hardly_heard(rows: Iterable[Row], output: str) -> None:
    """Explain the remark "hardly heard" below a table in which it occurs."""
    if output == "table" and any(row.get("hardly_heard") for row in rows):
        click.echo(HARDLY_HEARD_NOTE)


def print_matches(matches: Matches, output: str) -> None:
    """Print matches, moments or events in one of the output formats.

    What is to be said against them as a whole comes first, beside the output for programs.
    """
    print_doubt(matches.doubt, output)
    from sqlclap.search.results import WEAK_NOTE

    rows = records(matches)
    told = field_names(matches.kind)
    needed = (("start_s", MOMENT), ("peak_s", PEAK))
    places = tuple(column for name, column in needed if name in told)
    if any(match.found_by for match in matches):
        places = (*places, FOUND_BY)
    if any(match.transposed is not None for match in matches):
        places = (*places, TRANSPOSED)
    columns = (*COLUMNS[:2], *places, *COLUMNS[2:-1], *key_columns(rows), COLUMNS[-1])
    print_rows(rows, columns, output, told)
    if output == "table" and any(match.weak for match in matches):
        click.echo(WEAK_NOTE)
    note_hardly_heard(rows, output)


def print_model(opened: sqlclap.Library, results: Results[Any], output: str) -> None:
    """Say whose vectors were compared, where a library holds several models', or several windows'.

    Beside formats for programs it is said on standard error.
    """
    from sqlclap.db.stored_models import compared_models, told_from_others

    session = opened.session
    if results.model is None or not hasattr(session, "database"):  # a set is of one model
        return
    compared = [one for one in compared_models(session.database) if one.name == results.model]
    model = session.model if session.model.name == results.model else next(iter(compared), None)
    told = None if model is None else told_from_others(session.database, model)
    if told is not None:
        click.echo(f"Model: {printable(told)}", err=output != "table")


def print_understood(matches: Matches, output: str) -> None:
    """Say what words were taken to mean; on standard error beside formats for programs."""
    if matches.understood:
        told = "; ".join(map(str, matches.understood))
        click.echo(f"Understood: {printable(told)}", err=output != "table")


def print_doubt(doubt: str | None, output: str) -> None:
    """Print the doubts about an answer; on standard error beside formats for programs."""
    if doubt:
        click.echo(f"Doubtful: {printable(doubt)}", err=output != "table")


Command = TypeVar("Command", bound=Callable[..., Any])

FACET = click.option(
    "--facet",
    metavar="NAME,...",
    help="Instead of an answer, count all sounds that pass the filters by folder, format, ...",
)


def finding_options(command: Command) -> Command:
    """Add options: how many, by which model, among which sounds, and in which format."""
    command = narrowing_options(REQUIRE_ALL(FACET(format_options(command))))
    return LIMIT(model_options(command))


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
    if settings["facet"] is not None:
        from sqlclap.cli.facet_output import print_facets

        print_facets(library, settings)
        return
    options = take_options(settings)
    chosen = {name: settings.pop(name) for name in ("model", "device")}
    chosen["require_all"] = settings.pop("require_all")
    with quiet_libraries(), open_asked(library, **chosen) as opened:
        matches = find(opened, n=settings["limit"], options=options)
        check_fields(field_names(matches.kind))
        print_model(opened, matches, settings["output"])
    tell_reach(matches, settings["explain"])
    for note in matches.notes:
        click.echo(f"Note: {one_line(note)}", err=True)
    print_understood(matches, settings["output"])
    print_matches(matches, settings["output"])
    if matches.plan.note is not None:
        click.echo(matches.plan.note, err=True)
    if settings["explain"]:
        explain(matches)


LABEL = click.argument("label")


UNOPPOSED = (
    "{label}: at most medium, for nothing tells it from the rest: no other label has anchors, it "
    "has no negative anchor, and it is not calibrated; `sqlclap label show` suggests rivals"
)


def print_left_out(left_out: Mapping[str, str]) -> None:
    """Say on standard error which files were left out, and why; of many, the first."""
    left = [f"{path}: {reason}" for path, reason in left_out.items()]
    for line in left[:LISTED]:
        click.echo(printable(f"left out: {line}"), err=True)
    if len(left) > LISTED:
        click.echo(f"left out: {len(left) - LISTED:,} more", err=True)
