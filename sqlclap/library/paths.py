"""File names as text that any SQLite client can show, and back to the file system's bytes.

File systems hold bytes; SQLite text is UTF-8. A name that isn't valid UTF-8 is shown with
backslash escapes in `path`, and its bytes are kept beside it in `path_bytes`. So is the odd name
that holds such an escape as plain letters: no two names are shown alike, and none share a row.
"""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path

# What `backslashreplace` makes of a byte that is not UTF-8.
_ESCAPE = re.compile(rb"\\x[89a-f][0-9a-f]")


def path_columns(relative: str) -> tuple[str, bytes | None]:
    r"""Split a path as Python has it into the columns ``path`` and ``path_bytes``.

    Names that are escaped have their own backslashes doubled, which makes the text of each name
    its own.

    >>> path_columns("kit/kick.wav")
    ('kit/kick.wav', None)
    >>> path_columns(os.fsdecode(b"kit/caf\xe9.wav"))
    ('kit/caf\\xe9.wav', b'kit/caf\xe9.wav')
    >>> path_columns(r"kit/caf\xe9.wav")
    ('kit/caf\\\\xe9.wav', b'kit/caf\\xe9.wav')
    """
    relative = relative.replace(os.sep, "/")
    raw = os.fsencode(relative)
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        is_plain = False
    else:
        is_plain = _ESCAPE.search(raw) is None
    if is_plain:
        return relative, None
    return raw.replace(b"\\", b"\\\\").decode("utf-8", errors="backslashreplace"), raw


def native_path(path: str, path_bytes: bytes | None) -> str:
    """Undo `path_columns`: a relative path as Python has it."""
    return path.replace("/", os.sep) if path_bytes is None else os.fsdecode(path_bytes)


def file_path(root: str, path: str, path_bytes: bytes | None) -> Path:
    """Return where on disk a sample's columns point."""
    # Joined as text: making one Path is much faster than putting two together.
    name = path if path_bytes is None else os.fsdecode(path_bytes)
    return Path(f"/{name}" if root == "/" else f"{root}/{name}")


def spelled_alike(name: str) -> str:
    """Return what a name and its other spellings in Unicode have in common (NFC).

    Some systems store an accent as a letter's part, others beside it (``é`` as one character or
    two): who types one means the other too.
    """
    return unicodedata.normalize("NFC", name)


def spellings(name: str) -> list[str]:
    """Return a name as it is typed, then with its accents spelled one way and the other.

    >>> [len(one) for one in spellings("\u00e9")], spellings("e")
    ([1, 2], ['e'])
    """
    forms = (unicodedata.normalize(form, name) for form in ("NFC", "NFD"))
    return list(dict.fromkeys([name, *forms]))
