"""Asking for neighbours through SQL, again and again: times, answers, and their spread."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import apsw

K = 10
NEIGHBORS = "SELECT clap_neighbors(?, ?, ?)"


def ask_each(
    connection: apsw.Connection, vectors: Iterable[bytes], options: str | None = None
) -> tuple[list[float], list[list[int]]]:
    """Ask for each vector's ten neighbours; return milliseconds, and sample ids best first."""
    times, found = [], []
    for vector in vectors:
        bindings = (vector, K, options)
        began = time.perf_counter()
        answer = connection.execute(NEIGHBORS, bindings).get
        times.append(1000 * (time.perf_counter() - began))
        found.append([int(entry["sample_id"]) for entry in json.loads(str(answer))])
    return times, found


def spread(times: list[float], recalls: list[float]) -> dict[str, float]:
    """Return p50_ms, p99_ms, recall (the mean) and recall_p5 (the worst twentieth)."""
    import numpy as np

    return {
        "p50_ms": float(np.percentile(times, 50)),
        "p99_ms": float(np.percentile(times, 99)),
        "recall": float(np.mean(recalls)),
        "recall_p5": float(np.percentile(recalls, 5)),
    }
