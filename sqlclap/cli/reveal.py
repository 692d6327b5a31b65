"""``sqlclap reveal``."""

from __future__ import annotations

import click

from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.options import LIBRARY
from sqlclap.cli.result_output import SOUNDS
from sqlclap.cli.used_sounds import hand_over
from sqlclap.desktop import revealing_command

EPILOG = """\b
Examples:
    sqlclap reveal sounds.db 12
    sqlclap reveal sounds.db drums/snare.wav
"""


@click.command(name="reveal", epilog=EPILOG)
@LIBRARY
@SOUNDS
@one_line_errors
def command(library: str, sounds: tuple[str, ...]) -> None:
    """Show sounds in the file manager.

    On Linux it opens their folders.
    """
    hand_over(library, sounds, "reveal", revealing_command)
