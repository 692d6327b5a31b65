"""Runs players on files of the library."""

from __future__ import annotations

import shlex
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.cli.settings import read_settings
from sqlclap.desktop import run_program
from sqlclap.errors import SettingsError

if TYPE_CHECKING:
    from sqlclap.db.spans import Span

PLAYERS = (
    ("afplay",),
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "quiet"),
    ("mpv", "--no-video", "--really-quiet"),
    ("play", "-q"),
    ("paplay",),
    ("aplay", "-q"),
)


def find_player() -> tuple[str, ...] | None:
    """Return the command of the player in the settings, or of one that is installed.

    Raises
    ------
    SettingsError
        The one in the settings is not there.
    """
    chosen = read_settings().get("player")
    if chosen is None:
        return next((player for player in PLAYERS if shutil.which(player[0])), None)
    try:
        parts = tuple(shlex.split(chosen))
    except ValueError as error:
        raise SettingsError(f"the player {chosen!r} in the settings is no command") from error
    if not parts or shutil.which(parts[0]) is None:
        raise SettingsError(
            f"the player {chosen!r} in the settings is not installed; "
            "`sqlclap config player --unset` takes what is"
        )
    return parts


def play_sound(
    player: Sequence[str], file: Path, span: Span | None = None, pad_s: float = 0.0
) -> str | None:
    """Play a file, or a span of it, to its end; return why that can't be done, or None."""
    if not file.is_file():
        return "the file is missing"
    if span is None:
        return run_program([*player, str(file.absolute())])
    from sqlclap.audio.decode import open_audio
    from sqlclap.audio.excerpt import Excerpt, excerpt_wav
    from sqlclap.errors import AudioError

    with tempfile.TemporaryDirectory(prefix="sqlclap-") as folder:
        made = Path(folder) / "moment.wav"
        try:
            with open_audio(file) as stream:
                made.write_bytes(excerpt_wav(stream, Excerpt(span.start_s, span.end_s, pad_s)))
        except (AudioError, OSError) as error:
            return str(error)
        return run_program([*player, str(made)])
