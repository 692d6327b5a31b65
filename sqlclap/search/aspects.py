"""Aspects: in what a sound is to be like another, and how much each counts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from sqlclap.errors import QueryError

TIMBRE = "timbre"
SHOWN = 60


@dataclass(frozen=True)
class Aspect:
    """In what two sounds are compared.

    Attributes
    ----------
    name : str
    columns : tuple of str
        Of ``samples``: the descriptors that are compared; none for timbre, which vectors tell.
    least : float
        The least distance at which two sounds are half alike: in octaves, or in decibels. Where a
        library's sounds differ by less, they hardly differ to people.
    """

    name: str
    columns: tuple[str, ...]
    least: float = 0.0


ASPECTS = {
    one.name: one
    for one in (
        Aspect(TIMBRE, ()),
        Aspect("pitch", ("pitch_hz",), 1 / 12),
        Aspect("loudness", ("loudness_momentary",), 1.0),
        Aspect("envelope", ("attack_s", "decay"), 0.25),
        Aspect("length", ("duration_s",), 0.1),
        Aspect("brightness", ("spectral_centroid_hz",), 0.1),
    )
}
MEASURED_COLUMNS = frozenset(name for one in ASPECTS.values() for name in one.columns)


def read_aspects(text: str) -> Mapping[str, float]:
    """Return the weight of each aspect that counts; timbre counts 1 where it isn't named.

    >>> read_aspects("pitch:2, length")
    {'timbre': 1.0, 'pitch': 2.0, 'length': 1.0}
    >>> read_aspects("timbre:0,pitch")
    {'pitch': 1.0}

    Raises
    ------
    QueryError
        An aspect that there is not, one named twice, a weight that is none, or all of them 0.
    """
    weights: dict[str, float] = {}
    for part in text.split(","):
        name, _, weight = (one.strip() for one in part.partition(":"))
        if name not in ASPECTS:
            raise QueryError(
                f"expected aspects such as pitch:2,length; there is no {name[:SHOWN]!r}, only "
                f"{', '.join(ASPECTS)}"
            )
        if name in weights:
            raise QueryError(f"expected each aspect once, got {name} twice")
        weights[name] = _weight(name, weight if ":" in part else "1")
    weights = {TIMBRE: 1.0} | weights
    if not any(weights.values()):
        raise QueryError("expected an aspect with a weight above 0: nothing else counts")
    return {name: weight for name, weight in weights.items() if weight}


def _weight(name: str, text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        weight = math.nan
    if not 0 <= weight < math.inf:
        raise QueryError(
            f"expected a weight of 0 or more behind {name}:, such as {name}:2; got {text[:SHOWN]!r}"
        )
    return weight
