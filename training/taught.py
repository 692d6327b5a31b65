"""What the model that ships was taught, as a file of its bundle: sounds' names, words for them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from statistics import mean

from training.captions import ATTRIBUTES
from training.taxonomy.classes import CLASSES, FAMILIES

HEADER = "# What sqlclap-mini was taught, and of that, what it hardly tells from other sounds.\n"
WEAK_BELOW = 0.15
"""Average precision on held-out packs under which a class is no longer advertised."""


def weak_classes(reports: Iterable[Mapping[str, Mapping[str, float]]]) -> list[str]:
    """Return the classes that are weak in the mean of the runs' reports."""
    tables = [report["by_class"] for report in reports]
    return sorted(name for name in tables[0] if mean(table[name] for table in tables) < WEAK_BELOW)


def taught_text(weak: Collection[str] = ()) -> str:
    """Return the file's text: the classes' wordings, other words of captions, weak wordings.

    Plurals of names are left out: they are read as their singular, which more captions had.

    Parameters
    ----------
    weak : collection of str
        Classes whose wordings are no names, but weak. A wording of another class, too, is a name.
    """
    taught = {name: entry.wordings for name, entry in CLASSES.items()}
    strong = {word for name, words in taught.items() if name not in weak for word in words}
    strong -= {
        word
        for word in strong
        if strong & {word.removesuffix("s"), word.removesuffix("es")} - {word}
    }
    feeble = {word for name, words in taught.items() if name in weak for word in words}
    phrases = [
        *taught,
        *(word for group in (ATTRIBUTES, FAMILIES) for ws in group.values() for word in ws),
    ]
    named = set(_words(" ".join(strong | feeble)))
    others = sorted(set(_words(" ".join(phrases))) - named)
    sections = (("names", sorted(strong)), ("words", others), ("weak", sorted(feeble - strong)))
    return HEADER + "".join(
        f"[{section}]\n" + "".join(f"{line}\n" for line in lines) for section, lines in sections
    )


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.lower())
