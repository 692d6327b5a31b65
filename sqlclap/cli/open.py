"""``sqlclap open``."""

from __future__ import annotations

import click

from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.options import LIBRARY
from sqlclap.cli.programs import opening_command, run_program
from sqlclap.cli.result_output import SOUNDS, named_sounds
from sqlclap.cli.used_sounds import finish, used_places
from sqlclap.errors import SettingsError

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
    places = used_places(library, named_sounds(sounds))
    failed = []
    for sample, _ in places:
        if not sample.file.exists():
            failed.append(f"{sample.path}: the file is missing")
            continue
        program = opening_command(sample.file.absolute())
        if program is None:
            raise SettingsError("no xdg-open found: install xdg-utils")
        reason = run_program(program)
        failed += [f"{sample.path}: {reason}"] if reason else []
    finish(library, places, "open", failed)
