"""Numbers on their way out of arrays."""

from __future__ import annotations

import math


def or_none(value: float) -> float | None:
    """Turn NaN, which stands for "there is none" in arrays, into None."""
    return None if math.isnan(value) else float(value)
