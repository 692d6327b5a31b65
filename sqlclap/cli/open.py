"""``sqlclap open``."""

from __future__ import annotations

import click

from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.options import LIBRARY
from sqlclap.cli.result_output import SOUNDS
from sqlclap.cli.used_sounds import hand_over
from sqlclap.desktop import opening_command

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
    """Open sounds in the system's program for such files."""
    hand_over(library, sounds, "open", opening_command)
