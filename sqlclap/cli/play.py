"""``sqlclap play``."""

from __future__ import annotations

import click

from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.options import LIBRARY
from sqlclap.cli.programs import PLAYERS, find_player, play_sound
from sqlclap.cli.result_output import SOUNDS, named_sounds, told_id
from sqlclap.cli.used_sounds import finish, used_places
from sqlclap.errors import SettingsError
from sqlclap.quantities import printable

EPILOG = """\b
Examples:
    sqlclap play sounds.db 12
    sqlclap play sounds.db 12@3.0-4.5 'drums/sn_*'
    sqlclap search sounds.db "deep kick" --nl | sqlclap play sounds.db -
"""


@click.command(name="play", epilog=EPILOG)
@LIBRARY
@SOUNDS
@one_line_errors
def command(library: str, sounds: tuple[str, ...]) -> None:
    """Play sounds, or spans of them, one after the other.

    The player is the first of afplay, ffplay, mpv, play, paplay and aplay that is installed, or
    what `sqlclap config player` says. Ctrl-C stops it. - reads ids from standard input.
    """
    places = used_places(library, named_sounds(sounds))
    player = find_player()
    if player is None:
        names = ", ".join(one[0] for one in PLAYERS)
        raise SettingsError(
            f"no player found: install one of {names}, or name yours with `sqlclap config player`"
        )
    failed = []
    for sample, place in places:
        span = f"@{place.span}" if place.span else ""
        click.echo(printable(f"{told_id(sample.sample_id)}  {sample.path}{span}"))
        reason = play_sound(player, sample.file, place.span)
        failed += [f"{sample.path}: {reason}"] if reason else []
    finish(library, places, "play", failed)
