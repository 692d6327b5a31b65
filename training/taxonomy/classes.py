"""Sound classes and families, read from classes.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class SoundClass:
    """One class: the families it belongs to and the words people use for it.

    `further` came with the second edition; the synonym that is kept back is one of `synonyms`.
    """

    name: str
    families: tuple[str, ...]
    synonyms: tuple[str, ...]
    further: tuple[str, ...] = ()

    @property
    def wordings(self) -> tuple[str, ...]:
        """The name and every synonym that captions may use."""
        kept_back = unseen_synonym(self)
        return tuple(
            word for word in (self.name, *self.synonyms, *self.further) if word != kept_back
        )


def unseen_synonym(sound_class: SoundClass) -> str | None:
    """Return the synonym kept out of all captions, or None when there are too few."""
    return sound_class.synonyms[-1] if len(sound_class.synonyms) >= 3 else None


def read_toml(name: str) -> dict[str, object]:
    """Read one of the taxonomy's data files."""
    return tomllib.loads((_FOLDER / name).read_text(encoding="utf-8"))


def _load() -> tuple[dict[str, tuple[str, ...]], dict[str, SoundClass]]:
    data = read_toml("classes.toml")
    further = read_toml("wordings.toml")
    families = {name: tuple(words) for name, words in data["families"].items()}
    classes = {
        name: SoundClass(
            name,
            tuple(entry["families"]),
            tuple(entry["synonyms"]),
            tuple(further.get(name, ())),
        )
        for name, entry in data["classes"].items()
    }
    return families, classes


FAMILIES, CLASSES = _load()


def classes_of_family(family: str) -> frozenset[str]:
    """Return the names of all classes of a family."""
    return frozenset(name for name, entry in CLASSES.items() if family in entry.families)
