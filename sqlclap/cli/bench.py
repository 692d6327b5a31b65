"""``sqlclap bench``: the benchmarks are in the repository, not in the package."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import click

from sqlclap.cli.error_output import one_line_errors
from sqlclap.errors import SqlclapError

REPOSITORY = Path(__file__).parents[2]
MISSING = (
    "the benchmarks are not part of the installed package: get the repository, and run "
    "`pip install -e .` in it"
)


@click.command(
    name="bench",
    context_settings={"ignore_unknown_options": True},
    epilog="\b\nExample:\n    sqlclap bench search --sounds 10000",
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@one_line_errors
def missing(arguments: tuple[str, ...]) -> None:
    """Measure speed and quality; needs the repository, where the benchmarks are."""
    raise SqlclapError(MISSING)


def find_benchmarks() -> click.Command:
    """Return the benchmarks of the repository, or a command that says where to get them."""
    if not (REPOSITORY / "benchmarks" / "commands.py").is_file():
        return missing
    if str(REPOSITORY) not in sys.path:
        sys.path.append(str(REPOSITORY))
    benchmarks: click.Command = import_module("benchmarks.commands").command
    return benchmarks


command = find_benchmarks()
