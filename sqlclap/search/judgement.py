"""Judges whether an answer is meaningful, by the query's words and by the library's scores.

Cosines alone don't tell: words that the model never learnt score as high as words that it knows,
and which score is high depends on the library. `docs/BENCHMARKS-models.md` has the figures that the
limits below were chosen by, `sqlclap bench weak` takes them again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sqlclap.search.background import ASKED_TEXTS, Background, Texts

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array
    from sqlclap.models.encoder import Encoder
    from sqlclap.models.vocabulary import TaughtVocabulary

NEAR_TAUGHT = 0.4
"""Cosine to the nearest name that the model was taught, below which words are unfamiliar to it."""

NEAR_TAUGHT_WITHOUT_WORDS = 0.65
"""The same where none of the words was taught."""

ABOVE_CHANCE = 1.15
"""Deviations above what meaningless texts score best, that both the best match and the names most
like the query must lie under for a library of 100 sounds to hold nothing of the kind."""

MORE_A_DOUBLING = 0.2
"""What is added for each doubling of a larger library: the best of more sounds is better."""

WELL_ABOVE_CHANCE = 2.0
"""The same, under which it is said that the library may hold little of the kind."""

KNOWS_MORE = "larger_clap_general"
"""The model that knows most everyday sounds of those that can be pulled."""

_PULL = f"; `sqlclap models pull {KNOWS_MORE}` installs a model that may know it"
_INSTALLED = f"; {KNOWS_MORE} may know it, and is installed"

UNMEASURED = -1.0


@dataclass(frozen=True)
class Doubt:
    """A reason not to trust an answer.

    Attributes
    ----------
    code : str
        "unknown_words", "unfamiliar": the model doesn't know what is asked for; "weakly_taught":
        it hardly tells that from other sounds;
        "below_background": the library seems to hold nothing of the kind; "unlike_library":
        nothing in it sounds like the sound given; "near_background": it may hold little of the
        kind; "some_words_unknown", "cut": a part of the query doesn't count; "read_as": words
        were read as others, such as those of another language.
    text : str
        Text for users.
    words : tuple of str
        The words that it is about, if any.
    is_serious : bool
        The answer as a whole means little: all its matches are weak.
    """

    code: str
    text: str
    words: tuple[str, ...] = ()
    is_serious: bool = True


class Judgement(NamedTuple):
    """How far an answer can be trusted.

    Attributes
    ----------
    doubts : tuple of Doubt
    floor : float
        Matches with a lower score are weak.
    """

    doubts: tuple[Doubt, ...]
    floor: float

    @property
    def is_doubtful(self) -> bool:
        """Whether the answer as a whole means little."""
        return any(doubt.is_serious for doubt in self.doubts)

    def is_weak(self, score: float) -> bool:
        """Whether a match with this score means little."""
        return self.is_doubtful or score < self.floor


UNJUDGED = Judgement((), -math.inf)
"""For answers without anything to judge them by: no match is weak."""


def unjudged(_: float | None) -> Judgement:
    """Judge no answer: nothing is known to judge it by. A `Judge`."""
    return UNJUDGED


Judge = Callable[[float | None], Judgement]
"""Takes an answer's best score, or None if nothing was found, and judges the answer."""


class Words(NamedTuple):
    """A query in words.

    Attributes
    ----------
    text : str
    vector : np.ndarray [shape=(dim,), dtype=float32]
    """

    text: str
    vector: Float32Array


def judge_words(
    encoder: Encoder, background: Background | None, words: Words, best: float | None
) -> Judgement:
    """Judge a query in words and its best match.

    Parameters
    ----------
    encoder : Encoder
    background : Background or None
        The library's; without one, only the words are judged.
    words : Words
    best : float or None
        The best match's score, whatever page is shown; None where there is no match.
    """
    doubts = word_doubts(encoder, background, words)
    return judge_text_vector(encoder, background, words.vector, best, doubts)


def judge_text_vector(
    encoder: Encoder,
    background: Background | None,
    vector: Float32Array,
    best: float | None,
    doubts: Iterable[Doubt] = (),
) -> Judgement:
    """Judge the best match of a query that lies among texts, whose words may not be known.

    Parameters
    ----------
    encoder : Encoder
    background : Background or None
    vector : np.ndarray [shape=(dim,), dtype=float32]
    best : float or None
        As in `judge_words`.
    doubts : iterable of Doubt
        What is to be said against the query already.
    """
    contract = encoder.bundle.text_background
    chance = background.chance() if background is not None else None
    doubts = list(doubts)
    if chance is None or background is None:
        return Judgement(tuple(doubts), contract.weak_below)
    if best is not None and not any(doubt.is_serious for doubt in doubts):
        held = background.held(vector, encoder.bundle.contract.scoring.temperature)
        doubts += _chance_doubts(background, chance, max(held, best))
    return Judgement(tuple(doubts), chance[0])


def chance_floor(background: Background) -> float | None:
    """Return the cosine to a text below which one sound is no more similar to it than by chance.

    It is the limit that `judge_words` has for the best match of a library of 100 sounds: here a
    sound is asked about by itself, and no best of many is taken. None if unknown.
    """
    chance = background.chance()
    return None if chance is None else chance[0] + ABOVE_CHANCE * chance[1]


def _chance_doubts(
    background: Background, chance: tuple[float, float], score: float
) -> list[Doubt]:
    mean, deviation = chance
    doublings = max(0.0, math.log2((background.sounds + background.added) / 100))
    above = (score - mean) / deviation
    if above < ABOVE_CHANCE + MORE_A_DOUBLING * doublings:
        text = "the best match scores no better than words without meaning do in this library"
        return [Doubt("below_background", f"{text}: it may hold nothing of the kind")]
    if above < WELL_ABOVE_CHANCE:
        text = "the best match is not far above what words without meaning score in this library"
        return [Doubt("near_background", f"{text}: it may hold little of the kind", (), False)]
    return []


def word_doubts(encoder: Encoder, background: Background | None, words: Words) -> list[Doubt]:
    """Return the doubts that follow from the words themselves, in any library."""
    from sqlclap.models.vocabulary import content_words, taught_vocabulary

    name, doubts = encoder.bundle.name, []
    if encoder.tokens.is_cut(words.text):
        max_tokens = encoder.bundle.text.max_tokens
        text = f"the text is too long: {name} takes {max_tokens} tokens, the rest doesn't count"
        doubts.append(Doubt("cut", text, is_serious=False))
    vocabulary = taught_vocabulary(encoder.bundle)
    if not vocabulary.is_complete:
        return doubts
    reading = encoder.read(words.text)
    query_words = content_words(reading.text)
    taught = any(map(vocabulary.holds, query_words))
    if vocabulary.is_weak(query_words):
        text = f"{name} hardly tells this from other sounds"
        doubts.append(Doubt("weakly_taught", text + _elsewhere(name), tuple(query_words)))
    elif _is_near_taught(_texts(encoder, background), words.vector, taught):
        doubts += _small_doubts(encoder, vocabulary, query_words)
    else:
        doubts.append(_great_doubt(encoder, vocabulary, query_words))
    if reading.changes:
        read = ", ".join(f"{typed} as {meant}" for typed, meant in reading.changes)
        typed = tuple(typed for typed, _ in reading.changes)
        doubts.append(Doubt("read_as", f"read {read}", typed, is_serious=False))
    return doubts


def _strange(
    encoder: Encoder, vocabulary: TaughtVocabulary, words: list[str]
) -> tuple[list[str], tuple[str, ...]]:
    """Return the words that are spelt, and those of them that mean nothing to the model."""
    spelt = [word for word in words if not word.isdigit()]
    known = (vocabulary.holds, encoder.tokens.is_whole_word)
    return spelt, tuple(word for word in spelt if not any(knows(word) for knows in known))


def _small_doubts(encoder: Encoder, vocabulary: TaughtVocabulary, words: list[str]) -> list[Doubt]:
    _, strange = _strange(encoder, vocabulary, words)
    text = f"of these words {encoder.bundle.name} doesn't know: {', '.join(strange)}"
    return [Doubt("some_words_unknown", text, strange, is_serious=False)] if strange else []


def _great_doubt(encoder: Encoder, vocabulary: TaughtVocabulary, words: list[str]) -> Doubt:
    name = encoder.bundle.name
    spelt, strange = _strange(encoder, vocabulary, words)
    if len(strange) == len(spelt):
        text = f"no word of this is known to {name}"
        return Doubt("unknown_words", text + _elsewhere(name), strange)
    text = f"this is like nothing that {name} was taught"
    return Doubt("unfamiliar", text + _elsewhere(name), tuple(spelt))


def _elsewhere(name: str) -> str:
    """Say which model may know what the embedded one doesn't, and how to get it."""
    from sqlclap.models.bundle import EMBEDDED_MODEL, is_installed

    if name != EMBEDDED_MODEL:
        return ""
    return _INSTALLED if is_installed(KNOWS_MORE) else _PULL


def judge_sound(model_floor: float, background: Background | None, best: float | None) -> Judgement:
    """Judge a query by sound and its best match.

    Parameters
    ----------
    model_floor : float
        The contract's ``weak_below`` of sounds; -1 where it was not measured.
    background : Background or None
    best : float or None
    """
    own = background.neighbour_floor if background is not None else None
    if own is None:
        return Judgement((), model_floor)
    floor = own if model_floor <= UNMEASURED else min(own, model_floor)
    if best is None or best >= floor:
        return Judgement((), floor)
    text = "nothing here sounds like it: nearly all of the library's own sounds have a nearer one"
    return Judgement((Doubt("unlike_library", text),), floor)


def in_words(doubts: Iterable[Doubt]) -> str | None:
    """Return doubts as one line; None if there are none. Another model is named once."""
    told: list[str] = []
    for doubt in doubts:
        text = doubt.text
        for hint in (_PULL, _INSTALLED):
            if any(hint in earlier for earlier in told):
                text = text.replace(hint, "")
        told.append(text)
    return "; ".join(told) or None


def _is_near_taught(texts: Texts, vector: Float32Array, taught: bool) -> bool:
    nearest = float((texts.vectors[: texts.names] @ vector).max())
    return nearest >= (NEAR_TAUGHT if taught else NEAR_TAUGHT_WITHOUT_WORDS)


def _texts(encoder: Encoder, background: Background | None) -> Texts:
    if background is not None and background.texts is not None:
        return background.texts
    return ASKED_TEXTS.of(encoder)
