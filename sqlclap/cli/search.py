"""``sqlclap search``."""

from __future__ import annotations

from typing import Any

import click

from sqlclap.cli.failing import one_line_errors
from sqlclap.cli.matches import print_matches
from sqlclap.cli.model_choice import model_options
from sqlclap.cli.narrowing import explain, narrowing_options, take_options
from sqlclap.cli.output import format_options

EPILOG = """\b
Examples:
    sqlclap search sounds.db "deep kick"
    sqlclap search sounds.db "rain on a roof" -n 50 --csv > rain.csv
    sqlclap search sounds.db snare --json | jq -r '.[].file'
    sqlclap search sounds.db thunder --moments
    sqlclap search sounds.db pad --folder synths --min-length 2 --offset 10
    sqlclap search sounds.db kick --where "pitch_hz < :hz" -p hz 60 --explain
"""


@click.command(name="search", epilog=EPILOG)
@click.argument("library", type=click.Path(dir_okay=False))
@click.argument("words")
@click.option("-n", "--limit", default=10, show_default=True, help="Number of results.")
@model_options
@narrowing_options
@format_options
@one_line_errors
def command(library: str, words: str, limit: int, **settings: Any) -> None:
    """Find sounds by WORDS.

    Scores are cosine similarities, not probabilities; compare them within one query only.
    """
    import sqlclap

    options = take_options(settings)
    chosen = {name: settings.pop(name) for name in ("model", "device")}
    with sqlclap.open(library, mode="read", **chosen) as opened:
        matches = opened.search(words, n=limit, options=options)
    print_matches(matches, settings["output"], options.moments)
    if settings["explain"]:
        explain(matches)
