"""What the model was taught, as a file that ships with it: sounds' names, and words for them."""

from __future__ import annotations

import re
from pathlib import Path

from sqlclap.durable import write_whole
from training.captions import ATTRIBUTES
from training.taxonomy.classes import CLASSES, FAMILIES

FILE = Path(__file__).parents[1] / "sqlclap" / "models" / "taught" / "sqlclap-mini.txt"
HEADER = "# What sqlclap-mini was taught; written by `python -m training.taught`.\n"


def taught_text() -> str:
    """Return the file's text: the classes' wordings, then other words that captions hold."""
    names = sorted({wording for entry in CLASSES.values() for wording in entry.wordings})
    phrases = [
        *CLASSES,
        *(word for group in (ATTRIBUTES, FAMILIES) for ws in group.values() for word in ws),
    ]
    named = set(_words(" ".join(names)))
    others = sorted(set(_words(" ".join(phrases))) - named)
    return HEADER + "[names]\n" + "\n".join(names) + "\n[words]\n" + "\n".join(others) + "\n"


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.lower())


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    write_whole(FILE, taught_text())
