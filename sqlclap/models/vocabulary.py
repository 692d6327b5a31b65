"""The words that a model was trained on, if they are known: names of sounds, words about them.

A text tower gives a vector for any words at all. One that was trained on names of some sounds knows
nothing of others, though its vectors for them look the same; such a bundle lists its words. CLAP's
towers were trained on too many words to list: for them only the scores help.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from sqlclap.models.bundle import EMBEDDED_MODEL, Bundle

TAUGHT = "taught.txt"
"""A bundle's own list, if its contract names one; the embedded model's comes with the package."""

_FILLERS = frozenset(
    """a an and as at by for from i in is it its like me my of on one or sample samples some sound
    sounds that the this to very with without""".split()  # noqa: SIM905
)


class TaughtVocabulary(NamedTuple):
    """Names and words of a model's training.

    Attributes
    ----------
    names : tuple of str
        Names of sounds.
    words : frozenset of str
        All words of the names and descriptions of sounds, without stop words.
    is_complete : bool
        Whether the model was taught nothing else; False for a list of common names of sounds.
    weak : frozenset of str
        Names that it was taught and hardly tells from others; they are none of `names`.
    """

    names: tuple[str, ...]
    words: frozenset[str]
    is_complete: bool
    weak: frozenset[str] = frozenset()

    def holds(self, word: str) -> bool:
        """Whether a word, or its singular or plural, is one of them."""
        return bool(self.words.intersection((word, word + "s", word.removesuffix("s"))))

    def is_weak(self, words: list[str]) -> bool:
        """Whether a query's words end in a name that the model hardly tells from other sounds."""
        if not self.weak:
            return False
        weak, endings = _weak_and_all(self)
        longest = (" ".join(words[first:]) for first in range(len(words)))
        return next((ending for ending in longest if ending in endings), "") in weak


@lru_cache(maxsize=8)
def _weak_and_all(vocabulary: TaughtVocabulary) -> tuple[frozenset[str], frozenset[str]]:
    """Return the weak names, and all names, by their words: they are read at every search."""
    weak = frozenset(" ".join(content_words(name)) for name in vocabulary.weak)
    return weak, weak.union(" ".join(content_words(name)) for name in vocabulary.names)


def content_words(text: str) -> list[str]:
    """Return a text's words in lower case, without stop words; numbers count as words.

    >>> content_words("The sound of a deep-kick, 808")
    ['deep', 'kick', '808']
    """
    words = re.findall(r"[^\W_]+", text.lower())
    return list(dict.fromkeys(word for word in words if word not in _FILLERS))


def taught_vocabulary(bundle: Bundle) -> TaughtVocabulary:
    """Return the words that a bundle lists as taught; without a list, common names of sounds.

    Raises
    ------
    BundleError
        Its list is missing or was altered.
    """
    if TAUGHT in bundle.contract.files:
        return parse_vocabulary(bundle.read(TAUGHT).decode("utf-8"), True)
    return parse_vocabulary(_embedded_text(), bundle.name == EMBEDDED_MODEL)


@lru_cache(maxsize=1)
def _embedded_text() -> str:
    source = Path(__file__).with_name("taught") / f"{EMBEDDED_MODEL}.txt"
    return source.read_text(encoding="utf-8")


@lru_cache(maxsize=8)
def parse_vocabulary(text: str, is_complete: bool) -> TaughtVocabulary:
    parts: dict[str, list[str]] = {"names": [], "words": []}
    section = "names"
    for line in text.splitlines():
        content = line.partition("#")[0].strip()
        if content.startswith("[") and content.endswith("]"):
            section = content[1:-1]
        elif content:
            parts.setdefault(section, []).append(content)
    weak = parts.get("weak", [])
    words = frozenset(content_words(" ".join(parts["names"] + parts["words"] + weak)))
    return TaughtVocabulary(tuple(parts["names"]), words, is_complete, frozenset(weak))
