"""Options that several commands share: filters, models, output."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from sqlclap.homes import expand_home
from sqlclap.quantities import printable
from sqlclap.search.fields import EVENT_FIELDS, FILTERS, fields_of
from sqlclap.search.search_field import SearchField

if TYPE_CHECKING:
    from sqlclap.search.request import Filter, SearchOptions
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


APART = click.option(
    "--apart",
    type=click.Choice(["file", "folder"]),
    default="file",
    show_default=True,
    help="Score sounds without their own anchor, or without any of their folder.",
)
EXPLAIN = click.option("--explain", is_flag=True, help="Print on standard error how it was found.")
_TYPES = {"text": str, "number": float, "whole": int}


def narrowing_options(command: Command) -> Command:
    """Add the search fields' options; they arrive as keywords for `take_options`."""
    for option in (EXPLAIN, *map(field_option, reversed(fields_of("cli")))):
        command = option(command)
    return command


def filter_options(
    table: tuple[SearchField, ...] = FILTERS,
) -> Callable[[Command], Command]:
    """Add the options of filters alone; they arrive as keywords for `take_filter`."""

    def add(command: Command) -> Command:
        for one in reversed(table):
            command = field_option(one)(command)
        return command

    return add


def take_filter(settings: dict[str, Any], table: tuple[SearchField, ...] = FILTERS) -> Filter:
    """Take the filters out of a command's keywords."""
    from sqlclap.search.request import Filter

    chosen = {one.name: settings.pop(one.name) for one in table}
    return Filter(params=parameter_values(chosen.pop("params")), **chosen)


def field_option(one: SearchField) -> Callable[[Command], Command]:
    """Make a field's option; it arrives as a keyword of the field's name."""
    if one.kind == "values":
        return parameter_option(one.help)
    flag = f"--{(one.cli_name or one.name).replace('_', '-')}"
    if one.kind == "flag":
        return click.option(flag, one.name, is_flag=True, help=one.help)
    if one.kind == "expression":
        return click.option(flag, metavar="SQL", help=one.help)
    if one.repeats:
        return click.option(
            flag, multiple=True, metavar="TEXT", help=one.help, callback=_joined_by_commas
        )
    takes = click.Choice(one.choices) if one.kind == "choice" else _TYPES[one.kind]
    shown = one.default is not None
    return click.option(flag, type=takes, default=one.default, show_default=shown, help=one.help)


def _joined_by_commas(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> str | None:
    return ",".join(given) if given else None


def event_options(command: Command) -> Command:
    """Add the options of how windows become events."""
    for one in reversed(EVENT_FIELDS):
        command = field_option(one)(command)
    return command


def take_options(settings: dict[str, Any]) -> SearchOptions:
    """Take the search fields out of a command's keywords."""
    from sqlclap.search.request import SearchOptions

    chosen = {one.name: settings.pop(one.name) for one in fields_of("cli")}
    return SearchOptions(params=parameter_values(chosen.pop("params")), **chosen)


def parameter_values(given: Iterable[tuple[str, str]]) -> dict[str, int | float | str]:
    """Read what ``-p`` gave."""
    return {name: parameter_value(text) for name, text in given}


def parameter_value(text: str) -> int | float | str:
    """Read a parameter from the command line: a number where it is one, else text.

    A text that a number would not reproduce, such as 007, stays text.

    >>> parameter_value("5"), parameter_value("1.50"), parameter_value("007")
    (5, 1.5, '007')
    """
    from sqlclap.sqlfunctions.arguments import as_number

    number = as_number(text)
    if number is None or (isinstance(number, int) and str(number) != text):
        return text
    return number


def explain(matches: Matches) -> None:
    """Print how matches were found."""
    click.echo(str(matches.plan), err=True)
    for term in matches.terms:
        click.echo(printable(str(term)), err=True)


# A folder is rejected when the library is opened, with a hint about the order of arguments.
# One that is left out is the default: `sqlclap.cli.default_library` puts it there.
def _library_beside(_: click.Context, __: click.Parameter, path: str) -> str:
    """Let a database whose tables are attached stand for the library beside it."""
    from sqlclap.attach.attachment import library_of

    try:
        found = library_of(expand_home(path))
    except (OSError, RuntimeError, ValueError):  # told when the library is opened
        return path
    return str(found) if found != expand_home(path) else path


LIBRARY = click.argument(
    "library", type=click.Path(), metavar="[LIBRARY]", callback=_library_beside
)
LIMIT = click.option("-n", "--limit", default=10, show_default=True, help="Number of results.")
MODEL = click.option("--model", help="Name or folder of the model [default: the library's own].")
BENCH_MODEL = click.option(
    "--model", help="Name or folder of the model [default: the embedded one]."
)
JSON = click.option("--json", "as_json", is_flag=True, help="A JSON object.")


OPTIONS = (
    MODEL,
    click.option(
        "--device",
        type=click.Choice(["cpu", "cuda"]),
        default="cpu",
        show_default=True,
        help="Where the model runs.",
    ),
)


REQUIRE_ALL = click.option(
    "--require-all", is_flag=True, help="Of a set: a shard that doesn't answer is an error."
)


def open_asked(library: str, require_all: bool, **chosen: Any) -> Any:
    """Open a library or a set, for reading by default; of a set, all shards may be required."""
    import sqlclap
    from sqlclap.opening import is_set

    chosen = {"mode": "read"} | chosen
    if not is_set(library):
        return sqlclap.open(library, **chosen)
    from sqlclap.shards import SetOptions, open_set

    return open_set(library, SetOptions(require_all=require_all, **chosen))


def tell_reach(results: Any, always: bool = False) -> None:
    """Say on standard error which shards of a set didn't answer; with `always`, also who did."""
    reach = getattr(results, "reach", None)
    if reach is not None and (always or not reach.is_whole):
        click.echo(printable(str(reach)), err=True)


def confirm(question: str) -> None:
    """Ask before something is taken away, which ``--yes`` answers.

    Raises
    ------
    click.Abort
        The answer is no.
    click.ClickException
        Nobody is there to answer.
    """
    try:
        agreed = click.confirm(question, err=True)
    except click.Abort:
        if sys.stdin.isatty():
            raise
        click.echo(err=True)
        raise click.ClickException(
            "nobody answered, and nothing was changed: --yes says yes"
        ) from None
    if not agreed:
        raise click.Abort


def tell_remarks(results: Any) -> None:
    """Say on standard error what a set's answer has to remark."""
    if hasattr(results, "remarks"):
        for remark in results.remarks():
            click.echo(printable(remark), err=True)


def model_options(command: Command) -> Command:
    """Add ``--model`` and ``--device``."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command
