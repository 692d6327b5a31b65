"""Arguments and options that many commands take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

# A folder is rejected when the library is opened, with a hint about the order of arguments.
LIBRARY = click.argument("library", type=click.Path())
LIMIT = click.option("-n", "--limit", default=10, show_default=True, help="Number of results.")
MODEL = click.option("--model", help="Name or folder of the model [default: the library's own].")
BENCH_MODEL = click.option(
    "--model", help="Name or folder of the model [default: the embedded one]."
)
JSON = click.option("--json", "as_json", is_flag=True, help="A JSON object.")


Command = TypeVar("Command", bound=Callable[..., Any])

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


def model_options(command: Command) -> Command:
    """Add ``--model`` and ``--device``."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command
