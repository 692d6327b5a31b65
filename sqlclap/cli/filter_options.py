"""Options that narrow a search, and the words about how it was answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from sqlclap.search.request import SearchOptions
    from sqlclap.search.results import Matches

Command = TypeVar("Command", bound=Callable[..., Any])


def parameter_option(help_text: str) -> Callable[[Command], Command]:
    """Make the option ``-p NAME VALUE``, which arrives as ``params``."""
    return click.option(
        "-p",
        "--param",
        "params",
        type=(str, str),
        multiple=True,
        metavar="NAME VALUE",
        help=help_text,
    )


OPTIONS = (
    click.option("--where", metavar="SQL", help="Only sounds for which this SQL is true."),
    parameter_option("Value of a :parameter in --where."),
    click.option("--folder", help="Only sounds below this folder."),
    click.option("--min-length", type=float, help="Only sounds at least so long (seconds)."),
    click.option("--max-length", type=float, help="Only sounds at most so long (seconds)."),
    click.option("--label", help="Only sounds tagged with this label, and its anchors."),
    click.option("--min-score", type=float, help="Only matches with at least this score."),
    click.option("--offset", default=0, show_default=True, help="Best matches to skip."),
    click.option("--moments", is_flag=True, help="Find where in the sounds it is."),
    click.option("--exact", is_flag=True, help="Compare with every sound; use no index."),
    click.option("--explain", is_flag=True, help="Tell on standard error how it was found."),
)

NAMES = (
    "where",
    "folder",
    "min_length",
    "max_length",
    "label",
    "min_score",
    "offset",
    "exact",
    "moments",
)


def narrowing_options(command: Command) -> Command:
    """Add the options; they arrive as keywords for `take_options`."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def take_options(settings: dict[str, Any]) -> SearchOptions:
    """Take the narrowing options out of a command's keywords."""
    from sqlclap.search.request import SearchOptions

    chosen = {name: settings.pop(name) for name in NAMES}
    params = {name: parameter_value(text) for name, text in settings.pop("params")}
    return SearchOptions(params=params, **chosen)


def parameter_value(text: str) -> int | float | str:
    """Read a parameter from the command line: a number where it is one, else text.

    What a number would not give back, such as 007, stays text.

    >>> parameter_value("5"), parameter_value("1.50"), parameter_value("007")
    (5, 1.5, '007')
    """
    from sqlclap.sqlfunctions.arguments import as_number

    number = as_number(text)
    if number is None or (isinstance(number, int) and str(number) != text):
        return text
    return number


def explain(matches: Matches) -> None:
    """Tell how matches were found."""
    click.echo(str(matches.plan), err=True)
