"""``sqlclap similar``."""

from __future__ import annotations

import sys
from typing import Any

import click

from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.option_sections import SectionedCommand
from sqlclap.cli.options import LIBRARY
from sqlclap.cli.result_output import finding_options, print_found

EPILOG = """\b
Examples:
    sqlclap similar sounds.db 42
    sqlclap similar sounds.db drums/snare.wav -n 20
    sqlclap similar sounds.db 42@12.5-15.0 --moments
    sqlclap similar sounds.db ~/new/found.flac --json
    sqlclap similar sounds.db 42 --aspect pitch:2 --aspect length
    sqlclap similar sounds.db 42 --transpose -12,12
    sqlclap similar sounds.db 42 --folder drums --max-length 0.5 --min-score 0.8
    sox in.wav -t wav - trim 0 1 | sqlclap similar sounds.db -
"""


@click.command(name="similar", cls=SectionedCommand, epilog=EPILOG)
@LIBRARY
@click.argument("sound")
@finding_options
@one_line_errors
def command(library: str, sound: str, **settings: Any) -> None:
    """Find sounds like SOUND.

    SOUND is a sample's id, a path in the library, any audio file, or - for audio on standard
    input. A sample of the library is not among its own matches. 42@12.5-15.0, PATH@12.5-15.0 and
    42@1:12.5-1:15 are a span of a sound, in seconds or minutes; with --moments, others of the same
    sound are found too.
    """
    target: bytes | str = sys.stdin.buffer.read() if sound == "-" else sound
    print_found(library, settings, lambda opened, **how: opened.similar(target, **how))
