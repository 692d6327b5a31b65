"""``sqlclap rate``."""

from __future__ import annotations

import click

from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.kept_output import print_change, print_kept
from sqlclap.cli.options import LIBRARY
from sqlclap.cli.result_output import SOUNDS, named_sounds
from sqlclap.cli.table_output import format_options
from sqlclap.errors import QueryError

EPILOG = """\b
Examples:
    sqlclap rate sounds.db 5 12 57
    sqlclap rate sounds.db none 12
    sqlclap rate sounds.db list
    sqlclap search sounds.db "deep kick" --min-rating 4
"""
STARS = click.Choice(["1", "2", "3", "4", "5", "none", "list"])


@click.command(name="rate", epilog=EPILOG)
@LIBRARY
@click.argument("stars", type=STARS)
@SOUNDS
@format_options
@one_line_errors
def command(library: str, stars: str, sounds: tuple[str, ...], output: str) -> None:
    """Rate sounds with one to five stars.

    STARS is a number from 1 to 5; `none` takes a rating away, and `list` shows all ratings.
    - reads ids, paths or lines of --nl from standard input.
    """
    import sqlclap

    if stars == "list":
        if sounds:
            raise QueryError("`rate list` takes no sounds: it lists all that have a rating")
        with sqlclap.open(library, mode="read") as opened:
            print_kept(opened.curation.rated(), output)
        return
    named = named_sounds(sounds)
    with sqlclap.open(library, mode="write") as opened:
        count = opened.curation.rate(named, None if stars == "none" else int(stars))
    about = "without a rating now" if stars == "none" else f"rated {stars}"
    print_change(count, output in ("json", "nl"), about)
