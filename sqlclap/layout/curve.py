"""How near two points of a map are, given their distance: 1 / (1 + a d^2b)."""

from __future__ import annotations

from functools import cache

SPREAD = 1.0
FURTHEST = 3.0 * SPREAD
STEPS = 300


@cache
def fit_curve(min_dist: float) -> tuple[float, float]:
    """Return the a and b that come closest to: 1 up to `min_dist`, then falling off.

    As umap-learn's `find_ab_params` with a spread of 1 (McInnes, Healy, Melville 2018, section
    3.2).
    """
    import numpy as np
    from scipy.optimize import curve_fit

    distances = np.linspace(0, FURTHEST, STEPS)
    wanted = np.where(distances < min_dist, 1.0, np.exp(-(distances - min_dist) / SPREAD))
    (a, b), _ = curve_fit(lambda d, a, b: 1.0 / (1.0 + a * d ** (2 * b)), distances, wanted)
    return float(a), float(b)
