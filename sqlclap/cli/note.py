"""``sqlclap note``."""

from __future__ import annotations

import click

from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.kept_output import print_change, print_kept
from sqlclap.cli.options import LIBRARY
from sqlclap.cli.table_output import format_options
from sqlclap.errors import QueryError

EPILOG = """\b
Examples:
    sqlclap note sounds.db 12 "recorded in the stairwell"
    sqlclap note sounds.db 12             what is kept of this sound
    sqlclap note sounds.db 12 --remove
    sqlclap note sounds.db                all notes
"""


@click.command(name="note", epilog=EPILOG)
@LIBRARY
@click.argument("sound", required=False)
@click.argument("text", required=False)
@click.option("--remove", is_flag=True, help="Take the note away.")
@format_options
@one_line_errors
def command(library: str, sound: str | None, text: str | None, remove: bool, output: str) -> None:
    """Write a note on SOUND, or show the notes there are.

    SOUND is an id, a path or a pattern.
    """
    import sqlclap

    if remove and (text is not None or sound is None):
        raise QueryError("--remove takes a sound, and no text")
    if sound is not None and (remove or text is not None):
        with sqlclap.open(library, mode="write") as opened:
            count = opened.curation.note([sound], text)
        about = "without a note now" if remove else "noted"
        print_change(count, output in ("json", "nl"), about)
        return
    with sqlclap.open(library, mode="read") as opened:
        kept = opened.curation
        print_kept(kept.noted() if sound is None else [kept.of(sound)], output)
