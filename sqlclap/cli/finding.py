"""What ``sqlclap search`` and ``sqlclap similar`` share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from sqlclap.cli.arguments import LIMIT
from sqlclap.cli.failing import one_line, quiet_libraries
from sqlclap.cli.matches import print_matches
from sqlclap.cli.model_choice import model_options
from sqlclap.cli.narrowing import explain, narrowing_options, take_options
from sqlclap.cli.output import format_options

if TYPE_CHECKING:
    from sqlclap.similarity import Matches

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
