"""Options that choose a model and where it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from sqlclap.cli.arguments import MODEL

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
