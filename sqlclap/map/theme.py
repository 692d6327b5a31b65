"""Colours of a drawn map, by theme."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array

Theme = Literal["dark", "light"]
THEMES: tuple[Theme, ...] = ("dark", "light")


@dataclass(frozen=True)
class Colormap:
    """Colours of a theme, as #rrggbb.

    Attributes
    ----------
    background, text, caption : str
        Background, cluster names, caption.
    noise : str
        Sounds that belong to no cluster.
    halo_alpha : float
        Opacity (0 to 1) of the halo behind points.
    clusters : tuple of str
    """

    background: str
    text: str
    caption: str
    noise: str
    halo_alpha: float
    clusters: tuple[str, ...]


COLORMAPS: dict[Theme, Colormap] = {
    "dark": Colormap(
        background="#0d1117",
        text="#f2f4f8",
        caption="#8b949e",
        noise="#4a525e",
        halo_alpha=0.07,
        clusters=(
            "#ff6b6b", "#4dabf7", "#ffd43b", "#51cf66", "#cc8bff", "#ff922b",
            "#22d3ee", "#f783ac", "#a9e34b", "#748ffc", "#e8b48a", "#38d9a9",
        ),
    ),
    "light": Colormap(
        background="#fcfcfa",
        text="#16191d",
        caption="#6b7280",
        noise="#c3c8ce",
        halo_alpha=0.06,
        clusters=(
            "#d9342b", "#1c6fd1", "#c48a00", "#2b8a3e", "#8b3fd1", "#d9600a",
            "#0b8aa3", "#c2387a", "#6a9413", "#4356d6", "#96613a", "#0f8f6f",
        ),
    ),
}  # fmt: skip


def categorical_colormap(centres: Float32Array, colormap: Colormap) -> list[str]:
    """Choose a colour for each cluster, so that clusters of one colour lie far apart on the map.

    Parameters
    ----------
    centres : np.ndarray [shape=(clusters, 2), dtype=float32]
        The clusters' centres, the largest cluster first.
    colormap : Colormap

    Returns
    -------
    list of str
    """

    chosen: list[int] = []
    for index, centre in enumerate(centres):
        distances = np.linalg.norm(centres[:index] - centre, axis=1)
        nearest_bearer = [
            min(
                (float(distances[i]) for i, used in enumerate(chosen) if used == colour),
                default=1e9,
            )
            for colour in range(len(colormap.clusters))
        ]
        chosen.append(int(np.argmax(nearest_bearer)))
    return [colormap.clusters[colour] for colour in chosen]


def blend(text: str, colour: str, share: float = 0.4) -> str:
    """Mix a colour into the text colour, so that a name shows which cluster it belongs to.

    >>> blend("#ffffff", "#000000", 0.5)
    '#808080'
    """
    pairs = (
        (int(text[position : position + 2], 16), int(colour[position : position + 2], 16))
        for position in (1, 3, 5)
    )
    return "#" + "".join(f"{round(a + share * (b - a)):02x}" for a, b in pairs)
