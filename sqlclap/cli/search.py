"""``sqlclap search``."""

from __future__ import annotations

import click

from sqlclap.cli.failing import one_line_errors
from sqlclap.cli.matches import print_matches
from sqlclap.cli.output import format_options

EPILOG = """\b
Examples:
    sqlclap search sounds.db "deep kick"
    sqlclap search sounds.db "rain on a roof" -n 50 --csv > rain.csv
    sqlclap search sounds.db snare --json | jq -r '.[].file'
"""


@click.command(name="search", epilog=EPILOG)
@click.argument("library", type=click.Path(dir_okay=False))
@click.argument("words")
@click.option("-n", "--limit", default=10, show_default=True, help="Number of results.")
@click.option("--model", help="Name or folder of the model [default: the library's own].")
@format_options
@one_line_errors
def command(library: str, words: str, limit: int, model: str | None, output: str) -> None:
    """Find sounds by WORDS.

    Scores are cosine similarities, not probabilities; compare them within one query only.
    """
    import sqlclap

    with sqlclap.open(library, model=model, mode="read") as opened:
        print_matches(opened.search(words, n=limit), output)
