"""Tails of sets larger than this machine holds, drawn from latencies that were measured on it.

`sqlclap bench shards --record FILE` keeps what each shard took for each question. A question to S
shards waits for the slowest node, and a node asks its shards in turn: so many measured latencies
are drawn and added for a node, and the largest of all nodes counts. Draws are independent: what
slows all nodes at once is not in them, nor is a network but as a constant.
"""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np

from benchmarks.shards import WARM_UP, ShardSizes, make_both
from benchmarks.timing import K
from benchmarks.vector_library import held_out
from sqlclap import api
from sqlclap.shards.set_file import read_set

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Latencies = NDArray[np.float64]

AT_ONCE = 2_000_000
"""So many latencies are drawn together: 16 MB."""


@dataclass(frozen=True)
class TailScene:
    """What is drawn.

    Attributes
    ----------
    per_node : int
        Shards that a node holds, and asks in turn.
    call_ms : float
        Added to each node's answer: the call and its way there and back.
    hedge : float
        A node that has not answered by this percentile is asked a second time, in a copy; 0: none.
    draws : int
        Questions.
    seed : int
    """

    per_node: int = 1
    call_ms: float = 0.0
    hedge: float = 0.0
    draws: int = 20_000
    seed: int = 0


@dataclass(frozen=True)
class TailFigures:
    """What questions to a set would take.

    Attributes
    ----------
    shards, nodes : int
    p50_ms, p99_ms : float
    slow : float
        Share of questions that wait for a node beyond a node's own 99th percentile.
    reckoned : float
        The same by arithmetic: 1 - 0.99 ** nodes.
    asked_twice : float
        Share of calls that were hedged.
    """

    shards: int
    nodes: int
    p50_ms: float
    p99_ms: float
    slow: float
    reckoned: float
    asked_twice: float


def record_latencies(folder: Path, sizes: ShardSizes, file: Path) -> None:
    """Ask each shard of a set by itself, all of them in turn for each question, and keep the times.

    Parameters
    ----------
    folder : Path
        As for `benchmarks.shards.bench_shards`.
    sizes : ShardSizes
    file : Path
        JSON, replaced.
    """
    _, together = make_both(folder, sizes)
    queries = held_out(sizes.vectors, sizes.queries + WARM_UP)
    paths = [together.parent / shard.path for shard in read_set(together).shards]
    libraries = [api.open(path, mode="read") for path in paths]
    times: list[list[float]] = [[] for _ in libraries]
    for number, query in enumerate(queries):
        for library, own in zip(libraries, times, strict=True):
            began = time.perf_counter()
            library.similar(query, K)
            if number >= WARM_UP:
                own.append(round(1000 * (time.perf_counter() - began), 4))
    for library in libraries:
        library.close()
    told = {"vectors": sizes.vectors, "shards": sizes.shards, "latencies_ms": times}
    file.write_text(json.dumps(told) + "\n", encoding="utf-8")


def read_latencies(file: Path) -> Latencies:
    """Return the latencies of all shards together, in ms.

    Raises
    ------
    click.ClickException
        The file is none that `record_latencies` makes.
    """
    try:
        told = json.loads(file.read_text(encoding="utf-8"))["latencies_ms"]
        found = np.concatenate([np.asarray(one, dtype=np.float64) for one in told])
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise click.ClickException(
            f"{file} holds no latencies ({error}): make it with `sqlclap bench shards --record`"
        ) from error
    if found.ndim != 1 or not found.size or not np.isfinite(found).all() or found.min() < 0:
        raise click.ClickException(f"{file} holds latencies that are no numbers of milliseconds")
    return found


def draw_tails(measured: Latencies, shards: int, scene: TailScene) -> TailFigures:
    """Draw questions to so many shards.

    Parameters
    ----------
    measured : ndarray
        Latencies of single shards, in ms.
    shards : int
    scene : TailScene
    """
    rng = np.random.default_rng(scene.seed)
    nodes = math.ceil(shards / scene.per_node)
    held = [scene.per_node] * (nodes - 1) + [shards - scene.per_node * (nodes - 1)]
    slowest = np.zeros(scene.draws)
    slow, hedged = np.zeros(scene.draws, dtype=bool), 0
    for count in held:
        took = _answers(rng, measured, count, scene)
        slow |= took > np.percentile(took, 99)
        if scene.hedge:
            limit = np.percentile(took, scene.hedge)
            second = limit + _answers(rng, measured, count, scene)
            late = took > limit
            hedged += int(late.sum())
            took = np.where(late, np.minimum(took, second), took)
        slowest = np.maximum(slowest, took)
    p50, p99 = (float(np.percentile(slowest, at)) for at in (50, 99))
    asked_twice = hedged / (nodes * scene.draws)
    return TailFigures(shards, nodes, p50, p99, float(slow.mean()), 1 - 0.99**nodes, asked_twice)


def _answers(
    rng: np.random.Generator, measured: Latencies, count: int, scene: TailScene
) -> Latencies:
    """Draw what a node of so many shards takes for each question."""
    lot = max(1, AT_ONCE // count)
    sums = [
        rng.choice(measured, (min(lot, scene.draws - start), count)).sum(axis=1)
        for start in range(0, scene.draws, lot)
    ]
    return np.concatenate(sums) + scene.call_ms
