"""``sqlclap search``."""

from __future__ import annotations

from typing import Any

import click

from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.option_sections import SectionedCommand
from sqlclap.cli.options import LIBRARY
from sqlclap.cli.result_output import finding_options, print_found

EPILOG = """\b
Examples:
    sqlclap search sounds.db "deep kick"
    sqlclap search sounds.db "rain on a roof" -n 50 --csv > rain.csv
    sqlclap search sounds.db snare --json | jq -r '.[].file'
    sqlclap search sounds.db thunder --moments
    sqlclap search sounds.db thunder --events --merge-gap 1
    sqlclap search sounds.db pad --folder synths --min-length 2 --offset 10
    sqlclap search sounds.db kick --where "pitch_hz < :hz" -p hz 60 --explain
"""


@click.command(name="search", cls=SectionedCommand, epilog=EPILOG)
@LIBRARY
@click.argument("words")
@finding_options
@one_line_errors
def command(library: str, words: str, **settings: Any) -> None:
    """Find sounds by WORDS.

    Scores are cosine similarities, not probabilities; compare them within one query only.
    """
    print_found(library, settings, lambda opened, **how: opened.search(words, **how))
