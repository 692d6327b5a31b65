"""Reads words that mean something measured: "deep", "not bright", "under 2 s", "not a snare".

`measure_words.toml` has the words. What is left of a text is for the model.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("measure_words.toml")
LONGEST = 1_000
"""Characters of a text that is looked through; longer ones are no wishes but prose."""

_NUMBER = r"(?P<number>\d{1,9}(?:\.\d{1,6})?)"
_KEY = r"(?P<key>[a-g](?:#|b|♯|♭| sharp| flat)?(?:m\b| ?min(?:or)?\b| ?maj(?:or)?\b))"
_UNWANTED = re.compile(
    r"\b(?:(?:and|but) )?(?:without|no|not (?:an?|the|any|like)|not)\s+(?:an? |the |any |like )*"
    r"(?P<clause>[^,;]+?)(?=\s+but\s|\s*[,;]|\s*$)",
    re.IGNORECASE,
)
_QUOTED = re.compile(r'"([^"\x00]+)"')
"""Words between quotes are for the model, whatever they mean."""

_EMPTY = {
    "a", "an", "and", "at", "but", "for", "in", "is", "of", "or", "sound", "sounds", "that", "the",
    "with", "which",
}  # fmt: skip
_GONE = " , "
"""Stands in a text for what was taken out of it: it ends what is not wanted."""


@dataclass(frozen=True)
class Measure:
    """A quality by which sounds are ranked.

    Attributes
    ----------
    words : str
        As they were written.
    means : str
    columns : mapping of str to float
        Descriptors; above 0: more of it is wanted.
    weight : float
        Negative for its opposite.
    """

    words: str
    means: str
    columns: Mapping[str, float]
    weight: float = 1.0


@dataclass(frozen=True)
class Understood:
    """Words of a query, and what they were taken to mean.

    Attributes
    ----------
    words, means : str
    """

    words: str
    means: str

    def __str__(self) -> str:
        return f"{self.words} -> {self.means}"


@dataclass(frozen=True)
class Understanding:
    """What a text was taken to mean.

    Attributes
    ----------
    words : str
        What the model is asked for; empty where nothing is wanted.
    measures : tuple of Measure
    unwanted : tuple of str
        Words for what is not wanted.
    fields : mapping
        Search fields that are filters.
    conditions : tuple of str
        More filters, for `where`.
    told : tuple of Understood
        All of it; empty where the text is just words.
    is_asked_whole : bool
        Nothing is left of the text but what was understood: the model is asked for that.
    """

    words: str
    measures: tuple[Measure, ...] = ()
    unwanted: tuple[str, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
    conditions: tuple[str, ...] = ()
    told: tuple[Understood, ...] = ()
    is_asked_whole: bool = False


@dataclass(frozen=True)
class Known:
    """What words can be measured by here.

    Attributes
    ----------
    columns : frozenset of str
        Descriptors that the library has.
    fields : frozenset of str
        Names of search fields that are filters.
    """

    columns: frozenset[str]
    fields: frozenset[str]


@cache
def _table() -> dict[str, Any]:
    with TABLE.open("rb") as file:
        return tomllib.load(file)


def measured_columns() -> tuple[str, ...]:
    """Return the descriptors that words of the table are about."""
    return tuple(dict.fromkeys(name for one in _table()["measure"] for name in one["columns"]))


def _any_of(texts: Iterable[str]) -> str:
    """Return a pattern for one of some texts, the longest that fits."""
    in_order = sorted(texts, key=lambda text: (-len(text), text))
    return "|".join(re.escape(text).replace(r"\ ", r"\s+") for text in in_order)


def _whole(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.-])(?:{pattern})(?![\w-]|\.\d)", re.IGNORECASE)


@cache
def _qualities() -> tuple[re.Pattern[str], Mapping[str, Mapping[str, Any]]]:
    """Return the pattern of measures with their degrees, and the table's rows by word."""
    rows = {word: one for one in _table()["measure"] for word in one["words"]}
    degree = _any_of(_table()["degrees"])
    pattern = rf"(?P<degrees>(?:(?:{degree})\s+)*)(?P<word>{_any_of(rows)})"
    return _whole(pattern), rows


@cache
def _kept() -> re.Pattern[str]:
    return _whole(_any_of(_table()["kept"]["phrases"]).replace(r"\s+", r"[\s-]+"))


@cache
def _bounds() -> tuple[tuple[re.Pattern[str], Mapping[str, Any]], ...]:
    found = []
    for one in _table()["filter"]:
        pattern = one["pattern"].replace("{number}", _NUMBER).replace("{key}", _KEY)
        if "units" in one:
            pattern += rf"\s*(?P<unit>{_any_of(one['units'])})"
        found.append((_whole(pattern), one))
    return tuple(found)


class _Reader:
    """Takes out of a text what it understands, from filters to single words."""

    def __init__(self, text: str, known: Known) -> None:
        self.known = known
        self.measures: list[Measure] = []
        self.unwanted: list[str] = []
        self.fields: dict[str, Any] = {}
        self.conditions: list[str] = []
        self.told: list[tuple[int, Understood]] = []
        self._names: list[str] = []
        unquoted = _QUOTED.sub(lambda found: self._hide(found[1]), text)
        self.text = _kept().sub(lambda found: self._hide(found[0]), unquoted)
        self._written = self.text
        self._asked = self.text  # all but what is not wanted

    def _hide(self, words: str) -> str:
        self._names.append(words)
        return f"\x00{len(self._names) - 1}\x00"

    def shown(self, text: str) -> str:
        """Return a text with the names that were hidden in it."""
        return re.sub(r"\x00(\d+)\x00", lambda found: self._names[int(found[1])], text)

    def take(self, pattern: re.Pattern[str], take: Callable[[re.Match[str]], str | None]) -> None:
        """Take out what fits a pattern, where `take` says what it means."""

        def replaced(found: re.Match[str]) -> str:
            means = take(found)
            if means is None:
                return found[0]
            place = self._written.find(found[0].strip())
            told = Understood(self.shown(found[0].strip()), means)
            self.told.append((place, told))
            return _GONE

        self.text = pattern.sub(replaced, self.text)

    def bound(self, one: Mapping[str, Any], found: re.Match[str]) -> str | None:
        """Take a filter; None where there is no such field."""
        groups = found.groupdict()
        number = float(groups["number"]) if groups.get("number") else 1.0
        number *= one.get("units", {}).get((groups.get("unit") or "").lower(), 1)
        if "where" in one:
            condition: str = one["where"].replace("{number}", f"{number:.6g}")
            self.conditions.append(condition)
            return condition
        if not set(one["fields"]) <= self.known.fields:
            return None
        key = groups.get("key")
        values = {
            name: _key_named(key) if key else round(number * factor, 6)
            for name, factor in one["fields"].items()
        }
        self.fields |= values
        return _told_bounds(values)

    def unlike(self, found: re.Match[str]) -> str | None:
        """Take what is not wanted; "not bright" is a measure, and left for it."""
        clause = found["clause"].strip()
        if re.match(r"(?:(?:and|but) )?not\s", found[0], re.IGNORECASE):
            quality = _qualities()[0].match(self.text, found.start("clause"))
            article = re.search(r"not\s+(?:an?|the|any|like)\s", found[0], re.IGNORECASE)
            if quality is not None and article is None:
                return None
        self.unwanted.append(self.shown(clause))
        self._asked = self._asked.replace(found[0], _GONE)
        return f"less {self.shown(clause)!r}"

    def quality(self, found: re.Match[str]) -> str | None:
        """Take a measure; None where the library has none of its columns."""
        one = _qualities()[1][found["word"].lower()]
        columns = {
            name: sign for name, sign in one["columns"].items() if name in self.known.columns
        }
        if not columns:
            return None
        weight = 1.0
        for degree in re.findall(_any_of(_table()["degrees"]), found["degrees"].lower()):
            weight *= _table()["degrees"][" ".join(degree.split())]
        self.measures.append(Measure(found[0].strip(), one["means"], columns, weight))
        counted = "" if abs(weight) == 1 else f" (weight {abs(weight):g})"
        return f"{'the opposite of ' if weight < 0 else ''}{one['means']}{counted}"

    def result(self) -> Understanding:
        """Return what was taken; the model is asked for what is left, or else for all of it."""
        told = [one for _, one in sorted(self.told, key=lambda pair: pair[0])]
        words = _cleaned(self.shown(self.text))
        is_asked_whole = not words
        if is_asked_whole:
            words = _cleaned(self.shown(self._asked))
            told += [Understood(words, "the model is asked for it, too")] if words else []
        return Understanding(
            words,
            tuple(self.measures),
            tuple(self.unwanted),
            self.fields,
            tuple(self.conditions),
            tuple(told),
            is_asked_whole,
        )


def understand(text: str, known: Known) -> Understanding:
    """Return what a text means in terms that are measured.

    Parameters
    ----------
    text : str
    known : Known

    Returns
    -------
    Understanding
        Of a text without such words, its `words` are the text as it is, but for quotes: what stands
        between these is left to the model.
    """
    if len(text) > LONGEST or "\x00" in text:
        return Understanding(text)
    reader = _Reader(text, known)
    for pattern, one in _bounds():
        reader.take(pattern, partial(reader.bound, one))
    reader.take(_UNWANTED, reader.unlike)
    reader.take(_qualities()[0], reader.quality)
    return reader.result() if reader.told else Understanding(_QUOTED.sub(r"\1", text))


def _cleaned(text: str) -> str:
    """Return the words of a text without the remains of what was taken out; maybe none."""
    parts = (" ".join(part.split()) for part in re.split(r"[,;]", text))
    kept = [part for part in parts if any(word.lower() not in _EMPTY for word in part.split())]
    return re.sub(r"^(?:and|but|or) | (?:and|but|or)$", "", " ".join(kept))


def _told_bounds(values: Mapping[str, Any]) -> str:
    """Return what bounds say: "tempo 124.16-131.84", "length at most 2"."""
    told: dict[str, list[str]] = {}
    for name, value in values.items():
        if not name.startswith(("min_", "max_")):
            told[name] = [str(value)]
            continue
        parts = told.setdefault(name[4:], [])
        if len(values) == 1:
            parts.append("at least" if name.startswith("min_") else "at most")
        parts.append(f"{value:g}")
    return " and ".join(
        f"{name} {' '.join(parts) if parts[0].startswith('at ') else '-'.join(parts)}"
        for name, parts in told.items()
    )


def _key_named(text: str) -> str:
    """Return a key as descriptors have it.

    >>> _key_named("F#m"), _key_named("e flat major"), _key_named("A min")
    ('F# minor', 'Eb major', 'A minor')
    """
    note, rest = text[0].upper(), text[1:].lower().strip()
    for sign, spellings in {"#": ("#", "♯", "sharp"), "b": ("b", "♭", "flat")}.items():
        if rest.startswith(spellings):
            note += sign
    return f"{note} {'major' if 'maj' in rest else 'minor'}"
