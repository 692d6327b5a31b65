"""Timing: medians, ratios, and questions to time."""

from __future__ import annotations

import json
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

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

    return {
        "p50_ms": float(np.percentile(times, 50)),
        "p99_ms": float(np.percentile(times, 99)),
        "recall": float(np.mean(recalls)),
        "recall_p5": float(np.percentile(recalls, 5)),
    }


@dataclass(frozen=True)
class Timing:
    """Wall times of a phase (in seconds).

    Attributes
    ----------
    median_s, best_s, worst_s : float
    runs : int
    """

    median_s: float
    best_s: float
    worst_s: float
    runs: int


def time_runs(phase: Callable[[], object], runs: int) -> Timing:
    """Run a phase several times and time each."""
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        phase()
        times.append(time.perf_counter() - began)
    return summarise_times(times)


def summarise_times(times: list[float]) -> Timing:
    """Sum up wall times (in seconds)."""
    return Timing(statistics.median(times), min(times), max(times), len(times))


def peak_memory_mb() -> float:
    """Return the most memory this process has had resident so far (in megabytes).

    Pages of files that are mapped count, though any number of processes share them.
    """
    held = _memory_of_status()
    if "VmHWM" in held:
        return held["VmHWM"]
    # Not asked on Linux: there it starts from what the parent had.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def own_memory_mb() -> float:
    """Return what this process alone has resident, without mapped files; NaN where unknown."""
    return _memory_of_status().get("RssAnon", float("nan"))


def _memory_of_status() -> dict[str, float]:
    """Return Linux's accounts of this process's memory (in megabytes); none elsewhere."""
    status = Path("/proc/self/status")
    if not status.exists():
        return {}
    lines = (line.split() for line in status.read_text().splitlines())
    return {words[0][:-1]: int(words[1]) * 1024 / 1e6 for words in lines if words[-1:] == ["kB"]}
