"""``sqlclap favourite``."""

from __future__ import annotations

import click

from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.help_layout import SubcommandGroup
from sqlclap.cli.kept_output import print_change, print_kept
from sqlclap.cli.options import JSON, LIBRARY
from sqlclap.cli.sound_arguments import SOUNDS, named_sounds
from sqlclap.cli.table_output import format_options

EPILOG = """\b
Examples:
    sqlclap favourite add sounds.db 12 57 'kicks/*'
    sqlclap favourite list sounds.db
    sqlclap search sounds.db "deep kick" --favourite
    sqlclap search sounds.db "deep kick" --nl | sqlclap favourite add sounds.db -
"""


@click.group(cls=SubcommandGroup, name="favourite", epilog=EPILOG)
def command() -> None:
    """Favourites: sounds to come back to."""


@command.command(name="add", epilog="\b\nExample:\n    sqlclap favourite add sounds.db 12 57")
@LIBRARY
@SOUNDS
@JSON
@one_line_errors
def add_command(library: str, sounds: tuple[str, ...], as_json: bool) -> None:
    """Make sounds favourites; - reads ids, or lines of --nl, from standard input."""
    import sqlclap

    named = named_sounds(sounds)
    with sqlclap.open(library, mode="write") as opened:
        count = opened.curation.add_favourites(named)
    print_change(count, as_json, "added to the favourites")


@command.command(name="remove", epilog="\b\nExample:\n    sqlclap favourite remove sounds.db 12")
@LIBRARY
@SOUNDS
@JSON
@one_line_errors
def remove_command(library: str, sounds: tuple[str, ...], as_json: bool) -> None:
    """Take sounds out of the favourites; the sounds stay."""
    import sqlclap

    named = named_sounds(sounds)
    with sqlclap.open(library, mode="write") as opened:
        count = opened.curation.remove_favourites(named)
    print_change(count, as_json, "taken out of the favourites")


@command.command(name="list", epilog="\b\nExample:\n    sqlclap favourite list sounds.db --csv")
@LIBRARY
@format_options
@one_line_errors
def list_command(library: str, output: str) -> None:
    """List the favourites, those made last first."""
    import sqlclap

    with sqlclap.open(library, mode="read") as opened:
        found = opened.curation.favourites()
    print_kept(found, output)
