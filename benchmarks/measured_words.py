"""Whether words for measures rank by what they mean: "deep kick" among kicks, "short snare"...

Within each class of drum sounds, the order by a query's scores is compared with the order by the
descriptor that the adjective is about (Spearman's rank correlation), and the share of the class
among the best 10 of the whole library is counted: measures must not drown the words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

import sqlclap
from sqlclap.search.request import SearchOptions

if TYPE_CHECKING:
    from sqlclap.arrays import Float64Array

ADJECTIVES = {
    "deep": ("pitch_hz", -1),
    "bright": ("spectral_centroid_hz", 1),
    "dark": ("spectral_centroid_hz", -1),
    "short": ("duration_s", -1),
    "long": ("duration_s", 1),
    "loud": ("loudness_momentary", 1),
    "quiet": ("loudness_momentary", -1),
    "punchy": ("attack_s", -1),
    "dry": ("decay", -1),
    "ringing": ("decay", 1),
    "noisy": ("flatness", 1),
    "not bright": ("spectral_centroid_hz", -1),
}
"""Which descriptor a word is about, and whether more of it is wanted."""

FEWEST = 10
"""Measured sounds of a class that make an order worth comparing."""

LOOKED_AT = 10


@dataclass(frozen=True)
class Follows:
    """How an adjective's rankings follow its measure, means over classes.

    Attributes
    ----------
    word, measure : str
    classes : int
    words, measures : float
        Spearman's correlation within a class, by the model's vector of all the words, and with
        measures.
    lowest : float
        The least of a class with measures.
    share_of_words, share_of_measures : float
        Of the class among the best 10.
    """

    word: str
    measure: str
    classes: int
    words: float
    measures: float
    lowest: float
    share_of_words: float
    share_of_measures: float


def spearman(first: Float64Array, second: Float64Array) -> float:
    """Return the rank correlation of two rows of numbers, shapes (n,); equal ones share a rank."""
    return float(np.corrcoef(_ranks(first), _ranks(second))[0, 1])


def _ranks(values: Float64Array) -> Float64Array:
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return (ends - (counts - 1) / 2)[places]


def measure_words(
    library: sqlclap.Library, classes: dict[int, str], nouns: Mapping[str, str]
) -> list[Follows]:
    """Compare rankings with and without measures.

    Parameters
    ----------
    library : sqlclap.Library
    classes : dict
        The class of each sound that counts, by sample id; empty for others.
    nouns : mapping
        What each class is called in a query.
    """
    rows = {one.sample_id: one for one in library.samples()}
    found = []
    for word, (column, sign) in ADJECTIVES.items():
        figures = []
        for name, noun in nouns.items():
            values = {
                number: sign * value
                for number, one in classes.items()
                if one == name and (value := getattr(rows[number], column)) is not None
            }
            if len(values) >= FEWEST:
                ways = (_way(library, f"{word} {noun}", way, classes) for way in (False, True))
                figures.append(
                    [one for way in ways for one in _figures(way, values, classes, name)]
                )
        means = np.mean(figures, axis=0).tolist()
        lowest = min(row[2] for row in figures)
        found.append(
            Follows(word, column, len(figures), means[0], means[2], lowest, means[1], means[3])
        )
    return found


def _way(
    library: sqlclap.Library, text: str, measures: bool, classes: dict[int, str]
) -> list[tuple[int, float]]:
    options = SearchOptions(measures=measures, exact=True)
    matches = library.search(text, len(library.samples()), options)
    return [(one.sample_id, one.score) for one in matches if one.sample_id in classes]


def _figures(
    ranked: list[tuple[int, float]], values: dict[int, float], classes: dict[int, str], name: str
) -> tuple[float, float]:
    pairs = [(score, values[number]) for number, score in ranked if number in values]
    scores, measured = np.array(pairs).T
    top = [classes[number] == name for number, _ in ranked[:LOOKED_AT]]
    return spearman(scores, measured), float(np.mean(top))
