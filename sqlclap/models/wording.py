"""How a bundle's tower reads what people type: other languages, spellings, plurals.

A bundle whose contract lists a ``words.txt`` was taught few words, and says in it which others
mean the same. They are replaced before the tower sees the text; what was taught, and ordinary
words of its tokenizer, stay as they are. The same text is always read in the same way, without a
network, and what was read otherwise is told.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from sqlclap.models.bundle import Bundle
from sqlclap.models.vocabulary import TaughtVocabulary, content_words, taught_vocabulary

WORDS = "words.txt"
"""A bundle's list of words that mean the same, if its contract names one."""

LONGEST_PHRASE = 4
SHORTEST_CORRECTED = 4
SHORTEST_SPELLING = 3
LONGEST_CORRECTED = 24
TWO_SLIPS_FROM = 8
MOST_LOOKED_UP = 12
"""Words of one text that are compared with all spellings: a query has fewer, a page has more."""

_WORD = re.compile(r"[^\W_]+")
_LITTLE = "little"


class Reading(NamedTuple):
    """A text as the tower reads it.

    Attributes
    ----------
    text : str
        As given, where nothing was read otherwise.
    changes : tuple of (str, str)
        Words as typed, and as read. A plural that was read as its singular is none.
    """

    text: str
    changes: tuple[tuple[str, str], ...] = ()


def plain(text: str) -> str:
    """Return a text in lower case, without accents.

    >>> plain("Große FLÖTE")
    'grosse flote'
    """
    parts = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe"))
    return "".join(part for part in parts if not unicodedata.combining(part))


def slips(first: str, second: str, most: int) -> int:
    """Count letters left out, added, changed or swapped between two words; `most` + 1 for more.

    >>> slips("giutar", "guitar", 2), slips("snre", "snare", 2), slips("piano", "violin", 2)
    (1, 1, 3)
    """
    if abs(len(first) - len(second)) > most:
        return most + 1
    before, row = [0] * (len(second) + 1), list(range(len(second) + 1))
    for i, letter in enumerate(first, 1):
        last, before, row = before, row, [i]
        for j, other in enumerate(second, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == second[j - 2] and first[i - 2] == other:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)


@dataclass(frozen=True)
class Wording:
    """The words of one bundle.

    Attributes
    ----------
    meanings : dict of tuple of str to str
        What phrases mean, by their plain words.
    little : dict of str to frozenset of str
        Articles and the like of each language, left out beside its words.
    languages : dict of tuple of str to frozenset of str
        Languages of each phrase.
    vocabulary : TaughtVocabulary
    """

    meanings: dict[tuple[str, ...], str]
    little: dict[str, frozenset[str]]
    languages: dict[tuple[str, ...], frozenset[str]]
    vocabulary: TaughtVocabulary

    def read(self, text: str, is_ordinary: Callable[[str], bool]) -> Reading:
        """Read a text.

        Parameters
        ----------
        text : str
        is_ordinary : callable
            Whether the tokenizer has a word as a whole; such words are not corrected.
        """
        typed = _WORD.findall(text)
        words = [plain(word) for word in typed]
        read: list[str] = []
        changes: list[tuple[str, str]] = []
        spoken: set[str] = set()
        place = looked_up = 0
        while place < len(words):
            size, meaning, languages = self._phrase(words, place)
            if not size:
                looked_up += words[place] not in self._known
                is_kept = is_ordinary if looked_up <= MOST_LOOKED_UP else _anything
                size, meaning = 1, self._word(words[place], is_kept)
            shown = " ".join(typed[place : place + size])
            if meaning not in (shown.lower(), " ".join(words[place : place + size])):
                if not _is_plural_of(words[place], meaning):
                    changes.append((shown, meaning))
                read.append(meaning)
            else:
                read.append(shown)
            spoken |= languages
            place += size
        return self._result(text, typed, read, changes, spoken)

    def _result(
        self,
        text: str,
        typed: list[str],
        read: list[str],
        changes: list[tuple[str, str]],
        spoken: set[str],
    ) -> Reading:
        if read == typed:
            return Reading(text)
        left_out = frozenset().union(*(self.little.get(code, frozenset()) for code in spoken))
        kept = [word for word in read if plain(word) not in left_out]
        return Reading(" ".join(kept or read), tuple(changes))

    def _phrase(self, words: list[str], place: int) -> tuple[int, str, frozenset[str]]:
        for size in range(min(LONGEST_PHRASE, len(words) - place), 0, -1):
            key = tuple(words[place : place + size])
            if key in self.meanings:
                return size, self.meanings[key], self.languages[key]
        return 0, "", frozenset()

    def _word(self, word: str, is_ordinary: Callable[[str], bool]) -> str:
        """Return the word that one outside the table stands for; itself if nothing is near."""
        if word in self._known:
            return word
        for ending in ("s", "es"):
            if word.endswith(ending) and (single := word.removesuffix(ending)) in self._known:
                return single
        if word.isdigit() or word in self._little_words or is_ordinary(word):
            return word
        return self._two_words(word) or self._corrected(word)

    def _two_words(self, word: str) -> str | None:
        for place in range(3, len(word) - 2):
            first, second = word[:place], word[place:]
            if first in self._known and second in self._known:
                return f"{first} {second}"
        return None

    def _corrected(self, word: str) -> str:
        if not SHORTEST_CORRECTED <= len(word) <= LONGEST_CORRECTED:
            return word
        most = 2 if len(word) >= TWO_SLIPS_FROM else 1
        found = [(slips(word, known, most), known) for known in self._spellings]
        near = [pair for pair in found if pair[0] <= most]
        if not near:
            return word
        # Of words as near, one of the same letters, then one that begins alike: letters are mostly
        # swapped, and rarely the first.
        letters = sorted(word)
        _, _, _, best = min(
            (count, sorted(known) != letters, known[0] != word[0], known) for count, known in near
        )
        return self.meanings.get((best,), best)

    @cached_property
    def _known(self) -> frozenset[str]:
        return self.vocabulary.words

    @cached_property
    def _little_words(self) -> frozenset[str]:
        return frozenset().union(*self.little.values())

    @cached_property
    def _spellings(self) -> tuple[str, ...]:
        """Words that a misspelt one may stand for: what was taught, and single words for it."""
        own = {word for word in self._known if len(word) >= SHORTEST_SPELLING}
        others = {key[0] for key in self.meanings if len(key) == 1 and len(key[0]) > 3}
        return tuple(sorted(word for word in own | others if not word.isdigit()))


def _anything(word: str) -> bool:
    return bool(word)


def _is_plural_of(word: str, single: str) -> bool:
    return word in (single + "s", single + "es")


def wording_of(bundle: Bundle) -> Wording | None:
    """Return the words of a bundle; None if it lists none.

    Raises
    ------
    BundleError
        A list is missing or was altered.
    """
    if WORDS not in bundle.contract.files:
        return None
    return parse_wording(bundle.read(WORDS).decode("utf-8"), taught_vocabulary(bundle))


@lru_cache(maxsize=8)
def parse_wording(text: str, vocabulary: TaughtVocabulary) -> Wording:
    """Read a list of words: sections by language, lines ``meaning = phrase, phrase``."""
    meanings: dict[tuple[str, ...], str] = {}
    languages: dict[tuple[str, ...], set[str]] = {}
    little: dict[str, frozenset[str]] = {}
    section = ""
    taught = {tuple(content_words(plain(name))) for name in vocabulary.names}
    for line in text.splitlines():
        content = line.partition("#")[0].strip()
        if content.startswith("["):
            section = content.strip("[]")
            continue
        meaning, _, phrases = (part.strip() for part in content.partition("="))
        keys = [tuple(_WORD.findall(plain(phrase))) for phrase in phrases.split(",")]
        if section == _LITTLE:
            little[meaning] = frozenset(key[0] for key in keys if key)
            continue
        for key in _usable(keys, taught):
            meanings.setdefault(key, meaning)
            if section != "en":
                languages.setdefault(key, set()).add(section)
    by_key = {key: frozenset(languages.get(key, ())) for key in meanings}
    return Wording(meanings, little, by_key, vocabulary)


def _usable(keys: Iterable[tuple[str, ...]], taught: set[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Leave out phrases that mean something else where they were taught."""
    return [key for key in keys if key and key not in taught]
