"""How a file or instrument name becomes a class."""

from __future__ import annotations

import re

from training.taxonomy.classes import read_toml

_DATA = read_toml("files.toml")
_RULES = tuple((label, re.compile(pattern)) for label, pattern in _DATA["rules"])
_SONIC_PI: dict[str, str] = _DATA["sonic_pi"]
_LMMS: dict[str, str] = _DATA["lmms"]


def class_of_file_name(name: str) -> str | None:
    """Return the class of the first rule that matches a file or instrument name."""
    lowered = name.lower()
    for label, pattern in _RULES:
        if pattern.search(lowered):
            return label
    return None


def class_of_sonic_pi(stem: str) -> str | None:
    """Return the class of a sonic-pi sample by its name without suffix."""
    if stem in _SONIC_PI:
        return _SONIC_PI[stem] or None
    return class_of_file_name(stem)


def class_of_lmms_path(path: str) -> str | None:
    """Return the class of an lmms sample by its path below the samples folder."""
    label = None
    for part, part_label in _LMMS.items():
        if part in path:
            label = part_label
    if label is None and not re.match(r"misc|shapes|waveforms", path):
        return class_of_file_name(path)
    return label
