"""File names as text that any SQLite client can show, and back to the file system's bytes.

File systems hold bytes; SQLite text is UTF-8. A name that isn't valid UTF-8 is shown with
backslash escapes in `path`, and its bytes are kept beside it in `path_bytes`.
"""

from __future__ import annotations

import os
from pathlib import Path


def path_columns(relative: str) -> tuple[str, bytes | None]:
    r"""Split a path as Python has it into the columns ``path`` and ``path_bytes``.

    >>> path_columns("kit/kick.wav")
    ('kit/kick.wav', None)
    >>> path_columns(os.fsdecode(b"kit/caf\xe9.wav"))
    ('kit/caf\\xe9.wav', b'kit/caf\xe9.wav')
    """
    relative = relative.replace(os.sep, "/")
    try:
        relative.encode("utf-8")
    except UnicodeEncodeError:
        raw = os.fsencode(relative)
        return raw.decode("utf-8", errors="backslashreplace"), raw
    return relative, None


def file_path(root: str, path: str, path_bytes: bytes | None) -> Path:
    """Return where on disk a sample's columns point."""
    # Joined as text: making one Path is much faster than putting two together.
    return Path(f"{root}/{path if path_bytes is None else os.fsdecode(path_bytes)}")
