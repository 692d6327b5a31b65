"""Where points start: along the vectors' main directions, or where they were."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]

HALF_WIDTH = 5.0  # of a map before it is drawn, as umap-learn's
NOISE = 1e-4  # of the same: tells identical sounds apart
BLOCK = 65_536
ENOUGH = 20_000  # vectors tell the main directions of many more


def main_directions(vectors: Floats, axes: int, seed: int) -> Floats:
    """Project vectors onto their main directions (principal components).

    Parameters
    ----------
    vectors : np.ndarray [shape=(n, dim), dtype=float32]
    axes : int
    seed : int

    Returns
    -------
    np.ndarray [shape=(n, axes), dtype=float32]
        Between -5 and 5, with a little noise; where all vectors are the same, noise alone.
    """
    import numpy as np

    dim = vectors.shape[1]
    some = vectors[:: max(1, len(vectors) // ENOUGH)]
    mean = some.mean(axis=0, dtype=np.float64)
    spread = np.zeros((dim, dim))
    for start in range(0, len(some), BLOCK):
        part = some[start : start + BLOCK].astype(np.float64) - mean
        spread += part.T @ part
    _, directions = np.linalg.eigh(spread)
    chosen = directions[:, ::-1][:, :axes]
    # A direction and its opposite are equally good: the largest entry decides.
    largest = np.abs(chosen).argmax(axis=0)
    chosen = chosen * np.sign(chosen[largest, np.arange(chosen.shape[1])])
    positions = np.zeros((len(vectors), axes), dtype=np.float32)
    for start in range(0, len(vectors), BLOCK):
        part = slice(start, start + BLOCK)
        placed = (vectors[part] - mean.astype(np.float32)) @ chosen.astype(np.float32)
        positions[part, : placed.shape[1]] = placed
    return scattered(_widened(positions), seed)


def _widened(positions: Floats) -> Floats:
    import numpy as np

    furthest = float(np.abs(positions).max(initial=0.0))
    return positions * np.float32(HALF_WIDTH / furthest) if furthest > 1e-6 else positions * 0


def scattered(positions: Floats, seed: int) -> Floats:
    """Add a little noise, so that no two points coincide."""
    import numpy as np

    noise = np.random.default_rng(seed).normal(scale=NOISE * HALF_WIDTH, size=positions.shape)
    moved: Floats = (positions + noise).astype(np.float32)
    return moved
