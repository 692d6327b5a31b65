"""``sqlclap recent``."""

from __future__ import annotations

import click

from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.kept_output import USED, print_kept
from sqlclap.cli.options import LIBRARY
from sqlclap.cli.table_output import format_options

EPILOG = """\b
Examples:
    sqlclap recent sounds.db
    sqlclap recent sounds.db -n 5 --nl | sqlclap collection add sounds.db "Track 7" -
"""


@click.command(name="recent", epilog=EPILOG)
@LIBRARY
@click.option("-n", "--limit", default=20, show_default=True, help="Number of sounds.")
@format_options
@one_line_errors
def command(library: str, limit: int, output: str) -> None:
    """List the sounds that were used last.

    Used means played, opened, revealed or exported.
    """
    import sqlclap

    with sqlclap.open(library, mode="read") as opened:
        found = opened.curation.recent(limit)
    print_kept(found, output, USED)
