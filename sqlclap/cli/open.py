"""``sqlclap open``."""

from __future__ import annotations

import click

from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.options import LIBRARY
from sqlclap.cli.programs import opening_command
from sqlclap.cli.result_output import SOUNDS
from sqlclap.cli.used_sounds import hand_over

EPILOG = """\b
Examples:
    sqlclap open sounds.db 12
    sqlclap open sounds.db drums/snare.wav
"""


@click.command(name="open", epilog=EPILOG)
@LIBRARY
@SOUNDS
@one_line_errors
def command(library: str, sounds: tuple[str, ...]) -> None:
    """Open sounds in the program that the system opens such files with."""
    hand_over(library, sounds, "open", opening_command)
