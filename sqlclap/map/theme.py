"""Colours of a drawn map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array

Theme = Literal["dark", "light"]
THEMES: tuple[Theme, ...] = ("dark", "light")


@dataclass(frozen=True)
class Colormap:
    """Colours of a theme, as #rrggbb.

    Attributes
    ----------
    ground, ink, quiet : str
        Background, lettering, small print.
    noise : str
        Sounds of no cluster.
    glow : float
        Opacity of the halo behind points.
    clusters : tuple of str
    """

    ground: str
    ink: str
    quiet: str
    noise: str
    glow: float
    clusters: tuple[str, ...]


PALETTES: dict[Theme, Colormap] = {
    "dark": Colormap(
        ground="#0d1117",
        ink="#f2f4f8",
        quiet="#8b949e",
        noise="#4a525e",
        glow=0.07,
        clusters=(
            "#ff6b6b", "#4dabf7", "#ffd43b", "#51cf66", "#cc8bff", "#ff922b",
            "#22d3ee", "#f783ac", "#a9e34b", "#748ffc", "#e8b48a", "#38d9a9",
        ),
    ),
    "light": Colormap(
        ground="#fcfcfa",
        ink="#16191d",
        quiet="#6b7280",
        noise="#c3c8ce",
        glow=0.06,
        clusters=(
            "#d9342b", "#1c6fd1", "#c48a00", "#2b8a3e", "#8b3fd1", "#d9600a",
            "#0b8aa3", "#c2387a", "#6a9413", "#4356d6", "#96613a", "#0f8f6f",
        ),
    ),
}  # fmt: skip


def categorical_colormap(middles: Float32Array, palette: Colormap) -> list[str]:
    """Give each cluster a colour whose other bearers lie far away on the map.

    Parameters
    ----------
    middles : np.ndarray [shape=(clusters, 2), dtype=float32]
        The clusters' middles, the largest cluster first.
    palette : Colormap

    Returns
    -------
    list of str
    """
    import numpy as np

    chosen: list[int] = []
    for number, middle in enumerate(middles):
        apart = np.linalg.norm(middles[:number] - middle, axis=1)
        room = [
            min((float(apart[i]) for i, taken in enumerate(chosen) if taken == colour), default=1e9)
            for colour in range(len(palette.clusters))
        ]
        chosen.append(int(np.argmax(room)))
    return [palette.clusters[colour] for colour in chosen]


def tinted(ink: str, colour: str, share: float = 0.4) -> str:
    """Mix a colour into an ink: lettering that shows which cluster it belongs to.

    >>> tinted("#ffffff", "#000000", 0.5)
    '#808080'
    """
    pairs = ((int(ink[at : at + 2], 16), int(colour[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(a + share * (b - a)):02x}" for a, b in pairs)
