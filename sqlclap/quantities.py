"""Texts and quantities as people read them: on the terminal and in notebooks."""

from __future__ import annotations

import shlex


def printable(text: str) -> str:
    """Write control characters as backslash escapes: a name must not steer the terminal."""
    return text if text.isprintable() else "".join(map(_shown, text))


def typed(name: object) -> str:
    """Write a path or a name as it is typed into a shell: quoted where it has blanks and the like.

    >>> typed("sounds.db"), typed("my sounds.db")
    ('sounds.db', "'my sounds.db'")
    """
    text = printable(str(name))
    plain = all(letter.isalnum() or letter in "_@%+=:,./-" for letter in text)
    return text if text and plain else shlex.quote(text)


def brief(value: object, longest: int = 60) -> str:
    """Show a value in an error: its `repr`, cut to at most `longest` characters."""
    try:
        shown = repr(value)
    except ValueError:  # a number of thousands of digits
        shown = f"a huge {type(value).__name__}"
    return shown if len(shown) <= longest else f"{shown[: longest - 3]}..."


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    return character.encode("unicode_escape").decode("ascii")


def show_seconds(seconds: object) -> str:
    """Write a duration: ``0.25 s``, ``2:05`` or ``1:02:05``; nothing for None."""
    if not isinstance(seconds, int | float):
        return ""
    if seconds < 60:
        return f"{seconds:.2f} s"
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def show_place(seconds: float) -> str:
    """Write a place in a sound: ``0:02.5``, ``12:05.0`` or ``1:02:05.0``."""
    minutes, left = divmod(round(seconds, 1), 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02}:{left:04.1f}" if hours else f"{minutes}:{left:04.1f}"


def show_bytes(count: float) -> str:
    """Write a size in decimal units, as file managers do: ``12.3 MB``."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def show_count(count: int, noun: str) -> str:
    """Write a number with its noun: ``1 sound``, ``2,000 sounds``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
