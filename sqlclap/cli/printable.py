"""Text that can be put on a terminal whatever a file is called."""

from __future__ import annotations


def printable(text: str) -> str:
    """Write control characters as backslash escapes: a name must not steer the terminal."""
    return text if text.isprintable() else "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    return character.encode("unicode_escape").decode("ascii")
