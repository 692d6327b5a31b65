"""What an aspect does to the likes of a sound: its measure comes nearer, at which price in class.

For sounds that have the measure, the best 10 like each are taken with and without the aspect. Told
are the median distance of the measure (in octaves; of loudness, in decibels), and the share of the
sound's own class.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sqlclap.finding.measures import comparable
from sqlclap.search.aspects import ASPECTS, TIMBRE
from sqlclap.search.request import SearchOptions

if TYPE_CHECKING:
    import sqlclap
    from sqlclap.arrays import Float64Array

WEIGHTS = (0.5, 1.0, 2.0, 4.0)
LOOKED_AT = 10
EXAMPLES = 100
SEED = 0


@dataclass(frozen=True)
class Nearer:
    """The best 10 like a sound, by an aspect of some weight beside timbre of weight 1.

    Attributes
    ----------
    aspect : str
    weight : float
        0: timbre alone.
    sounds : int
        That were asked with.
    distance : float
        Median distance of the aspect's first measure; of those among the best that have it.
    measured : float
        Share of the best that have the measure.
    of_class : float
        Share of the best that are of the sound's class.
    """

    aspect: str
    weight: float
    sounds: int
    distance: float
    measured: float
    of_class: float


def measure_aspects(library: sqlclap.Library, classes: dict[int, str]) -> list[Nearer]:
    """Ask for the likes of sounds by each aspect.

    Parameters
    ----------
    library : sqlclap.Library
    classes : dict
        The class of each sound that counts, by sample id; empty for others.
    """
    samples = {one.sample_id: one for one in library.samples()}
    found = []
    for aspect in ASPECTS.values():
        if not aspect.columns:
            continue
        column = aspect.columns[0]
        numbers = [*samples]
        told = [getattr(samples[number], column) for number in numbers]
        values = np.array([np.nan if one is None else one for one in told], dtype=np.float64)
        scale = dict(zip(numbers, comparable(column, values).tolist(), strict=True))
        known = [one for one, name in classes.items() if name and not np.isnan(scale[one])]
        drawn = np.random.default_rng(SEED).permutation(known)[:EXAMPLES].tolist()
        for weight in (0.0, *WEIGHTS):
            text = f"{aspect.name}:{weight}" if weight else TIMBRE
            rows = [_figures(library, one, text, (scale, classes)) for one in drawn]
            figures = np.array(rows)
            distance = float(np.nanmedian(figures[:, 0]))
            means = figures[:, 1:].mean(axis=0).tolist()
            found.append(Nearer(aspect.name, weight, len(drawn), distance, *means))
    return found


def _figures(
    library: sqlclap.Library,
    number: int,
    text: str,
    truth: tuple[dict[int, float], dict[int, str]],
) -> tuple[float, float, float]:
    scale, classes = truth
    ranked = library.similar(number, len(scale), SearchOptions(aspect=text))
    ids = [one.sample_id for one in ranked if one.sample_id in classes][:LOOKED_AT]
    apart: Float64Array = np.abs(np.array([scale[one] for one in ids]) - scale[number])
    known = ~np.isnan(apart)
    distance = float(np.median(apart[known])) if known.any() else np.nan
    same = [classes[one] == classes[number] for one in ids]
    return distance, float(known.mean()), float(np.mean(same))
