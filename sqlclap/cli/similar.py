"""``sqlclap similar``."""

from __future__ import annotations

import sys
from typing import Any

import click

from sqlclap.cli.failing import one_line_errors
from sqlclap.cli.matches import print_matches
from sqlclap.cli.model_choice import model_options
from sqlclap.cli.narrowing import explain, narrowing_options, take_options
from sqlclap.cli.output import format_options

EPILOG = """\b
Examples:
    sqlclap similar sounds.db 42
    sqlclap similar sounds.db drums/snare.wav -n 20
    sqlclap similar sounds.db ~/new/found.flac --json
    sqlclap similar sounds.db 42 --folder drums --max-length 0.5 --min-score 0.8
    sox in.wav -t wav - trim 0 1 | sqlclap similar sounds.db -
"""


@click.command(name="similar", epilog=EPILOG)
@click.argument("library", type=click.Path(dir_okay=False))
@click.argument("sound")
@click.option("-n", "--limit", default=10, show_default=True, help="Number of results.")
@model_options
@narrowing_options
@format_options
@one_line_errors
def command(library: str, sound: str, limit: int, **settings: Any) -> None:
    """Find sounds like SOUND.

    SOUND is a sample's id, a path in the library, any audio file, or - for audio on standard
    input. A sample of the library is not among its own matches.
    """
    import sqlclap

    target: bytes | str = sys.stdin.buffer.read() if sound == "-" else sound
    options = take_options(settings)
    chosen = {name: settings.pop(name) for name in ("model", "device")}
    with sqlclap.open(library, mode="read", **chosen) as opened:
        matches = opened.similar(target, n=limit, options=options)
    print_matches(matches, settings["output"], options.moments)
    if settings["explain"]:
        explain(matches)
